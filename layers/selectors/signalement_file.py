"""Everything known of one report, and of the places it is linked to."""

from dataclasses import dataclass
from itertools import groupby

from django.db.models import Case, IntegerField, Q, Value, When

from layers.kept_fields import without_kept
from layers.models import (
    Address,
    Affectation,
    Anchor,
    Arrete,
    Batiment,
    Desordre,
    Geocoding,
    Iris,
    Signalement,
    Visit,
    Zone,
)
from layers.scope import Scope
from layers.selectors.review import with_review_facts

# In the order in which a reader goes from the door to the territory
KINDS = (
    Anchor.Kind.ADDRESS,
    Anchor.Kind.BATIMENT,
    Anchor.Kind.PARCELLE,
    Anchor.Kind.IRIS,
    Anchor.Kind.ZONE,
    Anchor.Kind.COMMUNE,
)


@dataclass(frozen=True)
class LinkedPlace:
    """One link, with the name of its place when a register still has it."""

    anchor: Anchor
    nom: str


@dataclass(frozen=True)
class SignalementFile:
    """A report with what hangs on it, and what the reasons to review it need (``with_review_facts``)."""

    report: Signalement
    geocoding: Geocoding | None
    desordres: list[Desordre]
    places: list[tuple[Anchor.Kind, list[LinkedPlace]]]
    arretes: list[Arrete]
    visits: list[Visit]
    affectations: list[Affectation]


def signalement_file(pk: int, scope: Scope) -> SignalementFile:
    """Give the file of a report; raises Signalement.DoesNotExist when it is missing or not for this reader."""
    report = (
        with_review_facts(Signalement.objects.including_merged().visible_to(scope))
        .select_related("commune__epci", "geocoding")
        .defer("commune__geom")
        .get(pk=pk)
    )
    by_kind = Case(
        *(When(kind=kind, then=Value(rank)) for rank, kind in enumerate(KINDS)), output_field=IntegerField()
    )
    anchors = list(report.anchors.order_by(by_kind, "-is_best", "-score", "place_code"))
    names = _names(anchors, report)
    parcelles = [anchor.place_code for anchor in anchors if anchor.kind == Anchor.Kind.PARCELLE]
    addresses = [anchor.place_code for anchor in anchors if anchor.kind == Anchor.Kind.ADDRESS]
    return SignalementFile(
        report=without_kept(report, scope),
        geocoding=getattr(report, "geocoding", None),
        desordres=list(report.desordres.order_by("label")),
        places=[
            (
                Anchor.Kind(kind),
                [LinkedPlace(anchor, names.get((kind, anchor.place_code), "")) for anchor in of_kind],
            )
            for kind, of_kind in groupby(anchors, key=lambda anchor: anchor.kind)
        ],
        arretes=list(
            Arrete.objects.visible_to(scope)
            .filter(Q(idu__in=parcelles) | Q(ban_id__in=addresses))
            .order_by("-taken_on", "pk")
            if parcelles or addresses
            else []
        ),
        visits=list(report.visits.visible_to(scope).order_by("-visited_on", "pk")),
        affectations=list(report.affectations.visible_to(scope).order_by("-affected_on", "partner", "pk")),
    )


def _names(anchors: list[Anchor], report: Signalement) -> dict[tuple[str, str], str]:
    """Name the linked places, one query a kind of place."""

    def codes(kind: Anchor.Kind) -> list[str]:
        return [anchor.place_code for anchor in anchors if anchor.kind == kind]

    names: dict[tuple[str, str], str] = {}
    if found := codes(Anchor.Kind.IRIS):
        for code, nom in Iris.objects.filter(code__in=found).values_list("code", "nom"):
            names[Anchor.Kind.IRIS, code] = nom
    if found := codes(Anchor.Kind.ZONE):
        for zone in Zone.objects.filter(code__in=found).defer("geom"):
            names[Anchor.Kind.ZONE, zone.code] = f"{zone.nom} ({zone.get_type_display()})"
    if found := codes(Anchor.Kind.ADDRESS):
        for address in (
            Address.objects.select_related("voie").filter(ban_id__in=found).defer("geom", "voie__geom")
        ):
            names[Anchor.Kind.ADDRESS, address.ban_id] = str(address)
    if found := codes(Anchor.Kind.BATIMENT):
        for batiment in Batiment.objects.filter(code__in=found).defer("geom"):
            rnb = f"RNB {batiment.rnb_id}" if batiment.rnb_id else "sans identifiant RNB"
            names[Anchor.Kind.BATIMENT, batiment.code] = f"{batiment.get_type_display() or 'bâtiment'}, {rnb}"
    if report.commune:
        names[Anchor.Kind.COMMUNE, report.commune.code] = report.commune.nom
    return names
