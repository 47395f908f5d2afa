"""Imports a file whole or not at all; a bad record costs only itself.

Digest (the same file is not read twice) → staging by COPY → checks → one transaction that writes what changed,
closes what left, and keeps the rejects. Killed at any moment, the previous state stands.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import shapely
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from cadastre_import.geometry import Gated, from_geojson, gate_points, gate_polygons
from cadastre_import.source import ImportReport, Records, Source
from cadastre_import.staging import Staging
from layers.crs import ACCEPTED_SRIDS, WGS84
from layers.errors import GeoLhiError, InvalidRow, UnreadableFile
from layers.models import ImportReject, ImportRun

BATCH = 5_000
LONGEST_REJECT = 20_000

Progress = Callable[[Iterable[Any]], Iterable[Any]]


def run_import(
    source: Source,
    path: Path,
    *,
    millesime: date | None = None,
    srid: int | None = None,
    force: bool = False,
    progress: Progress = iter,
) -> ImportReport:
    """Import ``path`` by ``source`` and write an ``ImportRun``.

    ``millesime`` is the edition of the file, today if not given. ``srid`` is the projection of its coordinates,
    whatever the file says of it. ``force`` reads a file already imported again.
    Raises UnreadableFile (nothing was changed; the run says why).
    """
    if srid is not None and srid not in ACCEPTED_SRIDS:
        raise UnreadableFile(f"projection {srid} non acceptée ; acceptées : {sorted(ACCEPTED_SRIDS)}")
    if not path.is_file():
        raise UnreadableFile(f"{path} : fichier introuvable")
    digest = _digest(path)
    if not force and (same := _already_imported(source, digest)):
        return ImportReport(already_imported_on=timezone.localdate(same.ended_at))
    run = ImportRun.objects.create(
        source=source.name, file_name=path.name, sha256=digest, millesime=millesime or timezone.localdate()
    )
    try:
        report = _import(source, path, run, srid, progress)
    except GeoLhiError as error:
        run.status, run.message, run.ended_at = ImportRun.Status.FAILED, str(error), timezone.now()
        run.save()
        raise
    return report


def _import(source: Source, path: Path, run: ImportRun, srid: int | None, progress: Progress) -> ImportReport:
    records = source.read(path)
    if srid is not None:
        records = replace(records, srid=srid, notices=(*records.notices, f"projection imposée : EPSG:{srid}"))
    if records.srid is None:
        raise UnreadableFile(
            f"{path.name} : {records.srid_problem} ; relancez en donnant la projection : --srid 2154 (Lambert-93), "
            "--srid 4326 (degrés)…"
        )
    report = ImportReport(notices=[*records.notices])
    staging = Staging(source, absent=source.absent_from(records))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [source.table])
        _close_interrupted_runs(run)
        staging.create()
        _stage(source, records, staging, report, progress)
        if not report.read:
            raise UnreadableFile(f"{path.name} : aucun enregistrement")
        report.coverage = staging.coverage()
        _refuse_older_edition(source, run, report.coverage)
        report.notices += staging.correct()
        staging.check()
        staging.merge(run.millesime, report)
        report.rejects = sorted([*report.rejects, *_with_content(source, path, staging.rejects())])
        ImportReject.objects.bulk_create(
            ImportReject(run=run, line=line, reason=reason[:500], content=content[:LONGEST_REJECT])
            for line, reason, content in report.rejects
        )
        for name in ("read", "added", "changed", "unchanged", "closed", "coverage"):
            setattr(run, name, getattr(report, name))
        run.message = " ; ".join(report.notices)
        run.rejected, run.status, run.ended_at = len(report.rejects), ImportRun.Status.DONE, timezone.now()
        run.save()
    return report


def _close_interrupted_runs(run: ImportRun) -> None:
    """Say of runs that were killed that they were: under the lock of the table, none of them is still running."""
    killed = ImportRun.objects.filter(source=run.source, status=ImportRun.Status.RUNNING, pk__lt=run.pk)
    killed.update(
        status=ImportRun.Status.FAILED,
        message="import interrompu : l’état précédent est resté",
        ended_at=timezone.now(),
    )


def _stage(
    source: Source, records: Records, staging: Staging, report: ImportReport, progress: Progress
) -> None:
    rows = _parsed(source, progress(records.rows), report)
    position = next((i for i, c in enumerate(source.columns) if c.name == source.geometry), None)
    gate = gate_polygons if source.polygon else gate_points
    with staging.copying() as copy:
        while batch := list(islice(rows, BATCH)):
            if position is None:
                for line, values in batch:
                    copy.write_row((line, *values, False, None))
                continue
            gated = gate(_shapes([values[position] for _, values in batch]), records.srid or WGS84)
            for row in _with_geometry(batch, position, gated):
                copy.write_row(row)


def _parsed(
    source: Source, rows: Iterable[tuple[int, Any]], report: ImportReport
) -> Iterator[tuple[int, list[Any]]]:
    for line, record in rows:
        report.read += 1
        try:
            yield line, list(source.parse(record))
        except InvalidRow as error:
            report.rejects.append((line, str(error), _content(record)))


def _shapes(geometries: list[Any]) -> np.ndarray:
    """Give Shapely's objects: readers give GeoJSON objects, (lon, lat) pairs, or Shapely's own."""
    shapes = np.empty(len(geometries), dtype=object)
    documents = [i for i, geometry in enumerate(geometries) if isinstance(geometry, dict)]
    pairs = [i for i, geometry in enumerate(geometries) if isinstance(geometry, tuple)]
    others = [i for i, geometry in enumerate(geometries) if isinstance(geometry, shapely.Geometry)]
    if documents:
        shapes[documents] = from_geojson([geometries[i] for i in documents])
    if pairs:
        shapes[pairs] = shapely.points(np.array([geometries[i] for i in pairs], dtype=float))
    for i in others:
        shapes[i] = geometries[i]
    return shapes


def _with_geometry(
    batch: list[tuple[int, list[Any]]], position: int, gated: Gated
) -> Iterator[tuple[Any, ...]]:
    for (line, values), ewkb, reason, repaired in zip(
        batch, gated.ewkb, gated.reasons, gated.repaired, strict=True
    ):
        values[position] = ewkb if not reason else None
        yield (line, *values, bool(repaired), reason or None)


def _refuse_older_edition(source: Source, run: ImportRun, coverage: list[str]) -> None:
    if not source.closes:
        return
    newer = ImportRun.objects.filter(
        source=source.name,
        status=ImportRun.Status.DONE,
        coverage__overlap=coverage,
        millesime__gt=run.millesime,
    ).order_by("-millesime")
    if current := newer.first():
        raise UnreadableFile(
            f"{run.file_name} : édition du {run.millesime:%d/%m/%Y}, plus ancienne que celle en place "
            f"({current.millesime:%d/%m/%Y})"
        )


def _already_imported(source: Source, digest: str) -> ImportRun | None:
    """Give the run that imported this very file, unless another file has changed the same communes since."""
    done = ImportRun.objects.filter(source=source.name, status=ImportRun.Status.DONE)
    same = done.filter(sha256=digest).order_by("-pk").first()
    if same is None:
        return None
    later = done.filter(pk__gt=same.pk).exclude(sha256=digest)
    # A source that names no commune (epci.json, then ept.json) is told apart by the name of its files
    overlapping = Q(coverage__overlap=same.coverage) if same.coverage else Q(file_name=same.file_name)
    return None if later.filter(overlapping).exists() else same


def _with_content(
    source: Source, path: Path, refused: list[tuple[int, str]]
) -> Iterator[tuple[int, str, str]]:
    """Add the content of refused lines: read again rather than staged, rejects are few."""
    reasons = dict(refused)
    if not reasons:
        return
    last = max(reasons)
    for line, record in source.read(path).rows:
        if line in reasons:
            yield line, reasons[line], _content(record)
        if line >= last:
            return


def _content(record: Any) -> str:
    return orjson.dumps(record, default=str).decode() if record is not None else ""


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
