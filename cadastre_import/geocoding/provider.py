"""What a geocoder is asked and what it answers, whoever it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol

HOUSENUMBER, STREET, LOCALITY, MUNICIPALITY = "housenumber", "street", "locality", "municipality"
KINDS = (HOUSENUMBER, STREET, LOCALITY, MUNICIPALITY)
MAX_ALTERNATIVES = 5
ALTERNATIVE_FIELDS = ("label", "kind", "score", "ban_id", "lon", "lat", "citycode")


@dataclass(frozen=True)
class Query:
    """An address as it was declared; every part may be empty or wrong."""

    text: str
    code_postal: str = ""
    code_insee: str = ""
    ville: str = ""


@dataclass(frozen=True)
class Answer:
    """The best answer to a query.

    ``score`` says, from 0 to 1, how sure the answer is for what it claims to be (``kind``). ``ban_id`` is the
    address for a house number, the street for a street, the Insee code for a municipality. ``alternatives`` are
    the next answers, best first, as objects of ALTERNATIVE_FIELDS.
    """

    score: float
    kind: str
    label: str
    ban_id: str
    lon: float
    lat: float
    citycode: str
    alternatives: tuple[dict[str, Any], ...] = field(default=())
    provider: str = ""
    millesime: date | None = None


def as_alternative(answer: Answer) -> dict[str, Any]:
    """Give what is kept of an answer that was not the best."""
    return {name: getattr(answer, name) for name in ALTERNATIVE_FIELDS}


class Geocoder(Protocol):
    """Answers many queries at once, in their order; None where nothing at all was found.

    Above ``accepted_score`` an answer is believed without a look: scores of two services do not compare.
    """

    accepted_score: float

    def search_many(self, queries: Sequence[Query]) -> list[Answer | None]:
        """Give one answer per query; raises GeocoderUnavailable when the service fails."""
        ...
