"""The SQL of the embedded geocoder: a batch of questions in, the likely streets and house numbers out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from cadastre_import.geocoding.address_text import AddressText

TRIGRAM_FLOOR = 0.25  # share of common trigrams under which a street is not even considered
LIKELY_STREETS = 8

Scope = Mapping[str, float]  # codes of communes, or of streets, and how far each is trusted

# Where to look for the street of the question ``a``: in communes, among streets, in the whole register
SAME_NAME_IN_COMMUNES = """
    SELECT a.*, s.trust, 1::float8 AS likeness, 1::float8 AS part_likeness, v.*
    FROM asked a JOIN scope s USING (q) JOIN layers_voie v ON v.commune_id = s.code AND v.norm = a.street
"""
AMONG_STREETS = """
    SELECT a.*, s.trust, similarity(v.norm, a.street) AS likeness,
           word_similarity(a.street, v.norm) AS part_likeness, v.*
    FROM asked a JOIN scope s USING (q) JOIN layers_voie v ON v.code = s.code
"""
LIKE_NAME_ANYWHERE = """
    SELECT a.*, 1::float8 AS trust, word_similarity(a.street, l.norm) AS part_likeness, l.*
    FROM asked a
    CROSS JOIN LATERAL (
        SELECT similarity(v.norm, a.street) AS likeness, v.*
        FROM layers_voie v WHERE v.norm %% a.street
        ORDER BY likeness DESC, v.code LIMIT %(likely)s
    ) l
"""
# A batch of a thousand addresses without a commune takes longer than a web request may
SETTINGS = """
SELECT set_config('pg_trgm.similarity_threshold', %s, true), set_config('statement_timeout', '5min', true)
"""
QUESTION = """
WITH asked AS (
    SELECT * FROM unnest(%(q)s::int[], %(street)s::text[], %(numero)s::int[], %(repetitions)s::text[])
        AS t(q, street, numero, repetitions)
),
scope AS (
    SELECT * FROM unnest(%(scope_q)s::int[], %(code)s::text[], %(trust)s::float8[]) AS t(q, code, trust)
)
SELECT v.q, v.trust, v.likeness, v.part_likeness, v.code, v.nom, v.norm, v.commune_id, c.nom,
       v.ancienne_commune, coalesce(h.code_postal, v.code_postal), h.ban_id, h.numero, h.rep,
       h.numero IS NOT DISTINCT FROM v.numero AS same_numero, h.same_rep,
       ST_X(coalesce(h.geom, v.geom)), ST_Y(coalesce(h.geom, v.geom)),
       h.ban_id IS NOT NULL OR EXISTS (SELECT 1 FROM layers_address n WHERE n.voie_id = v.code)
FROM ({streets}) v
JOIN layers_commune c ON c.code = v.commune_id
LEFT JOIN LATERAL (
    -- The number asked; else the nearest one, on the same side of the street unless it is much further
    SELECT n.*, CASE WHEN v.repetitions = '' THEN n.rep = ''
                     ELSE lower(n.rep) = ANY(string_to_array(v.repetitions, '|')) END AS same_rep
    FROM layers_address n
    WHERE v.numero IS NOT NULL AND n.voie_id = v.code AND n.closed_on IS NULL
    ORDER BY abs(n.numero - v.numero) + 3 * ((n.numero - v.numero) %% 2 <> 0)::int, same_rep DESC, n.rep, n.ban_id
    LIMIT 1
) h ON true
WHERE coalesce(h.geom, v.geom) IS NOT NULL
"""
STREETS = """
SELECT commune_id, code, norm FROM layers_voie WHERE commune_id = ANY(%(codes)s) ORDER BY commune_id, code
"""
MIDDLES = """
SELECT c.code, c.nom, ST_X(m.point), ST_Y(m.point), coalesce(c.population, 0)
FROM layers_commune c
CROSS JOIN LATERAL (
    SELECT coalesce(
        ST_PointOnSurface(c.geom),
        (SELECT ST_Centroid(ST_Collect(v.geom)) FROM layers_voie v WHERE v.commune_id = c.code)
    ) AS point
) m
WHERE c.code = ANY(%(codes)s) AND m.point IS NOT NULL
"""


@dataclass(frozen=True)
class Question:
    """One address to look for: what was read of it, the commune as it was told, where it may be."""

    read: AddressText
    code_postal: str
    ville: str
    scope: Scope


@dataclass(frozen=True)
class Candidate:
    """A street that looks like the one asked, with its house number nearest to the one asked, if any was asked."""

    trust: float
    likeness: float
    part_likeness: float
    voie: str
    nom: str
    norm: str
    citycode: str
    commune: str
    ancienne_commune: str
    code_postal: str
    ban_id: str | None
    numero: int | None
    rep: str | None
    same_numero: bool
    same_rep: bool | None
    lon: float
    lat: float
    has_numbers: bool


@dataclass(frozen=True)
class Middle:
    """A point inside a commune."""

    citycode: str
    nom: str
    lon: float
    lat: float
    population: int


def find(streets: str, questions: Mapping[int, Question]) -> Iterable[tuple[int, Candidate]]:
    """Give the candidates of each question; ``streets`` is one of the three ways to look for a street.

    The scope of a question holds communes for SAME_NAME_IN_COMMUNES, streets for AMONG_STREETS.
    """
    questions = {q: question for q, question in questions.items() if question.read.street}
    if not questions:
        return []
    reads = [question.read for question in questions.values()]
    scopes = [(q, code, trust) for q, one in questions.items() for code, trust in one.scope.items()]
    parameters = {
        "q": list(questions),
        "street": [read.street for read in reads],
        "numero": [read.numero for read in reads],
        "repetitions": ["|".join(read.repetitions) for read in reads],
        "scope_q": [q for q, _, _ in scopes],
        "code": [code for _, code, _ in scopes],
        "trust": [trust for _, _, trust in scopes],
        "likely": LIKELY_STREETS,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SETTINGS, [str(TRIGRAM_FLOOR)])
        cursor.execute(QUESTION.format(streets=streets), parameters)
        return [(q, Candidate(*values)) for q, *values in cursor.fetchall()]


def streets_of(codes: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Give the (code, normalised name) of the streets of each commune."""
    streets: dict[str, list[tuple[str, str]]] = {code: [] for code in codes}
    with connection.cursor() as cursor:
        cursor.execute(STREETS, {"codes": list(codes)})
        for commune, code, norm in cursor.fetchall():
            streets[commune].append((code, norm))
    return streets


def middles(codes: Sequence[str]) -> dict[str, Middle]:
    """Give a point inside each commune; without a contour, the centre of its streets."""
    with connection.cursor() as cursor:
        cursor.execute(MIDDLES, {"codes": list(codes)})
        return {row[0]: Middle(*row) for row in cursor.fetchall()}


def edition() -> date | None:
    """Give the edition of the imported BAN, None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(millesime) FROM layers_address")
        return cursor.fetchone()[0]
