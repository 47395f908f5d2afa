"""Stages a file of features a block at a time: parsed in threads, copied in the order of the file.

Threads and not processes: Arrow, GEOS, NumPy and zlib release Python's lock, nothing has to be sent from one process
to another, and an import that is killed leaves nobody behind.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Any

from cadastre_import.columnar import encoded, read_block
from cadastre_import.readers.geojson import FeatureLines
from cadastre_import.rows import BATCH, Progress, parsed_batches
from cadastre_import.source import Block, ImportReport, Records, Source

if TYPE_CHECKING:
    from cadastre_import.staging import Staging

Pieces = list[tuple[int, bytes | Block]]
Read = Callable[[Block], Pieces]

THREADS = 2
AHEAD = 4  # blocks: what bounds the memory, whatever the file


class NotPlain(Exception):
    """Some rows sent straight to the target should not be there."""


def stage_blocks(
    source: Source, lines: FeatureLines, staging: "Staging", report: ImportReport, progress: Progress
) -> None:
    """Copy the features of a file: straight to the target when it is empty, or else into the staging table."""
    if staging.first_load:
        try:
            with staging.first_load.straight_to_the_table():
                _run_through(progress(_staged(source, lines, staging, report)))
        except NotPlain:
            report.read, report.rejects = 0, []
        else:
            return
    _run_through(progress(_staged(source, lines, staging, report)))


def _run_through(records: Iterable[None]) -> None:
    for _ in records:
        pass


def _staged(source: Source, lines: FeatureLines, staging: "Staging", report: ImportReport) -> Iterator[None]:
    """Copy block after block; gives one item a record, for the progress."""
    left: list[tuple[int, Any]] = []
    read = partial(read_block, source.columnar, partial(encoded, staging.layout))
    with ThreadPoolExecutor(THREADS, thread_name_prefix="blocks") as pool:
        for pieces in _in_order(pool, read, lines.blocks()):
            for rows, piece in pieces:
                if isinstance(piece, Block):
                    left += lines.features(piece)
                    continue
                lines.passed()
                staging.copy_encoded(piece)
                report.read += rows
                yield from repeat(None, rows)
            if len(left) >= BATCH:
                yield from _one_by_one(source, left, staging, report)
                left = []
    yield from _one_by_one(source, left, staging, report)
    lines.end()


def _one_by_one(
    source: Source, records: list[tuple[int, Any]], staging: "Staging", report: ImportReport
) -> Iterator[None]:
    with staging.copying() as copy:
        for batch in parsed_batches(source, Records(records), report):
            for row in batch.staged():
                copy.write_row(row)
    yield from repeat(None, len(records))


def _in_order(pool: ThreadPoolExecutor, read: Read, blocks: Iterable[Block]) -> Iterator[Pieces]:
    waiting: deque[Future[Pieces]] = deque()
    for block in blocks:
        waiting.append(pool.submit(read, block))
        if len(waiting) > AHEAD:
            yield waiting.popleft().result()
    for future in waiting:
        yield future.result()
