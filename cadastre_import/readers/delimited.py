"""CSV as administrations write it: semicolon or comma, UTF-8 with or without BOM, UTF-16 or Windows-1252."""

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from cadastre_import.readers.opening import open_bytes
from cadastre_import.source import Records
from layers.errors import UnreadableFile

HEAD = 64 * 1024
DOUBLE_ENCODED = re.compile("Ã[©¨ª«§®´¹»¢\xa0]")
FEW_ACCIDENTS = 3
ENCODINGS = {"utf-16": "UTF-16 (« texte Unicode » d’Excel)", "cp1252": "Windows-1252"}
csv.field_size_limit(1_000_000)
REASON = "motif du rejet"  # the column that tells a file of rejects, written by cadastre_import.rejects
FORMULA = re.compile(r"[=+\-@\t\r]")
GUARDED = re.compile(r"'[=+\-@\t\r]")


def read_csv(
    path: Path, *, required: tuple[str, ...], known: Iterable[str] = (), skip_lines: int = 0
) -> Records:
    """Read rows as dictionaries, numbered by their line in the file.

    The names of the ``required`` and ``known`` columns are recognised whatever their case and their spaces. A row
    with more or fewer fields than the header comes as None, for the parser to reject. Raises UnreadableFile if a
    required column is absent.
    """
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
    rows = _rows(path, encoding, delimiter, header, skip_lines)
    if REASON in header:
        rows = _unquoted(rows)
    notices = () if encoding.startswith("utf-8") else (f"encodage {ENCODINGS[encoding]}, lu en UTF-8",)
    return Records(rows, columns=frozenset(header), notices=notices, is_complement=REASON in header)


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
) -> Iterator[tuple[int, dict[str, str] | None]]:
    with open_bytes(path) as stream:
        text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline="")
        for _ in range(skip_lines):
            text.readline()
        reader = csv.reader(text, delimiter=delimiter)
        next(reader)
        try:
            for row in reader:
                if not row:
                    continue
                # the line on which the record ends: a quoted field may hold line breaks
                line = reader.line_num + skip_lines
                yield line, dict(zip(header, row, strict=True)) if len(row) == len(header) else None
        except csv.Error as error:
            line = reader.line_num + skip_lines
            raise UnreadableFile(
                f"{path.name} : champ de plus d’un million de caractères vers la ligne {line} ; "
                "un guillemet n’est sans doute pas refermé"
            ) from error


def _unquoted(
    rows: Iterator[tuple[int, dict[str, str] | None]],
) -> Iterator[tuple[int, dict[str, str] | None]]:
    """Take off the apostrophe that ``guarded`` puts before what a spreadsheet would run: our own file comes back."""
    for line, row in rows:
        yield (
            line,
            row and {name: value[1:] if GUARDED.match(value) else value for name, value in row.items()},
        )


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
