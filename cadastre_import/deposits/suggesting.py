"""Suggests the source of a file: by its official name, else by whose parser takes its first records."""

from itertools import islice
from pathlib import Path

from cadastre_import.folder import recognise
from cadastre_import.source import Source
from cadastre_import.sources import SOURCES
from layers.errors import GeoLhiError, InvalidRow

TRIED_BYTES = 20_000_000  # a reader may take a whole file in, and the sender waits for the answer
TRIED_RECORDS = 20
ENOUGH = 0.5


def suggested_source(path: Path) -> str:
    """Give the name of a source, empty if none is likely; the file stands alone in its folder."""
    for found in recognise(path.parent):
        return found.source
    if path.stat().st_size > TRIED_BYTES:
        return ""
    shares = {name: _share_taken(source, path) for name, source in SOURCES.items()}
    likely = max(shares, key=lambda name: shares[name])
    return likely if shares[likely] >= ENOUGH else ""


def _share_taken(source: Source, path: Path) -> float:
    taken = tried = 0
    try:
        for _, record in islice(source.records(path).rows, TRIED_RECORDS):
            tried += 1
            try:
                source.values_of(record)
            except InvalidRow:
                continue
            taken += 1
    except GeoLhiError:
        return 0.0
    return taken / tried if tried else 0.0
