"""The sheets of the plan in EDIGEO: a tar alone, or the hundreds of tars that a département's zip holds.

A zip of archives is refused everywhere else; here only members that bear the official name of a sheet are opened,
one at a time, under that name alone, and their size is counted as it comes.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from cadastre_import import fields
from cadastre_import.readers.archives import ZIP_MAGIC, copy_out
from layers.errors import UnreadableFile

SHEET = re.compile(rf"edigeo-(?:cc-)?(?P<sheet>(?:{fields.COMMUNE.pattern})[0-9A-Z]{{7}})\b.{{0,40}}")
MAX_SHEETS = 20_000
MAX_SHEET = 256 * 1024**2
EMPTY_SHEET = 4096  # the DGFiP publishes sheets of nothing


@dataclass(frozen=True)
class Sheet:
    """A sheet: its identifier of 12 characters, and where its tar is for the moment, under its official name."""

    code: str
    path: Path


def is_zip(path: Path) -> bool:
    """Say whether the file is a zip, by its first bytes."""
    with path.open("rb") as stream:
        return stream.read(len(ZIP_MAGIC)) == ZIP_MAGIC


def sheets_of(path: Path) -> Iterator[Sheet]:
    """Give the sheets of a file; one of a zip is there until the next is asked for."""
    if is_zip(path):
        yield from _in_zip(path)
        return
    named = SHEET.fullmatch(path.name)
    if named is None:
        raise UnreadableFile(
            f"{path.name} : le nom officiel est attendu (edigeo-25354000AK01.tar.bz2), il donne le département"
        )
    yield Sheet(named["sheet"], path)


def _in_zip(path: Path) -> Iterator[Sheet]:
    try:
        with zipfile.ZipFile(path) as archive:
            found = [
                (named["sheet"], member)
                for member in archive.infolist()
                if (named := SHEET.fullmatch(PurePosixPath(member.filename).name))
            ]
            if not found:
                raise UnreadableFile(f"{path.name} : aucune feuille EDIGEO dans l’archive (edigeo-….tar.bz2)")
            if len(found) > MAX_SHEETS:
                raise UnreadableFile(f"{path.name} : {len(found)} feuilles, {MAX_SHEETS} au plus")
            for code, member in sorted(found, key=lambda pair: pair[1].filename):
                if member.file_size < EMPTY_SHEET:
                    continue
                with TemporaryDirectory(prefix="geo_lhi_") as folder:
                    tar = Path(folder, PurePosixPath(member.filename).name)
                    with archive.open(member) as content:
                        copy_out(path, content, tar, MAX_SHEET)
                    yield Sheet(code, tar)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(f"{path.name} : archive zip abîmée ou protégée par un mot de passe") from error
