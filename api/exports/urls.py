"""Addresses of the exports."""

from django.urls import path

from api.exports import qgis_views, views

urlpatterns = [
    path("telecharger/", views.downloads, name="downloads"),
    path("telecharger/demander/", views.ask, name="export-ask"),
    path("telecharger/<int:pk>/", views.export, name="export"),
    path("telecharger/<int:pk>/etat/", views.progress, name="export-progress"),
    path("telecharger/<int:pk>/annuler/", views.cancel, name="export-cancel"),
    path("telecharger/<int:pk>/fichier/", views.export_file, name="export-file"),
    path("telecharger/geo_lhi.qgz", qgis_views.qgis_project, name="qgis-project"),
    path("telecharger/<str:layer>.qlr", qgis_views.qgis_layer, name="qgis-layer"),
    path("telecharger/<str:layer>.<str:format>", views.layer_file, name="export-layer"),
]
