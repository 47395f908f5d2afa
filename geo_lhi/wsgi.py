"""The application as a WSGI server runs it.

What is loaded lives as long as the process. Put aside, it is no longer walked by each collection of garbage: an
export of 200 000 features takes a third less of the processor.
"""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_lhi.settings")

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 (loads the views, which the first request would)
gc.collect()
gc.freeze()
