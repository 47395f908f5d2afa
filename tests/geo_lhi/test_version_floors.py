"""The versions below which GeoDjango has known holes: the lock files and a system GDAL both keep to them."""

import django
from django.contrib.gis.gdal.libgdal import GDAL_VERSION


def test_django_closes_the_geodjango_holes_of_2026():
    assert django.VERSION >= (5, 2, 19)


def test_gdal_reads_no_file_or_url_named_by_a_spatial_reference():
    assert GDAL_VERSION >= (3, 9)
