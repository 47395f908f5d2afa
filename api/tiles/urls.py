"""Addresses of the vector tiles."""

from django.urls import path

from api.tiles.archive_views import archive, catalogue
from api.tiles.views import style, tile, tilejson
from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.models import TokenScope

machine = access(Access.MACHINE, TokenScope.TILES)
of_layer = access(Access.MACHINE, TokenScope.TILES, signed="{layer}")

urlpatterns = [
    path("tiles/<str:layer>/<int:z>/<int:x>/<int:y>.mvt", of_layer(tile), name="tile"),
    path("tiles/<str:layer>/style.json", of_layer(style), name="tile-style"),
    path("tiles/archives.json", machine(catalogue), name="tile-archives"),
    path("tiles/<str:layer>.json", of_layer(tilejson), name="tilejson"),
    path("tiles/<str:layer>.pmtiles", of_layer(archive), name="tile-archive"),
]
