"""Worlds where perimeters overlap, and an oracle that says who may read what in them.

Each row of people is kept with who may read it, worked out in whole metres from the perimeters as they were drawn
and from the rules as they are written (docs/adr/0003, "Comptes et droits" in docs/exploitation.md), without the code
that is tested.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.db import transaction

from geo_lhi.accounts.models import User
from layers.models import Arrete, IrisResult, Signalement
from tests.world import Side

ADMINISTRATOR = "administrator"


@dataclass(frozen=True)
class Ground:
    """A rectangle in metres; its border belongs to it."""

    x: int
    y: int
    width: int
    height: int

    def holds(self, place: tuple[int, int]) -> bool:
        """Say whether a place is inside or on the border."""
        return self.x <= place[0] <= self.x + self.width and self.y <= place[1] <= self.y + self.height

    def meets(self, other: "Ground") -> bool:
        """Say whether two rectangles have a point in common."""
        across = self.x <= other.x + other.width and other.x <= self.x + self.width
        return across and self.y <= other.y + other.height and other.y <= self.y + self.height

    def covers(self, other: "Ground") -> bool:
        """Say whether the other is inside."""
        return self.holds((other.x, other.y)) and self.holds((other.x + other.width, other.y + other.height))

    def is_clear_of(self, other: "Ground") -> bool:
        """Say whether no side of the one is nearly on the line of a side of the other."""
        axes = ((self.x, self.width, other.x, other.width), (self.y, self.height, other.y, other.height))
        return all(
            abs(mine - theirs) > 2
            for low, length, other_low, other_length in axes
            for mine in (low, low + length)
            for theirs in (other_low, other_low + other_length)
        )

    @property
    def corner(self) -> tuple[int, int]:
        """Give the north-east corner: the one place of the border that no projection moves."""
        return self.x + self.width, self.y + self.height


@dataclass(frozen=True)
class Perimeter:
    """What a reader may read, as it was drawn."""

    communes: frozenset[str] = frozenset()
    zones: frozenset[int] = frozenset()
    excluded: frozenset[int] = frozenset()
    everything: bool = False


@dataclass
class RandomWorld:
    """Sides are communes here; ``may_read`` says who reads each row, by kind and key."""

    seed: int
    sides: list[Side] = field(default_factory=list)
    zones: dict[int, Ground] = field(default_factory=dict)
    perimeters: dict[str, Perimeter] = field(default_factory=dict)
    readers: dict[str, User | AnonymousUser] = field(default_factory=dict)
    may_read: dict[str, dict[Any, frozenset[str]]] = field(default_factory=dict)
    unlisted: dict[str, set[Any]] = field(default_factory=dict)
    """What may be read by its key and stands in no list: merged, or without a position."""
    merged: set[int] = field(default_factory=set)
    secrets: dict[str, frozenset[str]] = field(default_factory=dict)
    """Who may find each token or figure."""
    places: list[tuple[int, int]] = field(default_factory=list)
    beside: dict[str, str] = field(default_factory=dict)
    """By commune, the parcelle that touches the one of its places."""

    def kept_from(self, role: str) -> tuple[set[str], set[str]]:
        """Give the tokens and the figures that a role must find nowhere."""
        kept = {secret for secret, roles in self.secrets.items() if role not in roles}
        return {secret for secret in kept if not secret.isdigit()}, {each for each in kept if each.isdigit()}

    def readable(self, kind: str, role: str) -> set[Any]:
        """Give the keys of what a role may read."""
        return {key for key, roles in self.may_read.get(kind, {}).items() if role in roles}

    def listed(self, kind: str, role: str) -> set[Any]:
        """Give the keys of what a role finds in lists."""
        return self.readable(kind, role) - self.unlisted.get(kind, set())

    def foreign(self, role: str) -> dict[str, list[Any]]:
        """Give, by kind, the keys of what a role may not read."""
        return {kind: sorted(rows.keys() - self.readable(kind, role)) for kind, rows in self.may_read.items()}

    def keep(self, kind: str, key: Any, roles: Iterable[str], pile: Side | None = None) -> None:
        """Note who may read a row; the secrets that its pile drew since the last row are its own."""
        roles = frozenset(roles)
        self.may_read.setdefault(kind, {})[key] = roles
        if pile:
            self.tell(roles, pile)

    def tell(self, roles: Iterable[str], pile: Side) -> None:
        """Note who may find the secrets of a pile, and begin another one."""
        self.secrets |= dict.fromkeys(pile.tokens | pile.rates, frozenset(roles))
        pile.tokens, pile.rates = set(), set()

    def who(self, allows: Callable[[Perimeter], bool]) -> frozenset[str]:
        """Give the roles whose perimeter passes a test; the administrator always does."""
        return frozenset(role for role, held in self.perimeters.items() if held.everything or allows(held))

    def of_place(self, commune: str, place: tuple[int, int] | None) -> frozenset[str]:
        """Say who reads what stands in a commune and at a place, or nowhere."""

        def inside(zones: Iterable[int]) -> bool:
            return place is not None and any(self.zones[zone].holds(place) for zone in zones)

        return self.who(
            lambda held: (commune in held.communes or inside(held.zones)) and not inside(held.excluded)
        )

    def of_run(self, run: Perimeter) -> frozenset[str]:
        """Say who reads all of a run: it counted no report that they may not read."""
        return self.who(
            lambda held: (
                not run.everything
                and run.communes <= held.communes
                and run.zones <= held.zones
                and run.excluded >= held.excluded
            )
        )

    def of_ground(
        self, communes: set[str], ground: Ground | None, zone: int = 0, own_shape: bool = True
    ) -> frozenset[str]:
        """Say who reads a row of a run on the whole base: whoever reads each report that it may count."""

        def reads(held: Perimeter) -> bool:
            mine = communes <= held.communes or zone in held.zones
            if own_shape and ground:
                mine = mine or any(self.zones[each].covers(ground) for each in held.zones)
            cut = zone in held.excluded
            return (
                mine
                and not cut
                and not (ground and any(self.zones[each].meets(ground) for each in held.excluded))
            )

        return self.who(reads)


@contextmanager
def taken_away(world: RandomWorld, role: str) -> Iterator[None]:
    """Take away, for a while, what a role may not read; reports into which one of theirs was merged stay."""
    cache.clear()
    with transaction.atomic():
        held = world.readable("report", role)
        reports = Signalement.objects.including_merged().unscoped("taken away from a world")
        keepers = set(reports.filter(pk__in=held).values_list("merged_into", flat=True))
        foreign = set(world.foreign(role)["report"]) - keepers
        reports.filter(merged_into__in=foreign).update(merged_into=None)
        reports.filter(pk__in=foreign).delete()
        orders = Arrete.objects.unscoped("taken away from a world")
        orders.filter(pk__in=world.foreign(role)["order"]).delete()
        rates = IrisResult.objects.unscoped("taken away from a world")
        rates.filter(iris__in=world.foreign(role)["rate"]).delete()
        yield
        transaction.set_rollback(True)
    cache.clear()
