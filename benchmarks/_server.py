"""The processor time of the database server, which the clock of the client does not see."""

import os
import time
from pathlib import Path

from django.db import connection

TICKS = os.sysconf("SC_CLK_TCK")
REAPED = 0.3  # seconds: the server counts a backend once it has seen it end


def server_cpu() -> float:
    """Give the seconds of processor spent by the cluster: its living processes, and those that have ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        postmaster = _stat(cursor.fetchone()[0])[1]
    time.sleep(REAPED)
    total = sum(_stat(postmaster)[11:15])
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            stat = _stat(int(entry.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += sum(stat[11:13]) if stat[1] == postmaster else 0
    return total / TICKS


def _stat(pid: int) -> list[int]:
    """Give the fields of ``/proc/PID/stat`` after the name of the command, the state as 0."""
    content = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return [0, *map(int, content[1:])]
