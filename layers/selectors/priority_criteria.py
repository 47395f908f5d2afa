"""What places are ranked by: one value a criterion and a place, aligned, in a handful of queries by set."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Self

import numpy as np
from django.db.models import Count, Exists, Max, Min, OuterRef, Q, Subquery, Sum
from numpy.typing import NDArray

from layers.arrondissements import with_arrondissements
from layers.errors import NothingToAnalyse
from layers.models import Affectation, AnalysisRun, Anchor, IrisResult, Signalement, UnitKind
from layers.scope import Scope
from layers.selectors.iris_counts import best_place, with_dwelling
from layers.selectors.places.orders import first_day_counted
from layers.selectors.priority_ground import (
    GroundRow,
    OrderRow,
    ground_rows,
    standing_order_rows,
    stock_rows,
)
from layers.selectors.report_selection import ReportSelection
from layers.selectors.unit_stock import unit_stock
from layers.selectors.units import units_of

FloatArray = NDArray[np.float64]
KINDS = (UnitKind.BATIMENT, UnitKind.PARCELLE, UnitKind.ADRESSE, UnitKind.IRIS)
LEAST_DELAY = timedelta(days=30)
"""The law leaves a month at least to execute an order; the files do not give the delay of each."""
EXPROPRIATION = 2
CLASSES = "ABCDEFG"
HOT: dict[str, float] = {
    IrisResult.Hotspot.HOT_99: 2.0,
    IrisResult.Hotspot.HOT_95: 1.0,
    IrisResult.Hotspot.NOT_SIGNIFICANT: 0.0,
    IrisResult.Hotspot.COLD_95: 0.0,
    IrisResult.Hotspot.COLD_99: 0.0,
}


@dataclass(frozen=True, slots=True, eq=False)
class PriorityCriteria:
    """n places, in the order of their codes."""

    kind: UnitKind
    codes: NDArray[np.str_]
    labels: tuple[str, ...]
    communes: tuple[tuple[str, ...], ...]
    x: FloatArray
    y: FloatArray
    srids: NDArray[np.int64]
    values: dict[str, FloatArray]
    """(n,) by criterion, NaN where nothing tells it."""
    cases: FloatArray
    """Reported dwellings."""
    dwellings: FloatArray
    """Dwellings of an IRIS, 0 where not known; 0 for other places."""
    left_out: int
    """Reports that no place of this kind is known for."""

    def only(self, codes: set[str]) -> Self:
        """Give those of the places that are among ``codes``."""
        kept = np.flatnonzero(np.isin(self.codes, sorted(codes)))
        return replace(
            self,
            labels=tuple(self.labels[n] for n in kept),
            communes=tuple(self.communes[n] for n in kept),
            values={name: known[kept] for name, known in self.values.items()},
            **{
                name: getattr(self, name)[kept] for name in ("codes", "x", "y", "srids", "cases", "dwellings")
            },
        )


def priority_criteria(
    kind: UnitKind, scope: Scope, selection: ReportSelection, hotspots: AnalysisRun | None
) -> PriorityCriteria:
    """Give the criteria of the places that have a selected report, or an order not lifted; of all IRIS.

    ``kind`` is one of KINDS. Reports and orders are those that ``scope`` opens; places lie in its communes, unless it
    has perimeters of its own. ``hotspots`` is the run of rates by IRIS that tells hotspots, None if it never ran.
    Raises NothingToAnalyse when there is no place.
    """
    reports = selection.reports(scope)
    told = _by_place(reports, kind, selection.until)
    orders = defaultdict(list)
    for row in standing_order_rows(kind, scope, selection.until):
        orders[row.place].append(row)
    units = units_of(kind, scope) if kind == UnitKind.IRIS else None
    codes = units.codes.tolist() if units else sorted({*told, *orders})
    rows = [row for row in ground_rows(kind, codes, selection.until) if units or _is_inside(row, scope)]
    if not rows:
        raise NothingToAnalyse(
            "aucun lieu à classer : ni signalement placé, ni arrêté en vigueur, dans ce périmètre"
        )
    values = _of_reports([told.get(row.code, {}) for row in rows], selection.until)
    if (
        not Affectation.objects.unscoped("des signalements déjà ouverts")
        .filter(signalement__in=reports)
        .exists()
    ):
        # a source without affectations tells of no answer: that is not a silence of the partners
        values["sans_reponse"] = values["engage"] = np.full(len(rows), np.nan)
    values |= _of_orders([orders.get(row.code, []) for row in rows], kind, selection.until)
    values["point_chaud"] = _hotspots(rows, scope, hotspots)
    values["perimetre"] = np.array([row.in_operation for row in rows], dtype=float)
    dwellings = np.zeros(len(rows))
    if units:
        stock = unit_stock(units)
        place = {code: n for n, code in enumerate(codes)}
        order = np.array([place[row.code] for row in rows])
        dwellings = np.nan_to_num(stock.dwellings)[order]
        values["bati_ancien"] = 100 * stock.covariates["pre_1946"][order]
        values["energie"] = 100 * stock.covariates["dpe_fg"][order]
    else:
        values |= _of_buildings(rows, kind, selection.until)
    placed = sum(told[row.code]["reports"] for row in rows if row.code in told)
    return PriorityCriteria(
        kind=kind,
        codes=np.array([row.code for row in rows], dtype=str),
        labels=tuple(row.name for row in rows),
        communes=tuple(
            tuple(sorted({row.commune, *_reported_in(told.get(row.code, {}), scope)})) for row in rows
        ),
        x=np.array([row.x for row in rows]),
        y=np.array([row.y for row in rows]),
        srids=np.array([row.srid for row in rows], dtype=np.int64),
        values=values,
        cases=np.array([told.get(row.code, {}).get("dwellings", 0) for row in rows], dtype=float),
        dwellings=dwellings,
        left_out=reports.count() - placed,
    )


def place_of(kind: UnitKind) -> Subquery:
    """Give the code of the place of this kind, for a queryset of reports."""
    return best_place(Anchor.Kind.ADDRESS if kind == UnitKind.ADRESSE else Anchor.Kind(kind.value))


def _by_place(reports: Any, kind: UnitKind, day: date) -> dict[str, dict[str, Any]]:
    """Give the figures of the reports by the code of their place."""
    is_open = Q(status__in=Signalement.OPEN_STATUSES)
    answers = Affectation.objects.unscoped("des affectations de signalements déjà ouverts")
    answers = answers.filter(signalement=OuterRef("pk"), answered_on__lte=day)
    found = (
        with_dwelling(reports)
        .annotate(
            place=place_of(kind),
            answered=Exists(answers),
            taken_up=Exists(answers.filter(status=Affectation.Status.EN_COURS)),
        )
        .filter(place__isnull=False)
        .values("place")
        .annotate(
            reports=Count("pk"),
            dwellings=Count("dwelling", distinct=True),
            opened=Count("pk", filter=is_open),
            severity=Max("criticite"),
            oldest=Min("received_on", filter=is_open),
            unanswered=Min("received_on", filter=is_open & Q(answered=False)),
            occupants=Sum("nb_occupants", filter=is_open),
            children=Sum("nb_enfants", filter=is_open),
            engaged=Count("pk", filter=is_open & Q(taken_up=True)),
            first_commune=Min("commune"),
            last_commune=Max("commune"),
        )
    )
    return {row["place"]: row for row in found}


def _of_reports(told: Sequence[dict[str, Any]], day: date) -> dict[str, FloatArray]:
    def each(name: str, needs: str) -> FloatArray:
        """Give 0 where ``needs`` counts no report, NaN where those that it counts do not tell."""
        return np.array([_known(row.get(name)) if row.get(needs) else 0.0 for row in told])

    def days_since(name: str) -> FloatArray:
        return np.array([(day - row[name]).days if row.get(name) else 0.0 for row in told], dtype=float)

    return {
        "gravite": each("severity", "reports"),
        "repetition": each("reports", "reports"),
        "attente": days_since("oldest"),
        "sans_reponse": days_since("unanswered"),
        "occupants": each("occupants", "opened"),
        "enfants": each("children", "opened"),
        "engage": each("engaged", "opened"),
    }


def _known(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _of_orders(orders: Sequence[list[OrderRow]], kind: UnitKind, day: date) -> dict[str, FloatArray]:
    """Give the days past the least delay of the oldest order, and where the law of 9 April 2024 looks.

    For an IRIS: how many orders are past it, and how many parcelles have two in ten calendar years.
    """
    since = first_day_counted(day)
    overdue, trigger = [], []
    for rows in orders:
        late = [(day - row.taken_on - LEAST_DELAY).days for row in rows if row.taken_on + LEAST_DELAY < day]
        recent = [row.key for row in rows if row.taken_on >= since]
        twice = sum(recent.count(key) >= EXPROPRIATION for key in set(recent))
        overdue.append(len(late) if kind == UnitKind.IRIS else max(late, default=0))
        trigger.append(twice)
    return {
        "arrete_echu": np.array(overdue, dtype=float),
        "expropriation": np.array(trigger, dtype=float),
        "arretes": np.array([len(rows) for rows in orders], dtype=float),
    }


def _of_buildings(rows: Sequence[GroundRow], kind: UnitKind, day: date) -> dict[str, FloatArray]:
    told = stock_rows(kind, [row.code for row in rows], day)
    stock = [told.get(row.code, (None, None)) for row in rows]
    return {
        "bati_ancien": np.array([day.year - year if year else np.nan for year, _ in stock], dtype=float),
        "energie": np.array(
            [CLASSES.index(found) + 1 if found and found in CLASSES else np.nan for _, found in stock],
            dtype=float,
        ),
    }


def _hotspots(rows: Sequence[GroundRow], scope: Scope, run: AnalysisRun | None) -> FloatArray:
    """Give 2 in a very clear hotspot, 1 in a hotspot, 0 elsewhere, NaN in an IRIS that was not tested."""
    if run is None:
        return np.full(len(rows), np.nan)
    results = IrisResult.objects.visible_to(scope).of_run(run).order_by("iris")
    level = {iris: HOT.get(hotspot, np.nan) for iris, hotspot in results.values_list("iris_id", "hotspot")}
    return np.array([level.get(row.iris or "", np.nan) for row in rows], dtype=float)


def _is_inside(row: GroundRow, scope: Scope) -> bool:
    return scope.everything or bool(scope.zones) or row.commune in with_arrondissements(scope.communes)


def _reported_in(told: dict[str, Any], scope: Scope) -> set[str]:
    """Give the communes of the reports counted, where others than their readers will read the row."""
    return {told[name] for name in ("first_commune", "last_commune") if scope.everything and told.get(name)}
