"""From the JSON of CQL2 to a condition of the ORM, over a white list: the published fields and the geometry.

Every comparison is written as one SQL comparison and ``NOT`` as SQL's: an unknown value (NULL) makes a comparison
neither true nor false, as CQL2 wants. (``~Q(field=value)`` would keep the rows where the field is unknown.)
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import reduce
from operator import and_, or_
from typing import Any

from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.db.models import lookups as spatial
from django.contrib.gis.geos import GEOSException, GEOSGeometry
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Lower
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Lookup,
)

from api.fields import field_at, model_of
from api.ogc.cql_literals import read_geometry, read_moment
from api.ogc.cql_temporal import NAMES, related
from api.ogc.crs import Crs
from api.ogc.values import field_of, kind_of, plain, read_literal
from layers.errors import InvalidFilter
from layers.registry import Layer

GEOMETRY = "geom"  # published name of the geometry, as in the WFS
MOST_TERMS = 300
COMPARISONS = {
    "=": Exact,
    "<": LessThan,
    "<=": LessThanOrEqual,
    ">": GreaterThan,
    ">=": GreaterThanOrEqual,
}
TEXTS = (models.CharField, models.TextField)
SPATIAL = {
    "s_intersects": spatial.IntersectsLookup,
    "s_disjoint": spatial.DisjointLookup,
    "s_equals": spatial.EqualsLookup,
    "s_touches": spatial.TouchesLookup,
    "s_crosses": spatial.CrossesLookup,
    "s_overlaps": spatial.OverlapsLookup,
    "s_within": spatial.WithinLookup,
    "s_contains": spatial.ContainsLookup,
}
SPATIAL_MIRRORED = {"s_within": "s_contains", "s_contains": "s_within"}


class Unaccented(Func):
    """Letters without their accents: decomposed by Unicode, which needs no extension; a ligature stays one."""

    template = "normalize(regexp_replace(normalize(%(expressions)s, NFD), '[\u0300-\u036f]+', '', 'g'), NFC)"
    output_field = models.TextField()


FOLDS = {"casei": Lower, "accenti": Unaccented}


class Like(Lookup):
    """``LIKE`` of SQL: % for any characters, _ for one, the backslash before either for itself."""

    lookup_name = "sql_like"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list]:
        left, left_parameters = self.process_lhs(compiler, connection)
        right, right_parameters = self.process_rhs(compiler, connection)
        return f"{left} LIKE {right}", [*left_parameters, *right_parameters]


@dataclass
class Translation:
    """One filter over one layer; ``crs`` is the system of the geometries that it gives."""

    layer: Layer
    crs: Crs
    terms: int = field(default=0, init=False)

    def condition(self, node: Any) -> Q:
        """Give the condition that a boolean expression stands for; raises InvalidFilter."""
        self._count(1)
        if isinstance(node, bool):
            return Q(Value(node, models.BooleanField()))
        if isinstance(node, dict) and isinstance(node.get("property"), str):
            return self._boolean_property(node["property"])
        name, arguments = _operation(node)
        if name not in FORMS:
            raise InvalidFilter(f"filter : opération inconnue {name[:40]!r}")
        return FORMS[name](self, name, arguments)

    def _count(self, terms: int) -> None:
        self.terms += terms
        if self.terms > MOST_TERMS:
            raise InvalidFilter(f"filter : {MOST_TERMS} termes au plus")

    def _joined(self, name: str, arguments: list) -> Q:
        return reduce(and_ if name == "and" else or_, map(self.condition, arguments))

    def _not(self, name: str, arguments: list) -> Q:
        return ~self.condition(*_exactly(1, name, arguments))

    def _boolean_property(self, name: str) -> Q:
        column, found = self._column({"property": name})
        if not isinstance(found, models.BooleanField):
            raise InvalidFilter(f"filter : {name} n’est ni vrai ni faux")
        return Q(Exact(column, True))

    def _compared(self, name: str, arguments: list) -> Q:
        left, right = self._scalars(_exactly(2, name, arguments))
        compared = COMPARISONS["=" if name == "<>" else name](left, right)
        return ~Q(compared) if name == "<>" else Q(compared)

    def _between(self, name: str, arguments: list) -> Q:
        tested, low, high = self._scalars(_exactly(3, name, arguments))
        return Q(GreaterThanOrEqual(tested, low)) & Q(LessThanOrEqual(tested, high))

    def _in(self, name: str, arguments: list) -> Q:
        tested, values = _exactly(2, name, arguments)
        if not isinstance(values, list) or not values:
            raise InvalidFilter("filter : IN attend une liste de valeurs")
        self._count(len(values))
        found, *among = self._scalars([tested, *values])
        return reduce(or_, (Q(Exact(found, value)) for value in among))

    def _is_null(self, name: str, arguments: list) -> Q:
        (tested,) = _exactly(1, name, arguments)
        if tested == {"property": GEOMETRY}:
            return Q(IsNull(F(self.layer.geometry), True))
        return Q(IsNull(*self._scalars([tested]), True))

    def _like(self, name: str, arguments: list) -> Q:
        tested, pattern = _exactly(2, name, arguments)
        if _is_column(pattern):
            raise InvalidFilter("filter : le motif de LIKE est un texte")
        found, text = self._scalars([tested, pattern])
        field = self._column(tested)[1] if _is_column(tested) else field_of(_bare(tested))
        if not isinstance(field, TEXTS):
            raise InvalidFilter("filter : LIKE compare des textes")
        plain = _bare(pattern)
        if (len(plain) - len(plain.rstrip("\\"))) % 2:
            raise InvalidFilter("filter : le motif de LIKE finit par une barre oblique inverse seule")
        return Q(Like(found, text))

    def _spatial(self, name: str, arguments: list) -> Q:
        sides = _exactly(2, name, arguments)
        of_rows = [side == {"property": GEOMETRY} for side in sides]
        left, right = (
            None if is_row else read_geometry(side, self.crs)
            for side, is_row in zip(sides, of_rows, strict=True)
        )
        if not any(of_rows):  # of two shapes that are written, nothing is to be asked of the base
            return Q(Value(_holds(name, left, right), models.BooleanField()))
        column = F(self.layer.geometry)
        if all(of_rows):
            return Q(SPATIAL[name](column, column))
        shape, name = (right, name) if of_rows[0] else (left, SPATIAL_MIRRORED.get(name, name))
        return Q(SPATIAL[name](column, Value(shape, GeometryField(srid=shape.srid))))

    def _temporal(self, name: str, arguments: list) -> Q:
        left, right = _exactly(2, name, arguments)
        return related(name, left, right, self._column)

    def _column(self, node: Any) -> tuple[Any, models.Field]:
        """Give the expression and the field of a property, in lower case under CASEI, bare under ACCENTI."""
        if name := _fold(node):
            column, found = self._column(*_exactly(1, name, node.get("args")))
            if not isinstance(found, TEXTS):
                raise InvalidFilter(f"filter : {name.upper()} s’applique à un texte")
            return FOLDS[name](column), found
        name = node.get("property") if isinstance(node, dict) else None
        if not isinstance(name, str) or name not in self.layer.fields:
            known = ", ".join(self.layer.fields)
            given = f"champ inconnu {name[:40]!r}" if isinstance(name, str) else _not_a_field(node)
            raise InvalidFilter(f"filter : {given} (connus : {known})")
        path = self.layer.fields[name]
        return F(path), field_at(model_of(self.layer), path)

    def _scalars(self, nodes: list) -> list[Any]:
        """Give the expressions of fields and values that are compared; raises InvalidFilter where their kinds differ.

        Values are read as the first field is, as they are written where there is none.
        """
        fields = [self._column(node)[1] for node in nodes if _is_column(node)]
        field = fields[0] if fields else field_of(_bare(nodes[0]))
        if any(kind_of(other) != kind_of(field) for other in fields):
            raise InvalidFilter("filter : ces champs ne se comparent pas entre eux")
        folds = {name for node in nodes if _is_column(node) for name in _folds(node)}
        return [
            self._column(node)[0] if _is_column(node) else self._literal(field, node, folds) for node in nodes
        ]

    def _literal(self, found: models.Field, node: Any, folds: set[str]) -> Any:
        """Read a value of a field; what is compared with a field under CASEI or ACCENTI is under it too."""
        folds, node = folds | set(_folds(node)), _bare(node)
        if isinstance(node, dict) and isinstance(found, models.DateField):
            return Value(read_moment(node, found), plain(found))
        value = read_literal(found, node, "cette valeur")
        if isinstance(value, Value):
            return value
        text = isinstance(value, str)
        value = Value(value, models.TextField() if text else plain(found))
        return reduce(lambda folded, name: FOLDS[name](folded), sorted(folds) if text else (), value)


Form = Callable[[Translation, str, list], Q]
FORMS: dict[str, Form] = {
    **dict.fromkeys(("and", "or"), Translation._joined),
    "not": Translation._not,
    **dict.fromkeys((*COMPARISONS, "<>"), Translation._compared),
    "between": Translation._between,
    "in": Translation._in,
    "isnull": Translation._is_null,
    "like": Translation._like,
    **dict.fromkeys(SPATIAL, Translation._spatial),
    **dict.fromkeys(NAMES, Translation._temporal),
}


def _holds(name: str, left: GEOSGeometry, right: GEOSGeometry) -> bool:
    try:
        return bool(getattr(left, name.removeprefix("s_"))(right))
    except GEOSException:
        raise InvalidFilter(f"filter : {name.upper()} ne compare pas ces géométries") from None


def _not_a_field(node: Any) -> str:
    return f"un champ est attendu et non {str(node)[:60]!r}"


def _is_column(node: Any) -> bool:
    node = _bare(node)
    return isinstance(node, dict) and "property" in node


def _fold(node: Any) -> str:
    """Name the function under which differences of writing are left out; empty for anything else."""
    name = node.get("op") if isinstance(node, dict) else None
    return name if isinstance(name, str) and name in FOLDS else ""


def _folds(node: Any) -> list[str]:
    names = []
    while name := _fold(node):
        names.append(name)
        (node,) = _exactly(1, name, node.get("args"))
    return names


def _bare(node: Any) -> Any:
    """Give what is under CASEI and ACCENTI."""
    while name := _fold(node):
        (node,) = _exactly(1, name, node.get("args"))
    return node


def _operation(node: Any) -> tuple[str, list]:
    arguments = node.get("args") if isinstance(node, dict) else None
    if not isinstance(arguments, list) or not arguments or not isinstance(node.get("op"), str):
        raise InvalidFilter(f"filter : une condition est attendue et non {str(node)[:60]!r}")
    return node["op"].lower(), arguments


def _exactly(count: int, name: str, arguments: Any) -> list:
    if not isinstance(arguments, list) or len(arguments) != count:
        raise InvalidFilter(f"filter : {name.upper()} attend {count} arguments")
    return arguments
