"""Addresses that machines read."""

from django.urls import include, path

urlpatterns = [
    path("", include("api.v1.urls")),
    path("", include("api.tiles.urls")),
    path("", include("api.wfs.urls")),
    path("", include("api.ogc.urls")),
    path("", include("api.exports.urls")),
    path("", include("api.metadata.urls")),
]
