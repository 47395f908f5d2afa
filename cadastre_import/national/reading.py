"""Reads a file as tables, in its order: by columns where the source can, record by record for the rest."""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby
from typing import Any

import pyarrow as pa

from cadastre_import.columnar import read_block
from cadastre_import.national.geoparquet import table, table_of_columns
from cadastre_import.readers.geojson import FeatureLines
from cadastre_import.rows import parsed_batches
from cadastre_import.source import Block, ImportReport, Records, Source
from layers.crs import WGS84


def tables(
    source: Source, records: Records, report: ImportReport, misshapen: dict[int, str]
) -> Iterator[pa.Table]:
    """Give the rows; the records that cannot be parsed go to ``report``, the lines of bad shapes to ``misshapen``."""
    if source.columnar and isinstance(records.rows, FeatureLines) and records.srid == WGS84:
        return _by_blocks(source, records.rows, report, misshapen)
    return _one_by_one(source, records, report, misshapen)


def _by_blocks(
    source: Source, lines: FeatureLines, report: ImportReport, misshapen: dict[int, str]
) -> Iterator[pa.Table]:
    write = partial(table_of_columns, source)
    for block in lines.blocks():
        pieces = (piece for _, piece in read_block(source.columnar, write, block))
        for left, together in groupby(pieces, key=lambda piece: isinstance(piece, Block)):
            if left:
                yield from _one_by_one(source, Records(_features(lines, together)), report, misshapen)
                continue
            for rows in together:
                lines.passed()
                report.read += len(rows)
                yield rows
    lines.end()


def _features(lines: FeatureLines, blocks: Iterable[Block]) -> Iterator[tuple[int, Any]]:
    for block in blocks:
        yield from lines.features(block)


def _one_by_one(
    source: Source, records: Records, report: ImportReport, misshapen: dict[int, str]
) -> Iterator[pa.Table]:
    for batch in parsed_batches(source, records, report):
        misshapen |= {line: why for line, why in zip(batch.lines, batch.gated.reasons, strict=True) if why}
        yield table(source, batch)
