"""The Référentiel national des bâtiments: the identity of buildings, their parcelles and their addresses.

The map keeps the cadastre's footprint and takes the RNB's identifier: the RNB's point names the footprint that it
lies in, and a building that the cadastre does not draw comes with the RNB's own shape.
"""

import re
from functools import partial
from typing import Any

import numpy as np
import orjson
import shapely

from cadastre_import import fields
from cadastre_import.readers.delimited import read_csv
from cadastre_import.source import Check, Column, Source
from cadastre_import.sources.cadastre import MULTIPOLYGON
from layers.errors import InvalidRow

RNB_ID = re.compile(r"[0-9A-Z]{12}")
STANDING = ("constructed", "notUsable")
REQUIRED = ("rnb_id", "point", "shape", "status", "addresses", "plots")


def parse(row: Any) -> list[Any]:
    """Read a building: identifier, point, shape, and its links as the RNB declares them."""
    if row is None:
        raise InvalidRow("le nombre de champs n’est pas celui de l’en-tête")
    rnb_id = fields.code(row["rnb_id"], RNB_ID, "rnb_id")
    status = fields.text(row["status"], "status")
    if status not in STANDING:
        raise InvalidRow(f"status : {status!r}, bâtiment qui n’existe plus")
    point = shape_of(row["point"], "point")
    shape = shape_of(row["shape"], "shape")
    plots = [fields.mapping(plot, "plots") for plot in objects(row["plots"], "plots")]
    addresses = [fields.mapping(address, "addresses") for address in objects(row["addresses"], "addresses")]
    parcelles = [fields.code(plot.get("id"), fields.IDU, "plots.id") for plot in plots]
    drawn = shape if shapely.get_type_id(shape) != shapely.GeometryType.POINT else None
    return [
        rnb_id,
        parcelles[0][:5] if parcelles else None,
        parcelles,
        [fields.decimal(plot.get("bdg_cover_ratio"), "bdg_cover_ratio") for plot in plots],
        [fields.required(address.get("cle_interop_ban"), "cle_interop_ban") for address in addresses],
        shapely.to_wkb(shapely.set_srid(point, 4326), hex=True, include_srid=True),
        None,
        drawn if drawn is not None else shapely.buffer(point, 0.00002, quad_segs=2),
    ]


def shape_of(ewkt: str, name: str) -> shapely.Geometry:
    """Read an EWKT in degrees; raises InvalidRow."""
    srid, _, wkt = fields.required(ewkt, name, longest=1_000_000).rpartition(";")
    if srid not in ("", "SRID=4326"):
        raise InvalidRow(f"{name} : SRID=4326 attendu, reçu {srid[:20]!r}")
    with np.errstate(all="ignore"):  # "POINT (1e400 0)" overflows before it is refused
        shape = shapely.from_wkt(wkt, on_invalid="ignore")
    if shape is None or shape.is_empty:
        raise InvalidRow(f"{name} : géométrie illisible")
    return shape


def objects(text: str, name: str) -> list[Any]:
    """Read a JSON list, empty for an empty cell; raises InvalidRow."""
    try:
        found = orjson.loads(text or "[]")
    except orjson.JSONDecodeError:
        raise InvalidRow(f"{name} : JSON illisible") from None
    if not isinstance(found, list):
        raise InvalidRow(f"{name} : une liste est attendue")
    return found


FOOTPRINTS = """
UPDATE staging s SET footprint = b.code
FROM layers_batiment b
WHERE s.reason IS NULL AND b.closed_on IS NULL AND b.code <> s.rnb_id AND ST_Covers(b.geom, s.point)
"""
IDENTITIES = """
UPDATE layers_batiment b SET rnb_id = named.rnb_id
FROM (
    SELECT footprint, min(rnb_id) AS rnb_id FROM staging
    WHERE reason IS NULL AND footprint IS NOT NULL GROUP BY footprint
) named
WHERE b.code = named.footprint AND b.rnb_id IS DISTINCT FROM named.rnb_id
"""
PARCELLES = """
INSERT INTO layers_batimentparcelle AS l (batiment_id, idu, cover_ratio)
SELECT coalesce(s.footprint, s.rnb_id), plot.idu, max(plot.ratio)
FROM staging s, unnest(s.parcelles, s.ratios) AS plot(idu, ratio)
WHERE s.reason IS NULL GROUP BY 1, 2
ON CONFLICT (batiment_id, idu) DO UPDATE SET cover_ratio = excluded.cover_ratio
WHERE l.cover_ratio IS DISTINCT FROM excluded.cover_ratio
"""
ADDRESSES = """
INSERT INTO layers_batimentaddress (batiment_id, ban_id)
SELECT DISTINCT coalesce(s.footprint, s.rnb_id), ban_id FROM staging s, unnest(s.addresses) AS ban_id
WHERE s.reason IS NULL
ON CONFLICT DO NOTHING
"""

SOURCE = Source(
    name="rnb",
    title="Référentiel national des bâtiments",
    producer="RNB (beta.gouv.fr, CSTB, IGN)",
    licence="Licence Ouverte 2.0",
    url="data.gouv.fr, RNB_{departement}.csv.zip",
    read=partial(read_csv, required=REQUIRED),
    parse=parse,
    table="layers_batiment",
    columns=(
        Column("rnb_id"),
        Column("commune_id"),
        Column("parcelles", "text[]", into=None),
        Column("ratios", "float8[]", into=None),
        Column("addresses", "text[]", into=None),
        Column("point", "geometry(Point,4326)", into=None),
        Column("footprint", into=None),
        Column("geom", MULTIPOLYGON),
    ),
    key=("code",),
    identity=("rnb_id",),
    polygon="geom",
    commune="commune_id",
    derived={"code": "s.rnb_id"},
    constants={"type": "''", "nom": "''", "is_repaired": "false", "millesime": "%(millesime)s"},
    only="s.footprint IS NULL",
    checks=(
        Check("s.commune_id IS NOT NULL", "'plots : aucune parcelle, la commune est inconnue'"),
        Check(
            "EXISTS (SELECT 1 FROM layers_commune c WHERE c.code = s.commune_id)",
            "'commune ' || s.commune_id || ' inconnue : importez d’abord les communes'",
        ),
    ),
    also_writes=("layers_batimentparcelle", "layers_batimentaddress"),
    before=(FOOTPRINTS,),
    after=(IDENTITIES, PARCELLES, ADDRESSES),
)
