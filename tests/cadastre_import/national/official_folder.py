"""A folder of official files of several départements, one of them overseas, and what the database holds of them."""

import gzip
import json
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks._departement import communes_of, write_departement

DEPARTEMENTS = ("01", "2A", "75", "974")
TABLES = ("commune", "parcelle", "batiment", "voie", "address", "addressparcelle")
WHEN = ("id", "written_at")  # the order and the moment of a row's coming, not its content


def write_folder(folder: Path, departements: tuple[str, ...] = DEPARTEMENTS, parcelles: int = 3500) -> Path:
    """Write the files of each département and the communes of all."""
    folder.mkdir(exist_ok=True)
    communes: list[dict[str, Any]] = []
    for departement in departements:
        write_departement(folder, departement, parcelles)
        communes += communes_of(departement, parcelles)
    (folder / "communes.json").write_text("[\n" + ",\n".join(map(json.dumps, communes)) + "\n]\n")
    return folder


def lines_of(path: Path) -> list[str]:
    """Give the features of a file of ``write_folder``, without what separates them."""
    return [line.rstrip(",") for line in gzip.decompress(path.read_bytes()).decode().splitlines()[1:-1]]


def write_lines(path: Path, lines: list[str]) -> Path:
    """Write features, one a line."""
    content = '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"
    path.write_bytes(gzip.compress(content.encode()))
    return path


def contents() -> dict[str, list[tuple[Any, ...]]]:
    """Give every row of every table that an import writes, whatever the order they came in."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY column_name)"
                " FROM information_schema.columns WHERE table_name = %s AND NOT column_name = ANY(%s)",
                [f"layers_{table}", [*WHEN]],
            )
            ((columns,),) = cursor.fetchall()
            cursor.execute(f"SELECT {columns} FROM layers_{table} ORDER BY {columns}")
            found[table] = cursor.fetchall()
        cursor.execute(
            "SELECT source, file_name, sha256, status, millesime, coverage, read, added, changed, unchanged, closed,"
            " rejected, message FROM layers_importrun ORDER BY file_name, sha256"
        )
        found["importrun"] = cursor.fetchall()
        cursor.execute(
            "SELECT r.file_name, j.line, j.reason, j.content FROM layers_importreject j"
            " JOIN layers_importrun r ON r.id = j.run_id ORDER BY 1, 2"
        )
        found["importreject"] = cursor.fetchall()
    return found
