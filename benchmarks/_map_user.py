"""One person before the explorer's map, for locust: asks what a browser would, then thinks.

Read by locust, in its own environment: nothing of the application is imported here. ``MAP_USERS`` names a JSON file
with the sessions and the extent; what was measured goes to ``MAP_FIGURES``.
"""

import json
import math
import os
import random
import re
from collections import OrderedDict, defaultdict
from pathlib import Path

from gevent.pool import Group, Pool
from locust import FastHttpUser, events, task

GIVEN = json.loads(Path(os.environ["MAP_USERS"]).read_text())
ALWAYS = ("communes", "iris", "iris_taux", "signalements")
NEAR = ("parcelles", "batiments")  # what the explorer draws besides, from zoom 14
NEAR_ZOOM, DEEPEST = 14, 16
SIDE_PX, WIDTH_PX, HEIGHT_PX = 512, 1100, 800
CONNECTIONS = 6  # of a browser to one site
IN_MEMORY = 60  # tiles that the map keeps without asking again
STATUSES = ("ACTIVE", "CLOSED", "NEED_VALIDATION,ACTIVE")
PLACE_FILE = re.compile(r'href="(/lieux/[^"]+)"')

times: dict[str, list[float]] = defaultdict(list)
sizes: dict[str, int] = defaultdict(int)
answers: dict[str, int] = defaultdict(int)
failures: list[str] = []


@events.request.add_listener
def measured(name: str, response_time: float, response_length: int, exception: object, **_: object) -> None:
    """Keep each time by kind of request."""
    times[name].append(response_time)
    sizes[name] += response_length or 0
    if exception:
        failures.append(f"{name}: {exception}"[:200])


@events.quitting.add_listener
def written(environment: object, **_: object) -> None:
    """Write what was measured."""
    figures = {"times": times, "sizes": sizes, "answers": answers, "failures": failures}
    Path(os.environ["MAP_FIGURES"]).write_text(json.dumps(figures))


class MapUser(FastHttpUser):
    """Someone who looks for places: moves, zooms, filters, asks what is somewhere, reads its file."""

    connection_timeout = network_timeout = 30.0
    concurrency = CONNECTIONS
    turns = 0

    def wait_time(self) -> float:
        """Think: four seconds in the mean, never less than half of one."""
        return min(20.0, max(0.5, self.rng.expovariate(1 / 4)))

    def on_start(self) -> None:
        """Open the explorer on the whole territory."""
        number = MapUser.turns
        MapUser.turns += 1
        self.rng = random.Random(number)
        self.cookie = GIVEN["sessions"][number % len(GIVEN["sessions"])]
        self.etags: dict[str, str] = {}
        self.shown: OrderedDict[str, None] = OrderedDict()
        self.search, self.links = "", []
        west, south, east, north = GIVEN["bounds"]
        self.x, self.y = (west + east) / 2, (south + north) / 2
        self.zoom = 11.0
        self.ask("/", "page de la carte")
        self.draw()

    @task(50)
    def move(self) -> None:
        """Drag the map by half a screen or less."""
        step = 360 / 2**self.zoom * WIDTH_PX / SIDE_PX
        self.go(self.x + step * self.rng.uniform(-0.6, 0.6), self.y + step * self.rng.uniform(-0.4, 0.4))
        self.draw()

    @task(25)
    def approach(self) -> None:
        """Come nearer, down to the buildings; from there, go back to the whole."""
        self.zoom = (
            self.zoom + self.rng.choice((1, 1, 2)) if self.zoom < 17 else self.rng.choice((11.0, 12.0, 13.0))
        )
        if self.zoom >= 13 and self.rng.random() < 0.5:  # towards a town: that is where people look
            self.go(*self.rng.choice(GIVEN["towns"]))
        self.draw()

    @task(8)
    def filter(self) -> None:
        """Keep some reports only, or all of them again."""
        asked = [f"statut={self.rng.choice(STATUSES)}", f"du=202{self.rng.randint(4, 6)}-01-01",
                 f"territoire={self.rng.choice(GIVEN['communes'])}", ""]  # fmt: skip
        self.search = self.rng.choice(asked)
        self.shown = OrderedDict((key, None) for key in self.shown if "/signalements/" not in key)
        self.draw()

    @task(10)
    def click(self) -> None:
        """Ask what is at a place."""
        reach = 360 / 2**self.zoom * 8 / SIDE_PX
        x, y = self.x + self.rng.uniform(-20, 20) * reach, self.y + self.rng.uniform(-15, 15) * reach
        box = f"{x - reach:.7f},{y - reach:.7f},{x + reach:.7f},{y + reach:.7f}"
        answer = self.ask(f"/lieu/?bbox={box}&zoom={self.zoom:.2f}&partiel=1", "lieu")
        if answer is not None:
            self.links = PLACE_FILE.findall(answer.text or "") or self.links

    @task(5)
    def read(self) -> None:
        """Read the file of a place that a click found."""
        if self.links:
            self.ask(self.rng.choice(self.links), "fiche d’un lieu")

    @task(3)
    def features(self) -> None:
        """Read the features of the screen, as a GIS does."""
        layer = self.rng.choice(("signalements", "parcelles", "iris_taux"))
        self.ask(f"/ogc/collections/{layer}/items?limit=200&bbox={self.extent()}", "objets")

    def go(self, x: float, y: float) -> None:
        """Put the middle of the screen somewhere in the territory."""
        west, south, east, north = GIVEN["bounds"]
        self.x, self.y = min(max(x, west), east), min(max(y, south), north)

    def draw(self) -> None:
        """Ask the tiles of the screen that the map does not hold, six at a time, and the table of the extent."""
        pool = Pool(CONNECTIONS)
        for address, name in self.tiles():
            if address in self.shown:
                self.shown.move_to_end(address)
                continue
            self.shown[address] = None
            pool.spawn(self.ask_tile, address, name)
        while len(self.shown) > IN_MEMORY:
            self.shown.popitem(last=False)
        around = Group()
        query = f"{self.search}&" if self.search else ""
        around.spawn(self.ask, f"/signalements/?{query}bbox={self.extent()}&partiel=1", "tableau")
        pool.join()
        around.join()

    def tiles(self) -> list[tuple[str, str]]:
        """Give the addresses of the tiles of the screen."""
        z = min(int(self.zoom), DEEPEST)
        count = 2**z
        across = 2 ** (self.zoom - z) * SIDE_PX
        column = (self.x + 180) / 360 * count
        line = (1 - math.asinh(math.tan(math.radians(self.y))) / math.pi) / 2 * count
        columns = range(int(column - WIDTH_PX / across / 2), int(column + WIDTH_PX / across / 2) + 1)
        lines = range(int(line - HEIGHT_PX / across / 2), int(line + HEIGHT_PX / across / 2) + 1)
        layers = ALWAYS + (NEAR if z >= NEAR_ZOOM else ())
        found = []
        for layer in layers:
            query = f"?{self.search}" if self.search and layer == "signalements" else ""
            found += [
                (f"/tiles/{layer}/{z}/{x}/{y}.mvt{query}", f"tuile {z}") for x in columns for y in lines
            ]
        return found

    def extent(self) -> str:
        """Give the extent of the screen."""
        half = 360 / 2**self.zoom * WIDTH_PX / SIDE_PX / 2
        tall = half * HEIGHT_PX / WIDTH_PX * math.cos(math.radians(self.y))
        return f"{self.x - half:.6f},{self.y - tall:.6f},{self.x + half:.6f},{self.y + tall:.6f}"

    def ask_tile(self, address: str, name: str) -> None:
        """Ask a tile as a browser that may have it: with its ETag."""
        known = self.etags.get(address)
        answer = self.ask(address, name, {"If-None-Match": known} if known else {})
        if answer is not None and answer.headers and "ETag" in answer.headers:
            self.etags[address] = answer.headers["ETag"]

    def ask(self, address: str, name: str, headers: dict[str, str] | None = None) -> object:
        """Ask a page; anything but 200, 204 and 304 is a failure."""
        sent = {"Cookie": self.cookie, "Accept-Encoding": "gzip", **(headers or {})}
        with self.client.get(
            address, headers=sent, name=name, catch_response=True, allow_redirects=False
        ) as answer:
            answers[f"{name} {answer.status_code}"] += 1
            if answer.status_code in (200, 204, 304):
                answer.success()
                return answer
            answer.failure(f"{answer.status_code} {address}")
        return None
