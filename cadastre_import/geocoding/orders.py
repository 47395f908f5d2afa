"""Places the orders whose act names an address and no parcelle.

Only a house number that is believed puts an order on the map: an order on the wrong house is worse than none. The
others keep their address, off the map, and are asked again the next time.
"""

from dataclasses import dataclass
from itertools import islice

from django.db import connection

from cadastre_import.geocoding.communes import CommuneDirectory
from cadastre_import.geocoding.embedded import EmbeddedGeocoder
from cadastre_import.geocoding.placing import is_ambiguous
from cadastre_import.geocoding.provider import HOUSENUMBER, Answer, Geocoder, Query
from cadastre_import.geocoding.service import BATCH
from layers.arrondissements import COMMUNE_OF_ARRONDISSEMENT
from layers.models import Arrete

PLACE = """
UPDATE layers_arrete a
SET geom = placed.geom, ban_id = placed.ban_id, commune_id = coalesce(placed.commune_id, a.commune_id)
FROM (
    SELECT id, ban_id, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS geom,
           (SELECT code FROM layers_commune WHERE code = t.commune) AS commune_id
    FROM unnest(%(id)s::bigint[], %(ban_id)s::text[], %(lon)s::float8[], %(lat)s::float8[], %(commune)s::text[])
        AS t(id, ban_id, lon, lat, commune)
) placed
WHERE placed.id = a.id
"""


@dataclass
class PlacedOrders:
    """How many orders without a parcelle were looked for, and how many stand on the map now."""

    asked: int = 0
    placed: int = 0

    def __str__(self) -> str:
        if not self.asked:
            return "aucun arrêté à placer"
        return f"{self.placed} arrêtés placés à leur adresse sur {self.asked} ; les autres restent hors de la carte"


def geocode_arretes(geocoder: Geocoder | None = None) -> PlacedOrders:
    """Look for the address of each order that has neither a parcelle nor a point.

    The embedded geocoder answers unless another is given: an act is public, its address may still be a person's.
    """
    orders = Arrete.objects.unscoped("le géocodage place tous les arrêtés").filter(idu="", geom__isnull=True)
    waiting = iter(
        orders.exclude(adresse="").order_by("pk").values_list("pk", "adresse", "code_postal", "ville")
    )
    report = PlacedOrders()
    while batch := list(islice(waiting, BATCH)):
        geocoder = geocoder or EmbeddedGeocoder(CommuneDirectory.load())
        answers = geocoder.search_many(
            [Query(address, postcode, ville=ville) for _, address, postcode, ville in batch]
        )
        sure = [
            (pk, answer)
            for (pk, *_), answer in zip(batch, answers, strict=True)
            if answer and _is_sure(answer, geocoder.accepted_score)
        ]
        _place(sure)
        report.asked += len(batch)
        report.placed += len(sure)
    return report


def _is_sure(answer: Answer, accepted: float) -> bool:
    return answer.kind == HOUSENUMBER and answer.score >= accepted and not is_ambiguous(answer)


def _place(sure: list[tuple[int, Answer]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            PLACE,
            {
                "id": [pk for pk, _ in sure],
                "ban_id": [answer.ban_id for _, answer in sure],
                "lon": [answer.lon for _, answer in sure],
                "lat": [answer.lat for _, answer in sure],
                "commune": [
                    COMMUNE_OF_ARRONDISSEMENT.get(answer.citycode, answer.citycode) for _, answer in sure
                ],
            },
        )
