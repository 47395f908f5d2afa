"""The leak test where it is hard: perimeters that overlap, reports on their borders, merged, unplaced, gone.

``LEAK_WORLDS`` is the number of worlds (more by night than before a landing), from seed ``LEAK_SEED`` on.
"""

import json
import os
import re

import pytest
from django.test import Client
from django.urls import reverse

from layers.models import AnalysisResult, AnalysisRun
from layers.registry import IRIS_RATES, LAYERS
from tests.acts import acts
from tests.drawing import draw_world
from tests.factories import point
from tests.foreign import ASKS, RANKING_LAYER, RUN_LAYER, as_missing_everywhere
from tests.leaks import ADDRESSES, client_of, heard, listed_reports, paged_reports, read, served
from tests.probes import MISSING, probe
from tests.random_world import ADMINISTRATOR, Perimeter, RandomWorld, taken_away

WORLDS = int(os.environ.get("LEAK_WORLDS", "1"))
SEED = int(os.environ.get("LEAK_SEED", "2"))
# The layers of people; the fixed world asks the others everything too
OF_PEOPLE = ("signalements", "arretes", "iris_taux", RUN_LAYER, RANKING_LAYER)
SAID_ONCE = {
    "analysis-launch",
    "api-docs",
    "ogc-api",
    "ogc-queryables",
    "ogc-schema",
    "qgis-layer",
    "qgis-project",
}
SAID_ONCE |= {
    "record",
    "record-iso",
    "record-dcat",
    "catalogue-dcat",
    "tile-style",
    "tilejson",
    "schema",
    "help",
    "accessibility",
    "ogc-conformance",
}


@pytest.fixture(params=range(SEED, SEED + WORLDS))
def world(request, db, settings, tmp_path) -> RandomWorld:
    settings.EXPORT_FILES_DIR = tmp_path
    return draw_world(request.param)


def paths(world: RandomWorld) -> list[str]:
    """Give the paths that may tell of people."""
    others = re.compile(r"(?:TYPENAMES=|/tiles/|/collections/|/telecharger/)(\w+)")
    asked = [url for address in ADDRESSES if address.name not in SAID_ONCE for url in probe(address, world)]
    of_open_data = LAYERS.keys() - set(OF_PEOPLE)
    asked = [url for url in asked if not re.search(r"/tiles/\w+/(?!0/|14/)|[?]tri=|/comparer/\d", url)]
    return [url for url in asked if not (found := others.search(url)) or found[1] not in of_open_data]


def tried(world: RandomWorld) -> list[str]:
    """Give three roles: two partners, and one whose partnership is over; the fixed world tries the others."""
    held = [role for role in world.readers if role.endswith(" a") and world.perimeters[role] != Perimeter()]
    return [*(held[-2:] if world.seed % 2 == 0 else held[:2]), "ended"]


def test_no_answer_tells_of_what_is_another_partners(world):
    """No secret in any of them; counts, classes and maps of heat stay what they are once all that is taken away."""
    urls = paths(world)
    assert len(urls) > 300
    for role in tried(world):
        client, kept = client_of(world, role), world.kept_from(role)
        answers = {url: heard(client, url, *kept) for url in urls}
        assert {url: found for url, (_, found) in answers.items() if found} == {}, (role, world.seed)
        with taken_away(world, role):
            changed = [url for url, (said, _) in answers.items() if heard(client, url, *kept)[0] != said]
        # a page may change by itself while all the others are read: those are asked again, at once
        said_now = {url: heard(client, url, *kept)[0] for url in changed}
        with taken_away(world, role):
            changed = [url for url, said in said_now.items() if heard(client, url, *kept)[0] != said]
        assert changed == [], (role, world.seed)


def newest_rows(world: RandomWorld, role: str, run_kind: str, row_kind: str) -> set[int]:
    """Give the rows that the layer of a method holds: those of the newest run that the role may read."""
    of_method = AnalysisRun.objects.unscoped("the oracle").exclude(method=IRIS_RATES)
    run = of_method.filter(pk__in=world.readable(run_kind, role)).order_by("-pk").first()
    rows = AnalysisResult.objects.unscoped("the oracle").filter(run=run)
    return world.readable(row_kind, role) & set(rows.values_list("pk", flat=True))


def departures(client: Client) -> set[int]:
    """Give the identifiers of what left the layer of reports since for ever."""
    url = reverse("ogc-deletions", args=["signalements"])
    found = json.loads(read(client, url, {"updated_since": "1970-01-01T00:00:00Z"}))
    return {int(left["id"]) for left in found["deletions"]}


def differences(world: RandomWorld, role: str) -> dict[str, tuple[set, set]]:
    """Give the lists that are not what the oracle says: what each holds too much, and what it lacks."""
    client = client_of(world, role)
    places = [point(*place) for place in world.places]
    found: list[tuple[str, set, set]] = []
    for kind, lists in (
        ("report", listed_reports(client, places)),
        ("order", served(client, "arretes", places)),
    ):
        found += [(f"{kind} {name}", ids, world.listed(kind, role)) for name, ids in lists.items()]
    standing = world.readable("report", role) - world.merged
    found += [(name, ids, standing) for name, ids in paged_reports(client).items()]
    rates = json.loads(read(client, reverse("ogc-items", args=["iris_taux"])))["features"]
    found.append(("rates", {rate["id"] for rate in rates}, world.readable("rate", role)))
    for layer, *kinds in ((RUN_LAYER, "run", "row"), (RANKING_LAYER, "ranking", "ranked row")):
        rows = newest_rows(world, role, *kinds)
        found += [
            (f"{layer} {name}", ids, rows)
            for name, ids in served(client, layer, ()).items()
            if name != "tiles"
        ]
    runs = json.loads(read(client, reverse("api-analyses"), {"limit": 1000}))["analyses"]
    known = world.readable("run", role) | world.readable("ranking", role)
    found.append(("runs", {run["id"] for run in runs}, known))
    pairs = {pk for pair in world.readable("pair", role) for pk in pair}
    linked = re.findall(r"/signalements/(\d+)/", read(client, reverse("duplicates")).decode())
    found.append(("pairs", {int(pk) for pk in linked}, pairs))
    found.append(("departures", departures(client), world.readable("departure", role)))
    return {name: (ids - wanted, wanted - ids) for name, ids, wanted in found if ids != wanted}


def test_every_list_is_that_of_the_oracle(world):
    for role in (*tried(world), ADMINISTRATOR):
        assert differences(world, role) == {}, (role, world.perimeters[role], world.seed)


def test_what_is_another_partners_looks_missing(world):
    for role in tried(world):
        foreign = {kind: keys for kind, keys in world.foreign(role).items() if kind in ASKS}
        client = client_of(world, role)
        client.own_report = next(iter(world.listed("report", role)), MISSING - 1)
        assert as_missing_everywhere(client, foreign) == [], (role, world.seed)


def test_what_is_done_takes_and_tells_only_what_is_the_readers(world):
    for role in tried(world):
        assert [about for about, finds in acts(world, role) if finds()] == [], (role, world.seed)
