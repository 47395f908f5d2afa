"""Which codes are one place: from a parcelle, a building or an address to all that stands for it in the registers."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.db.models import TextChoices

from layers.errors import UnknownPlace
from layers.models import Address, Batiment, Commune, Parcelle
from layers.models.logements import PlaceCodes
from layers.scope import Scope

NEAR_M = 15  # as the anchoring: an address stands on the street, at most this far from its parcelle
NUMERO_M = 20  # from an address to the same number written on the plan
SHARE = 0.1  # of a building on a parcelle; less is a matter of drawing
PAST = """
WITH RECURSIVE past AS (
    SELECT parent FROM layers_parcellelineage WHERE child = ANY(%(idus)s)
    UNION SELECT l.parent FROM past JOIN layers_parcellelineage l ON l.child = past.parent
)
SELECT parent FROM past ORDER BY parent
"""
BATIMENTS_ON = """
SELECT b.code FROM layers_batimentparcelle l JOIN layers_batiment b ON b.code = l.batiment_id AND b.closed_on IS NULL
WHERE l.idu = ANY(%(idus)s) AND coalesce(l.cover_ratio, 1) >= %(share)s
UNION
SELECT b.code FROM layers_parcelle p
JOIN layers_batiment b ON b.closed_on IS NULL AND ST_Intersects(b.geom, p.geom)
WHERE p.idu = ANY(%(idus)s) AND ST_Area(ST_Intersection(b.geom, p.geom)) >= %(share)s * ST_Area(b.geom)
"""
PARCELLES_UNDER = """
SELECT p.idu FROM layers_batimentparcelle l JOIN layers_parcelle p ON p.idu = l.idu AND p.closed_on IS NULL
WHERE l.batiment_id = ANY(%(batiments)s) AND coalesce(l.cover_ratio, 1) >= %(share)s
UNION
SELECT p.idu FROM layers_batiment b
JOIN layers_parcelle p ON p.closed_on IS NULL AND ST_Intersects(b.geom, p.geom)
WHERE b.code = ANY(%(batiments)s) AND ST_Area(ST_Intersection(b.geom, p.geom)) >= %(share)s * ST_Area(b.geom)
"""
# Those that the registers declare; else the house numbers whose nearest parcelle is this one
ADDRESSES_OF = """
WITH declared AS (
    SELECT address_id AS ban_id FROM layers_addressparcelle WHERE idu = ANY(%(idus)s) AND %(by_parcelle)s
    UNION SELECT ban_id FROM layers_batimentaddress WHERE batiment_id = ANY(%(batiments)s)
),
around AS MATERIALIZED ( -- first: the nearest parcelle is looked for a few numbers, not for all those of the base
    SELECT a.ban_id, a.geom, p.idu FROM layers_parcelle p
    JOIN layers_address a ON a.closed_on IS NULL
        AND ST_DWithin(a.geom, p.geom, %(near_m)s / (110000 * cos(radians(ST_YMax(p.geom)))))
    WHERE p.idu = ANY(%(idus)s) AND NOT EXISTS (SELECT 1 FROM declared)
      AND ST_Distance(a.geom::geography, p.geom::geography) <= %(near_m)s
),
near AS (
    SELECT a.ban_id FROM around a
    CROSS JOIN LATERAL (
        SELECT n.idu FROM layers_parcelle n
        WHERE n.closed_on IS NULL
          AND ST_DWithin(n.geom, a.geom, %(near_m)s / (110000 * cos(radians(ST_Y(a.geom)))))
        ORDER BY n.geom <-> a.geom, n.idu LIMIT 1
    ) nearest
    WHERE nearest.idu = a.idu
)
SELECT ban_id FROM declared UNION SELECT ban_id FROM near
"""
# Those that the BAN declares; else those that the plan cadastral gives to the same number, as the anchoring reads it
PARCELLES_OF_ADDRESS = """
WITH declared AS (
    SELECT p.idu FROM layers_addressparcelle l JOIN layers_parcelle p ON p.idu = l.idu AND p.closed_on IS NULL
    WHERE l.address_id = %(ban_id)s
),
written AS (
    SELECT array_agg(n.idu ORDER BY n.idu) AS served
    FROM layers_address a
    JOIN layers_numerocadastral n ON n.closed_on IS NULL AND n.numero = a.numero
     AND left(n.rep, 1) = lower(left(a.rep, 1))
     AND ST_DWithin(n.geom, a.geom, %(numero_m)s / (110000 * cos(radians(ST_Y(a.geom)))))
     AND ST_Distance(n.geom::geography, a.geom::geography) <= %(numero_m)s
    WHERE a.ban_id = %(ban_id)s AND NOT EXISTS (SELECT 1 FROM declared)
    GROUP BY n.geom
),
told AS (SELECT unnest(min(served)) AS idu FROM written HAVING count(DISTINCT served) = 1),
served AS (SELECT p.idu FROM told JOIN layers_parcelle p ON p.idu = told.idu AND p.closed_on IS NULL),
nearest AS (
    SELECT p.idu FROM layers_address a
    CROSS JOIN LATERAL (
        SELECT n.idu, n.geom FROM layers_parcelle n
        WHERE n.closed_on IS NULL
          AND ST_DWithin(n.geom, a.geom, %(near_m)s / (110000 * cos(radians(ST_Y(a.geom)))))
        ORDER BY n.geom <-> a.geom, n.idu LIMIT 1
    ) p
    WHERE a.ban_id = %(ban_id)s AND ST_Distance(a.geom::geography, p.geom::geography) <= %(near_m)s
      AND NOT EXISTS (SELECT 1 FROM declared) AND NOT EXISTS (SELECT 1 FROM served)
)
SELECT idu FROM declared UNION SELECT idu FROM served UNION SELECT idu FROM nearest
"""
BATIMENTS_OF_ADDRESS = """
SELECT b.code FROM layers_batimentaddress l JOIN layers_batiment b ON b.code = l.batiment_id AND b.closed_on IS NULL
WHERE l.ban_id = %(ban_id)s
"""


class PlaceKind(TextChoices):
    """Kinds of place that have a file; the value is in its address."""

    PARCELLE = "parcelle", "parcelle"
    BATIMENT = "batiment", "bâtiment"
    ADRESSE = "adresse", "adresse"


@dataclass(frozen=True, eq=False)
class Place:
    """One place, and all that stands for it; ``past`` are the parcelles whose ground it took.

    ``ground`` is the footprint that neighbours and perimeters are measured from: the parcelles, else the place.
    """

    kind: PlaceKind
    code: str
    geom: GEOSGeometry
    commune: Commune
    gone_on: date | None
    parcelles: tuple[Parcelle, ...]
    past: tuple[str, ...]
    batiments: tuple[Batiment, ...]
    addresses: tuple[Address, ...]

    @property
    def codes(self) -> PlaceCodes:
        """The codes in the registers, past parcelles included."""
        return PlaceCodes(
            rnb_ids=tuple(b.rnb_id for b in self.batiments if b.rnb_id),
            idus=(*(p.idu for p in self.parcelles), *self.past),
            ban_ids=tuple(a.ban_id for a in self.addresses),
        )

    @property
    def name(self) -> str:
        """Name the place as a committee does: by its address, else by its register's code."""
        if not self.addresses:
            return f"{self.kind.label.capitalize()} {self.code}"
        others = len(self.addresses) - 1
        more = (
            f" et {others} autre{'s' if others > 1 else ''} adresse{'s' if others > 1 else ''}"
            if others
            else ""
        )
        return f"{self.addresses[0]}{more}"

    @property
    def ground(self) -> GEOSGeometry:
        """The ground of the place."""
        shapes = [parcelle.geom for parcelle in self.parcelles]
        ground = shapes[0].clone() if shapes else self.geom
        for shape in shapes[1:]:
            ground = ground.union(shape)
        ground.srid = self.geom.srid
        return ground


def find_place(kind: str, code: str, scope: Scope) -> Place:
    """Find a place by the code of its register, a building also by its RNB identifier; raises UnknownPlace."""
    finders = {PlaceKind.PARCELLE: _parcelle, PlaceKind.BATIMENT: _batiment, PlaceKind.ADRESSE: _address}
    if kind not in PlaceKind.values or not scope.signed_in:
        raise UnknownPlace("type de lieu inconnu : parcelle, batiment ou adresse")
    return finders[PlaceKind(kind)](code, scope)


def _parcelle(idu: str, scope: Scope) -> Place:
    row = Parcelle.objects.visible_to(scope).filter(idu=idu).first()
    if row is None:
        raise UnknownPlace("aucune parcelle importée n’a cet identifiant")
    batiments = _codes(BATIMENTS_ON, idus=[idu])
    addresses = _codes(ADDRESSES_OF, idus=[idu], batiments=batiments, by_parcelle=True)
    return _place(PlaceKind.PARCELLE, row, idus=[idu], batiments=batiments, addresses=addresses)


def _batiment(code: str, scope: Scope) -> Place:
    batiments = Batiment.objects.visible_to(scope)
    row = (
        batiments.filter(code=code).first()
        or batiments.current().filter(rnb_id=code).order_by("code").first()
    )
    if row is None:
        raise UnknownPlace("aucun bâtiment importé n’a cet identifiant")
    idus = _codes(PARCELLES_UNDER, batiments=[row.code])
    addresses = _codes(ADDRESSES_OF, idus=idus, batiments=[row.code], by_parcelle=False)
    return _place(PlaceKind.BATIMENT, row, idus=idus, batiments=[row.code], addresses=addresses)


def _address(ban_id: str, scope: Scope) -> Place:
    row = Address.objects.visible_to(scope).filter(ban_id=ban_id).first()
    if row is None:
        raise UnknownPlace("aucune adresse importée n’a cet identifiant")
    idus = _codes(PARCELLES_OF_ADDRESS, ban_id=ban_id)
    batiments = _codes(BATIMENTS_OF_ADDRESS, ban_id=ban_id) or _codes(BATIMENTS_ON, idus=idus)
    return _place(PlaceKind.ADRESSE, row, idus=idus, batiments=batiments, addresses=[ban_id])


def _place(
    kind: PlaceKind,
    row: Parcelle | Batiment | Address,
    *,
    idus: list[str],
    batiments: list[str],
    addresses: list[str],
) -> Place:
    found = Address.objects.filter(ban_id__in=addresses).select_related("voie").defer("voie__geom")
    return Place(
        kind=kind,
        code=str(row.pk),
        geom=row.geom,
        commune=Commune.objects.select_related("epci").defer("geom").get(pk=row.commune_id),
        gone_on=row.closed_on,
        parcelles=tuple(Parcelle.objects.filter(idu__in=idus).order_by("idu")),
        past=tuple(_codes(PAST, idus=idus)),
        batiments=tuple(Batiment.objects.filter(code__in=batiments).order_by("code")),
        addresses=tuple(found.order_by("voie__nom", "numero", "rep")),
    )


def _codes(sql: str, **parameters: Any) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"share": SHARE, "near_m": NEAR_M, "numero_m": NUMERO_M, **parameters})
        return [code for (code,) in cursor.fetchall()]
