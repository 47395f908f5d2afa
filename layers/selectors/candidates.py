"""The places that a report may be at: what the geocoder answered, and any address of the register."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from layers.errors import InvalidChoice
from layers.models import Address, Commune, Geocoding, Signalement, Voie

Kind = Geocoding.Kind
PRECISION = {
    Kind.HOUSENUMBER: Signalement.Precision.MANUELLE,
    Kind.STREET: Signalement.Precision.VOIE,
    Kind.LOCALITY: Signalement.Precision.VOIE,
    Kind.MUNICIPALITY: Signalement.Precision.COMMUNE,
}


@dataclass(frozen=True)
class Candidate:
    """One place with its address; ``score`` is that of the geocoder, None for one that a person looked for."""

    ban_id: str
    label: str
    kind: str
    lon: float
    lat: float
    score: float | None = None
    is_retained: bool = False

    @property
    def precision(self) -> str:
        """Give what a report is known by when it is placed here: a street, or a point that a person chose."""
        return PRECISION[Kind(self.kind)]

    @property
    def kind_label(self) -> str:
        """Give the kind in words."""
        return str(Kind(self.kind).label)


def candidates_of(report: Signalement) -> list[Candidate]:
    """Give the geocoder's answers for a report, the retained one first, those of which a position is known."""
    geocoding = getattr(report, "geocoding", None)
    if geocoding is None:
        return []
    answers = [_retained(geocoding), *geocoding.alternatives]
    unplaced = [a["ban_id"] for a in answers if a.get("ban_id") and a.get("lon") is None]
    known = {found.ban_id: found for found in in_register(unplaced)} if unplaced else {}
    candidates: dict[str, Candidate] = {}
    for rank, answer in enumerate(answers):
        ban_id, kind = str(answer.get("ban_id") or ""), str(answer.get("kind") or "")
        lon, lat = answer.get("lon"), answer.get("lat")
        if lon is None and ban_id in known:
            lon, lat = known[ban_id].lon, known[ban_id].lat
        if not ban_id or ban_id in candidates or kind not in Kind or lon is None or lat is None:
            continue
        label = str(answer.get("label") or ban_id)
        candidates[ban_id] = Candidate(
            ban_id, label, kind, float(lon), float(lat), answer.get("score"), rank == 0
        )
    return list(candidates.values())


def candidate_of(report: Signalement, ban_id: str) -> Candidate:
    """Give one candidate of a report: an answer of the geocoder, or an address of the register.

    Raises InvalidChoice when it is neither.
    """
    for candidate in candidates_of(report):
        if candidate.ban_id == ban_id:
            return candidate
    for candidate in in_register([ban_id]):
        return candidate
    raise InvalidChoice("cette adresse n’est plus dans la Base adresse nationale importée")


def in_register(ban_ids: Iterable[str]) -> list[Candidate]:
    """Give the house numbers, streets and communes of these identifiers."""
    asked = list(ban_ids)
    addresses = Address.objects.filter(ban_id__in=asked).select_related("voie__commune")
    found = [address_candidate(address) for address in addresses.defer("voie__geom", "voie__commune__geom")]
    voies = Voie.objects.filter(code__in=asked, geom__isnull=False).select_related("commune")
    found += [voie_candidate(voie) for voie in voies.defer("commune__geom")]
    for commune in Commune.objects.filter(code__in=asked, geom__isnull=False):
        middle = commune.geom.point_on_surface
        found.append(Candidate(commune.code, commune.nom, Kind.MUNICIPALITY, middle.x, middle.y))
    return sorted(found, key=lambda candidate: asked.index(candidate.ban_id))


def address_candidate(address: Address) -> Candidate:
    """Give the place of a house number."""
    voie, point = address.voie, address.geom
    label = f"{address.numero}{address.rep} {voie.nom} {address.code_postal} {voie.commune.nom}"
    return Candidate(address.ban_id, label, Kind.HOUSENUMBER, point.x, point.y)


def voie_candidate(voie: Voie) -> Candidate:
    """Give the place of a street."""
    label = f"{voie.nom} {voie.code_postal} {voie.commune.nom}"
    return Candidate(voie.code, label, Kind.STREET, voie.geom.x, voie.geom.y)


def _retained(geocoding: Geocoding) -> dict[str, Any]:
    point = geocoding.point
    return {
        "ban_id": geocoding.ban_id,
        "label": geocoding.label,
        "kind": geocoding.kind,
        "score": geocoding.score,
        "lon": point.x if point else None,
        "lat": point.y if point else None,
    }
