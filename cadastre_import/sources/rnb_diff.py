"""The changes of the RNB since a day (``diff?since=``), applied to what the register gave: incremental, idempotent.

A building may have changed several times: its last state stands. An older file does not undo a newer one, for a
building keeps the day of its content. The diff names no parcelle: its commune is that of the ground under its point.
"""

import re
from functools import partial
from typing import Any

import shapely

from cadastre_import import fields
from cadastre_import.readers.delimited import read_csv
from cadastre_import.source import Check, Column, Correction, Source
from cadastre_import.sources.cadastre import MULTIPOLYGON
from cadastre_import.sources.rnb import IDENTITIES, RNB_ID, STANDING, objects, shape_of
from layers.errors import InvalidRow

REQUIRED = ("action", "rnb_id", "status", "is_active", "sys_period", "point", "shape", "addresses_id")
PERIOD = re.compile(
    r"[\[(]\"?(\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[+-]\d{2}(?::?\d{2})?|Z)?)\"?,"
)
ACTIONS = ("create", "update", "reactivate", "deactivate", "delete")
GONE = ("deactivate", "delete")
YES = ("1", "t", "true")


def parse(row: Any) -> list[Any]:
    """Read one change: what was done, when, and the building as it is since."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    action = fields.text(row["action"], "action")
    if action not in ACTIONS:
        raise InvalidRow(f"action : {action[:40]!r} inconnue")
    period = PERIOD.match(fields.text(row["sys_period"], "sys_period"))
    if period is None:
        raise InvalidRow(f"sys_period : intervalle illisible {row['sys_period'][:40]!r}")
    active = fields.text(row["is_active"], "is_active").casefold() in YES
    stands = active and action not in GONE and fields.text(row["status"], "status") in STANDING
    point, shape = shape_of(row["point"], "point"), shape_of(row["shape"], "shape")
    drawn = shape if shapely.get_type_id(shape) != shapely.GeometryType.POINT else None
    return [
        fields.code(row["rnb_id"], RNB_ID, "rnb_id"),
        period[1],
        stands,
        [
            fields.required(key, "addresses_id", longest=60)
            for key in objects(row["addresses_id"], "addresses_id")
        ],
        shapely.to_wkb(shapely.set_srid(point, 4326), hex=True, include_srid=True),
        *[None] * 4,  # footprint, applied, leaves, commune
        drawn if drawn is not None else shapely.buffer(point, 0.00002, quad_segs=2),
    ]


# What is applied: the last state of each building, unless a later one stands already
LAST = """
UPDATE staging s SET applied = true
FROM (SELECT DISTINCT ON (rnb_id) rnb_id, line FROM staging WHERE reason IS NULL
      ORDER BY rnb_id, changed_at DESC, line DESC) last
WHERE s.line = last.line
  AND NOT EXISTS (
      SELECT FROM layers_batiment b
      WHERE b.code = s.rnb_id AND greatest(b.millesime, b.closed_on) > s.changed_at::date)
"""
PLACED = """
UPDATE staging s SET commune_id = coalesce(
    (SELECT b.commune_id FROM layers_batiment b WHERE b.code = s.rnb_id),
    (SELECT min(p.commune_id) FROM layers_parcelle p WHERE p.closed_on IS NULL AND ST_Covers(p.geom, s.point)),
    (SELECT min(c.code) FROM layers_commune c WHERE ST_Covers(c.geom, s.point)))
WHERE s.applied AND s.stands
"""
FOOTPRINTS = """
UPDATE staging s SET footprint = b.code
FROM layers_batiment b
WHERE s.applied AND s.stands AND b.closed_on IS NULL AND b.code <> s.rnb_id AND ST_Covers(b.geom, s.point)
"""
LEFT = "UPDATE staging SET leaves = true WHERE applied AND NOT stands"
REPLACED = "UPDATE staging SET leaves = false WHERE applied IS NULL AND reason IS NULL"
# The footprint loses its identity, our own shape is closed; nothing is deleted
LOST_IDENTITIES = """
UPDATE layers_batiment b SET rnb_id = NULL
FROM staging s
WHERE s.reason IS NULL AND s.applied AND b.rnb_id = s.rnb_id AND b.code <> s.rnb_id
  AND (NOT s.stands OR s.footprint IS DISTINCT FROM b.code)
"""
CLOSED = """
UPDATE layers_batiment b SET closed_on = s.changed_at::date
FROM staging s
WHERE s.reason IS NULL AND s.applied AND b.code = s.rnb_id AND b.closed_on IS NULL
  AND (NOT s.stands OR s.footprint IS NOT NULL)
"""
STALE_ADDRESSES = """
DELETE FROM layers_batimentaddress l USING staging s
WHERE s.reason IS NULL AND s.applied AND s.stands
  AND l.batiment_id = coalesce(s.footprint, s.rnb_id) AND NOT l.ban_id = ANY(s.addresses)
"""
ADDRESSES = """
INSERT INTO layers_batimentaddress (batiment_id, ban_id)
SELECT DISTINCT coalesce(s.footprint, s.rnb_id), ban_id FROM staging s, unnest(s.addresses) AS ban_id
WHERE s.reason IS NULL AND s.applied AND s.stands
ON CONFLICT DO NOTHING
"""

SOURCE = Source(
    name="rnb-diff",
    title="Référentiel national des bâtiments, changements depuis une date",
    producer="RNB (beta.gouv.fr, CSTB, IGN)",
    licence="Licence Ouverte 2.0",
    url="rnb-api.beta.gouv.fr/api/alpha/buildings/diff/?since={date}&insee_code={commune}",
    read=partial(read_csv, required=REQUIRED),
    parse=parse,
    table="layers_batiment",
    columns=(
        Column("rnb_id"),
        Column("changed_at", "timestamptz", into=None),
        Column("stands", "boolean", into=None),
        Column("addresses", "text[]", into=None),
        Column("point", "geometry(Point,4326)", into=None),
        Column("footprint", into=None),
        Column("applied", "boolean", into=None),
        Column("leaves", "boolean", into=None),
        Column("commune_id"),
        Column("geom", MULTIPOLYGON),
    ),
    key=("code",),
    identity=("rnb_id", "changed_at"),
    polygon="geom",
    commune="commune_id",
    derived={"code": "s.rnb_id", "closed_on": "NULL::date", "millesime": "s.changed_at::date"},
    constants={"type": "''", "nom": "''", "is_repaired": "false"},
    only="s.applied AND s.stands AND s.footprint IS NULL",
    corrections=(
        Correction(LAST),
        Correction(REPLACED, "changement(s) qu’un plus récent remplace"),
        Correction(PLACED),
        Correction(FOOTPRINTS),
        Correction(LEFT, "bâtiment(s) sorti(s) du RNB"),
    ),
    checks=(
        Check(
            "s.commune_id IS NOT NULL OR s.applied IS NULL OR NOT s.stands",
            "'point : hors des communes importées'",
        ),
    ),
    also_writes=("layers_batimentaddress",),
    before=(LOST_IDENTITIES,),
    after=(IDENTITIES, CLOSED, STALE_ADDRESSES, ADDRESSES),
)
