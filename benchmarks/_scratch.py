"""A database of its own for a benchmark: created, migrated, and dropped at the end."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django


@contextmanager
def scratch_database() -> Iterator[None]:
    """Point Django at a new database for the length of the block."""
    os.environ.setdefault("GEO_LHI_TEST_DB", "bench_geo_lhi")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_lhi.settings")
    django.setup()
    from django.db import connection

    home = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(home, verbosity=0)
