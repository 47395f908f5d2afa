"""The process of a WSGI server, before its first request."""

import subprocess
import sys

SAID = """
import gc, sys
from geo_lhi.wsgi import application
print(gc.get_freeze_count(), "api.wfs.views" in sys.modules, callable(application))
"""


def test_what_is_loaded_is_put_aside_from_the_collection_of_garbage():
    said = subprocess.run([sys.executable, "-c", SAID], capture_output=True, text=True, check=True).stdout
    aside, views_are_loaded, can_be_called = said.split()
    assert int(aside) > 50_000
    assert (views_are_loaded, can_be_called) == ("True", "True")
