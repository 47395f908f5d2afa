"""What a command line costs: seconds, CPU of its processes and of the PostgreSQL that serves it, memory of each."""

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import connection

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cost:
    """Seconds and, in MB, the peak resident memory of each process, the largest first."""

    wall: float
    cpu: float
    server_cpu: float
    peaks: list[int] = field(default_factory=list)
    output: str = ""

    @property
    def total_cpu(self) -> float:
        """The CPU of both sides."""
        return self.cpu + self.server_cpu

    def __str__(self) -> str:
        memory = " + ".join(map(str, self.peaks))
        return f"{self.wall:7.1f} s wall, {self.cpu:7.1f} s CPU + {self.server_cpu:7.1f} s PostgreSQL, {memory} MB"


def manage(*arguments: str) -> Cost:
    """Measure ``manage.py`` on the database of this benchmark."""
    given = connection.settings_dict
    url = f"postgis://{given['USER']}:{given['PASSWORD']}@{given['HOST']}:{given['PORT']}/{given['NAME']}"
    return measured([sys.executable, "manage.py", *arguments], {"DATABASE_URL": url})


def measured(command: list[str], environment: dict[str, str]) -> Cost:
    """Run a command and measure it; raises if it fails."""
    peaks: dict[int, int] = {}
    server = server_cpu()
    started = time.perf_counter()
    with subprocess.Popen(
        command, cwd=settings.BASE_DIR, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    ) as process:
        watch = threading.Thread(target=_watch, args=(process.pid, peaks), daemon=True)
        watch.start()
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    watch.join()
    if process.returncode:
        raise RuntimeError(f"{command[:3]}… failed:\n{output[-2000:]}")
    sizes = sorted((kb // 1024 for kb in peaks.values()), reverse=True)
    large = [size for size in sizes if size >= 40]  # what Python's own helper processes do not reach
    return Cost(wall, usage.ru_utime + usage.ru_stime, server_cpu() - server, large or sizes[:1], output)


def _watch(pid: int, peaks: dict[int, int]) -> None:
    while Path(f"/proc/{pid}/status").exists():
        for process in [pid, *descendants(pid)]:
            try:
                status = Path(f"/proc/{process}/status").read_text()
            except OSError:
                continue
            if "VmHWM:" in status:
                peaks[process] = int(status.split("VmHWM:")[1].split()[0])
            elif process == pid:
                return  # ended, not waited for yet
        time.sleep(0.1)


def descendants(pid: int) -> list[int]:
    found = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in children.read_text().split()]
        except OSError:
            continue
    return [*found, *(grandchild for child in found for grandchild in descendants(child))]


def server_cpu() -> float:
    """Give the CPU seconds of the PostgreSQL of this connection since it started, all its processes."""
    server = server_pid()
    ended = sum(map(int, stat_fields(server)[11:15]))  # its own, and its ended children's
    return (ended + sum(sum(map(int, stat_fields(child)[11:13])) for child in descendants(server))) / TICKS


def running_s(pid: int) -> float:
    """Give the seconds that a process and its children have run, those that ended not included, to the nanosecond.

    The times of ``stat_fields`` are in hundredths of a second: ten tiles near the ground.
    """
    spent = 0
    for process in (pid, *descendants(pid)):
        for thread in Path(f"/proc/{process}/task").glob("*/schedstat"):
            try:
                spent += int(thread.read_text().split()[0])
            except OSError:
                continue
    return spent / 1e9


def server_pid() -> int:
    """Give the first process of the PostgreSQL of this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        ((backend,),) = cursor.fetchall()
    return int(stat_fields(backend)[1])


def stat_fields(pid: int) -> list[str]:
    """Give the fields of /proc/PID/stat from the state on: parent is the second, CPU times are 12th to 15th."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return ["0"] * 50
