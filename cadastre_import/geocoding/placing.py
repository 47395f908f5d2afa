"""The rule that turns an answer into a position, its precision, and the need for a person to look.

Nothing is ever blanked: a low score lowers the precision and asks for a look, the declared position is kept for
when the geocoder finds nothing better.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt
from typing import Any

from cadastre_import.geocoding.address_text import read_address
from cadastre_import.geocoding.communes import CommuneDirectory
from cadastre_import.geocoding.normalisation import normalise_name
from cadastre_import.geocoding.provider import HOUSENUMBER, MUNICIPALITY, Answer, Query
from layers.arrondissements import same_commune
from layers.models import Signalement

Precision = Signalement.Precision

AMBIGUITY_MARGIN = 0.03  # two streets this close in score are a choice for a person
CONFIRMED_M = 30  # a declared point this near to a doubtful house number makes it sure
SAME_STREET_M = 1_000  # a declared point this near to the middle of the street may well be in it
SETTLED_M = 50  # a declared point this much nearer to the answer than to its rival settles between them
CONTRADICTED_M = 200  # a declared point further than this from the house number found is another place
EARTH_RADIUS_M = 6_371_009

LonLat = tuple[float, float]


@dataclass(frozen=True)
class Declared:
    """What a report says of its place.

    ``is_outside`` tells that its point is not in the commune it names, ``is_placed`` that a person placed it.
    """

    query: Query
    point: LonLat | None = None
    is_outside: bool = False
    is_placed: bool = False


@dataclass(frozen=True)
class Placement:
    """Where a report goes on the map; ``point`` is None when nothing is known."""

    point: LonLat | None
    precision: str
    needs_review: bool


def place(
    declared: Declared, answer: Answer | None, directory: CommuneDirectory, accepted: float
) -> Placement:
    """Choose between the answer and the declared point, and say what the choice is worth.

    ``accepted`` is the score above which this geocoder is believed without a look.
    """
    point = declared.point
    if answer is None:
        return Placement(point, Precision.DECLAREE if point else Precision.INCONNUE, True)
    found = (answer.lon, answer.lat)
    apart_m = distance_m(point, found) if point else None
    believed = answer.score >= accepted
    doubtful = _is_doubtful(declared, answer, directory)
    confirmed = apart_m is not None and apart_m <= CONFIRMED_M
    if answer.kind == HOUSENUMBER and (believed or confirmed):
        contradicted = apart_m is not None and apart_m > CONTRADICTED_M
        return Placement(found, Precision.NUMERO, doubtful or contradicted)
    asked_number = read_address(declared.query.text, declared.query.ville).numero is not None
    unsure = doubtful or asked_number or not believed
    if point and not declared.is_outside:
        return Placement(point, Precision.DECLAREE, unsure or apart_m > SAME_STREET_M)
    return Placement(found, _precision(answer, believed), unsure or declared.is_outside)


def distance_m(one: LonLat, other: LonLat) -> float:
    """Give the great-circle distance in metres."""
    (lon1, lat1), (lon2, lat2) = ((radians(x), radians(y)) for x, y in (one, other))
    chord = sin((lat2 - lat1) / 2) ** 2 + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(sqrt(min(1.0, chord)))


def is_ambiguous(answer: Answer, point: LonLat | None = None) -> bool:
    """Tell if another place answers as well, and the declared point does not settle it."""
    return any(
        other["score"] >= answer.score - AMBIGUITY_MARGIN
        and other["ban_id"] != answer.ban_id
        and not (point and _settles(point, answer, other))
        for other in answer.alternatives
        if other["kind"] == answer.kind
    )


def _settles(point: LonLat, answer: Answer, other: Mapping[str, Any]) -> bool:
    apart_m = distance_m(point, (answer.lon, answer.lat))
    return (
        apart_m + SETTLED_M <= distance_m(point, (other["lon"], other["lat"])) and apart_m <= CONTRADICTED_M
    )


def _is_doubtful(declared: Declared, answer: Answer, directory: CommuneDirectory) -> bool:
    query = declared.query
    read = read_address(query.text, query.ville)
    return (
        answer.kind == MUNICIPALITY
        or read.several
        or is_ambiguous(answer, None if declared.is_outside else declared.point)
        or not _in_declared_commune(query, answer, directory)
    )


def _in_declared_commune(query: Query, answer: Answer, directory: CommuneDirectory) -> bool:
    if query.code_insee:
        return same_commune(query.code_insee, answer.citycode)
    meant = directory.meant("", query.code_postal, normalise_name(query.ville))
    return not meant or any(same_commune(code, answer.citycode) for code in meant)


def _precision(answer: Answer, believed: bool) -> str:
    """Give the precision of an answer that is no believed house number: one class less if it is not believed."""
    if answer.kind == HOUSENUMBER:
        return Precision.VOIE
    return Precision.VOIE if answer.kind != MUNICIPALITY and believed else Precision.COMMUNE
