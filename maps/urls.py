"""Addresses of the pages that people read."""

from django.urls import path

from maps.views import committee, explorer, help, signalements, territories

urlpatterns = [
    path("", explorer.explorer, name="explorer"),
    path("lieu/", explorer.place, name="place"),
    path("signalements/", explorer.signalements, name="signalements"),
    path("signalements/<int:pk>/", signalements.signalement, name="signalement"),
    path("territoires/", territories.territories, name="territories"),
    path("territoires/<slug:code>/", territories.territory, name="territory"),
    path("a-verifier/", signalements.review_queue, name="review-queue"),
    path("comite/", committee.committee, name="committee"),
    path("comite/carte.html", committee.committee_html, name="committee-map"),
    path("comite/chaleur.tif", committee.committee_heat, name="committee-heat"),
    path("aide/", help.explain, name="help"),
    path("accessibilite/", help.accessibility, name="accessibility"),
]
