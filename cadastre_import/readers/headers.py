"""Columns under one spelling, for files that are published with two: « N°DPE » then « numero_dpe »."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from cadastre_import.readers.delimited import read_csv
from cadastre_import.source import Records, converted
from layers.errors import UnreadableFile

LONGEST = 63  # where PostgreSQL cuts a name, and with it the portals that publish its tables


def plain_header(name: str) -> str:
    """Give a header in lower case without accents, words joined by underscores, cut at 63 characters."""
    decomposed = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    return "_".join(re.findall("[a-z0-9]+", kept))[:LONGEST]


def read_spelt(
    path: Path,
    wanted: tuple[str, ...],
    *,
    required: tuple[str, ...],
    aliases: Mapping[str, str] | None = None,
) -> Records:
    """Read the ``wanted`` columns of a CSV under their plain names, empty where the file has not got them.

    ``aliases`` are plain names that an older file uses. Raises UnreadableFile if a required one is absent.
    """
    records = read_csv(path, required=())
    names: dict[str, str] = {}
    for header in sorted(records.columns):
        plain = plain_header(header)
        names.setdefault((aliases or {}).get(plain, plain), header)
    if missing := [name for name in required if name not in names]:
        columns = "la colonne" if len(missing) == 1 else "les colonnes"
        raise UnreadableFile(f"{path.name} : il manque {columns} « {' », « '.join(missing)} »")
    found = [(name, names[name]) for name in wanted if name in names]
    absent = {name: "" for name in wanted if name not in names}
    columns = frozenset(name for name, _ in found)
    return replace(records, rows=_renamed(records, found, absent), columns=columns)


def _renamed(
    records: Records, found: list[tuple[str, str]], absent: dict[str, str]
) -> Iterator[tuple[int, Any]]:
    def spelt(row: dict[str, str]) -> dict[str, str]:
        return absent | {name: row[header] for name, header in found}

    for line, row in records.rows:
        yield line, converted(row, spelt)
