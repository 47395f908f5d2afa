"""CSV as administrations write it: semicolon or comma, UTF-8 with or without BOM, UTF-16 or Windows-1252."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from cadastre_import.readers.opening import open_bytes
from cadastre_import.rows import UNREADABLE
from cadastre_import.source import LONGEST_UNREAD, Records, Unread, converted
from layers.errors import UnreadableFile

HEAD = 64 * 1024
DOUBLE_ENCODED = re.compile("Ã[©¨ª«§®´¹»¢\xa0]")
FEW_ACCIDENTS = 3
ENCODINGS = {"utf-16": "UTF-16 (« texte Unicode » d’Excel)", "cp1252": "Windows-1252"}
csv.field_size_limit(1_000_000)
# Columns that cadastre_import.rejects adds; the first tells a file of rejects
REASON = "motif du rejet"
LINE = "ligne d’origine"
FORMULA = re.compile(r"[=+\-@\t\r]")
GUARDED = re.compile(r"'[=+\-@\t\r]")


def read_csv(
    path: Path, *, required: tuple[str, ...], known: Iterable[str] = (), skip_lines: int = 0
) -> Records:
    """Read rows as dictionaries, numbered by their line in the file.

    The names of the ``required`` and ``known`` columns are recognised whatever their case and their spaces. A row
    with more or fewer fields than the header comes as ``Unread``, to be rejected. Raises UnreadableFile if a
    required column is absent.
    """
    return given_back(_table(path, required, known, skip_lines))


def read_rejects(path: Path) -> Iterator[tuple[int, str, Any]]:
    """Give the line in the original file, the reason and the record of each row of a table of rejects."""
    with open_bytes(path) as stream:
        head = stream.read(HEAD)
    above = next((n for n, line in enumerate(head.splitlines()) if REASON.encode() in line), 0)
    for number, row in _table(path, (REASON, LINE), (), above).rows:
        if isinstance(row, Unread) or not row[LINE].isdecimal():
            raise UnreadableFile(f"{path.name}, ligne {number} : « {LINE} » n’est plus lisible")
        ((_, record),) = _corrected([(number, row)])
        yield int(row[LINE]), _unguarded(row[REASON]), record


def _table(path: Path, required: tuple[str, ...], known: Iterable[str], skip_lines: int) -> Records:
    with open_bytes(path) as stream:
        head = stream.read(HEAD)
    if not head.strip():
        raise UnreadableFile(f"{path.name} : fichier vide")
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise UnreadableFile(
            f"{path.name} : classeur Excel ; donnez-le sous son nom (.xlsx), ou enregistrez-le en CSV (UTF-8)"
        )
    encoding = _encoding(head)
    if len(DOUBLE_ENCODED.findall(head.decode(encoding, errors="ignore"))) >= FEW_ACCIDENTS:
        raise UnreadableFile(
            f"{path.name} : accents encodés deux fois (« AllÃ©e » pour « Allée ») ; reprenez le fichier du producteur"
        )
    lines = head.decode(encoding, errors="ignore").splitlines()[skip_lines:]
    first = lines[0] if lines else ""
    delimiter = max(";,\t|", key=first.count)
    header = named_columns(path, next(csv.reader([first], delimiter=delimiter)), required, known)
    records = Records(_rows(path, encoding, delimiter, header, skip_lines), columns=frozenset(header))
    notices = () if encoding.startswith("utf-8") else (f"encodage {ENCODINGS[encoding]}, lu en UTF-8",)
    return replace(records, notices=notices)


def given_back(records: Records) -> Records:
    """Give what a table holds; if it is one of rejects, without what was added to it.

    A line that could not be read stays so as long as its text stands beside its fields.
    """
    if REASON not in records.columns:
        return records
    columns = records.columns - {REASON, LINE, UNREADABLE}
    return replace(records, rows=_corrected(records.rows), columns=columns, is_complement=True)


def named_columns(
    path: Path, written: Iterable[str], required: Iterable[str], known: Iterable[str]
) -> list[str]:
    """Give the columns of a header under their known names; raises UnreadableFile if a required one is absent."""
    required = tuple(required)
    spellings = {_spelling(name): name for name in (*known, *required)}
    header = [spellings.get(_spelling(name), name.replace("\xa0", " ").strip()) for name in written]
    if missing := [name for name in required if name not in header]:
        columns = "la colonne" if len(missing) == 1 else "les colonnes"
        raise UnreadableFile(f"{path.name} : il manque {columns} « {' », « '.join(missing)} »")
    if doubles := {name for name in header if name and header.count(name) > 1}:
        raise UnreadableFile(f"{path.name} : colonne en double « {doubles.pop()} »")
    return header


def _rows(
    path: Path, encoding: str, delimiter: str, header: list[str], skip_lines: int
) -> Iterator[tuple[int, dict[str, str] | Unread]]:
    with open_bytes(path) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        for _ in range(skip_lines):
            text.readline()
        written: list[str] = []  # the lines of the record at hand
        reader = csv.reader(_remembered(text, written), delimiter=delimiter)
        next(reader)
        written.clear()
        try:
            for row in reader:
                # the line on which the record ends: a quoted field may hold line breaks
                line = reader.line_num + skip_lines
                if len(row) == len(header):
                    yield line, dict(zip(header, row, strict=True))
                elif row:
                    yield line, _unread("".join(written), header, row)
                written.clear()
        except csv.Error as error:
            line = reader.line_num + skip_lines
            raise UnreadableFile(
                f"{path.name} : champ de plus d’un million de caractères vers la ligne {line} ; "
                "un guillemet n’est sans doute pas refermé"
            ) from error


def _remembered(lines: Iterable[str], written: list[str]) -> Iterator[str]:
    for line in lines:
        written.append(line)
        yield line


def _unread(written: str, header: list[str], row: list[str]) -> Unread:
    """Keep a row of another length as it is written, and its fields where they came, unless they are too long."""
    line = Unread.line(written.rstrip("\r\n").encode())
    came = dict(zip(header, row, strict=False)) if len(written) <= LONGEST_UNREAD else {}
    return replace(line, record=dict.fromkeys(header, "") | came)


def _corrected(rows: Iterable[tuple[int, Any]]) -> Iterator[tuple[int, Any]]:
    for line, row in rows:
        sent = converted(row, _as_sent)
        unread = isinstance(row, dict) and _unguarded(row.get(UNREADABLE, ""))
        yield line, Unread(unread, sent) if unread else sent


def _as_sent(row: dict[str, str]) -> dict[str, str]:
    return {name: _unguarded(value) for name, value in row.items() if name not in (REASON, LINE, UNREADABLE)}


def _unguarded(value: str) -> str:
    """Take off the apostrophe that ``guarded`` puts before what a spreadsheet would run."""
    return value[1:] if GUARDED.match(value) else value


def guarded(value: str) -> str:
    """Give a value that no spreadsheet takes for a formula."""
    return f"'{value}" if FORMULA.match(value) else value


def _spelling(name: str) -> str:
    return " ".join(name.replace("\xa0", " ").split()).casefold()


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
