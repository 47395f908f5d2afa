"""Who manages what is reported: landlords that are organisations, and the syndics that orders name.

Persons are not in the base (docs/adr/0002). A syndic is known by the orders on a parcelle; the reports on it are
counted as his. Names are compared without case, accents nor punctuation, and shown as they are most often written.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Coalesce, NullIf

from layers.models import Anchor, Arrete
from layers.scope import Scope
from layers.selectors.iris_counts import best_place, with_dwelling
from layers.selectors.legal_projection import easting_in, northing_in, srid_of
from layers.selectors.report_selection import ReportSelection

LANDLORD, SYNDIC = "bailleur", "syndic"


@dataclass(frozen=True)
class Manager:
    """A landlord or a syndic, and what is reported or ordered where he manages."""

    role: str
    name: str
    reports: int
    dwellings: int
    orders: int
    open_orders: int
    """Orders without a lifting."""
    communes: tuple[str, ...]
    places: tuple[tuple[str, float, float, int], ...]
    """Code, x, y in metres and their projection; a place without a point is left out."""


@dataclass
class _Told:
    """What is heard of one manager, row after row."""

    writings: Counter[str] = field(default_factory=Counter)
    reports: int = 0
    dwellings: set[str] = field(default_factory=set)
    orders: int = 0
    open_orders: int = 0
    communes: set[str] = field(default_factory=set)
    places: dict[str, tuple[float, float, int]] = field(default_factory=dict)

    def is_at(self, name: str, commune: str | None, place: str | None, point: tuple[Any, Any, int]) -> None:
        """Hear of a place under one writing of the name."""
        self.writings[name.strip()] += 1
        if commune:
            self.communes.add(commune)
        if place and point[0] is not None:
            self.places[place] = min(point, self.places.get(place, point))

    def as_manager(self, role: str) -> Manager:
        name = min(self.writings.items(), key=lambda written: (-written[1], written[0]))[0]
        return Manager(
            role,
            name,
            self.reports,
            len(self.dwellings),
            self.orders,
            self.open_orders,
            tuple(sorted(self.communes)),
            tuple((place, *point) for place, point in sorted(self.places.items())),
        )


def managers(scope: Scope, selection: ReportSelection) -> list[Manager]:
    """Give the managers of the selected reports that ``scope`` opens and of the orders taken until their end."""
    told: dict[tuple[str, str], _Told] = defaultdict(_Told)
    syndics: dict[str, dict[str, str]] = defaultdict(dict)
    for name, idu, lifted_on, place, commune, *point in _orders(scope, selection):
        same = _same_name(name)
        one = told[SYNDIC, same]
        one.is_at(name, commune, place, tuple(point))
        one.orders += 1
        one.open_orders += lifted_on is None
        syndics[idu][same] = name
    syndics.pop("", None)
    for landlord, idu, address, dwelling, commune, *point in _reports(scope, selection):
        named = [(SYNDIC, same, name) for same, name in syndics.get(idu, {}).items()]
        if landlord:
            named.append((LANDLORD, _same_name(landlord), landlord))
        for role, same, name in named:
            one = told[role, same]
            # an order names its place by its parcelle
            one.is_at(name, commune, idu if role == SYNDIC else address or idu, tuple(point))
            one.reports += 1
            one.dwellings.add(dwelling)
    return [one.as_manager(role) for (role, same), one in sorted(told.items()) if same]


def _orders(scope: Scope, selection: ReportSelection) -> Iterable[tuple[Any, ...]]:
    srid = srid_of("commune__departement")
    orders = Arrete.objects.visible_to(scope).filter(taken_on__lte=selection.until).exclude(syndic="")
    return orders.values_list(
        "syndic", "idu", "mainlevee_on", "lieu", "commune", easting_in(srid), northing_in(srid), srid
    )


def _reports(scope: Scope, selection: ReportSelection) -> Iterable[tuple[Any, ...]]:
    srid = srid_of("commune__departement")
    return with_dwelling(selection.reports(scope)).values_list(
        "bailleur",
        best_place(Anchor.Kind.PARCELLE),
        best_place(Anchor.Kind.ADDRESS),
        "dwelling",
        Coalesce(NullIf(F("arrondissement"), Value("")), F("commune_id")),
        easting_in(srid),
        northing_in(srid),
        srid,
    )


def _same_name(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", "".join(c for c in letters if not unicodedata.combining(c))))
