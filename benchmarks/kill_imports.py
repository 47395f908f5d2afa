"""Kill imports at random moments: fifty by their process, ten by the whole server, ten by their backend.

Run with ``python -m benchmarks.kill_imports [PROCESS SERVER BACKEND]``. A cluster of its own; after each kill, what
is left must be the state before the import or the one after it, without a row lost or twice; then a run completes.
"""

import os
import random
import sys
import tempfile
import time
from pathlib import Path

import django


def main(process: int, server: int, backend: int) -> None:
    """Kill in a random order, and print what was left."""
    from tests.cadastre_import.killing import Importer, Kills, throw_away_cluster, write_editions

    luck = random.Random(2026)
    order = ["process"] * process + ["server"] * server + ["backend"] * backend
    luck.shuffle(order)
    began = time.monotonic()
    with throw_away_cluster() as cluster, tempfile.TemporaryDirectory() as folder:
        importer = Importer(cluster)
        kills = Kills(cluster, importer, write_editions(Path(folder)), luck)
        kills.first_load()
        kills.learn()
        for what in order:
            while not kills.kill(what):
                pass  # it had ended: no kill
        kills.complete()
        importer.close()
    print(
        f"{len(order)} kills of an import of {kills.seconds:.1f} s, and of its first load: {dict(kills.outcome)}"
    )
    print(
        f"{kills.outcome['BROKEN']} mixed states; {time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f}"
    )


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "geo_lhi.settings")
    django.setup()
    counts = [int(argument) for argument in sys.argv[1:]] or [50, 10, 10]
    main(*counts)
