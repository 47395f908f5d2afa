"""Kills imports: the process, its backend, or the whole server, on a throw-away cluster; and says what was left.

``benchmarks/kill_imports.py`` does it fifty times, ``test_kills.py`` a few.
"""

import os
import pwd
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from django.conf import settings

from tests.cadastre_import.official_files import parcelle, polygon, write_features

PARCELLES = 4_000
WAIT = 60.0  # seconds, for what always comes

# Everything that an import may write, and the indexes and constraints that a first load builds again
STATE = """
SELECT md5(concat_ws('|',
    (SELECT string_agg((to_jsonb(p) - 'written_at')::text, '' ORDER BY idu) FROM layers_parcelle p),
    (SELECT string_agg(parent || child || share::text, '' ORDER BY parent, child) FROM layers_parcellelineage),
    (SELECT string_agg(pg_get_indexdef(indexrelid), '' ORDER BY indexrelid::regclass::text)
     FROM pg_index WHERE indrelid = 'layers_parcelle'::regclass AND indisvalid),
    (SELECT string_agg(conname || pg_get_constraintdef(oid), '' ORDER BY conname)
     FROM pg_constraint WHERE conrelid = 'layers_parcelle'::regclass AND convalidated)))
"""
TALLY = """
SELECT count(*), count(DISTINCT idu), count(*) FILTER (WHERE closed_on IS NULL) FROM layers_parcelle
"""
UNTOLD = """
SELECT count(*) FROM layers_importrun r WHERE (status = 'done') <> (rejected = 1)
   OR (SELECT count(*) FROM layers_importreject j WHERE j.run_id = r.id) <> rejected
"""
COMMUNE = """
INSERT INTO layers_commune (code, nom, departement, codes_postaux) VALUES ('60999', 'Ici', '60', '[]')
"""
LAST_RUN = "SELECT coalesce(max(id), 0) FROM layers_importrun"


@dataclass
class Cluster:
    """A PostgreSQL cluster in a temporary folder, with the project's tables."""

    home: Path
    programs: Path
    port: int

    @property
    def owner(self) -> str:
        """The account that runs the server: root lends itself to postgres."""
        return "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a command of the project on this cluster."""
        url = f"postgis://geo_lhi:x@127.0.0.1:{self.port}/geo_lhi"
        return os.environ | {"DATABASE_URL": url, "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, program: str, *arguments: str) -> None:
        """Run a program of PostgreSQL as the owner of the data."""
        command = [str(self.programs / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", self.owner, "--", *command]
        subprocess.run(command, check=True, capture_output=True, cwd="/", timeout=WAIT)

    def start(self) -> None:
        """Start the server, after a crash too: its last processes may still be dying."""
        options = f"-p {self.port} -k {self.home} -c listen_addresses=127.0.0.1 -c synchronous_commit=off"
        until = time.monotonic() + WAIT
        while True:
            try:
                self.run(
                    "pg_ctl",
                    "start",
                    "-s",
                    "-w",
                    "-D",
                    f"{self.home}/data",
                    "-l",
                    f"{self.home}/log",
                    "-o",
                    options,
                )
            except subprocess.CalledProcessError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
            else:
                return

    def connect(self, name: str = "geo_lhi") -> psycopg.Connection:
        """Connect as the superuser; while the server recovers, wait."""
        until = time.monotonic() + WAIT
        while True:
            try:
                return psycopg.connect(
                    host="127.0.0.1", port=self.port, user="postgres", dbname=name, autocommit=True
                )
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def one(self, query: str) -> tuple:
        """Give the first row of a query, asked again if the server restarts meanwhile."""
        until = time.monotonic() + WAIT
        while True:
            try:
                with self.connect() as connection:
                    row = connection.execute(query).fetchone()
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                continue
            assert row is not None
            return row

    def processes(self) -> list[int]:
        """Give the processes of the server, the first one first."""
        first = int((self.home / "data/postmaster.pid").read_text().split()[0])
        children = subprocess.run(["pgrep", "-P", str(first)], capture_output=True, text=True, check=False)
        return [first, *map(int, children.stdout.split())]


@contextmanager
def throw_away_cluster() -> Iterator[Cluster]:
    """Make a cluster with the project's tables and one commune, and remove it at the end."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4])).parent
    home = Path(tempfile.mkdtemp(prefix="geo_lhi_kills_"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    cluster = Cluster(home, programs, port)
    shutil.chown(home, cluster.owner)
    try:
        cluster.run(
            "initdb", "-D", f"{home}/data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"
        )
        cluster.start()
        with cluster.connect("postgres") as connection:
            connection.execute("CREATE ROLE geo_lhi LOGIN")
            connection.execute("CREATE DATABASE geo_lhi OWNER geo_lhi")
        with cluster.connect() as connection:
            connection.execute("CREATE EXTENSION postgis")
        manage = [sys.executable, "manage.py", "migrate", "-v0"]
        subprocess.run(manage, check=True, env=cluster.environment, cwd=settings.BASE_DIR, timeout=180)
        with cluster.connect() as connection:
            connection.execute(COMMUNE)
        yield cluster
    finally:
        with suppress(FileNotFoundError, subprocess.CalledProcessError):
            cluster.run("pg_ctl", "stop", "-s", "-m", "immediate", "-D", f"{home}/data")
        shutil.rmtree(home, ignore_errors=True)


def write_editions(folder: Path) -> dict[str, Path]:
    """Write two editions of one commune, each with a bad record: most rows change, some leave, some come."""
    editions = {}
    for name, missing, contenance in (("a", 7, 100), ("b", 5, 200)):
        rows = [
            parcelle(
                f"60999000AB{n:04d}",
                polygon(n % 60 * 20, n // 60 * 20, 10),
                contenance=contenance if n % 3 else 100,
            )
            for n in range(1, PARCELLES)
            if n % (97 * missing)
        ]
        rows.append(parcelle("60999000ZZ0001", updated="2024-02-31"))
        editions[name] = write_features(folder / f"{name}.json.gz", rows)
    return editions


class Importer:
    """A process that imports files one after the other, each in a fork that can be killed."""

    def __init__(self, cluster: Cluster) -> None:
        """Load Django on the cluster."""
        command = [sys.executable, "-m", "tests.cadastre_import.import_on_demand"]
        self._runner = subprocess.Popen(
            command, env=cluster.environment, cwd=settings.BASE_DIR, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self.returncode: int | None = 0

    def start(self, path: Path) -> None:
        """Start the import of a file."""
        print(path, file=self._runner.stdin, flush=True)
        self.pid, self.returncode = int(self._line(WAIT)), None

    def poll(self, seconds: float = 0) -> int | None:
        """Give what the import ended with, None if it runs after ``seconds``."""
        if self.returncode is None and (line := self._line(seconds)):
            self.returncode = int(line)
        return self.returncode

    def wait(self) -> int:
        """Wait for the end of the import."""
        assert self.poll(WAIT) is not None
        return int(self.returncode or 0)

    def close(self) -> None:
        """End the process."""
        self._runner.kill()
        self._runner.communicate()

    def _line(self, seconds: float) -> str:
        ready, _, _ = select.select([self._runner.stdout], [], [], seconds)
        return self._runner.stdout.readline() if ready else ""


@dataclass
class Kills:
    """Kills one import after another, and holds after each that the state is the one before or the one after."""

    cluster: Cluster
    importer: Importer
    editions: dict[str, Path]
    luck: random.Random
    states: dict[str, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    seconds: float = 0.5
    outcome: Counter = field(default_factory=Counter)

    def learn(self) -> None:
        """Import each edition twice without a kill: what each must give, and how long it takes."""
        for name in ("a", "b", "a", "b"):
            began = self.start(name)
            assert self.importer.wait() == 0
            self.seconds = time.monotonic() - began
            self.states[name] = self.state()

    def first_load(self) -> None:
        """Kill a first load, which drops indexes and writes before the end, at three moments; each leaves nothing."""
        self.states = {"empty": self.state()}
        for part in (0.2, 0.5, 0.8):
            self.start("a")
            time.sleep(part * self.seconds)
            self._kill_process()
            self.importer.wait()
            self._settled()
            if self.state() == self.states["empty"]:
                self.outcome["first load: before"] += 1
                continue
            assert self.cluster.one(TALLY) == (PARCELLES - PARCELLES // 679 - 1,) * 3
            self.outcome["first load: after"] += 1
            break

    def state(self) -> tuple[str, tuple[int, ...]]:
        """Give the digest of everything that an import writes, and the numbers of rows."""
        return self.cluster.one(STATE)[0], self.cluster.one(TALLY)

    def start(self, name: str) -> float:
        """Start the import of an edition, wait until it has said that it runs, and give that moment."""
        last = self.cluster.one(LAST_RUN)
        self.importer.start(self.editions[name])
        while self.importer.poll() is None and self.cluster.one(LAST_RUN) == last:
            time.sleep(0.005)
        return time.monotonic()

    def kill(self, what: str) -> bool:
        """Kill an import at a random moment and judge what is left; False if it had ended before."""
        before = self.state()
        target = "a" if before == self.states["b"] else "b"
        self.start(target)
        time.sleep(self.luck.uniform(0, self.seconds))
        was_running = self.importer.poll() is None
        {"process": self._kill_process, "backend": self._kill_backend, "server": self._kill_server}[what]()
        self.importer.wait()
        self._settled()
        after = self.state()
        result = {before: "before", self.states[target]: "after"}.get(after, "BROKEN")
        self.outcome[result if was_running else "ended first"] += 1
        if was_running:
            self.outcome[f"killed: {what}"] += 1
        assert result != "BROKEN", (what, target, before, after)
        assert after[1][0] == after[1][1], "an idu twice"
        assert was_running or result == "after"
        return was_running

    def complete(self) -> None:
        """Import both editions to the end: the states are those of imports that nobody killed."""
        for name in ("a", "b"):
            self.start(name)
            assert self.importer.wait() == 0
            assert self.state() == self.states[name]
        told = "SELECT count(*) FROM layers_importrun WHERE status = 'running'"
        assert self.cluster.one(told) == (0,)
        killed = (
            "SELECT count(*) FROM layers_importrun WHERE status = 'failed' AND message LIKE '%interrompu%'"
        )
        self.outcome["said to be interrupted"] = self.cluster.one(killed)[0]
        assert self.cluster.one(UNTOLD) == (0,)

    def _kill_process(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.importer.pid, signal.SIGKILL)

    def _kill_backend(self) -> None:
        with self.cluster.connect() as connection:
            backends = connection.execute(
                "SELECT pid FROM pg_stat_activity WHERE usename = 'geo_lhi'"
            ).fetchall()
        for (pid,) in backends:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _kill_server(self) -> None:
        for pid in self.cluster.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.importer.wait()
        self.cluster.start()

    def _settled(self) -> None:
        """Wait until no backend of the killed import is left: one may be committing."""
        until = time.monotonic() + WAIT
        while time.monotonic() < until:
            if self.cluster.one("SELECT count(*) FROM pg_stat_activity WHERE usename = 'geo_lhi'") == (0,):
                return
            time.sleep(0.02)
        raise TimeoutError("a backend outlives its import")
