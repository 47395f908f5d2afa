"""What the methods that count reports in units share: denominators, rates for 1 000, what to say of the counts."""

from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import NothingToAnalyse
from layers.models import UnitKind
from layers.selectors.unit_counts import MONTHS, ReportCube, TerritoryCounts
from maps.analysis.inputs import BoolArray, FloatArray

PER = 1000


def known_exposure(inputs: TerritoryCounts, denominator: str = "dwellings") -> FloatArray:
    """Give the (n,) denominators, 0 where not known; raises NothingToAnalyse without any, or without a report."""
    exposure = np.nan_to_num(inputs.stock.counts[denominator])
    if not (exposure > 0).any():
        raise NothingToAnalyse(
            "aucune unité n’a de nombre de logements : importez les contours d’IRIS, « logement » et, pour des unités"
            " plus petites que l’IRIS, les adresses"
        )
    if not inputs.counts.cases[exposure > 0].sum():
        raise NothingToAnalyse(
            "aucun signalement ne répond à ces critères dans les unités dont le nombre de logements est connu"
        )
    return exposure


def per_thousand(cases: NDArray[Any], exposure: FloatArray) -> FloatArray:
    """Give (n,) rates for 1 000, NaN where the denominator is not known."""
    known = np.nan_to_num(exposure) > 0
    return PER * np.divide(cases, exposure, out=np.full(exposure.size, np.nan), where=known)


def counting_notes(inputs: TerritoryCounts) -> tuple[str, ...]:
    """Say how the dwellings were counted, and which reports no unit counts."""
    lost = inputs.counts.reports - inputs.counts.placed
    notes = [f"Logements : {inputs.stock.method}."]
    if lost > 0:
        notes.append(
            f"Signalements qui ne comptent dans aucune unité : {lost}. Leur place n’est pas connue assez finement,"
            " ou elle est hors des unités."
        )
    if inputs.units.kind == UnitKind.ZONE:
        notes.append("Des périmètres se recouvrent : un logement peut compter dans plusieurs.")
    return tuple(notes)


def whole_steps(cube: ReportCube, since: date, until: date) -> BoolArray:
    """Say which steps the period holds from their first to their last day."""
    return np.array(
        [
            since <= start and step_after(start, MONTHS[cube.step]) - timedelta(days=1) <= until
            for start in cube.starts
        ]
    )


def step_after(start: date, months: int) -> date:
    """Give the first day of the step that follows, steps being so many months long."""
    month = start.year * 12 + start.month - 1 + months
    return date(month // 12, month % 12 + 1, 1)
