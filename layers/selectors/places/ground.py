"""The ground under a place: the parcelles it comes from or became, the perimeters that cover it or did."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F, FloatField, Func, Q, Value

from layers.models import NumeroCadastral, ParcelleLineage, Zone
from layers.scope import Scope
from layers.selectors.places.identity import Place
from layers.selectors.places.timeline import Event, EventKind, Fact, Findings, Section

LEAST_SHARE = 0.01  # of the ground: a perimeter that only touches it does not cover it


@dataclass(frozen=True)
class Covering:
    """A perimeter over the place; without a date of effect nobody can say whether it covered a given day."""

    zone: Zone
    share: float

    def covers(self, day: date) -> bool:
        """Tell if the perimeter was in effect on ``day``."""
        starts_on, ends_on = self.zone.starts_on, self.zone.ends_on
        return starts_on is not None and starts_on <= day and (ends_on is None or day <= ends_on)


def perimeters_over(place: Place, scope: Scope) -> list[Covering]:
    """Give the perimeters over the place, whatever their dates."""
    ground = place.ground
    overlap = Func(
        F("geom"),
        Value(ground.hexewkb.decode()),
        template="ST_Area(ST_Intersection(%(expressions)s::geometry))",
        output_field=FloatField(),
    )
    zones = Zone.objects.visible_to(scope).filter(geom__intersects=ground).annotate(overlap=overlap)
    area = ground.area
    return [
        covering
        for zone in zones.defer("geom").order_by("type", "nom", "pk")
        if (covering := Covering(zone, min(1.0, zone.overlap / area) if area else 1.0)).share >= LEAST_SHARE
    ]


def covered(coverings: list[Covering], day: date) -> Findings:
    """Tell when each dated perimeter began and ended, and which stand on ``day``."""
    events, facts = [], []
    for covering in coverings:
        zone = covering.zone
        name = f"{zone.nom} ({zone.get_type_display()})"
        for on, what in ((zone.starts_on, "Début"), (zone.ends_on, "Fin")):
            if on:
                events.append(
                    Event(on, EventKind.PERIMETRE, f"{what} : {name}", source=zone.acte or "périmètre")
                )
        facts.append(Fact(Section.PERIMETRES, name, _told(covering, day), zone.acte))
    return Findings(tuple(events), tuple(facts))


def filiation(place: Place, scope: Scope) -> Findings:
    """Tell from which parcelles the place comes, what it became if it left the cadastre, its numbers on the plan."""
    idus = [parcelle.idu for parcelle in place.parcelles]
    links = ParcelleLineage.objects.visible_to(scope).filter(
        Q(child__in=[*idus, *place.past]) | Q(parent__in=idus)
    )
    events = [
        Event(
            link.millesime,
            EventKind.CADASTRE,
            f"Parcelle {link.parent} → {link.child}",
            f"{link.share:.0%} de la parcelle d’origine".replace("%", " %"),
            "Cadastre",
        )
        for link in links.order_by("-millesime", "-share", "parent", "child")
    ]
    events += [
        Event(row.closed_on, EventKind.CADASTRE, f"{name} {row} : sortie du registre", source="Cadastre")
        for name, rows in (("Parcelle", place.parcelles), ("Bâtiment", place.batiments))
        for row in rows
        if row.closed_on
    ]
    facts = [
        Fact(
            Section.CADASTRE,
            f"Parcelle {parcelle.idu}",
            f"{parcelle.contenance} m² déclarés"
            if parcelle.contenance is not None
            else "contenance inconnue",
            f"cadastre, édition du {parcelle.millesime:%d/%m/%Y}",
        )
        for parcelle in place.parcelles
    ]
    numeros = NumeroCadastral.objects.visible_to(scope).current().filter(idu__in=idus)
    facts += [
        Fact(
            Section.CADASTRE,
            f"Numéro {row.numero}{row.rep}",
            f"dessert la parcelle {row.idu}",
            f"plan cadastral, édition du {row.millesime:%d/%m/%Y}",
        )
        for row in numeros.defer("geom").order_by("numero", "rep", "idu")
    ]
    return Findings(tuple(events), tuple(facts))


def _told(covering: Covering, day: date) -> str:
    zone, share = covering.zone, covering.share
    part = "" if share > 0.99 else f", {share:.0%} du terrain".replace("%", " %")
    if zone.starts_on is None and zone.ends_on is None:
        return f"dates non renseignées{part}"
    if zone.ends_on and zone.ends_on < day:
        return f"terminé le {zone.ends_on:%d/%m/%Y}{part}"
    if zone.starts_on and zone.starts_on > day:
        return f"à partir du {zone.starts_on:%d/%m/%Y}{part}"
    return (f"en vigueur depuis le {zone.starts_on:%d/%m/%Y}" if zone.starts_on else "en vigueur") + part
