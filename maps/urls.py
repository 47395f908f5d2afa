"""Addresses of the pages that people read."""

from django.urls import path

from maps.views import (
    analyses,
    analysis_comparison,
    analysis_requests,
    analysis_runs,
    committee,
    duplicates,
    explorer,
    help,
    place_files,
    review,
    signalements,
    territories,
)

urlpatterns = [
    path("", explorer.explorer, name="explorer"),
    path("lieu/", explorer.place, name="place"),
    path("lieux/<slug:kind>/<str:code>/", place_files.place_file, name="place-file"),
    path("signalements/", explorer.signalements, name="signalements"),
    path("signalements/<int:pk>/", signalements.signalement, name="signalement"),
    path("territoires/", territories.territories, name="territories"),
    path("territoires/<slug:code>/", territories.territory, name="territory"),
    path("a-verifier/", review.review_queue, name="review-queue"),
    path("a-verifier/annuler/", review.undo, name="review-undo"),
    path("a-verifier/<int:pk>/", review.review, name="review"),
    path("a-verifier/<int:pk>/choix/", review.choose, name="review-choice"),
    path("a-verifier/<int:pk>/adresses/", review.search, name="review-search"),
    path("doublons/", duplicates.duplicates, name="duplicates"),
    path("doublons/fusionner/", duplicates.merge, name="duplicate-merge"),
    path("doublons/defaire/", duplicates.undo, name="duplicate-undo"),
    path("doublons/distincts/", duplicates.distinct, name="duplicate-distinct"),
    path("analyses/", analyses.analyses, name="analyses"),
    path("analyses/lancer/<slug:method>/", analyses.launch, name="analysis-launch"),
    path("analyses/demandes/<int:pk>/", analysis_requests.analysis_request, name="analysis-request"),
    path("analyses/demandes/<int:pk>/etat/", analysis_requests.progress, name="analysis-request-progress"),
    path("analyses/demandes/<int:pk>/annuler/", analysis_requests.cancel, name="analysis-request-cancel"),
    path("analyses/<int:pk>/", analysis_runs.analysis, name="analysis"),
    path("analyses/<int:pk>/lignes.csv", analysis_runs.analysis_csv, name="analysis-csv"),
    path("analyses/<int:pk>/lignes.gpkg", analysis_runs.analysis_geopackage, name="analysis-geopackage"),
    path("analyses/<int:pk>/surface.tif", analysis_runs.analysis_geotiff, name="analysis-geotiff"),
    path("analyses/<int:pk>/carte.json", analysis_runs.analysis_map, name="analysis-map"),
    path("analyses/<int:pk>/comparer/", analysis_comparison.choose, name="analysis-compare"),
    path(
        "analyses/<int:pk>/comparer/<int:other>/", analysis_comparison.comparison, name="analysis-comparison"
    ),
    path(
        "analyses/<int:pk>/comparer/<int:other>/carte.json",
        analysis_comparison.comparison_map,
        name="analysis-comparison-map",
    ),
    path("comite/", committee.committee, name="committee"),
    path("comite/carte.html", committee.committee_html, name="committee-map"),
    path("comite/chaleur.tif", committee.committee_heat, name="committee-heat"),
    path("aide/", help.explain, name="help"),
    path("accessibilite/", help.accessibility, name="accessibility"),
]
