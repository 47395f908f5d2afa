"""Addresses of the vector tiles."""

from django.urls import path

from api.tiles.views import style, tile, tilejson
from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.models import TokenScope

machine = access(Access.MACHINE, TokenScope.TILES)

urlpatterns = [
    path("tiles/<str:layer>/<int:z>/<int:x>/<int:y>.mvt", machine(tile), name="tile"),
    path("tiles/<str:layer>/style.json", machine(style), name="tile-style"),
    path("tiles/<str:layer>.json", machine(tilejson), name="tilejson"),
]
