"""``/api/v1/lieux/<kind>/<code>/``: the file of a place, everything known of it on one timeline."""

from typing import Any

import orjson
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.parameters import read_parameters
from api.v1 import schema
from api.v1.features import REVALIDATED
from api.v1.renderers import GeoJSONRenderer, OrjsonRenderer
from layers.selectors.places.file import PlaceFile, place_file
from layers.selectors.places.identity import PlaceKind
from layers.selectors.places.timeline import EventKind, Section

TEXT = {"type": "string"}
DAY = {"type": "string", "format": "date"}
COUNT = {"type": "integer"}


def _list(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": properties}}


PROPERTIES = {
    "type": {"type": "string", "enum": PlaceKind.values},
    "code": TEXT,
    "nom": TEXT,
    "commune": TEXT,
    "sorti_le": {**DAY, "nullable": True},
    "parcelles": {"type": "array", "items": TEXT},
    "parcelles_origine": {"type": "array", "items": TEXT},
    "batiments": _list(code=TEXT, rnb={**TEXT, "nullable": True}),
    "adresses": _list(ban_id=TEXT, nom=TEXT),
    "chiffres": {
        "type": "object",
        "properties": {
            "signalements": COUNT,
            "signalements_en_cours": COUNT,
            "arretes": COUNT,
            "arretes_sans_mainlevee": COUNT,
            "arretes_10_ans_sans_mainlevee": {
                **COUNT,
                "description": "Arrêtés d’insalubrité ou de mise en sécurité de moins de dix ans (loi n° 2024-322).",
            },
            "signalements_a_50_m": COUNT,
        },
    },
    "evenements": _list(
        date=DAY,
        nature={"type": "string", "enum": EventKind.values},
        titre=TEXT,
        detail=TEXT,
        etat=TEXT,
        source=TEXT,
        signalement={**COUNT, "nullable": True},
        perimetres={"type": "array", "items": TEXT},
    ),
    "faits": _list(sujet={"type": "string", "enum": Section.values}, nom=TEXT, valeur=TEXT, source=TEXT),
    "voisins": _list(id=COUNT, reference=TEXT, depose_le=DAY, statut=TEXT, distance_m={"type": "number"}),
    "parcelles_voisines": _list(idu=TEXT, signalements=COUNT),
}


@method_decorator(conditional_page, name="dispatch")
class PlaceDetail(APIView):
    """The file of a parcelle, a building or an address."""

    renderer_classes = [GeoJSONRenderer, OrjsonRenderer]

    @schema.operation(
        "lieu",
        "La fiche d’un lieu : parcelle, batiment ou adresse, avec son historique",
        schema.feature(PROPERTIES),
    )
    def get(self, request: Request, kind: str, code: str) -> Response:
        """Answer the file; what the reader may not see is neither there nor counted."""
        read_parameters(request.query_params, ())
        found = place_file(kind, code, request.read_scope, timezone.localdate())
        return Response(_feature(found), headers=REVALIDATED)


def _feature(found: PlaceFile) -> dict[str, Any]:
    place, figures = found.place, found.figures
    properties = {
        "type": place.kind.value,
        "code": place.code,
        "nom": place.name,
        "commune": place.commune.code,
        "sorti_le": place.gone_on,
        "parcelles": [parcelle.idu for parcelle in place.parcelles],
        "parcelles_origine": list(place.past),
        "batiments": [{"code": b.code, "rnb": b.rnb_id} for b in place.batiments],
        "adresses": [{"ban_id": a.ban_id, "nom": str(a)} for a in place.addresses],
        "chiffres": {
            "signalements": figures.reports,
            "signalements_en_cours": figures.open_reports,
            "arretes": figures.orders,
            "arretes_sans_mainlevee": figures.orders_in_force,
            "arretes_10_ans_sans_mainlevee": found.standing.count,
            "signalements_a_50_m": found.neighbourhood.total,
        },
        "evenements": [
            {
                "date": event.on,
                "nature": event.kind.value,
                "titre": event.title,
                "detail": event.detail,
                "etat": event.status,
                "source": event.source,
                "signalement": event.report,
                "perimetres": list(event.zones),
            }
            for event in found.events
        ],
        "faits": [
            {"sujet": fact.section.value, "nom": fact.label, "valeur": fact.value, "source": fact.source}
            for fact in found.facts
        ],
        "voisins": [
            {
                "id": neighbour.report.pk,
                "reference": neighbour.report.reference,
                "depose_le": neighbour.report.received_on,
                "statut": neighbour.report.status,
                "distance_m": round(neighbour.distance_m, 1),
            }
            for neighbour in found.neighbourhood.reports
        ],
        "parcelles_voisines": [
            {"idu": idu, "signalements": count} for idu, count in found.neighbourhood.parcelles
        ],
    }
    geometry = orjson.Fragment(place.geom.geojson)
    return {"type": "Feature", "id": place.code, "geometry": geometry, "properties": properties}
