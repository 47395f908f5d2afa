"""Excel workbooks (.xlsx), known by their content and read in a process of their own; anything else is a CSV."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from cadastre_import.readers.archives import CHUNK, ZIP_MAGIC, refuse_hostile
from cadastre_import.readers.delimited import given_back, named_columns, read_csv
from cadastre_import.source import Records
from layers.errors import UnreadableFile

CHILD = Path(__file__).with_name("workbook_child.py")
CONTENT_TYPES = "[Content_Types].xml"
MAX_INFLATED = 512 * 1024**2
KEPT_ENVIRONMENT = ("PATH", "HOME", "LD_LIBRARY_PATH")
EPOCH = date(1899, 12, 30)  # Excel counts days from here, since it believes that 1900 was a leap year
SERIALS = range(20_000, 80_000)  # 1954 to 2119


def read_table(
    path: Path,
    *,
    required: tuple[str, ...],
    known: Iterable[str] = (),
    skip_lines: int = 0,
    dates: Iterable[str] = (),
) -> Records:
    """Read a CSV or a workbook, told apart by its first bytes; the columns are named as ``read_csv`` does.

    ``dates`` are the columns where a bare number is a day of Excel. Of several sheets, the first that has the
    required columns is read.
    """
    with path.open("rb") as stream:
        if stream.read(len(ZIP_MAGIC)) != ZIP_MAGIC or path.suffix.lower() in (".csv", ".txt"):
            return read_csv(path, required=required, known=known, skip_lines=skip_lines)
    _refuse_bomb(path)
    names = (tuple(required), tuple(known), skip_lines)
    with closing(_lines(path)) as lines:
        header = _header(path, lines, *names)
    rows = _rows(path, header, names, frozenset(dates))
    return given_back(Records(rows, columns=frozenset(filter(None, header))))


def _refuse_bomb(path: Path) -> None:
    """Inflate every member without keeping it: announced sizes may lie, and the child would take them all in."""
    room = MAX_INFLATED
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if CONTENT_TYPES not in names:
                raise UnreadableFile(f"{path.name} : archive zip qui n’est pas un classeur Excel")
            refuse_hostile(path, names)
            for member in archive.infolist():
                with archive.open(member) as source:
                    while chunk := source.read(CHUNK):
                        room -= len(chunk)
                        if room < 0:
                            raise UnreadableFile(
                                f"{path.name} : plus de {MAX_INFLATED // 1024**2} Mo une fois décompressé ; "
                                "enregistrez-le en CSV"
                            )
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(f"{path.name} : classeur abîmé ou protégé par un mot de passe") from error


def _header(
    path: Path, lines: Iterator[str], required: tuple[str, ...], known: tuple[str, ...], skip_lines: int
) -> list[str]:
    """Advance to the rows of the first sheet that has the required columns, and give its header.

    ``skip_lines`` rows of hints at most stand above it.
    """
    refusal, left = UnreadableFile(f"{path.name} : classeur vide"), 0
    for line in lines:
        told = json.loads(line)
        if isinstance(told, str):
            left = skip_lines + 1
        elif left:
            left -= 1
            try:
                return named_columns(path, told[1], required, known)
            except UnreadableFile as error:
                refusal = error
    raise refusal


def _rows(
    path: Path, header: list[str], names: tuple[Any, ...], dates: frozenset[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows by column; what stands beside the table, under no name, is left out."""
    with closing(_lines(path)) as lines:
        _header(path, lines, *names)
        for line in lines:
            told = json.loads(line)
            if isinstance(told, str):
                return
            number, cells = told
            named = ((name, cell) for name, cell in zip(header, cells, strict=False) if name)
            yield number, {name: _day(cell) if name in dates else cell for name, cell in named}


def _day(cell: str) -> str:
    """Give the day of an Excel serial number as it is typed in French; any other text as it is."""
    whole = cell.split(".", maxsplit=1)[0]
    if not (whole.isascii() and whole.isdigit() and len(whole) == 5 and int(whole) in SERIALS):
        return cell
    return f"{EPOCH + timedelta(days=int(whole)):%d/%m/%Y}"


def _lines(path: Path) -> Iterator[str]:
    """Run the child and give its lines; a child that fails makes the file unreadable, one left early is stopped."""
    child = subprocess.Popen(  # noqa: S603 - our own script, arguments as a list
        [sys.executable, "-I", str(CHILD), str(path.resolve())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={key: os.environ[key] for key in KEPT_ENVIRONMENT if key in os.environ},
        encoding="utf-8",
    )
    assert child.stdout is not None
    try:
        yield from child.stdout
        if child.wait() != 0:
            raise UnreadableFile(f"{path.name} : classeur abîmé, protégé, ou trop grand pour être lu")
    finally:
        child.kill()
        child.stdout.close()
        child.wait()
