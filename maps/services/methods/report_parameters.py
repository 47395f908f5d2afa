"""The parameters of the methods that count reports: which reports, in which units."""

from collections.abc import Mapping
from typing import Any

from django.contrib.gis.geos import GEOSGeometry

from layers.crs import WGS84
from layers.errors import InvalidParameters
from layers.models import Signalement, UnitKind, Visit, Zone
from layers.scope import Scope
from layers.selectors.disorder_families import FAMILIES
from layers.selectors.report_selection import ReportSelection, partners_named
from layers.selectors.unit_counts import TerritoryCounts, territory_counts
from maps.services.methods.parameters import Choice, Day, Drawn, Parameter, Several

AREAS = (
    UnitKind.IRIS,
    UnitKind.COMMUNE,
    UnitKind.EPCI,
    UnitKind.ZONE,
    UnitKind.SECTION,
    UnitKind.CARREAU,
)
ALL = {"": "tous"}


def _partners(scope: Scope) -> Mapping[str, str]:
    return ALL | {name: name for name in partners_named(scope)}


PERIOD: tuple[Parameter, ...] = (
    Day(name="since", label="Du", help="Premier jour compté."),
    Day(name="until", label="Au", help="Dernier jour compté."),
)
WHICH_REPORTS: tuple[Parameter, ...] = (
    Choice(
        name="family",
        label="Famille de désordres",
        choices={"": "toutes"} | {code: family.label for code, family in FAMILIES.items()},
        help="Les signalements qui déclarent au moins un désordre de la famille, d’après ses mots.",
        advanced=True,
    ),
    Choice(
        name="conclusion",
        label="Procédure conclue à la visite",
        choices={"": "toutes"} | dict(Visit.Conclusion.choices),
        help="Les signalements dont une visite a conclu ainsi.",
        advanced=True,
    ),
    Choice(
        name="partner",
        label="Partenaire affecté",
        choices=_partners,
        help="Les signalements qui lui ont été affectés.",
        advanced=True,
    ),
    Several(
        name="statuses",
        label="Statuts",
        choices={
            status.value: status.label
            for status in Signalement.Status
            if status not in Signalement.INVALID_STATUSES
        },
        help="Aucun coché : tous. Les brouillons et les refusés ne comptent jamais.",
        advanced=True,
    ),
)
ZONE_TYPE = Choice(
    name="zone_type",
    label="Type de périmètre",
    choices={"": "tous"} | dict(Zone.Type.choices),
    default=Zone.Type.QPV.value,
    help="Pour l’unité « périmètre » seulement.",
)
DRAWN = Drawn(
    name="drawn", label="Polygone", help="Pour l’unité « polygone dessiné » : dessinez-le sur la carte."
)


def unit(*kinds: UnitKind, default: UnitKind = UnitKind.IRIS) -> Choice:
    """Give the parameter that chooses the unit."""
    return Choice(
        name="unit",
        label="Unité",
        choices={kind.value: str(kind.label) for kind in kinds},
        default=default.value,
        help="Ce que chaque ligne du résultat décrit.",
    )


def read_territory_counts(scope: Scope, values: Mapping[str, Any]) -> TerritoryCounts:
    """Read units, reported dwellings and stock, as the parameters above ask."""
    selection = ReportSelection.of(values)
    if selection.since > selection.until:
        raise InvalidParameters({"until": "Au : ce jour est avant le premier jour compté"})
    kind = UnitKind(values["unit"])
    drawn = values.get("drawn")
    return territory_counts(
        kind,
        scope,
        selection,
        zone_type=values.get("zone_type", "") if kind == UnitKind.ZONE else "",
        drawn=GEOSGeometry(drawn, srid=WGS84) if drawn else None,
    )
