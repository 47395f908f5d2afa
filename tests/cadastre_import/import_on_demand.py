"""Runs the import of each file named on standard input in a fork of its own: Django is loaded once.

For each, gives the number of the process, then what it ended with.
"""

import os
import sys
import traceback
from datetime import date
from pathlib import Path

import django

django.setup()

from cadastre_import.pipeline import run_import  # noqa: E402
from cadastre_import.sources import SOURCES  # noqa: E402

for line in sys.stdin:
    pid = os.fork()
    if not pid:
        try:
            run_import(SOURCES["parcelles"], Path(line.strip()), millesime=date(2025, 1, 1), force=True)
        except Exception:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
