"""What a reader does rather than reads: computes an analysis, draws the heat, places a report.

An analysis tells of what it read, however little of it its rows show: what is held here is what enters the
computation, which must be the same whether or not there is anything that the reader may not read.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db import transaction
from django.urls import reverse

from geo_lhi.accounts.scopes import scope_of
from layers.errors import GeoLhiError, NothingToAnalyse
from maps.services.digests import digest_of
from maps.services.heat import compute_heat
from maps.services.methods.method import Method
from maps.services.methods.register import METHODS
from tests.factories import AddressFactory, SignalementFactory, point
from tests.leaks import client_of
from tests.random_world import RandomWorld, taken_away

SINCE, UNTIL = "2024-01-01", "2026-12-31"
DAYS = {"since": SINCE, "until": UNTIL, "pivot": "2026-01-01"}
HEAP = 12  # reported dwellings of one square: enough of them to be shown

Act = tuple[str, Callable[[], bool]]


def acts(world: RandomWorld, role: str) -> Iterator[Act]:
    """Give what a role may do, and whether it tells or takes more than what is the role's."""
    for method in METHODS.values():
        for unit in _units(method):
            yield _compared(world, role, f"analysis {method.id} {unit}", _reading(world, role, method, unit))
    yield _compared(world, role, "heat", lambda: _heat(world, role))
    yield "placing outside", lambda: bool(placed_outside(world, role))


def _compared(world: RandomWorld, role: str, about: str, answer: Callable[[], Any]) -> Act:
    with taken_away(world, role):
        alone = answer()

    def differs() -> bool:
        with transaction.atomic():
            found = answer()
            transaction.set_rollback(True)
        return bool(found != alone)

    return about, differs


def _units(method: Method) -> list[str]:
    units = [parameter for parameter in method.parameters if parameter.name == "unit"]
    return [str(code) for parameter in units for code in parameter.offered(None)] or [""]  # type: ignore[arg-type]


def _reading(world: RandomWorld, role: str, method: Method, unit: str) -> Callable[[], str]:
    """Give the digest of what a method reads, or what it says instead."""
    scope = scope_of(world.readers[role])
    names = {parameter.name for parameter in method.parameters}
    given = {name: day for name, day in DAYS.items() if name in names} | ({"unit": unit} if unit else {})
    if zone := next((one for one in method.parameters if one.name == "zone"), None):
        given["zone"] = max(zone.offered(scope))

    def read() -> str:
        try:
            return digest_of(method.read(scope, method.values(given, scope)))
        except GeoLhiError as error:
            return str(error)

    return read


def _heat(world: RandomWorld, role: str) -> Any:
    """Draw the heat of a square with many reports of the role's own, laid for the time of the question."""
    own = next((side for side in world.sides if side.commune.code in world.perimeters[role].communes), None)
    if own:
        AddressFactory(voie__commune=own.commune, geom=point(own.x + 5, 6))  # where dwellings are counted
        for n in range(HEAP):
            SignalementFactory(commune=own.commune, geom=point(own.x + 2 + n, 6), reference=f"tas-{n}")
    try:
        heat = compute_heat(
            scope_of(world.readers[role]), date.fromisoformat(SINCE), date.fromisoformat(UNTIL)
        )
    except NothingToAnalyse as error:
        return str(error)
    return heat.reports, heat.left_out, heat.hidden, heat.counts.tolist()


def placed_outside(world: RandomWorld, role: str) -> list[tuple[int, int]]:
    """Give the places out of the perimeter of a role at which it could put a report of its own."""
    client = client_of(world, role)
    mine = world.listed("report", role)
    outside = [
        (side.x + x, y)
        for side in world.sides
        for x, y in ((333, 444), (666, 888))
        if role not in world.of_place(side.commune.code, (side.x + x, y))
    ]
    if not mine:
        return []
    url = reverse("review-choice", args=[min(mine)])
    page = client.get(reverse("review", args=[min(mine)]))
    version = page.context["version"]
    found = []
    for place in outside:
        there = point(*place)
        form = {"candidat": "point", "lon": there.x, "lat": there.y, "version": version}
        if client.post(url, form).status_code < 400:
            found.append(place)
    return found
