"""Look for an address of the imported register by a few words: what a person types, not a whole declared line."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from layers.arrondissements import with_arrondissements
from layers.models import Commune, Geocoding, Signalement
from layers.selectors.candidates import Candidate

LONGEST = 200
AWAY = 0.85  # what a name in a neighbouring commune is worth, against the same in the commune of the report
FLOOR = 0.3  # share of common trigrams under which a street is not worth showing
NUMBER = re.compile(r"^\W*(\d{1,4})\s*(bis|ter|quater|quinquies|[a-z](?![a-z]))?\b")
SHORT_FORMS = {
    "r": "rue",
    "av": "avenue",
    "ave": "avenue",
    "bd": "boulevard",
    "bld": "boulevard",
    "imp": "impasse",
    "all": "allee",
    "pl": "place",
    "ch": "chemin",
    "che": "chemin",
    "sq": "square",
    "rte": "route",
    "pas": "passage",
    "st": "saint",
    "ste": "sainte",
}

# The best streets; on each the number asked, else the nearest one
SEARCH = """
WITH street AS (
    SELECT v.*, CASE WHEN v.commune_id = ANY(%(home)s) THEN 1 ELSE %(away)s END
                * greatest(similarity(v.norm, %(street)s), word_similarity(%(street)s, v.norm) * 0.95) AS likeness
    FROM layers_voie v
    WHERE v.commune_id = ANY(%(communes)s)
    ORDER BY likeness DESC, v.code
    LIMIT %(limit)s
)
SELECT coalesce(h.ban_id, s.code), h.numero, h.rep, s.nom, coalesce(h.code_postal, s.code_postal), c.nom,
       ST_X(coalesce(h.geom, s.geom)), ST_Y(coalesce(h.geom, s.geom)), h.ban_id IS NOT NULL
FROM street s
JOIN layers_commune c ON c.code = s.commune_id
LEFT JOIN LATERAL (
    SELECT a.* FROM layers_address a
    WHERE %(numero)s::int IS NOT NULL AND a.voie_id = s.code AND a.closed_on IS NULL
    ORDER BY abs(a.numero - %(numero)s::int), lower(a.rep) = ANY(%(repetitions)s) DESC, a.rep, a.ban_id
    LIMIT 1
) h ON true
WHERE s.likeness >= %(floor)s AND coalesce(h.geom, s.geom) IS NOT NULL
ORDER BY s.likeness DESC, s.code
"""


def search_addresses(
    text: str, home: Sequence[str], around: Sequence[str] = (), limit: int = 6
) -> list[Candidate]:
    """Give the addresses that look most like ``text``, best first, none for nothing readable.

    Those of ``home`` (codes of communes) come before those ``around``. With a number, the house number of each
    street or the nearest one that exists; without, the street.
    """
    line = _folded(text[:LONGEST])
    number = NUMBER.match(line)
    street = [SHORT_FORMS.get(word, word) for word in re.findall(r"[a-z0-9]+", NUMBER.sub(" ", line))]
    if not street or not (home or around):
        return []
    repetition = (number[2] or "") if number else ""
    parameters = {
        "street": " ".join(street),
        "numero": int(number[1]) if number else None,
        "repetitions": [repetition, repetition[:1]],
        "home": list(home),
        "communes": [*home, *around],
        "away": AWAY,
        "limit": limit,
        "floor": FLOOR,
    }
    with connection.cursor() as cursor:
        cursor.execute(SEARCH, parameters)
        return [_candidate(row) for row in cursor.fetchall()]


def search_for(report: Signalement, text: str) -> list[Candidate]:
    """Give the addresses that look like ``text`` in the commune of a report, then in those of its EPCI.

    Without a commune, in those of the declared postcode.
    """
    if report.commune is None:
        told = Commune.objects.filter(codes_postaux__contains=[report.code_postal])
        return search_addresses(text, _codes(told.values_list("code", flat=True)))
    members = Commune.objects.filter(epci__isnull=False, epci=report.commune.epci_id)
    others = members.exclude(code=report.commune.code).values_list("code", flat=True)
    return search_addresses(text, _codes([report.commune.code]), _codes(others))


def _codes(communes: Iterable[str]) -> list[str]:
    return sorted(with_arrondissements(communes))


def _candidate(row: tuple[Any, ...]) -> Candidate:
    ban_id, numero, rep, voie, code_postal, commune, lon, lat, is_number = row
    number = f"{numero}{rep} " if is_number else ""
    kind = Geocoding.Kind.HOUSENUMBER if is_number else Geocoding.Kind.STREET
    return Candidate(ban_id, f"{number}{voie} {code_postal} {commune}", kind, lon, lat)


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.replace("œ", "oe")).casefold()
    return "".join(c for c in decomposed if not unicodedata.combining(c))
