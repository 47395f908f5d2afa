"""Import the addresses of a large département: CPU of the import and of PostgreSQL.

Run with ``python -m benchmarks.import_ban [ROWS]`` (1 000 000 if not given).
"""

import json
import os
import sys
import tempfile
from pathlib import Path

from benchmarks._departement import communes_of, write_addresses
from benchmarks._scratch import scratch_database

DEPARTEMENT = "59"


def main(rows: int) -> None:
    """Import once, and once again."""
    from benchmarks._measure import manage
    from layers.models import Address

    with tempfile.TemporaryDirectory() as place:
        path = write_addresses(Path(place), DEPARTEMENT, 2 * rows)
        communes = Path(place) / "communes.json"
        communes.write_text("[\n" + ",\n".join(map(json.dumps, communes_of(DEPARTEMENT, 2 * rows))) + "\n]\n")
        manage("import_source", "communes", str(communes))
        first = manage("import_source", "ban", str(path))
        again = manage("import_source", "ban", str(path))
    print(f"{Address.objects.count()} addresses, load average {os.getloadavg()[0]:.1f}")
    print(
        f"first import {first}: {rows / first.cpu:.0f} rows a second of CPU, {rows / first.total_cpu:.0f} of both"
    )
    print(f"the same file again {again}")


if __name__ == "__main__":
    with scratch_database():
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
