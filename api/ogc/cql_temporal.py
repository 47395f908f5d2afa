"""The fifteen relations of CQL2 between moments and intervals, written over their bounds.

A moment is an interval that begins and ends at itself. An open bound (..) is before, or after, every moment; one
that is unknown (NULL) makes a comparison neither true nor false.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import reduce
from operator import and_, eq, ge, gt, le, lt
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual

from api.ogc.cql_literals import read_moment
from api.ogc.extents import OPEN
from layers.errors import InvalidFilter

# A column of the filter, as an expression and a field of the model
Column = Callable[[Any], tuple[Any, models.Field]]
LOOKUPS = {eq: Exact, gt: GreaterThan, ge: GreaterThanOrEqual, lt: LessThan, le: LessThanOrEqual}
# Each relation: which bound of the one, how, to which bound of the other
RELATIONS: dict[str, tuple[tuple[str, Callable, str], ...]] = {
    "t_after": (("start", gt, "end"),),
    "t_before": (("end", lt, "start"),),
    "t_contains": (("start", lt, "start"), ("end", gt, "end")),
    "t_during": (("start", gt, "start"), ("end", lt, "end")),
    "t_equals": (("start", eq, "start"), ("end", eq, "end")),
    "t_finishedby": (("start", lt, "start"), ("end", eq, "end")),
    "t_finishes": (("start", gt, "start"), ("end", eq, "end")),
    "t_intersects": (("start", le, "end"), ("end", ge, "start")),
    "t_meets": (("end", eq, "start"),),
    "t_metby": (("start", eq, "end"),),
    "t_overlappedby": (("start", gt, "start"), ("start", lt, "end"), ("end", gt, "end")),
    "t_overlaps": (("start", lt, "start"), ("end", gt, "start"), ("end", lt, "end")),
    "t_startedby": (("start", eq, "start"), ("end", gt, "end")),
    "t_starts": (("start", eq, "start"), ("end", lt, "end")),
}
NAMES = (*RELATIONS, "t_disjoint")


@dataclass(frozen=True)
class Bound:
    """A day or an instant, or a column of them; without one, ``side`` is -1 before all moments and 1 after all."""

    moment: Any = None
    side: int = 0


@dataclass(frozen=True)
class Period:
    """An interval, both bounds within."""

    start: Bound
    end: Bound


def related(name: str, left: Any, right: Any, column: Column) -> Q:
    """Give the condition of a relation between two operands; raises InvalidFilter."""
    fields = {field.__class__: field for field in _fields([left, right], column)} or _written([left, right])
    if len(fields) != 1 or not issubclass(*fields, models.DateField):
        raise InvalidFilter(f"filter : {name.upper()} compare un champ de date à une date ou un intervalle")
    (field,) = fields.values()
    one, other = (_period(operand, field, column) for operand in (left, right))
    if name == "t_disjoint":
        return ~_held(RELATIONS["t_intersects"], one, other)
    return _held(RELATIONS[name], one, other)


def _held(relation: tuple[tuple[str, Callable, str], ...], one: Period, other: Period) -> Q:
    return reduce(
        and_, (_compared(getattr(one, mine), how, getattr(other, its)) for mine, how, its in relation)
    )


def _compared(one: Bound, how: Callable, other: Bound) -> Q:
    if not one.side and not other.side:
        if not isinstance(one.moment, F) and not isinstance(other.moment, F):
            return _always(how(one.moment, other.moment))
        if isinstance(one.moment, F):
            return Q(LOOKUPS[how](one.moment, other.moment))
        turned = {gt: lt, lt: gt, ge: le, le: ge, eq: eq}
        return Q(LOOKUPS[turned[how]](other.moment, one.moment))
    known = one if one.moment is not None else other
    if not isinstance(known.moment, F):
        return _always(how(one.side, other.side))
    itself = Q(Exact(known.moment, known.moment))  # true, or unknown as the column is
    return itself if how(one.side, other.side) else ~itself


def _always(truth: bool) -> Q:
    return Q(models.Value(truth, models.BooleanField()))


def _parts(node: Any) -> list[Any]:
    return node["interval"] if isinstance(node, dict) and isinstance(node.get("interval"), list) else [node]


def _fields(operands: list[Any], column: Column) -> list[models.Field]:
    return [
        column(part)[1]
        for operand in operands
        for part in _parts(operand)
        if isinstance(part, dict) and "property" in part
    ]


def _written(operands: list[Any]) -> dict[type, models.Field]:
    """Give the field as which moments are read that no column is beside: instants if one of them is."""
    parts = [part for operand in operands for part in _parts(operand)]
    is_instant = any("timestamp" in part if isinstance(part, dict) else "T" in str(part) for part in parts)
    kind = models.DateTimeField if is_instant else models.DateField
    return {kind: kind()}


def _period(node: Any, field: models.Field, column: Column) -> Period:
    parts = _parts(node)
    if parts == [node]:
        if not isinstance(node, dict):  # a bare text is a bound of an interval, and nothing else
            raise InvalidFilter(f"filter : une date ou un intervalle est attendu et non {str(node)[:60]!r}")
        moment = Bound(_moment(node, field, column))
        return Period(moment, moment)
    if len(parts) != 2:
        raise InvalidFilter("filter : un intervalle a deux bornes")
    start, end = (
        Bound(side=side) if part in OPEN else Bound(_moment(part, field, column))
        for part, side in zip(parts, (-1, 1), strict=True)
    )
    is_read = not isinstance(start.moment, F | None) and not isinstance(end.moment, F | None)
    if is_read and start.moment > end.moment:
        raise InvalidFilter("filter : l’intervalle finit avant de commencer")
    return Period(start, end)


def _moment(part: Any, field: models.Field, column: Column) -> Any:
    if isinstance(part, dict) and "property" in part:
        return column(part)[0]
    return read_moment(part if isinstance(part, dict) else {"date": part}, field)
