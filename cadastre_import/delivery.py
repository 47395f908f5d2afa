"""What one import takes in: the rows to stage and what is known of them, from a file or from a prepared partition."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cadastre_import.block_staging import stage_blocks
from cadastre_import.readers.geojson import FeatureLines
from cadastre_import.rows import Progress, content_of, open_records, parsed_batches
from cadastre_import.source import ImportReport, Source
from layers.crs import WGS84

if TYPE_CHECKING:
    from cadastre_import.staging import Staging


class Delivery(Protocol):
    """Rows of one source, and where they come from.

    ``part`` is the département that a partition is limited to, empty for a whole file: parts of one table are
    imported side by side, a whole file alone. ``srid`` is the projection of its coordinates, once it is open.
    """

    source: Source
    name: str
    digest: str
    part: str
    is_complement: bool
    srid: int | None

    def open(self) -> tuple[frozenset[str], list[str]]:
        """Give the columns that are not delivered, and what the reader changed. Raises UnreadableFile."""

    def stage(self, staging: "Staging", report: ImportReport) -> None:
        """Copy the rows into the staging table, count them and list those that could not be parsed."""

    def contents(self, lines: set[int]) -> Iterator[tuple[int, str]]:
        """Give the content of some lines, for their rejects."""


class FileDelivery:
    """A file, read and parsed while it is staged."""

    part = ""
    is_complement = False

    def __init__(
        self, source: Source, path: Path, *, srid: int | None = None, progress: Progress = iter
    ) -> None:
        """``srid`` is the projection of the file, whatever it says of it; ``progress`` wraps its records."""
        self.source, self.path, self.srid, self.progress = source, path, srid, progress
        self.name = path.name
        self.digest = file_digest(path)

    def open(self) -> tuple[frozenset[str], list[str]]:
        """Open the file: its projection must be known."""
        self.records = open_records(self.source, self.path, self.srid)
        self.srid = self.records.srid
        self.is_complement = self.records.is_complement
        return self.source.absent_from(self.records), [*self.records.notices]

    def stage(self, staging: "Staging", report: ImportReport) -> None:
        """Parse and copy, batch by batch; lines of features by blocks, if the source reads columns."""
        lines = self.records.rows
        if self.source.columnar and isinstance(lines, FeatureLines) and self.records.srid == WGS84:
            stage_blocks(self.source, lines, staging, report, self.progress)
            return
        with staging.copying() as copy:
            for batch in parsed_batches(self.source, self.records, report, self.progress):
                for row in batch.staged():
                    copy.write_row(row)

    def contents(self, lines: set[int]) -> Iterator[tuple[int, str]]:
        """Read the file again up to the last of ``lines``, rather than stage every content: rejects are few."""
        return contents_of_lines(self.source, self.path, lines)


def contents_of_lines(source: Source, path: Path, lines: set[int]) -> Iterator[tuple[int, str]]:
    """Give the content of some lines of a file."""
    if not lines:
        return
    last = max(lines)
    for line, record in source.records(path).rows:
        if line in lines:
            yield line, content_of(record, source.reject_fields)
        if line >= last:
            return


def file_digest(path: Path) -> str:
    """Give the SHA-256 of a file, by which an import knows it again."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
