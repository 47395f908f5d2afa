"""Addresses of OGC API Features, as the standard names them."""

from django.urls import path

from api.ogc import views
from geo_lhi.accounts.access import Access, access
from geo_lhi.accounts.models import TokenScope

gis = access(Access.GIS, TokenScope.OGC)

urlpatterns = [
    path("ogc/", gis(views.landing), name="ogc"),
    path("ogc/api", gis(views.api), name="ogc-api"),
    path("ogc/conformance", gis(views.conformance), name="ogc-conformance"),
    path("ogc/collections", gis(views.collections), name="ogc-collections"),
    path("ogc/collections/<str:name>", gis(views.collection), name="ogc-collection"),
    path("ogc/collections/<str:name>/schema", gis(views.schema), name="ogc-schema"),
    path("ogc/collections/<str:name>/queryables", gis(views.queryables), name="ogc-queryables"),
    path("ogc/collections/<str:name>/deletions", gis(views.deletions), name="ogc-deletions"),
    path("ogc/collections/<str:name>/items", gis(views.items), name="ogc-items"),
    path("ogc/collections/<str:name>/items/<path:key>", gis(views.item), name="ogc-item"),
]
