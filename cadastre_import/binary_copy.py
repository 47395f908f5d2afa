"""Rows in the format of PostgreSQL's binary COPY, built a column at a time.

A column is either a matrix of bytes (every cell has the same size) or a list of cells; each cell is its length on
four bytes, then its value. Neighbouring matrices are joined, so that a row costs a few slices.
"""

from dataclasses import dataclass
from datetime import date
from itertools import chain

import numpy as np
import pyarrow as pa

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"

Cells = np.ndarray | list[bytes]


@dataclass(frozen=True)
class Layout:
    """The columns of a table beside those of the source: its line before them, constant cells after them."""

    is_numbered: bool
    after: tuple[bytes, ...]


def integer(column: pa.Array) -> Cells:
    """Give the cells of an int4 column."""
    return _fixed(column, column.fill_null(0).to_numpy(zero_copy_only=False).astype(">i4"))


def boolean(column: pa.Array) -> Cells:
    """Give the cells of a boolean column."""
    return _fixed(column, column.fill_null(False).to_numpy(zero_copy_only=False).astype("u1"))


def _fixed(column: pa.Array, values: np.ndarray) -> Cells:
    width = values.dtype.itemsize
    cells = np.hstack([_lengths(np.full(len(values), width)), values.view("u1").reshape(-1, width)])
    if not column.null_count:
        return cells
    present = column.is_valid().to_pylist()
    return [cell if told else NULL for cell, told in zip(_sliced(cells), present, strict=True)]


def text(column: pa.Array) -> Cells:
    """Give the cells of a text column."""
    if not column.null_count and len(column):
        sizes = np.diff(np.frombuffer(column.buffers()[1], np.int32, len(column) + 1, column.offset * 4))
        if (sizes == sizes[0]).all() and sizes[0]:
            start = np.frombuffer(column.buffers()[1], np.int32, 1, column.offset * 4)[0]
            values = np.frombuffer(column.buffers()[2], "u1", sizes.sum(), start)
            return np.hstack([_lengths(sizes), values.reshape(len(column), sizes[0])])
    return [
        NULL if value is None else len(value).to_bytes(4, "big") + value
        for value in column.cast(pa.binary()).to_pylist()
    ]


FALSE = b"\0\0\0\x01\0"


def day(value: date) -> bytes:
    """Give the cell of a date."""
    return (4).to_bytes(4, "big") + (value - date(2000, 1, 1)).days.to_bytes(4, "big", signed=True)


def constant(rows: int, cell: bytes) -> Cells:
    """Give the same cell, length included, for every row."""
    return np.tile(np.frombuffer(cell, "u1"), (rows, 1))


def wkb(head: bytes, bodies: list[bytes]) -> list[Cells]:
    """Give the cells of a geometry column: ``head`` then each body."""
    sizes = np.fromiter(map(len, bodies), np.int64, len(bodies)) + len(head)
    heads = np.tile(np.frombuffer(head, "u1"), (len(bodies), 1))
    return [np.hstack([_lengths(sizes), heads]), bodies]


def encode(rows: int, fields: int, columns: list[Cells]) -> bytes:
    """Give the rows; ``fields`` is their number of cells (a geometry comes in two parts)."""
    parts: list[list[bytes]] = []
    matrices = [constant(rows, fields.to_bytes(2, "big"))]
    for column in columns:
        if isinstance(column, np.ndarray):
            matrices.append(column)
            continue
        if matrices:
            parts.append(_sliced(np.hstack(matrices)))
        parts.append(column)
        matrices = []
    if matrices:
        parts.append(_sliced(np.hstack(matrices)))
    return b"".join(chain.from_iterable(zip(*parts, strict=True)))


def _lengths(sizes: np.ndarray) -> np.ndarray:
    return sizes.astype(">i4").view("u1").reshape(-1, 4)


def _sliced(matrix: np.ndarray) -> list[bytes]:
    width, content = matrix.shape[1], matrix.tobytes()
    return [content[start : start + width] for start in range(0, len(content), width)]
