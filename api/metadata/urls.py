"""Addresses of the catalogue."""

from django.urls import path

from api.metadata import views

urlpatterns = [
    path("catalogue/", views.catalogue, name="catalogue"),
    path("catalogue.jsonld", views.catalogue_dcat, name="catalogue-dcat"),
    path("catalogue/<slug:name>.xml", views.record_iso, name="record-iso"),
    path("catalogue/<slug:name>.jsonld", views.record_dcat, name="record-dcat"),
    path("catalogue/<slug:name>/", views.record, name="record"),
]
