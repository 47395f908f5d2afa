"""The tables of a BDNB export: CSV files in a zip, or a GeoPackage; only the columns asked for are kept.

A département weighs gigabytes: a table is taken out of the archive, read, and removed before the next.
"""

import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from cadastre_import.readers.archives import inflated_member, refuse_hostile
from cadastre_import.readers.delimited import read_csv
from cadastre_import.readers.geopackage import is_geopackage
from cadastre_import.source import Records, converted
from layers.errors import UnreadableFile

# table: its columns, of which the first must be there
Tables = Mapping[str, tuple[str, ...]]
CUT_WORDS = "archive zip abîmée ou protégée par un mot de passe"


def read_bdnb(path: Path, *, tables: Tables, required: tuple[str, ...]) -> Records:
    """Read the rows of the tables, in their order, each with the name of its table; absent ones are told."""
    if is_geopackage(path):
        present = _tables_of(path)
        rows = _geopackage_rows
    elif zipfile.is_zipfile(path):
        present = set(_members(path))
        rows = _zipped_rows
    else:
        raise UnreadableFile(f"{path.name} : un zip de CSV ou un GeoPackage de la BDNB est attendu")
    if missing := [name for name in required if name not in present]:
        raise UnreadableFile(f"{path.name} : il manque la table « {' », « '.join(missing)} » de la BDNB")
    absent = [name for name in tables if name not in present]
    notices = (f"tables absentes : {', '.join(absent)}",) if absent else ()
    kept = {name: columns for name, columns in tables.items() if name in present}
    return Records(_numbered(rows(path, kept)), notices=notices)


def _numbered(rows: Iterator[Any]) -> Iterator[tuple[int, Any]]:
    yield from enumerate(rows, 1)


def _members(path: Path) -> dict[str, zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
    except zipfile.BadZipFile as error:
        raise UnreadableFile(f"{path.name} : {CUT_WORDS}") from error
    refuse_hostile(path, [member.filename for member in members])
    return {PurePosixPath(m.filename).stem: m for m in members if m.filename.lower().endswith(".csv")}


def _zipped_rows(path: Path, tables: Tables) -> Iterator[Any]:
    members = _members(path)
    for table, columns in tables.items():
        with inflated_member(path, members[table]) as extracted:
            records = read_csv(extracted, required=columns[:1])
            found = [name for name in columns if name in records.columns]
            blank = {"table": table} | dict.fromkeys(columns, "")
            kept = partial(_kept, blank, found)
            for _, row in records.rows:
                yield converted(row, kept)


def _kept(blank: dict[str, str], found: list[str], row: dict[str, str]) -> dict[str, str]:
    return blank | {name: row[name] for name in found}


def _tables_of(path: Path) -> set[str]:
    """Give the ordinary tables of the file: a view or a virtual table could run what its author wants."""
    with closing(_connected(path)) as database:
        try:
            made = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
        except sqlite3.DatabaseError as error:
            raise UnreadableFile(f"{path.name} : GeoPackage abîmé") from error
    return {name for name, sql in made if str(sql).upper().startswith("CREATE TABLE")}


def _geopackage_rows(path: Path, tables: Tables) -> Iterator[Any]:
    with closing(_connected(path)) as database:
        try:
            for table, columns in tables.items():
                # the names are ours, not the file's
                known = {row[1] for row in database.execute(f'PRAGMA table_info("{table}")')}
                found = [name for name in columns if name in known]
                if columns[0] not in found:
                    raise UnreadableFile(f"{path.name} : la table {table} n’a pas de colonne {columns[0]}")
                names = ", ".join(f'"{name}"' for name in found)
                blank = {"table": table} | dict.fromkeys(columns, "")
                for values in database.execute(f'SELECT {names} FROM "{table}"'):  # noqa: S608
                    yield blank | dict(zip(found, values, strict=True))
        except sqlite3.DatabaseError as error:
            raise UnreadableFile(f"{path.name} : GeoPackage abîmé") from error


def _connected(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    database.execute("PRAGMA trusted_schema = OFF")
    database.text_factory = lambda content: content.decode("utf-8", "replace")
    return database
