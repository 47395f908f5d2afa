"""Servers under measurement, ours and others', each a process of its own that answers over HTTP."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import connection

from benchmarks._measure import TICKS, descendants, server_cpu, stat_fields

HOST = "127.0.0.1"
STARTING_S = 60
READ = 256 * 1024


class Server(Protocol):
    """A process that gives pages; ``read`` gives the seconds to the first byte and the size of the answer."""

    pid: int

    def read(self, path: str) -> tuple[float, int]:
        """Read a page to its end and keep nothing of it."""


@dataclass
class HttpServer:
    """One that speaks HTTP, on a connection that is kept."""

    pid: int
    port: int
    cookie: str = ""

    def __post_init__(self) -> None:
        self._connection = HTTPConnection(HOST, self.port, timeout=600)

    def read(self, path: str) -> tuple[float, int]:
        """Read a page; raises RuntimeError if it is refused."""
        started = time.perf_counter()
        response = self._answer(path)
        size = len(response.read(1))
        first = time.perf_counter() - started
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status} {response.read()[:300]!r}")
        while piece := response.read(READ):
            size += len(piece)
        return first, size

    def text(self, path: str) -> bytes:
        """Give a whole page."""
        return self._answer(path).read()

    def _answer(self, path: str) -> HTTPResponse:
        headers = {"Cookie": self.cookie} if self.cookie else {}
        try:
            self._connection.request("GET", path, headers=headers)
            return self._connection.getresponse()
        except (RemoteDisconnected, BrokenPipeError):  # idle for too long: another connection
            self._connection.close()
            self._connection.request("GET", path, headers=headers)
            return self._connection.getresponse()


@dataclass
class Spent:
    """What pages took: seconds of the clock, of the processors of both sides, to the first byte; bytes; MB more."""

    wall: float = 0.0
    cpu: float = 0.0
    first: float = 0.0
    size: int = 0
    more_mb: float = 0.0
    pages: int = 0

    def __iadd__(self, other: "Spent") -> "Spent":
        self.wall += other.wall
        self.cpu += other.cpu
        self.first = max(self.first, other.first)
        self.size, self.pages = self.size + other.size, self.pages + other.pages
        self.more_mb = max(self.more_mb, other.more_mb)
        return self


def reading(server: Server, path: str, times: int = 1) -> Spent:
    """Read a page, some times: the CPU is that of the server's processes and of PostgreSQL, not of the reader."""
    before_mb = _reset_peak_mb(server.pid)
    cpu, started = cpu_of(server.pid) + server_cpu(), time.perf_counter()
    first, size = 0.0, 0
    for _ in range(times):
        one, length = server.read(path)
        first, size = max(first, one), size + length
    wall = time.perf_counter() - started
    cpu = cpu_of(server.pid) + server_cpu() - cpu
    return Spent(wall, cpu, first, size, _peak_mb(server.pid) - before_mb, times)


def calling(call: Callable[[], object], times: int = 1) -> Spent:
    """Make a call of this process, some times: its CPU is ours and PostgreSQL's."""
    cpu, started = time.process_time() + server_cpu(), time.perf_counter()
    for _ in range(times):
        call()
    wall = time.perf_counter() - started
    return Spent(wall, time.process_time() + server_cpu() - cpu, pages=times)


@contextmanager
def serving(
    command: list[str], port: int, environment: dict[str, str], ready: str, cookie: str = ""
) -> Iterator[HttpServer]:
    """Start a server and stop it at the end; raises RuntimeError when it does not answer."""
    log = Path(settings.VAR_DIR / "log" / f"bench-{Path(command[0]).name}-{port}.log")
    log.parent.mkdir(parents=True, exist_ok=True)
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            env=os.environ | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=settings.BASE_DIR,
        ) as process,
    ):
        try:
            server = HttpServer(process.pid, port, cookie)
            _wait(server, ready, process, log)
            yield server
        finally:
            process.terminate()
            process.wait(20)


@contextmanager
def our_server() -> Iterator[HttpServer]:
    """Serve the application as a deployment does, by one process, on the database of this benchmark."""
    from django.test import Client

    from geo_lhi.accounts.models import User

    client = Client()
    client.force_login(User.objects.create_superuser("service"))
    port = free_port()
    environment = {
        "DATABASE_URL": database_url("postgis"),
        "SECRET_KEY": settings.SECRET_KEY,
        "HTTPS": "false",
        "DEBUG": "false",
        "ALLOWED_HOSTS": f"{HOST},localhost",
        "DJANGO_SETTINGS_MODULE": "geo_lhi.settings",
    }
    program = str(Path(sys.executable).with_name("gunicorn"))
    bound = ["--bind", f"{HOST}:{port}", "--no-control-socket"]
    sized = ["--workers", "1", "--threads", "2", "--timeout", "600"]
    cookie = f"sessionid={client.cookies['sessionid'].value}"
    with serving(
        [program, "geo_lhi.wsgi:application", *bound, *sized], port, environment, "/ogc/?f=json", cookie
    ) as found:
        yield found


def database_url(scheme: str = "postgresql") -> str:
    """Give the address of the database of this benchmark."""
    given = connection.settings_dict
    return f"{scheme}://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def _wait(server: HttpServer, path: str, process: subprocess.Popen, log: Path) -> None:
    for _ in range(STARTING_S * 4):
        try:
            server.read(path)
        except (OSError, RuntimeError):
            if process.poll() is not None:
                break
            server.__post_init__()  # the connection was refused: another
            time.sleep(0.25)
        else:
            return
    raise RuntimeError(f"{process.args} does not answer:\n{log.read_text()[-2000:]}")


def cpu_of(pid: int) -> float:
    """Give the seconds of a process and of its children, those that ended included."""
    fields = [stat_fields(process) for process in (pid, *descendants(pid))]
    return sum(sum(map(int, found[11:15])) for found in fields) / TICKS


def _reset_peak_mb(pid: int) -> float:
    """Forget the peaks of the processes; give what they hold now."""
    for process in (pid, *descendants(pid)):
        Path(f"/proc/{process}/clear_refs").write_text("5")
    return _memory_mb(pid, "VmRSS:")


def _peak_mb(pid: int) -> float:
    return _memory_mb(pid, "VmHWM:")


def _memory_mb(pid: int, name: str) -> float:
    statuses = [Path(f"/proc/{process}/status").read_text() for process in (pid, *descendants(pid))]
    return sum(int(status.split(name)[1].split()[0]) for status in statuses) / 1024
