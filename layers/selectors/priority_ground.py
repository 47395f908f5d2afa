"""What the registers say of the places to rank: name, position, IRIS, perimeters, age, energy class, orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from layers.models import Arrete, UnitKind, Zone
from layers.scope import Scope
from layers.selectors.places.identity import SHARE
from layers.selectors.places.orders import COUNTED
from layers.selectors.units import SRID_SQL

OPERATIONS = (
    Zone.Type.OPAH,
    Zone.Type.OPAH_RU,
    Zone.Type.OPAH_CD,
    Zone.Type.RHI,
    Zone.Type.ANRU,
    Zone.Type.PIG,
    Zone.Type.ORI,
    Zone.Type.ORCOD,
)
"""Perimeters in which somebody has money or power to act; a QPV or a permis de louer is neither."""
REGISTER = {
    UnitKind.PARCELLE: ("layers_parcelle", "idu"),
    UnitKind.BATIMENT: ("layers_batiment", "code"),
    UnitKind.ADRESSE: ("layers_address", "ban_id"),
    UnitKind.IRIS: ("layers_iris", "code"),
}
# The first address that the registers declare for a place
ADDRESSES = {
    UnitKind.ADRESSE: "SELECT p.ban_id",
    UnitKind.PARCELLE: "SELECT l.address_id AS ban_id FROM layers_addressparcelle l WHERE l.idu = p.idu",
    UnitKind.BATIMENT: """
        SELECT l.ban_id FROM layers_batimentaddress l WHERE l.batiment_id = p.code
        UNION ALL SELECT a.address_id FROM layers_batimentparcelle b JOIN layers_addressparcelle a USING (idu)
        WHERE b.batiment_id = p.code AND coalesce(b.cover_ratio, 1) >= %(share)s""",
}
NAMED_BY_ADDRESS = """
    SELECT a.numero || a.rep || ' ' || v.nom AS name
    FROM ({addresses}) l JOIN layers_address a USING (ban_id) JOIN layers_voie v ON v.code = a.voie_id
    WHERE a.closed_on IS NULL ORDER BY v.nom, a.numero, a.rep LIMIT 1"""
STOCK = {
    UnitKind.ADRESSE: """
        SELECT u.code, g.annee_construction AS year, g.classe_dpe AS dpe, g.classe_modelisee AS modelled
        FROM layers_groupebatiment g CROSS JOIN LATERAL unnest(g.ban_ids) AS u (code)
        WHERE g.ban_ids && %(codes)s::varchar[]
        UNION ALL
        SELECT d.ban_id, d.annee_construction, d.classe_energie, '' FROM layers_dpe d
        WHERE d.ban_id = ANY(%(codes)s) AND d.established_on <= %(day)s
          AND coalesce(d.valid_until >= %(day)s, true)""",
    UnitKind.PARCELLE: """
        SELECT u.code, g.annee_construction AS year, g.classe_dpe AS dpe, g.classe_modelisee AS modelled
        FROM layers_groupebatiment g CROSS JOIN LATERAL unnest(g.idus) AS u (code)
        WHERE g.idus && %(codes)s::varchar[]
        UNION ALL
        SELECT l.idu, d.annee_construction, d.classe_energie, ''
        FROM layers_addressparcelle l JOIN layers_dpe d ON d.ban_id = l.address_id
        WHERE l.idu = ANY(%(codes)s) AND d.established_on <= %(day)s AND coalesce(d.valid_until >= %(day)s, true)""",
    UnitKind.BATIMENT: """
        SELECT b.code, g.annee_construction AS year, g.classe_dpe AS dpe, g.classe_modelisee AS modelled
        FROM layers_batiment b JOIN layers_groupebatiment g ON g.rnb_ids && ARRAY[b.rnb_id]::varchar[]
        WHERE b.code = ANY(%(codes)s)
        UNION ALL
        SELECT b.code, d.annee_construction, d.classe_energie, ''
        FROM layers_batiment b JOIN layers_dpe d USING (rnb_id)
        WHERE b.code = ANY(%(codes)s) AND d.established_on <= %(day)s AND coalesce(d.valid_until >= %(day)s, true)
        UNION ALL
        SELECT l.batiment_id, d.annee_construction, d.classe_energie, ''
        FROM layers_batimentaddress l JOIN layers_dpe d USING (ban_id)
        WHERE l.batiment_id = ANY(%(codes)s) AND d.established_on <= %(day)s
          AND coalesce(d.valid_until >= %(day)s, true)""",
}
# An order stands on its parcelle; where the act names none, on the parcelles of its address
ORDERS = {
    UnitKind.ADRESSE: """
        SELECT o.ban_id AS place, o.ban_id AS key, o.id FROM o WHERE o.ban_id > ''
        UNION SELECT l.address_id, l.address_id, o.id FROM o JOIN layers_addressparcelle l ON l.idu = o.idu
        WHERE o.idu > ''""",
    UnitKind.PARCELLE: """
        SELECT o.idu AS place, o.idu AS key, o.id FROM o WHERE o.idu > ''
        UNION SELECT l.idu, l.idu, o.id FROM o JOIN layers_addressparcelle l ON l.address_id = o.ban_id
        WHERE o.idu = '' AND o.ban_id > ''""",
    UnitKind.BATIMENT: """
        SELECT l.batiment_id AS place, l.batiment_id AS key, o.id
        FROM o JOIN layers_batimentparcelle l ON l.idu = o.idu
        WHERE o.idu > '' AND coalesce(l.cover_ratio, 1) >= %(share)s
        UNION SELECT l.batiment_id, l.batiment_id, o.id FROM o JOIN layers_batimentaddress l USING (ban_id)
        WHERE o.ban_id > ''""",
    UnitKind.IRIS: """
        SELECT i.code AS place, o.lieu AS key, o.id FROM o JOIN layers_iris i
        ON i.closed_on IS NULL AND ST_Covers(i.geom, o.geom)""",
}


@dataclass(frozen=True)
class GroundRow:
    """One place in its register."""

    code: str
    commune: str
    name: str
    srid: int
    x: float
    y: float
    """A point inside it, in metres of ``srid``."""
    iris: str | None
    in_operation: bool


@dataclass(frozen=True)
class OrderRow:
    """One order not lifted, at one place; ``key`` is what the law looks at: the parcelle, or the place itself."""

    place: str
    key: str
    taken_on: date


def ground_rows(kind: UnitKind, codes: Sequence[str], day: date) -> list[GroundRow]:
    """Give the places that are in their register, with what stands around them on ``day``."""
    table, key = REGISTER[kind]
    name = NAMED_BY_ADDRESS.format(addresses=ADDRESSES[kind]) if kind in ADDRESSES else "SELECT p.nom AS name"
    query = f"""
        SELECT p.{key}, p.commune_id, coalesce(n.name || ', ', %(unnamed)s || p.{key} || ', ') || c.nom, s.srid,
               ST_X(ST_Transform(s.point, s.srid)), ST_Y(ST_Transform(s.point, s.srid)), i.code,
               EXISTS (SELECT FROM layers_zone z WHERE z.type = ANY(%(operations)s)
                       AND ST_Intersects(z.geom, s.point) AND coalesce(z.starts_on <= %(day)s, true)
                       AND coalesce(z.ends_on >= %(day)s, true))
        FROM {table} p JOIN layers_commune c ON c.code = p.commune_id
        CROSS JOIN LATERAL (
            SELECT ST_PointOnSurface(p.geom) AS point, {SRID_SQL.format(code="p.commune_id")} AS srid
        ) s
        LEFT JOIN LATERAL ({name}) n ON true
        LEFT JOIN LATERAL (
            SELECT code FROM layers_iris i WHERE i.closed_on IS NULL AND ST_Covers(i.geom, s.point)
            ORDER BY code LIMIT 1
        ) i ON true
        WHERE p.{key} = ANY(%(codes)s) ORDER BY 1
    """  # noqa: S608 - assembled from the pieces above
    values = {"unnamed": f"{kind.label.capitalize()} ", "operations": [str(one) for one in OPERATIONS]}
    return [GroundRow(*row) for row in _rows(query, codes=list(codes), day=day, **values)]


def stock_rows(kind: UnitKind, codes: Sequence[str], day: date) -> dict[str, tuple[int | None, str | None]]:
    """Give, by place, the year of its oldest building and its worst energy class, None where not told.

    A diagnosed class comes before one that a model estimates. Not for IRIS.
    """
    query = f"""
        SELECT code, min(year), coalesce(max(nullif(dpe, '')), max(nullif(modelled, '')))
        FROM ({STOCK[kind]}) told WHERE code = ANY(%(codes)s) GROUP BY code
    """  # noqa: S608 - assembled from the pieces above
    return {code: (year, dpe) for code, year, dpe in _rows(query, codes=list(codes), day=day)}


def standing_order_rows(
    kind: UnitKind, scope: Scope, day: date, types: Sequence[str] = COUNTED
) -> list[OrderRow]:
    """Give the orders of unfit housing that ``scope`` opens, taken by ``day`` and not lifted then, by place."""
    orders = Arrete.objects.visible_to(scope).in_force_on(day).filter(type__in=types)
    ids = list(orders.order_by("pk").values_list("pk", flat=True))
    query = f"""
        WITH o AS (SELECT id, idu, ban_id, lieu, geom FROM layers_arrete WHERE id = ANY(%(ids)s))
        SELECT f.place, f.key, a.taken_on FROM ({ORDERS[kind]}) f JOIN layers_arrete a USING (id) ORDER BY 1, 3, 2
    """  # noqa: S608 - assembled from the pieces above
    return [OrderRow(*row) for row in _rows(query, ids=ids)]


def _rows(query: str, **values: Any) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"share": SHARE, **values})
        return cursor.fetchall()
