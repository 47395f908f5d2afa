"""Fifty people on the map at once: is any answer an error, and how long do the tiles take.

Run with ``python -m benchmarks.map_users [MINUTES [USERS]]`` (10 and 50) on the territory of ``bin/demo``, with
locust in the environment of ``benchmarks/_peers.py``. The application is served as bin/demo serves it: gunicorn, two
processes of two threads. The three roles of the demo move, zoom, filter, ask what is somewhere, read its file and its
features, as the explorer does (``benchmarks/_map_user.py``), and think four seconds between two gestures. Everything
is on this machine, the fifty people included: their load is told too.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles

import django

ROLES = ("epci", "epci", "commune", "commune", "admin")
MOST_MS, FROM_ZOOM = 250, 12
WORKERS, THREADS = 2, 2


def main(minutes: float, users: int) -> int:
    """Serve, send the people, print; give 1 if an answer was an error or the tiles were slow."""
    from django.conf import settings

    from benchmarks import _peers
    from benchmarks._measure import server_cpu
    from benchmarks._served import HOST, cpu_of, database_url, free_port, serving

    program = _peers.PEERS / "bin" / "locust"
    if not program.exists():
        print("locust is not installed: python -m benchmarks._peers")
        return 0
    port = free_port()
    environment = {"DATABASE_URL": database_url("postgis"), "SECRET_KEY": settings.SECRET_KEY, "HTTPS": "false",
                   "DEBUG": "false", "ALLOWED_HOSTS": HOST}  # fmt: skip
    gunicorn = [
        str(Path(sys.executable).with_name("gunicorn")),
        "geo_lhi.wsgi:application",
        "--no-control-socket",
        "--graceful-timeout=5",
    ]
    sized = [
        "--workers",
        str(WORKERS),
        "--threads",
        str(THREADS),
        "--timeout",
        "120",
        "--bind",
        f"{HOST}:{port}",
    ]
    with tempfile.TemporaryDirectory() as name:
        given, figures = Path(name) / "users.json", Path(name) / "figures.json"
        given.write_text(json.dumps(people(users)))
        told = {"MAP_USERS": str(given), "MAP_FIGURES": str(figures), "NO_PROXY": "*"}
        command = [str(program), "-f", "benchmarks/_map_user.py", "--headless", "-u", str(users), "-r", "2",
                   "-t", f"{minutes * 60:.0f}s", "--host", f"http://{HOST}:{port}", "--only-summary"]  # fmt: skip
        with serving([*gunicorn, *sized], port, environment, "/connexion/") as server:
            before, cpu, started = os.getloadavg(), cpu_of(server.pid) + server_cpu(), time.perf_counter()
            locust = subprocess.run(
                command,
                env=os.environ | told,
                cwd=settings.BASE_DIR,
                capture_output=True,
                text=True,
                check=False,
            )
            elapsed = time.perf_counter() - started
            cpu = cpu_of(server.pid) + server_cpu() - cpu
        if not figures.exists():
            raise RuntimeError(locust.stderr[-2000:])
        found = json.loads(figures.read_text())
    print(f"{users} people, {elapsed:.0f} s; machine load {before[0]:.1f} before, {os.getloadavg()[0]:.1f} after; "
          f"ours and PostgreSQL took {cpu / elapsed:.2f} processors")  # fmt: skip
    return report(found, elapsed)


def report(found: dict, elapsed: float) -> int:
    """Print times by kind, and what is over its bound."""
    times = found["times"]
    near = [time for name, list_ in times.items() if zoom_of(name) >= FROM_ZOOM for time in list_]
    far = [time for name, list_ in times.items() if 0 <= zoom_of(name) < FROM_ZOOM for time in list_]
    rows = [
        *sorted(times.items()),
        (f"tuiles, zoom < {FROM_ZOOM}", far),
        (f"tuiles, zoom ≥ {FROM_ZOOM}", near),
    ]
    print(f"{'':<22}{'requests':>9}{'per s':>8}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'longest':>9}")
    for name, list_ in rows:
        if len(list_) > 1:
            cut = quantiles(list_, n=100)
            print(f"{name:<22}{len(list_):>9}{len(list_) / elapsed:>8.1f}{cut[49]:>9.0f}{cut[94]:>9.0f}"
                  f"{cut[98]:>9.0f}{max(list_):>9.0f}")  # fmt: skip
    same = sum(count for name, count in found["answers"].items() if name.endswith(" 304"))
    print(f"unchanged (304): {same}; errors: {len(found['failures'])}", *found["failures"][:5], sep="\n  ")
    slow = quantiles(near, n=100)[94] > MOST_MS
    print(f"p95 of the tiles at zoom {FROM_ZOOM} and above: {'OVER' if slow else 'under'} {MOST_MS} ms")
    return int(slow or bool(found["failures"]))


def zoom_of(name: str) -> int:
    """Give the zoom of a kind of request, -1 for what is no tile."""
    kind, _, zoom = name.partition(" ")
    return int(zoom) if kind == "tuile" else -1


def people(users: int) -> dict:
    """Open a session for each, in the roles of the demo; give them with the ground they look at."""
    from django.test import Client

    from geo_lhi.accounts.models import User
    from layers.models import Commune

    sessions = []
    for n in range(users):
        client = Client()
        client.force_login(User.objects.get(username=ROLES[n % len(ROLES)]))
        sessions.append(f"sessionid={client.cookies['sessionid'].value}")
    communes = list(Commune.objects.filter(geom__isnull=False))
    extents = [commune.geom.extent for commune in communes]
    bounds = [
        *(min(extent[n] for extent in extents) for n in (0, 1)),
        *(max(e[n] for e in extents) for n in (2, 3)),
    ]
    towns = [list(commune.geom.point_on_surface.coords) for commune in communes]
    return {
        "sessions": sessions,
        "bounds": bounds,
        "towns": towns,
        "communes": [one.code for one in communes],
    }


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_lhi.settings")
    django.setup()
    asked = [float(value) for value in sys.argv[1:]]
    sys.exit(main(asked[0] if asked else 10, int(asked[1]) if len(asked) > 1 else 50))
