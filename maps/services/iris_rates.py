"""Rates of reports by IRIS: from the database through the analyses and back, as a run that is never changed."""

import hashlib
from datetime import date
from typing import Any

import numpy as np
from django.db import transaction

from layers.errors import NothingToAnalyse
from layers.models import AnalysisRun, IrisResult
from layers.registry import IRIS_RATES
from layers.selectors.iris_counts import DWELLINGS, IrisCounts, iris_counts
from maps.analysis.graphs import contiguity
from maps.analysis.hotspots import HotspotClass, RateHotspots, rate_hotspots
from maps.analysis.rates import poisson_interval
from maps.services.class_limits import IRIS_CLASSES, IRIS_DECIMALS, natural_limits
from maps.services.code_version import code_version

PER = 1000
LEVEL = 0.95
CONTIGUITY_TOLERANCE_M = 5.0  # the published contours of IRIS are generalised: neighbours may not touch
PARAMETERS = {
    "alpha": 0.05,
    "min_probability": 0.8,
    "level": LEVEL,
    "neighbours": "queen",
    "tolerance_m": CONTIGUITY_TOLERANCE_M,
    "counted": "dwellings",
}

STORED = {
    HotspotClass.VERY_HOT: IrisResult.Hotspot.HOT_99,
    HotspotClass.HOT: IrisResult.Hotspot.HOT_95,
    HotspotClass.NOT_SIGNIFICANT: IrisResult.Hotspot.NOT_SIGNIFICANT,
    HotspotClass.COLD: IrisResult.Hotspot.COLD_95,
    HotspotClass.VERY_COLD: IrisResult.Hotspot.COLD_99,
    HotspotClass.NOT_TESTED: IrisResult.Hotspot.NOT_TESTED,
    HotspotClass.NO_DENOMINATOR: IrisResult.Hotspot.NOT_TESTED,
}


@transaction.atomic
def compute_iris_rates(since: date, until: date) -> AnalysisRun:
    """Rate each IRIS by the dwellings reported from ``since`` to ``until``, both days included.

    The newest run is given back, and nothing is written, when it had the same data, parameters and code.
    Raises NothingToAnalyse when no IRIS has a number of dwellings.
    """
    counts = iris_counts(since, until)
    known = counts.dwellings > 0
    if not known.any():
        raise NothingToAnalyse(
            "aucun IRIS n’a de nombre de logements : importez les contours d’IRIS puis « logement »"
        )
    parameters = PARAMETERS | {"since": since.isoformat(), "until": until.isoformat()}
    digest, version = _digest(counts), code_version(__file__)
    newest = AnalysisRun.objects.latest_of(IRIS_RATES)
    if newest and (newest.inputs_digest, newest.parameters, newest.code_version) == (
        digest,
        parameters,
        version,
    ):
        return newest

    neighbours = contiguity(counts.polygons, CONTIGUITY_TOLERANCE_M)
    found = rate_hotspots(
        counts.cases,
        counts.dwellings,
        neighbours.weights,
        alpha=PARAMETERS["alpha"],
        min_probability=PARAMETERS["min_probability"],
    )
    run = AnalysisRun.objects.create(
        method=IRIS_RATES,
        parameters=parameters,
        data_vintage={DWELLINGS: counts.millesime},
        inputs_digest=digest,
        code_version=version,
        summary=_summary(counts, found),
    )
    IrisResult.objects.bulk_create(_rows(run, counts, found), batch_size=2_000)
    return run


def _rows(run: AnalysisRun, counts: IrisCounts, found: RateHotspots) -> list[IrisResult]:
    known = counts.dwellings > 0
    interval = poisson_interval(counts.cases[known], counts.dwellings[known], LEVEL)
    low, high = np.zeros(known.size), np.zeros(known.size)
    low[known], high[known] = interval.lower, interval.upper
    rows = []
    for i, code in enumerate(counts.codes):
        figures: dict[str, Any] = {}
        if known[i]:
            figures = {
                "dwellings": float(counts.dwellings[i]),
                "rate_per_1000": PER * float(found.raw[i]),
                "smoothed_per_1000": PER * float(found.smoothed[i]),
                "low_per_1000": PER * float(low[i]),
                "high_per_1000": PER * float(high[i]),
                "exceedance": float(found.exceedance[i]),
            }
        if found.tested[i]:
            figures |= {
                "z": float(found.z[i]),
                "p_value": float(found.p_two_sided[i]),
                "q_value": float(found.q[i]),
            }
        rows.append(
            IrisResult(
                run=run,
                iris_id=code,
                commune_id=counts.communes[i],
                cases=int(counts.cases[i]),
                hotspot=STORED[HotspotClass(found.classes[i])],
                **figures,
            )
        )
    return rows


def _summary(counts: IrisCounts, found: RateHotspots) -> dict[str, Any]:
    """Give the overall figures and the class limits, frozen with the run: a map keeps its colours."""
    known = counts.dwellings > 0
    smoothed = PER * found.smoothed[known]
    limits = natural_limits(smoothed, IRIS_CLASSES, IRIS_DECIMALS)
    stored = [STORED[HotspotClass(name)].value for name in found.classes]
    return {
        "iris": int(counts.codes.size),
        "iris_without_dwellings": int((~known).sum()),
        "reports": counts.reports,
        "reports_without_iris": counts.reports - counts.placed,
        "cases": int(counts.cases.sum()),
        "dwellings": float(counts.dwellings.sum()),
        "overall_per_1000": PER * found.overall,
        "smoothed_cuts": limits,
        "smoothed_range": [float(smoothed.min()), float(smoothed.max())],
        "hotspots": {name: stored.count(name) for name in IrisResult.Hotspot.values},
    }


def _digest(counts: IrisCounts) -> str:
    """Give a digest of everything that entered: codes, counts, dwellings, shapes."""
    digest = hashlib.sha256()
    for array in (counts.codes, counts.cases, counts.dwellings):
        digest.update(array.dtype.str.encode() + array.tobytes())
    for polygon in counts.polygons:
        digest.update(polygon.wkb)
    return digest.hexdigest()
