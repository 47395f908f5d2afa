"""Archives opened without believing them: what they say of their names, their number and their sizes is checked."""

import codecs
import re
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import IO

from cadastre_import.readers import ogr
from cadastre_import.source import Records
from layers.errors import UnreadableFile

ZIP_MAGIC = b"PK\x03\x04"
MAX_MEMBERS = 200
MAX_INFLATED = 2 * 1024**3
CHUNK = 1024 * 1024
LOOKED_AT = 8 * 1024 * 1024
NESTED = (".zip", ".7z", ".tar", ".gz", ".bz2", ".rar", ".tgz", ".xz")
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
NEEDED_PARTS = (".shp", ".shx", ".dbf")
SHAPEFILE = "ESRI Shapefile"
OUTSIDE = re.compile(r"(^[/\\])|(^[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)|\\")


def read_zipped_shapefile(path: Path, layers: Sequence[str] = ()) -> Records:
    """Read the only Shapefile of a zip, or the one of several whose name, lower case, is in ``layers``.

    Without a .prj its projection is unknown.
    """
    with _shapefile(path, layers) as layer_file:
        layer = ogr.describe(layer_file, SHAPEFILE, name=path.name)
    srid, problem = ogr.accepted_srid(layer.crs)
    if layer.crs is None:
        problem = "projection absente (il n’y a pas de .prj)"
    return Records(_features(path, layers), srid=srid, srid_problem=problem)


def _features(path: Path, layers: Sequence[str]) -> Iterator[tuple[int, object]]:
    with _shapefile(path, layers) as layer_file:
        # GDAL numbers the records of a Shapefile from 0, a reader of the file from 1
        for number, feature in ogr.features(layer_file, SHAPEFILE, name=path.name):
            yield number + 1, feature


@contextmanager
def _shapefile(path: Path, layers: Sequence[str]) -> Iterator[Path]:
    """Extract the parts of the Shapefile, under names of ours, for as long as they are read."""
    try:
        with zipfile.ZipFile(path) as archive, TemporaryDirectory(prefix="geo_lhi_") as folder:
            parts = _parts(path, archive, layers)
            room = MAX_INFLATED
            for suffix, member in parts.items():
                with archive.open(member) as content:
                    room = copy_out(path, content, Path(folder, f"layer{suffix}"), room)
            if ".cpg" not in parts:
                Path(folder, "layer.cpg").write_text(_code_page(Path(folder, "layer.dbf")))
            yield Path(folder, "layer.shp")
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(f"{path.name} : archive zip abîmée ou protégée par un mot de passe") from error


def _parts(path: Path, archive: zipfile.ZipFile, layers: Sequence[str]) -> dict[str, zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    refuse_hostile(path, [member.filename for member in members])
    shapes = [member.filename[:-4] for member in members if member.filename.lower().endswith(".shp")]
    if len(shapes) > 1:
        shapes = [stem for stem in shapes if PurePosixPath(stem).name.casefold() in layers] or shapes
    if len(shapes) != 1:
        raise UnreadableFile(f"{path.name} : {len(shapes)} Shapefile dans l’archive, un seul est attendu")
    stem = shapes[0].lower()
    named = {member.filename.lower(): member for member in members}
    parts = {suffix: named[stem + suffix] for suffix in SHAPEFILE_PARTS if stem + suffix in named}
    if missing := [suffix for suffix in NEEDED_PARTS if suffix not in parts]:
        raise UnreadableFile(f"{path.name} : il manque le fichier {' et le '.join(missing)} du Shapefile")
    return parts


@contextmanager
def inflated_member(path: Path, member: zipfile.ZipInfo) -> Iterator[Path]:
    """Extract one member of a zip, under a name of ours, for as long as it is read."""
    try:
        with zipfile.ZipFile(path) as archive, TemporaryDirectory(prefix="geo_lhi_") as folder:
            extracted = Path(folder, f"{path.name} – {Path(member.filename).name}")
            with archive.open(member) as content:
                copy_out(path, content, extracted, MAX_INFLATED)
            yield extracted
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(f"{path.name} : archive zip abîmée ou protégée par un mot de passe") from error


def _code_page(table: Path) -> str:
    """Tell UTF-8 from Windows-1252 where the Shapefile does not: GDAL would read ISO-8859-1, which has no Œ."""
    with table.open("rb") as stream:
        header = stream.read(32)
        stream.seek(int.from_bytes(header[8:10], "little"))
        records = stream.read(LOOKED_AT)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(records)
    except UnicodeDecodeError:
        return "1252"
    return "UTF-8"


def copy_out(path: Path, source: IO[bytes], target: Path, room: int) -> int:
    """Write a member and give the room that is left: bytes are counted as they come, announced sizes may lie."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as copy:
        while chunk := source.read(CHUNK):
            room -= len(chunk)
            if room < 0:
                raise UnreadableFile(f"{path.name} : trop grand une fois décompressé")
            copy.write(chunk)
    return room


def refuse_hostile(path: Path, names: list[str]) -> None:
    """Refuse an archive of too many files, one that holds archives, or one whose names lead out of it."""
    if len(names) > MAX_MEMBERS:
        raise UnreadableFile(f"{path.name} : {len(names)} fichiers dans l’archive, {MAX_MEMBERS} au plus")
    if outside := [name for name in names if OUTSIDE.search(name)]:
        raise UnreadableFile(f"{path.name} : chemin interdit dans l’archive {outside[0][:80]!r}")
    if nested := [name for name in names if name.lower().endswith(NESTED)]:
        raise UnreadableFile(f"{path.name} : archive dans l’archive {nested[0][:80]!r} ; extrayez-la d’abord")


@contextmanager
def extracted_tar(path: Path) -> Iterator[Path]:
    """Extract a tar (bzip2 or not) for as long as it is read; links and paths out of the folder are refused.

    Member by member and not ``extractall(filter="data")``, which the Python 3.11.2 of Debian 12 does not have.
    """
    try:
        with tarfile.open(path) as archive, TemporaryDirectory(prefix="geo_lhi_") as folder:
            names: list[str] = []
            room = MAX_INFLATED
            for member in archive:
                if not (member.isfile() or member.isdir()):
                    raise UnreadableFile(f"{path.name} : l’archive contient autre chose que des fichiers")
                content = archive.extractfile(member)
                if content is None:
                    continue
                names.append(member.name)
                refuse_hostile(path, names)
                room = copy_out(path, content, Path(folder, member.name), room)
            yield Path(folder)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise UnreadableFile(f"{path.name} : archive tar vide, tronquée ou abîmée") from error
