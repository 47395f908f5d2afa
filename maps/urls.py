"""Addresses of the pages that people read."""

from django.urls import path

from maps.views import committee, duplicates, explorer, help, place_files, review, signalements, territories

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
    path("comite/", committee.committee, name="committee"),
    path("comite/carte.html", committee.committee_html, name="committee-map"),
    path("comite/chaleur.tif", committee.committee_heat, name="committee-heat"),
    path("aide/", help.explain, name="help"),
    path("accessibilite/", help.accessibility, name="accessibility"),
]
