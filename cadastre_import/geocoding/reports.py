"""What geocoding reads of the reports and writes back: sets in, sets out."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from django.db import connection, transaction

from cadastre_import.geocoding.placing import Declared, Placement
from cadastre_import.geocoding.provider import Answer, Query
from layers.arrondissements import COMMUNE_OF_ARRONDISSEMENT

OUTSIDE_M = 1_000  # a declared point this far out of the declared commune is not believed

# What was asked for a report, as its Geocoding keeps it: another text means that the declared address changed
ASKED = """
left(concat_ws(', ', nullif(s.adresse, ''), nullif(s.code_postal, ''), nullif(s.ville, ''),
               nullif(s.code_insee, '')), 500)
"""
PENDING = f"""
SELECT s.id
FROM layers_signalement s
LEFT JOIN layers_geocoding g ON g.signalement_id = s.id
LEFT JOIN layers_placechoice c ON c.signalement_id = s.id AND c.is_current
WHERE (%(only)s::bigint[] IS NULL OR s.id = ANY(%(only)s))
  AND (%(again)s OR CASE
       WHEN c.id IS NOT NULL THEN c.address_key <> s.address_key AND g.query IS DISTINCT FROM {ASKED}
       ELSE g.query IS DISTINCT FROM {ASKED} OR s.precision = 'declaree' AND s.geom IS DISTINCT FROM s.declared_geom
       END)
ORDER BY s.id
"""  # noqa: S608 - both parts are constants
DECLARED = f"""
SELECT s.id, {ASKED}, s.adresse, s.code_postal, coalesce(nullif(s.arrondissement, ''), s.code_insee), s.ville,
       ST_X(s.declared_geom), ST_Y(s.declared_geom),
       coalesce(NOT ST_DWithin(c.geom::geography, s.declared_geom::geography, %(outside_m)s), false),
       EXISTS (SELECT 1 FROM layers_placechoice p WHERE p.signalement_id = s.id AND p.is_current)
FROM layers_signalement s LEFT JOIN layers_commune c ON c.code = s.code_insee
WHERE s.id = ANY(%(ids)s) ORDER BY s.id
"""  # noqa: S608 - both parts are constants
KEEP_ANSWERS = """
INSERT INTO layers_geocoding AS g
    (signalement_id, query, provider, kind, score, label, ban_id, alternatives, point, millesime, geocoded_at)
SELECT id, query, left(provider, 200), kind, score, left(label, 400), left(ban_id, 60), alternatives::jsonb,
       ST_SetSRID(ST_MakePoint(lon, lat), 4326), millesime, now()
FROM unnest(%(id)s::bigint[], %(query)s::text[], %(provider)s::text[], %(kind)s::text[], %(score)s::float8[],
            %(label)s::text[], %(ban_id)s::text[], %(alternatives)s::text[], %(lon)s::float8[], %(lat)s::float8[],
            %(millesime)s::date[])
    AS t(id, query, provider, kind, score, label, ban_id, alternatives, lon, lat, millesime)
ON CONFLICT (signalement_id) DO UPDATE SET query = excluded.query, provider = excluded.provider,
    kind = excluded.kind, score = excluded.score, label = excluded.label, ban_id = excluded.ban_id,
    alternatives = excluded.alternatives, point = excluded.point, millesime = excluded.millesime,
    geocoded_at = excluded.geocoded_at
WHERE (g.query, g.provider, g.kind, g.score, g.label, g.ban_id, g.alternatives, g.point, g.millesime)
    IS DISTINCT FROM
      (excluded.query, excluded.provider, excluded.kind, excluded.score, excluded.label, excluded.ban_id,
       excluded.alternatives, excluded.point, excluded.millesime)
"""
FORGET_ANSWERS = "DELETE FROM layers_geocoding WHERE signalement_id = ANY(%(id)s)"
# A report that had a point keeps it when nothing is found; the declared commune is believed before the found one.
# What a person chose is not touched, even if the choice was made while the geocoder was asked.
PLACE = """
UPDATE layers_signalement s
SET geom = n.geom, precision = n.precision, needs_review = n.needs_review, commune_id = n.commune_id
FROM (
    SELECT s.id, coalesce(t.geom, s.geom) AS geom, t.needs_review,
           CASE WHEN t.geom IS NULL AND s.geom IS NOT NULL THEN s.precision ELSE t.precision END AS precision,
           coalesce(
               (SELECT code FROM layers_commune WHERE code = s.code_insee),
               (SELECT code FROM layers_commune WHERE code = t.city_of_arrondissement),
               (SELECT code FROM layers_commune WHERE code = t.citycode),
               (SELECT code FROM layers_commune c WHERE ST_Intersects(c.geom, t.geom) ORDER BY code LIMIT 1),
               s.commune_id
           ) AS commune_id
    FROM layers_signalement s
    JOIN (
        SELECT id, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS geom, precision, needs_review, citycode,
               city_of_arrondissement
        FROM unnest(%(id)s::bigint[], %(lon)s::float8[], %(lat)s::float8[], %(precision)s::text[],
                    %(needs_review)s::boolean[], %(citycode)s::text[], %(city_of_arrondissement)s::text[])
            AS t(id, lon, lat, precision, needs_review, citycode, city_of_arrondissement)
    ) t ON t.id = s.id
    WHERE NOT EXISTS (SELECT 1 FROM layers_placechoice p WHERE p.signalement_id = s.id AND p.is_current)
) n
WHERE s.id = n.id AND (s.geom, s.precision, s.needs_review, s.commune_id)
    IS DISTINCT FROM (n.geom, n.precision, n.needs_review, n.commune_id)
"""
# The address that a person read is no longer the one declared: the position stays, a person looks at it again
LOOK_AGAIN = """
UPDATE layers_signalement s SET needs_review = true
FROM layers_placechoice c
WHERE c.signalement_id = s.id AND c.is_current AND c.address_key <> s.address_key
  AND s.id = ANY(%(id)s) AND NOT s.needs_review
"""

ANSWER_COLUMNS = (
    "id",
    "query",
    "provider",
    "kind",
    "score",
    "label",
    "ban_id",
    "alternatives",
    "lon",
    "lat",
    "millesime",
)
PLACE_COLUMNS = ("id", "lon", "lat", "precision", "needs_review", "citycode", "city_of_arrondissement")


def pending_reports(only: Iterable[int] | None, again: bool) -> list[int]:
    """Give the reports to geocode: never answered, or whose declared place changed since; all with ``again``."""
    with connection.cursor() as cursor:
        cursor.execute(PENDING, {"only": None if only is None else list(only), "again": again})
        return [i for (i,) in cursor.fetchall()]


def declared_places(ids: Sequence[int]) -> list[tuple[int, str, Declared]]:
    """Give, for each report, what it declares, also as the one text that its Geocoding keeps."""
    with connection.cursor() as cursor:
        cursor.execute(DECLARED, {"ids": list(ids), "outside_m": OUTSIDE_M})
        return [
            (i, asked, Declared(Query(*query), None if lon is None else (lon, lat), outside, chosen))
            for i, asked, *query, lon, lat, outside, chosen in cursor.fetchall()
        ]


def write_answers(
    asked: Sequence[tuple[int, str]], answers: Sequence[Answer | None], placements: Sequence[Placement]
) -> None:
    """Keep the answers and move the reports, in one transaction; rows that would not change are not written."""
    answered = [(i, text, answer) for (i, text), answer in zip(asked, answers, strict=True) if answer]
    kept = [
        (
            i,
            text,
            a.provider,
            a.kind,
            a.score,
            a.label,
            a.ban_id,
            orjson.dumps(a.alternatives).decode(),
            a.lon,
            a.lat,
            a.millesime,
        )
        for i, text, a in answered
    ]
    placed = [
        (i, *(p.point or (None, None)), str(p.precision), p.needs_review, *_cities(answer))
        for (i, _), answer, p in zip(asked, answers, placements, strict=True)
    ]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(KEEP_ANSWERS, _columns(kept, ANSWER_COLUMNS))
        cursor.execute(
            FORGET_ANSWERS, {"id": [i for (i, _), a in zip(asked, answers, strict=True) if a is None]}
        )
        cursor.execute(PLACE, _columns(placed, PLACE_COLUMNS))
        cursor.execute(LOOK_AGAIN, {"id": [i for i, _ in asked]})


def _cities(answer: Answer | None) -> tuple[str, str]:
    code = answer.citycode if answer else ""
    return code, COMMUNE_OF_ARRONDISSEMENT.get(code, "")


def _columns(rows: Sequence[tuple[Any, ...]], names: Sequence[str]) -> dict[str, list[Any]]:
    return {name: [row[n] for row in rows] for n, name in enumerate(names)}
