"""What an official file says of one commune, in the format that the sources read.

Written the same byte for byte while the content is the same: an extract already imported is then known by its digest,
even when the producer's file changed elsewhere.
"""

import csv
import gzip
import io
import os
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson

from cadastre_import import fields
from cadastre_import.fetching.contents import data_member, document
from cadastre_import.readers.opening import open_bytes
from cadastre_import.sources.cog import SIREN
from layers.errors import InvalidRow, UnreadableFile

Extent = tuple[float, float, float, float]
Extract = Callable[[Path, Mapping[str, Path]], dict[str, int]]
NEARBY_DEG = 0.2  # contours of the IGN and of the cadastre differ by metres, swapped axes by thousands of km


def communes(answer: Path, target: Path) -> str:
    """Write the commune of the API Découpage administratif as the COG has it; give its EPCI, empty if none."""
    commune = _record(document(answer), answer)
    _write(
        target,
        [
            {
                "code": commune.get("code"),
                "nom": commune.get("nom"),
                "type": commune.get("type") or "commune-actuelle",
                "departement": commune.get("codeDepartement"),
                "codesPostaux": commune.get("codesPostaux"),
                "population": commune.get("population"),
            }
        ],
    )
    return _code(commune.get("codeEpci"), SIREN, answer) if commune.get("codeEpci") else ""


def epci(answer: Path, members: Path, target: Path) -> None:
    """Write an EPCI and its communes as the COG has them."""
    record = _record(document(answer), answer)
    codes = member_codes(members)
    _write(
        target,
        [
            {
                "code": record.get("code"),
                "nom": record.get("nom"),
                "type": record.get("type"),
                "membres": [{"code": code} for code in codes],
            }
        ],
    )


def member_codes(members: Path) -> list[str]:
    """Give the codes of the communes of an EPCI, sorted."""
    records = document(members)
    if not isinstance(records, list) or not records:
        raise UnreadableFile(f"{members.name} : une liste de communes est attendue")
    return sorted(_code(_record(record, members).get("code"), fields.COMMUNE, members) for record in records)


def iris(answer: Path, target: Path, extent: Extent | None) -> int:
    """Write the IRIS of a WFS answer without what changes at each answer; give their number.

    ``extent`` is that of the commune where it is known: IRIS drawn elsewhere are refused.
    """
    features = [_record(feature, answer) for feature in document(answer)["features"]]
    features.sort(key=lambda feature: orjson.dumps(feature.get("properties"), option=orjson.OPT_SORT_KEYS))
    for feature in features:
        _refuse_elsewhere(_first_position(feature.get("geometry")), extent, answer)
    lines = b",\n".join(
        orjson.dumps(
            {"type": "Feature", "properties": f.get("properties"), "geometry": f.get("geometry")},
        )
        for f in features
    )
    with _replacing(target) as stream:
        stream.write(b'{"type":"FeatureCollection","features":[\n' + lines + b"\n]}\n")
    return len(features)


def addresses(departement: Path, targets: Mapping[str, Path]) -> dict[str, int]:
    """Write the rows of each commune of ``targets`` (code → file); give their numbers."""
    with open_bytes(departement) as stream, ExitStack() as stack:
        rows = _rows(io.TextIOWrapper(stream, encoding="utf-8", newline=""), departement)
        header = next(rows)
        column = [name.strip().casefold() for name in header].index("code_insee")
        writers = {code: stack.enter_context(_gzip_csv(path)) for code, path in targets.items()}
        for writer in writers.values():
            writer.writerow(header)
        counts = dict.fromkeys(targets, 0)
        for row in rows:
            code = row[column] if len(row) > column else ""
            if code in writers:
                writers[code].writerow(row)
                counts[code] += 1
    return counts


def dwellings(archive: Path, targets: Mapping[str, Path]) -> dict[str, int]:
    """Write the rows of the IRIS of each commune of ``targets`` (code → file); give their numbers.

    The bytes go through untouched (Latin-1 maps each to itself): the reader finds the encoding.
    """
    with zipfile.ZipFile(archive) as opened, opened.open(data_member(opened.namelist())) as stream:
        rows = _rows(io.TextIOWrapper(stream, encoding="latin-1", newline=""), archive)
        header = next(rows, [])
        names = [name.removeprefix("ï»¿") for name in header]
        if "IRIS" not in names:
            raise UnreadableFile(f"{archive.name} : il manque la colonne « IRIS »")
        column = names.index("IRIS")
        kept: dict[str, list[list[str]]] = {code: [] for code in targets}
        for row in rows:
            if len(row) > column and row[column][:5] in kept:
                kept[row[column][:5]].append(row)
    for code, path in targets.items():
        with _replacing(path) as raw, io.TextIOWrapper(raw, encoding="latin-1", newline="") as text:
            csv.writer(text, delimiter=";", lineterminator="\n").writerows([header, *kept[code]])
    return {code: len(rows) for code, rows in kept.items()}


def made_from(target: Path, origin: str) -> bool:
    """Say whether the extract exists and was made from the file of this digest."""
    try:
        return target.is_file() and _origin(target).read_text() == origin
    except OSError:
        return False


def remember(target: Path, origin: str) -> None:
    """Note the digest of the file that the extract was made from."""
    _origin(target).write_text(origin)


def _origin(target: Path) -> Path:
    return target.with_name(f".{target.name}.origin")


def _rows(text: Iterable[str], path: Path) -> Iterator[list[str]]:
    try:
        yield from csv.reader(text, delimiter=";")
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFile(f"{path.name} : CSV illisible ({error})") from error


def _record(value: Any, path: Path) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise UnreadableFile(f"{path.name} : un objet JSON est attendu")
    return value


def _code(value: Any, pattern: re.Pattern[str], path: Path) -> str:
    """Give a code that has its form: codes become names of folders and parts of URLs."""
    try:
        return fields.code(value, pattern, "code")
    except InvalidRow as error:
        raise UnreadableFile(f"{path.name} : {error}") from None


def _first_position(geometry: Any) -> tuple[float, float] | None:
    inner = geometry.get("coordinates") if isinstance(geometry, Mapping) else None
    while isinstance(inner, list) and inner and isinstance(inner[0], list):
        inner = inner[0]
    return (inner[0], inner[1]) if isinstance(inner, list) and len(inner) > 1 else None


def _refuse_elsewhere(position: tuple[float, float] | None, extent: Extent | None, path: Path) -> None:
    if position is None or extent is None:
        return
    (x, y), (west, south, east, north) = position, extent
    if not (west - NEARBY_DEG <= x <= east + NEARBY_DEG and south - NEARBY_DEG <= y <= north + NEARBY_DEG):
        raise UnreadableFile(f"{path.name} : IRIS dessinés hors de la commune ({x}, {y}), axes inversés ?")


def _write(target: Path, records: list[dict[str, Any]]) -> None:
    with _replacing(target) as stream:
        stream.write(orjson.dumps(records))


@contextmanager
def _gzip_csv(target: Path) -> Iterator[Any]:
    """Give a CSV writer; no name and no date enter the archive, so that equal rows make equal bytes."""
    with (
        _replacing(target) as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="") as text,
    ):
        yield csv.writer(text, delimiter=";", lineterminator="\n")


@contextmanager
def _replacing(target: Path) -> Iterator[Any]:
    """Write beside ``target`` and take its place only when everything went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f"{target.name}.new")
    try:
        with draft.open("wb") as stream:
            yield stream
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    os.replace(draft, target)
