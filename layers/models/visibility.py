"""Querysets that know who may read them.

Open data (cadastre, IRIS, addresses) is for whoever is signed in. What is about people (reports, orders, results)
is held by a queryset that refuses to be read before ``.visible_to(scope)``: a forgotten scope is an error in the
first test that touches it, not a leak.
"""

from typing import Any, Self

from django.contrib.gis.geos import Polygon
from django.db import models
from django.db.models import Exists, OuterRef, Q

from layers.bbox import BBox
from layers.errors import UnscopedRead
from layers.scope import Scope


class MapQuerySet(models.QuerySet):
    """What every map layer offers."""

    geometry_field = "geom"

    def visible_to(self, scope: Scope) -> Self:
        """Keep all rows for whoever is signed in, none for the anonymous visitor."""
        return self if scope.signed_in else self.none()

    def in_bbox(self, bbox: BBox) -> Self:
        """Keep what touches the map extent."""
        return self.intersecting(bbox.polygon())

    def intersecting(self, area: Polygon) -> Self:
        """Keep what touches ``area`` (WGS 84)."""
        return self.filter(**{f"{self.geometry_field}__intersects": area})


class GuardedQuerySet(MapQuerySet):
    """A queryset that raises UnscopedRead until a scope was given.

    ``.unscoped(reason)`` is for imports and computations, which read all and show none of it; the reason is
    there for the reader of the code.
    """

    _scope_given = False

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._scope_given = self._scope_given
        return clone

    def _check(self) -> None:
        if not (self._scope_given or self.query.is_empty()):
            raise UnscopedRead(f"{self.model.__name__} : lecture sans .visible_to(scope)")

    def visible_to(self, scope: Scope) -> Self:
        """Keep the rows inside the reader's perimeter."""
        if scope.everything:
            return self._opened()
        if not scope.signed_in:
            return self.none()
        return self._opened().filter(self.perimeter(scope))

    def unscoped(self, reason: str) -> Self:
        """Open all rows to a computation; ``reason`` says why no reader's perimeter applies."""
        if not reason:
            raise UnscopedRead("une lecture sans périmètre dit pourquoi")
        return self._opened()

    def perimeter(self, scope: Scope) -> Q:
        """Give the condition that a partner's perimeter puts on this model."""
        raise UnscopedRead(f"{self.model.__name__} ne dit pas ce qu’un partenaire en voit")

    def _opened(self) -> Self:
        clone = self._clone()
        clone._scope_given = True
        return clone

    def _fetch_all(self) -> None:
        self._check()
        super()._fetch_all()

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._check()
        return super().count()

    def exists(self) -> bool:
        self._check()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self._check()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self._check()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self._check()
        return super().delete()


class PlacedQuerySet(GuardedQuerySet):
    """Guarded rows that stand in a commune and have a position: the partner's perimeter is both."""

    commune_fields: tuple[str, ...] = ("commune",)

    def perimeter(self, scope: Scope) -> Q:
        from layers.models.territoires import Zone

        def inside(zones: frozenset[int]) -> Exists:
            return Exists(Zone.objects.filter(pk__in=zones, geom__intersects=OuterRef(self.geometry_field)))

        visible = Q()
        for commune in self.commune_fields:
            visible |= Q(**{f"{commune}__in": scope.communes})
        if scope.zones:
            visible |= Q(inside(scope.zones))
        if scope.excluded_zones:
            visible &= ~Q(inside(scope.excluded_zones))
        return visible


class OfSignalementQuerySet(GuardedQuerySet):
    """Guarded rows that hang on a report: who may read the report may read them."""

    def perimeter(self, scope: Scope) -> Q:
        from layers.models.signalements import Signalement

        # a visit of a report that was merged into another was made all the same
        reports = Signalement.objects.including_merged().visible_to(scope)
        return Q(Exists(reports.filter(pk=OuterRef("signalement"))))
