"""Rejects given back with the file they come from, for the sources to which they say nothing alone.

A dwelling of the RPLS is one of its address, a row of DVF one of its sale: taken alone, it would stand for the whole.
A file of such rejects is therefore read as the original, each refused record replaced with what was made of it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import shapely

from cadastre_import.delivery import file_digest
from cadastre_import.readers.delimited import LINE, REASON, read_rejects
from cadastre_import.readers.geojson import read_geojson
from cadastre_import.readers.opening import open_bytes
from cadastre_import.rows import content_of
from cadastre_import.source import Records, Source
from layers.errors import UnreadableFile
from layers.models import ImportReject, ImportRun

Originals = Callable[[str], Path | None]
HEAD = 64 * 1024
NUMBER = re.compile(r"-rejets-(\d{1,9})\.")


@dataclass(frozen=True)
class Completed:
    """What to read instead of a file of rejects: the original, by a source that puts the corrections in it."""

    source: Source
    path: Path
    run: ImportRun


def nothing_kept(digest: str) -> None:
    """Find no original."""


def is_given_back(path: Path) -> bool:
    """Say whether a file was written by ``cadastre_import.rejects``."""
    with open_bytes(path) as stream:
        head = stream.read(HEAD)
    return REASON.encode() in head


def completed(source: Source, path: Path, originals: Originals, before: int | None = None) -> Completed:
    """Find the import that refused the records of ``path``, and its file by ``originals`` (digest to path).

    That file may itself be one of rejects, completed in the same way from an import ``before`` that one. Raises
    UnreadableFile.
    """
    given = list(_given(path))
    run = _refusing(source, given, path, before)
    original = originals(run.sha256)
    if original is None:
        raise UnreadableFile(
            f"{path.name} : ces lignes se reprennent avec leur fichier d’origine, « {run.file_name} », "
            "qui n’est plus gardé ; donnez-le de nouveau, puis ces rejets"
        )
    if is_given_back(original):
        whole = completed(source, original, originals, run.pk)
        source, original = whole.source, whole.path
    corrections = _by_content(run, given)
    put_right = partial(_put_right, corrections, source.reject_fields)
    # In the rows of the file, then in what is made of them: either may have been refused
    read, reshape = source.read, source.reshape
    return Completed(
        replace(
            source,
            read=lambda path: put_right(read(path)),
            reshape=reshape and (lambda records: put_right(reshape(records))),
        ),
        original,
        run,
    )


def _given(path: Path) -> Iterator[tuple[int, str, Any]]:
    """Give the line, the reason and the record of each reject."""
    with open_bytes(path) as stream:
        is_json = stream.read(HEAD).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{")
    if not is_json:
        yield from read_rejects(path)
        return
    for _, feature in read_geojson(path).rows:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict) or not isinstance(properties.get(LINE), int):
            raise UnreadableFile(f"{path.name} : « {LINE} » manque à un objet ; laissez cette propriété")
        told = {name: value for name, value in properties.items() if name not in (REASON, LINE)}
        yield properties[LINE], str(properties.get(REASON)), {**feature, "properties": told}


def _refusing(source: Source, given: list[tuple[int, str, Any]], path: Path, before: int | None) -> ImportRun:
    """Find the import that refused all of these lines: that of the file's name, or the newest for these reasons.

    Never that of the file itself, which may have been given back as it was.
    """
    asked = {(line, reason) for line, reason, _ in given}
    runs = ImportRun.objects.filter(source=source.name, status=ImportRun.Status.DONE, rejected__gt=0)
    runs = runs.filter(pk__lt=before) if before else runs.exclude(sha256=file_digest(path))
    if named := NUMBER.search(path.name):
        lines = {line for line, _ in asked}
        for run in runs.filter(pk=named[1]):
            if lines <= set(run.rejects.values_list("line", flat=True)):
                return run
    for run in runs.order_by("-pk"):
        if asked <= set(run.rejects.values_list("line", "reason")):
            return run
    raise UnreadableFile(
        f"{path.name} : aucun import de cette source n’a refusé ces lignes pour ces motifs ; "
        f"laissez les colonnes « {REASON} » et « {LINE} » telles quelles"
    )


def _by_content(run: ImportRun, given: list[tuple[int, str, Any]]) -> dict[tuple[int, str], Any]:
    """Give the correction of each refused record, by its line and what it was: a line may hold several.

    Several of a line are told apart by their reasons; that of a record alone on its line may have been written over.
    """
    waiting: dict[int, list[tuple[str, Any]]] = {}
    for line, reason, record in given:
        waiting.setdefault(line, []).append((reason, record))
    refused: dict[int, list[ImportReject]] = {}
    for reject in run.rejects.exclude(content="").filter(line__in=waiting).order_by("line", "pk"):
        refused.setdefault(reject.line, []).append(reject)
    corrections = {}
    for line, rejects in refused.items():
        records = waiting[line]
        alone = len(rejects) == len(records) == 1
        for reject in rejects:
            same = (n for n, (reason, _) in enumerate(records) if alone or reason == reject.reason)
            if (found := next(same, None)) is not None:
                corrections[line, reject.content] = records.pop(found)[1]
    return corrections


def _put_right(corrections: Mapping[tuple[int, str], Any], kept: frozenset[str], records: Records) -> Records:
    return replace(records, rows=_replaced(records.rows, corrections, kept))


def _replaced(
    rows: Any, corrections: Mapping[tuple[int, str], Any], kept: frozenset[str]
) -> Iterator[tuple[int, Any]]:
    lines = {line for line, _ in corrections}
    for line, record in rows:
        if line in lines and (correction := corrections.get((line, content_of(record, kept)))) is not None:
            yield line, _merged(record, correction)
        else:
            yield line, record


def _merged(record: Any, correction: Any) -> Any:
    """Put a correction in a record, which may have fields that its reject could not keep."""
    if not isinstance(record, dict) or not isinstance(correction, dict):
        return correction
    if isinstance(record.get("properties"), dict) and isinstance(correction.get("properties"), dict):
        drawn = correction.get("geometry")
        is_shape = drawn and isinstance(record.get("geometry"), shapely.Geometry)
        geometry = shapely.geometry.shape(drawn) if is_shape else drawn or record.get("geometry")
        return {"properties": {**record["properties"], **correction["properties"]}, "geometry": geometry}
    return {**record, **correction}
