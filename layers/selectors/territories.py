"""A commune, an EPCI or an IRIS by its code, and how much of it a reader may see."""

from dataclasses import dataclass
from enum import Enum

from django.contrib.gis.db.models import Extent, PointField
from django.contrib.gis.db.models.functions import Envelope, PointOnSurface
from django.db.models import Count, Q

from layers.arrondissements import with_arrondissements
from layers.bbox import BBox
from layers.errors import InvalidFilter, UnknownTerritoire
from layers.models import Commune, Epci, Iris
from layers.scope import Scope


class Coverage(Enum):
    """How much of a territory lies in a reader's perimeter."""

    FULL = "entier"
    PARTIAL = "partiel"
    NONE = "hors périmètre"


@dataclass(frozen=True)
class Territory:
    """A territory: ``kind`` is "commune", "epci" or "iris"; ``communes`` maps the codes in it to their names."""

    kind: str
    code: str
    nom: str
    communes: dict[str, str]
    population: int | None = None
    epci: Epci | None = None

    @property
    def kind_label(self) -> str:
        return {"commune": "Commune", "epci": "Intercommunalité", "iris": "IRIS"}[self.kind]

    def places(self, commune: str = "commune", iris: str = "iris") -> Q:
        """Give the condition that keeps rows of this territory, by the ORM paths of their two codes."""
        if self.kind == "iris":
            return Q(**{iris: self.code})
        return Q(**{f"{commune}__in": list(self.communes)})


def part_in(scope: Scope, territory: Territory) -> Scope:
    """Give the part of ``scope`` in the communes of a territory, without the reader's zones.

    Raises InvalidFilter when nothing of it is there.
    """
    communes = frozenset(with_arrondissements(territory.communes))
    if not scope.everything:
        communes &= scope.communes
    if not communes:
        raise InvalidFilter("ce territoire est hors de votre périmètre")
    return Scope(signed_in=True, communes=communes, excluded_zones=scope.excluded_zones, kept=scope.kept)


def find_territory(code: str) -> Territory:
    """Give the territory of this code; raises UnknownTerritoire.

    The codes of an EPCI and of an IRIS both have nine digits: an EPCI is looked for first.
    """
    if len(code) == 5 and (commune := Commune.objects.select_related("epci").filter(code=code).first()):
        names = _named([commune])
        return Territory("commune", code, commune.nom, names, commune.population, commune.epci)
    if len(code) == 9:
        if epci := Epci.objects.filter(code=code).first():
            members = list(epci.communes.order_by("nom").only("code", "nom", "population"))
            known = [commune.population for commune in members if commune.population is not None]
            names = _named(members)
            return Territory("epci", code, epci.nom, names, sum(known) if known else None)
        if iris := Iris.objects.current().select_related("commune__epci").filter(code=code).first():
            names = {iris.commune_id: iris.commune.nom}
            return Territory("iris", code, iris.nom, names, epci=iris.commune.epci)
    raise UnknownTerritoire(f"aucun territoire importé n’a le code {code[:20]!r}")


def _named(communes: list[Commune]) -> dict[str, str]:
    """Name the communes, and the municipal arrondissements under which the registers publish three of them."""
    names = {commune.code: commune.nom for commune in communes}
    parts = [code for code in with_arrondissements(names) if code not in names]
    return names | dict(Commune.objects.filter(code__in=parts).values_list("code", "nom")) if parts else names


def coverage(territory: Territory, scope: Scope) -> Coverage:
    """Say whether the reader sees all, part or none of the reports of a territory."""
    if scope.everything:
        return Coverage.FULL
    inside = scope.communes & territory.communes.keys()
    if len(inside) == len(territory.communes) and inside and not scope.excluded_zones:
        return Coverage.FULL
    return Coverage.PARTIAL if inside or scope.zones else Coverage.NONE


def communes_of(scope: Scope) -> list[Commune]:
    """Give the communes of the reader's perimeter with their EPCI, number of IRIS, extent and label point.

    All of them for an administrator; none for a perimeter made of zones only.
    """
    communes = Commune.objects.visible_to(scope).filter(geom__isnull=False)
    if not scope.everything:
        communes = communes.filter(code__in=scope.communes)
    return list(
        communes.select_related("epci")
        .annotate(
            label_point=PointOnSurface("geom", output_field=PointField()),
            envelope=Envelope("geom"),
            iris_count=Count("iris", filter=Q(iris__closed_on__isnull=True)),
        )
        .defer("geom")
        .order_by("nom", "code")
    )


def extent_of(scope: Scope, territory: Territory | None = None) -> BBox | None:
    """Give the extent of a territory, else of the reader's communes, else of all communes; None without any."""
    if territory and territory.kind == "iris":
        extent = Iris.objects.filter(code=territory.code).aggregate(extent=Extent("geom"))["extent"]
    else:
        communes = Commune.objects.filter(geom__isnull=False)
        if territory:
            communes = communes.filter(code__in=list(territory.communes))
        elif scope.communes and not scope.everything:
            communes = communes.filter(code__in=scope.communes)
        extent = communes.aggregate(extent=Extent("geom"))["extent"]
    return BBox(*extent) if extent else None
