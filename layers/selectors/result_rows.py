"""The rows of a run as a reader sees them: sorted by any figure, with the shape of their unit."""

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import orjson
from django.contrib.gis.db.models import GeometryField, Union
from django.contrib.gis.db.models.functions import AsGeoJSON, AsWKB
from django.db.models import Case, F, FloatField, Func, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from layers.models import AnalysisResult, AnalysisRun, Commune, UnitKind
from layers.models.analysis_results import TERRITORIES
from layers.scope import Scope

DEGREE_DECIMALS = 6


@dataclass(frozen=True)
class Row:
    """One row, as it leaves."""

    position: int
    kind: str
    code: str
    label: str
    category: str
    figures: dict[str, float | None]
    communes: list[str]
    shape: bytes | None = None
    """WKB in WGS 84."""


def rows_of(run: AnalysisRun, scope: Scope) -> QuerySet[AnalysisResult]:
    """Give the rows of a run that the reader may see, in the order of the run."""
    return AnalysisResult.objects.visible_to(scope).of_run(run)


def sorted_rows(run: AnalysisRun, scope: Scope, sort: str) -> QuerySet[AnalysisResult]:
    """Order the rows by ``sort``: "rang", "nom", "classe" or a figure, "-" before it for descending."""
    name = sort.removeprefix("-")
    known = {"rang": F("position"), "nom": F("label"), "classe": F("category")}
    column = known.get(name) or Cast(KeyTextTransform(name, "figures"), FloatField())
    by = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    return rows_of(run, scope).order_by(by, "position")


def with_shapes(rows: QuerySet[AnalysisResult], kinds: Iterable[str]) -> QuerySet[AnalysisResult]:
    """Annotate ``shape``: what the register of the unit draws, else the row's own; ``kinds`` are the rows'."""
    drawn = []
    for kind in kinds:
        if kind == UnitKind.EPCI:
            members = Commune.objects.filter(epci=OuterRef("unit_code")).order_by().values("epci")
            shape = members.annotate(whole=Union("geom")).values("whole")
        elif kind in TERRITORIES:
            model, key = TERRITORIES[kind]
            shape = model.objects.filter(**{key: OuterRef("unit_code")}).values("geom")[:1]
        else:
            continue
        drawn.append(When(unit_kind=kind, then=Subquery(shape, output_field=GeometryField(srid=4326))))
    if not drawn:
        return rows.annotate(shape=F("geom"))
    # A point of the row's own is where a place is, not what it looks like
    register = Case(*drawn, default=None, output_field=GeometryField(srid=4326))
    return rows.annotate(shape=Coalesce(register, F("geom")))


def geojson_of(
    rows: QuerySet[AnalysisResult],
    kinds: Iterable[str],
    instead: Mapping[tuple[str, str], Mapping[str, float | str | None]] | None = None,
    *,
    tolerance: float = 0.0,
    kept: Container[str] = (),
) -> Iterator[bytes]:
    """Stream the rows as a GeoJSON collection; rows whose unit has left its register have no shape and stay out.

    ``instead`` gives, by kind and code, what replaces the figures; the rows that it does not name stay out. ``kept``
    names the figures that do not leave. Shapes lose the details under ``tolerance`` degrees: a map of many
    départements does not show them.
    """
    seen = (
        Func(F("shape"), Value(tolerance), function="ST_SimplifyPreserveTopology")
        if tolerance
        else F("shape")
    )
    found = (
        with_shapes(rows, kinds)
        .annotate(drawn=AsGeoJSON(Cast(seen, GeometryField(srid=4326)), precision=DEGREE_DECIMALS))
        .values_list("unit_kind", "position", "unit_code", "label", "category", "figures", "drawn")
    )
    yield b'{"type":"FeatureCollection","features":['
    before = b""
    for kind, position, code, label, category, figures, drawn in found.iterator(chunk_size=2_000):
        told = figures if instead is None else instead.get((kind, code))
        if drawn is None or told is None:
            continue
        known = {name: value for name, value in told.items() if value is not None and name not in kept}
        properties = {"rang": position, "code": code, "nom": label, "classe": category, **known}
        yield before + b'{"type":"Feature","id":%d,"properties":%b,"geometry":%b}' % (
            position,
            orjson.dumps(properties),
            drawn.encode(),
        )
        before = b","
    yield b"]}"


def leaving(rows: QuerySet[AnalysisResult], kinds: Iterable[str] = ()) -> Iterator[Row]:
    """Stream the rows as values, with their shape when ``kinds`` are given."""
    names = ("position", "unit_kind", "unit_code", "label", "category", "figures", "communes")
    if not kinds:
        for values in rows.values_list(*names).iterator(chunk_size=2_000):
            yield Row(*values)
        return
    shaped = with_shapes(rows, kinds).annotate(wkb=AsWKB("shape"))
    for *values, wkb in shaped.values_list(*names, "wkb").iterator(chunk_size=2_000):
        yield replace(Row(*values), shape=bytes(wkb) if wkb is not None else None)


def kinds_of(rows: QuerySet[AnalysisResult]) -> list[str]:
    """Give the kinds of unit among the rows."""
    return list(rows.order_by("unit_kind").values_list("unit_kind", flat=True).distinct())
