"""Runs an analysis and keeps it: from a perimeter and parameters to an immutable run and its rows."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from django.contrib.gis.gdal import CoordTransform, SpatialReference
from django.contrib.gis.geos import GEOSGeometry
from django.db import IntegrityError, connection, transaction

from geo_lhi.accounts.models import User
from layers.arrondissements import with_arrondissements
from layers.crs import WGS84
from layers.errors import GeoLhiError, NothingToAnalyse
from layers.models import AnalysisRequest, AnalysisResult, AnalysisRun, AnalysisSurface
from layers.scope import Scope
from maps.services import methods
from maps.services.class_limits import natural_limits
from maps.services.code_version import code_version
from maps.services.digests import digest_of
from maps.services.methods.method import Method
from maps.services.methods.outcome import Outcome
from maps.services.methods.register import method_named

logger = logging.getLogger(__name__)

SEED = 20_251_231  # any will do, as long as it is the same for everyone who does not choose
BATCH = 2_000
METHODS_FOLDER = str(Path(methods.__file__).parent)
DEGENERATE = (
    "ces données ne permettent pas ce calcul : trop peu d’unités, de signalements ou de logements connus ;"
    " élargissez la période ou le périmètre"
)
THE_SAME_FOR_ALL = "une analyse déjà faite est reconnue par son identité, dans le périmètre de qui la demande"
Phase = AnalysisRequest.Phase


@dataclass(frozen=True)
class Finished:
    """A run, and whether it had to be computed."""

    run: AnalysisRun
    is_new: bool


def run_analysis(
    method: str,
    scope: Scope,
    given: Mapping[str, Any],
    *,
    seed: int | None = None,
    author: User | None = None,
    title: str = "",
    follow: Callable[[Phase], None] = lambda phase: None,
) -> Finished:
    """Run ``method`` on the reports that ``scope`` opens.

    The same data, parameters, seed, perimeter and code give the existing run back, and nothing is written.
    ``follow`` is told each phase. Raises InvalidParameters, UnknownMethod, NothingToAnalyse.
    """
    chosen = method_named(method)
    values = chosen.values(given, scope)
    seed = (SEED if seed is None else seed) if chosen.is_random else None
    follow(Phase.READING)
    with _one_snapshot():
        inputs = chosen.read(scope, values)
    run = AnalysisRun(
        method=chosen.id,
        title=title[:200],
        author=author,
        **AnalysisRun.perimeter_fields(scope),
        parameters=values,
        inputs_digest=digest_of(inputs),
        seed=seed,
        code_version=code_version(METHODS_FOLDER),
    )
    run.identity = _identity(run)
    if known := _known(run):
        return Finished(known, is_new=False)
    follow(Phase.COMPUTING)
    outcome = _computed(chosen, inputs, values, seed)
    follow(Phase.WRITING)
    try:
        _write(run, chosen, outcome)
    except IntegrityError:
        if known := _known(run):  # someone else computed it meanwhile
            return Finished(known, is_new=False)
        raise
    return Finished(run, is_new=True)


@contextmanager
def _one_snapshot() -> Iterator[None]:
    """Read everything as of one instant: an import that ends meanwhile does not enter by half."""
    if (
        connection.in_atomic_block
    ):  # the caller's transaction began before: its isolation cannot change any more
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _identity(run: AnalysisRun) -> str:
    return digest_of(
        (
            run.method,
            AnalysisRun.perimeter_fields(run.scope),
            run.parameters,
            run.inputs_digest,
            run.seed,
            run.code_version,
        )
    )


def _known(run: AnalysisRun) -> AnalysisRun | None:
    return AnalysisRun.objects.unscoped(THE_SAME_FOR_ALL).filter(identity=run.identity).first()


def _computed(method: Method, inputs: Any, values: Mapping[str, Any], seed: int | None) -> Outcome:
    try:
        return method.compute(inputs, values, np.random.default_rng(seed))
    except GeoLhiError:
        raise
    except ValueError as error:
        logger.warning("%s refused its input: %s", method.id, error)
        raise NothingToAnalyse(DEGENERATE) from error


@transaction.atomic
def _write(run: AnalysisRun, method: Method, outcome: Outcome) -> None:
    _check(run, method, outcome)
    run.data_vintage = dict(outcome.vintages)
    run.summary = _summary(method, outcome)
    run.save(force_insert=True)
    AnalysisResult.objects.bulk_create(_rows(run, outcome), batch_size=BATCH)
    with connection.cursor() as cursor:
        # Its tiles are asked for at once: planned as those of a small table, they would join row by row
        cursor.execute("ANALYZE layers_analysisresult")
    if outcome.surface is not None:
        from maps.exports.surface_geotiff import surface_geotiff

        AnalysisSurface.objects.create(
            run=run, unit=outcome.surface.unit, geotiff=surface_geotiff(outcome.surface, run, method)
        )


def _check(run: AnalysisRun, method: Method, outcome: Outcome) -> None:
    """Refuse, as a bug of the method, rows that do not keep its promises."""
    rows = len(outcome.codes)
    columns = {column.name for column in method.columns}
    if outcome.figures.keys() != columns:
        raise AssertionError(f"{method.id}: figures {sorted(outcome.figures)} for columns {sorted(columns)}")
    lengths = {len(values) for values in (*outcome.figures.values(), outcome.labels, outcome.communes)}
    if lengths - {rows} or (outcome.categories and len(outcome.categories) != rows):
        raise AssertionError(f"{method.id}: {rows} rows, arrays of {sorted(lengths)}")
    if any(np.isinf(values).any() for values in outcome.figures.values()):
        raise AssertionError(f"{method.id}: an infinite figure")
    if unknown := set(outcome.categories) - {category.code for category in method.categories} - {""}:
        raise AssertionError(f"{method.id}: categories {sorted(unknown)} are not declared")
    if not run.everything and not run.zones:
        inside = set(with_arrondissements(run.communes))
        if any(not inside.issuperset(covered) for covered in outcome.communes):
            raise AssertionError(f"{method.id}: a row outside the perimeter of the run")


def _summary(method: Method, outcome: Outcome) -> dict[str, Any]:
    """Give what is frozen with the run: facts, notes and class limits for who reads the whole."""
    codes = [category.code for category in method.categories]
    return {
        "rows": len(outcome.codes),
        "unit": outcome.kind.value,
        "facts": [[fact.label, fact.value, fact.unit, fact.decimals] for fact in outcome.facts],
        "notes": list(outcome.notes),
        "categories": {code: list(outcome.categories).count(code) for code in codes},
        "cuts": {shading.figure: _cuts(method, shading, outcome) for shading in method.shadings},
    }


def _cuts(method: Method, shading: Any, outcome: Outcome) -> list[float]:
    if shading.cuts:
        return list(shading.cuts)
    decimals = method.column(shading.figure).decimals
    return natural_limits(outcome.figures[shading.figure], shading.classes, decimals)


def _rows(run: AnalysisRun, outcome: Outcome) -> list[AnalysisResult]:
    names = list(outcome.figures)
    columns = [
        [float(value) if np.isfinite(value) else None for value in outcome.figures[name]] for name in names
    ]
    shapes = _in_degrees(outcome)
    return [
        AnalysisResult(
            run=run,
            position=n,
            unit_kind=outcome.kind,
            unit_code=code,
            label=outcome.labels[n][:300],
            category=outcome.categories[n] if outcome.categories else "",
            figures={name: column[n] for name, column in zip(names, columns, strict=True)},
            communes=sorted(set(outcome.communes[n])),
            geom=shapes[n] if shapes else None,
        )
        for n, code in enumerate(outcome.codes)
    ]


def _in_degrees(outcome: Outcome) -> list[GEOSGeometry | None]:
    if outcome.shapes is None or outcome.srids is None:
        return []
    to_degrees = {
        int(srid): CoordTransform(SpatialReference(int(srid)), SpatialReference(WGS84))
        for srid in np.unique(outcome.srids)
    }
    found: list[GEOSGeometry | None] = []
    for wkb, srid in zip(shapely.to_wkb(outcome.shapes), outcome.srids.tolist(), strict=True):
        shape = GEOSGeometry(memoryview(wkb), srid=srid) if wkb is not None else None
        if shape is not None:
            shape.transform(to_degrees[srid])
            shape.srid = WGS84
        found.append(shape)
    return found
