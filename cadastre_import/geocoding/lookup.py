"""The SQL of the embedded geocoder: a batch of questions in, the likely streets and house numbers out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection, transaction

from cadastre_import.geocoding.address_text import AddressText

TRIGRAM_FLOOR = 0.25  # share of common trigrams under which a street is not even considered
LIKELY_STREETS = 8

Scope = Mapping[str, float]  # Insee codes to look in, and how far each is trusted

# Where to look for the street ``a.street`` of the question ``a``: each gives columns of layers_voie and a trust
SAME_NAME = """
    SELECT s.trust, 1::float8 AS likeness, 1::float8 AS part_likeness, v.*
    FROM scope s JOIN layers_voie v ON v.commune_id = s.commune
    WHERE s.q = a.q AND v.norm = a.street
"""
LIKE_NAME = """
    SELECT l.*, word_similarity(a.street, l.norm) AS part_likeness
    FROM (
        SELECT s.trust, similarity(v.norm, a.street) AS likeness, v.*
        FROM scope s JOIN layers_voie v ON v.commune_id = s.commune
        WHERE s.q = a.q AND v.norm %% a.street
        ORDER BY similarity(v.norm, a.street) * s.trust DESC, v.code LIMIT %(likely)s
    ) l
"""
LIKE_NAME_ANYWHERE = """
    SELECT l.*, 1::float8 AS trust, word_similarity(a.street, l.norm) AS part_likeness
    FROM (
        SELECT similarity(v.norm, a.street) AS likeness, v.*
        FROM layers_voie v WHERE v.norm %% a.street
        ORDER BY likeness DESC, v.code LIMIT %(likely)s
    ) l
"""
QUESTION = """
WITH asked AS (
    SELECT * FROM unnest(%(q)s::int[], %(street)s::text[], %(numero)s::int[], %(repetitions)s::text[])
        AS t(q, street, numero, repetitions)
),
scope AS (
    SELECT * FROM unnest(%(scope_q)s::int[], %(commune)s::text[], %(trust)s::float8[]) AS t(q, commune, trust)
)
SELECT a.q, v.trust, v.likeness, v.part_likeness, v.code, v.nom, v.norm, v.commune_id, c.nom,
       coalesce(h.code_postal, v.code_postal), h.ban_id, h.numero, h.rep,
       h.numero IS NOT DISTINCT FROM a.numero AS same_numero, h.same_rep,
       ST_X(coalesce(h.geom, v.geom)), ST_Y(coalesce(h.geom, v.geom)),
       h.ban_id IS NOT NULL OR EXISTS (SELECT 1 FROM layers_address n WHERE n.voie_id = v.code)
FROM asked a
CROSS JOIN LATERAL ({streets}) v
JOIN layers_commune c ON c.code = v.commune_id
LEFT JOIN LATERAL (
    -- The number asked; else the nearest one, on the same side of the street unless it is much further
    SELECT n.*, CASE WHEN a.repetitions = '' THEN n.rep = ''
                     ELSE lower(n.rep) = ANY(string_to_array(a.repetitions, '|')) END AS same_rep
    FROM layers_address n
    WHERE a.numero IS NOT NULL AND n.voie_id = v.code AND n.closed_on IS NULL
    ORDER BY abs(n.numero - a.numero) + 3 * ((n.numero - a.numero) %% 2 <> 0)::int, same_rep DESC, n.rep, n.ban_id
    LIMIT 1
) h ON true
WHERE coalesce(h.geom, v.geom) IS NOT NULL
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
    """One address to look for: what was read of it, and the communes it may be in."""

    read: AddressText
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
    """Give the candidates of each question; ``streets`` is one of the three ways to look for a street."""
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
        "commune": [code for _, code, _ in scopes],
        "trust": [trust for _, _, trust in scopes],
        "likely": LIKELY_STREETS,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(TRIGRAM_FLOOR)])
        cursor.execute(QUESTION.format(streets=streets), parameters)
        return [(q, Candidate(*values)) for q, *values in cursor.fetchall()]


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
