"""Addresses of the pages about what is imported."""

from django.urls import path

from cadastre_import.views import deposits, runs, state

urlpatterns = [
    path("imports/", state.imports, name="imports"),
    path("imports/deposer/", deposits.receive, name="upload-receive"),
    path("imports/depots/<int:pk>/", deposits.upload, name="upload"),
    path("imports/depots/<int:pk>/lancer/", deposits.start, name="upload-start"),
    path("imports/depots/<int:pk>/annuler/", deposits.cancel, name="upload-cancel"),
    path("imports/depots/<int:pk>/etat/", deposits.progress, name="upload-progress"),
    path("imports/journal/", state.journal, name="import-journal"),
    path("imports/journal/<int:pk>/", runs.run, name="import-run"),
    path("imports/journal/<int:pk>/rejets/", runs.rejects, name="import-rejects"),
]
