"""Where the classes of a map are cut: for each reader, by what he reads.

The limits of natural classes are values of some of the units. On a run of the whole base they would tell a partner
figures of units that he does not read: his map is cut by his own rows. Who reads all of a run has the limits that
were frozen with it.
"""

from collections.abc import Iterable

import numpy as np
from django.db.models import FloatField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from layers.models import AnalysisRun, IrisResult
from layers.scope import Scope
from layers.selectors.result_rows import rows_of
from maps.analysis.classify import natural_classes
from maps.services.methods.method import Method, Shading

IRIS_CLASSES = 5
IRIS_DECIMALS = 1


def limits_of(run: AnalysisRun, method: Method, shading: Shading, scope: Scope) -> list[float] | None:
    """Give the class limits of a figure of a run, None where the run has none for it."""
    frozen = run.summary.get("cuts", {}).get(shading.figure)
    if frozen is None or shading.cuts or run.is_whole_for(scope):
        return frozen
    figure = Cast(KeyTextTransform(shading.figure, "figures"), FloatField())
    read = rows_of(run, scope).order_by().annotate(figure=figure).values_list("figure", flat=True)
    return natural_limits(read, shading.classes, method.column(shading.figure).decimals)


def iris_limits(run: AnalysisRun | None, scope: Scope) -> list[float] | None:
    """Give the class limits of the smoothed rates by IRIS, None without a run."""
    if run is None or run.is_whole_for(scope):
        return run.summary.get("smoothed_cuts", []) if run else None
    read = IrisResult.objects.visible_to(scope).of_run(run).values_list("smoothed_per_1000", flat=True)
    return natural_limits(read.order_by(), IRIS_CLASSES, IRIS_DECIMALS)


def natural_limits(figures: Iterable[float | None], classes: int, decimals: int) -> list[float]:
    """Give the limits of the natural classes of the figures that are known, rounded as these are shown."""
    known = np.array([figure for figure in figures if figure is not None and np.isfinite(figure)])
    if not known.size:
        return []
    return sorted({round(cut, decimals) for cut in natural_classes(known, classes).cuts})
