"""The counts by cell that a tile seen from far is made of, inside the reader's rights."""

from collections.abc import Mapping

from django.db.models import Sum

from layers.errors import UnknownTerritoire
from layers.models import Commune, Epci, GroundCell, Iris, ReportCell
from layers.models.tile_cells import GROUND_LEVELS, REPORT_LEVELS, ReportCellQuerySet
from layers.models.visibility import MapQuerySet
from layers.scope import Scope
from layers.selectors.signalement_filters import SignalementFilters

GROUND = ("parcelles", "batiments", "adresses")


def report_cells(scope: Scope, parameters: Mapping[str, str], finest: int) -> ReportCellQuerySet | None:
    """Give the lines of the coarsest level whose cells are at least as fine as ``finest``, filtered as the reports.

    None where cells cannot tell: rights or filters that cut through them (zones, days, rectangle, IRIS). The reports
    themselves are then to be counted. Raises what the filters raise.
    """
    filters = SignalementFilters.parse(parameters)
    if scope.zones or scope.excluded_zones or finest > max(REPORT_LEVELS):
        return None
    if filters.received_from or filters.received_to or filters.bbox:
        return None
    cells = ReportCell.objects.visible_to(scope).filter(level=level_for(finest, REPORT_LEVELS))
    if filters.statuses:
        cells = cells.filter(status__in=filters.statuses)
    if code := filters.territoire:
        if Commune.objects.filter(code=code).exists():
            return cells.filter(commune=code)
        if Epci.objects.filter(code=code).exists():
            return cells.filter(commune__in=Commune.objects.filter(epci=code).values("code"))
        if Iris.objects.filter(code=code).exists():
            return None
        raise UnknownTerritoire(f"aucun territoire importé n’a le code {code[:20]!r}")
    return cells


def ground_cells(layer: str, scope: Scope, finest: int) -> MapQuerySet:
    """Give the lines of a layer of ``GROUND``: open data."""
    return GroundCell.objects.visible_to(scope).filter(layer=layer, level=level_for(finest, GROUND_LEVELS))


def counted_rows(layer: str, scope: Scope) -> int | None:
    """Count the rows of a layer that the reader sees, without reading them; None where cells cannot tell."""
    cells: MapQuerySet | ReportCellQuerySet | None = None
    if scope.public:  # its layers are of another register, its role reads no cell
        return None
    if layer in GROUND:
        cells = ground_cells(layer, scope, 0)
    elif layer == "signalements":
        cells = report_cells(scope, {}, 0)
    return None if cells is None else cells.aggregate(rows=Sum("n", default=0))["rows"]


def level_for(finest: int, levels: tuple[int, ...]) -> int:
    """Give the coarsest level that has the cells of zoom ``finest``, each a whole number of its own."""
    return min(level for level in levels if level >= finest)
