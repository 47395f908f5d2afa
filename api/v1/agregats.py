"""``/api/v1/agregats/``: reported dwellings and the stock they are among, by any unit of the reader's perimeter."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import orjson
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from numpy.typing import NDArray
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.parameters import read_parameters
from api.time_limits import short_queries
from api.v1 import pages, schema
from api.v1.features import DECIMALS, collection
from api.v1.pages import Page
from api.v1.renderers import GeoJSONRenderer, OrjsonRenderer
from layers.errors import InvalidFilter, NothingToAnalyse
from layers.models import UnitKind, Zone
from layers.scope import Scope
from layers.selectors.disorder_families import FAMILIES
from layers.selectors.report_selection import ReportSelection
from layers.selectors.signalement_filters import SignalementFilters
from layers.selectors.territories import find_territory, part_in
from layers.selectors.unit_counts import report_counts
from layers.selectors.unit_stock import unit_stock
from layers.selectors.units import Units, geojson_of, units_of

FILTERS = ("unite", "type_perimetre", "territoire", "du", "au", "statut", "famille", "geometrie")
KINDS = {
    kind.value: kind
    for kind in (
        UnitKind.COMMUNE,
        UnitKind.EPCI,
        UnitKind.IRIS,
        UnitKind.ZONE,
        UnitKind.SECTION,
        UnitKind.CARREAU,
    )
}
BEFORE_ALL, AFTER_ALL = date(1, 1, 1), date(9999, 12, 31)
PROPERTIES: dict[str, dict[str, Any]] = {
    "code": {"type": "string"},
    "nom": {"type": "string"},
    "unite": {"type": "string", "enum": list(KINDS)},
    "signalements": {
        "type": "integer",
        "description": "Signalements valides dont le lieu est assez connu pour cette unité, répétitions comprises.",
    },
    "logements_signales": {
        "type": "integer",
        "description": "Logements signalés au moins une fois : chacun compte une fois.",
    },
    "logements": {
        "type": "number",
        "nullable": True,
        "description": "Logements du parc, vacants et résidences secondaires compris ; répartis par adresse sous"
        " l’IRIS. Nul : inconnu.",
    },
    "locatif_prive": {
        "type": "number",
        "nullable": True,
        "description": "Résidences principales louées par des bailleurs privés. Nul : inconnu.",
    },
    "taux_pour_1000": {
        "type": "number",
        "nullable": True,
        "description": "Logements signalés pour 1 000 logements, brut : sur peu de logements il varie beaucoup,"
        " préférez alors le taux lissé d’une analyse. Nul : parc inconnu.",
    },
}


@method_decorator(conditional_page, name="dispatch")
class AggregateList(APIView):
    """List, by code."""

    renderer_classes = [GeoJSONRenderer, OrjsonRenderer]

    @schema.operation(
        "agregats",
        "Logements signalés et parc, par unité",
        schema.feature_page(PROPERTIES),
        parameters=(*FILTERS, *pages.PARAMETERS),
    )
    def get(self, request: Request) -> Response:
        """Answer a page: only its units are counted."""
        parameters = read_parameters(request.query_params, (*FILTERS, *pages.PARAMETERS))
        scope, selection = request.read_scope, _selection(parameters)
        kind, with_shapes = _kind(parameters), _choice(parameters, "geometrie", ("oui", "non")) != "non"
        with short_queries():
            units = _units(kind, scope, parameters)
            page = Page.read(parameters, units.codes.size if units else 0)
            found = _features(units.part(page.rows), scope, selection, with_shapes) if units else []
        return collection(request, page, found)


def _kind(parameters: Mapping[str, str]) -> UnitKind:
    if not parameters.get("unite"):
        raise InvalidFilter(f"unite est à donner : {', '.join(KINDS)}")
    return KINDS[_choice(parameters, "unite", KINDS)]


def _choice(parameters: Mapping[str, str], name: str, known: Any) -> str:
    given = parameters.get(name, "")
    if given and given not in known:
        raise InvalidFilter(f"{name} inconnu : {given[:40]!r} (connus : {', '.join(known)})")
    return given


def _selection(parameters: Mapping[str, str]) -> ReportSelection:
    asked = SignalementFilters.parse(
        {name: value for name, value in parameters.items() if name in ("du", "au", "statut")}
    )
    return ReportSelection(
        since=asked.received_from or BEFORE_ALL,
        until=asked.received_to or AFTER_ALL,
        statuses=asked.statuses,
        family=_choice(parameters, "famille", FAMILIES),
    )


def _units(kind: UnitKind, scope: Scope, parameters: Mapping[str, str]) -> Units | None:
    """Give the units that lie in the perimeter, whole; None where there is none."""
    zone_type = _choice(parameters, "type_perimetre", Zone.Type.values)
    if zone_type and kind != UnitKind.ZONE:
        raise InvalidFilter(f"type_perimetre est pour unite={UnitKind.ZONE.value} seulement")
    if code := parameters.get("territoire"):
        scope = part_in(scope, find_territory(code))
    try:
        return units_of(kind, scope, zone_type=zone_type)
    except NothingToAnalyse:
        return None


def _features(
    units: Units, scope: Scope, selection: ReportSelection, with_shapes: bool
) -> list[dict[str, Any]]:
    counts, stock = report_counts(units, scope, selection), unit_stock(units)
    rate = np.full(units.codes.size, np.nan)
    np.divide(1_000 * counts.cases, stock.dwellings, out=rate, where=np.nan_to_num(stock.dwellings) > 0)
    shapes = geojson_of(units, DECIMALS) if with_shapes else [None] * units.codes.size
    columns = zip(
        units.codes.tolist(),
        units.labels,
        shapes,
        counts.unit_reports.tolist(),
        counts.cases.tolist(),
        _known(stock.dwellings, 1),
        _known(stock.private_rented, 1),
        _known(rate, 2),
        strict=True,
    )
    return [
        {
            "type": "Feature",
            "id": code,
            "geometry": orjson.Fragment(shape) if shape else None,
            "properties": dict(
                zip(PROPERTIES, (code, label, units.kind.value, *figures), strict=True),
            ),
        }
        for code, label, shape, *figures in columns
    ]


def _known(values: NDArray[np.float64], decimals: int) -> list[float | None]:
    """Give the numbers, None where not known."""
    return [value if np.isfinite(value) else None for value in np.round(values, decimals).tolist()]
