"""Merges a prepared partition: copied by columns into the staging table, then imported as a file is."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from cadastre_import.delivery import contents_of_lines
from cadastre_import.national.layers import LAYERS
from cadastre_import.national.preparing import REJECT_FIELDS, Prepared
from cadastre_import.source import ImportReport
from cadastre_import.staging import Staging
from layers.crs import WGS84
from layers.errors import UnreadableFile

UNPARSED = (
    "rejets"  # the part of the records of a file of France that name no département: none could be parsed
)
ROWS_AT_ONCE = 20_000
HEXADECIMAL = np.array([list(f"{byte:02x}".encode()) for byte in range(256)], dtype=np.uint8)


class PartitionDelivery:
    """What a file says of one département, prepared."""

    is_complement = False
    srid = WGS84  # the national files of the cadastre, of addresses and of buildings have no other

    def __init__(self, prepared: Prepared, folder: Path, departement: str) -> None:
        """Deliver the partition of ``departement``; that of a file of one département is the file itself."""
        self.source, self.prepared, self.folder = LAYERS[prepared.layer], prepared, folder
        self.part = departement
        self.path = Path(prepared.path)
        alone = len(prepared.rows) <= 1
        self.name = self.path.name if alone else f"{self.path.name} [{departement}]"
        whole = prepared.digest
        self.digest = whole if alone else hashlib.sha256(f"{whole} {departement}".encode()).hexdigest()
        self.with_unparsed = alone or departement == UNPARSED

    def open(self) -> tuple[frozenset[str], list[str]]:
        """Find the partition on this machine."""
        if self.part != UNPARSED:
            place = self.prepared.partition(self.folder, self.part)
            if not place.is_file():
                raise UnreadableFile(
                    f"{place} : introuvable ici ; le dossier des partitions doit être partagé entre les machines"
                )
        return frozenset(self.prepared.absent), [*self.prepared.notices]

    def stage(self, staging: Staging, report: ImportReport) -> None:
        """Copy the rows; list the records that could not be parsed."""
        names = ["line", *(column.name for column in self.source.columns), "repaired", "reason"]
        if self.part != UNPARSED:
            with staging.copying_csv(names) as copy:
                for rows in self._rows(names):
                    copy.write(as_csv(rows))
                    report.read += len(rows)
        if self.with_unparsed:
            unparsed = [reject[:3] for reject in self._rejects() if not reject[3]]
            report.read += len(unparsed)
            report.rejects += unparsed

    def contents(self, lines: set[int]) -> Iterator[tuple[int, str]]:
        """Give what the preparation kept, and read the official file again for the rest."""
        kept = {line: content for line, _, content, _ in self._rejects() if line in lines}
        yield from kept.items()
        yield from contents_of_lines(self.source, self.path, lines - kept.keys())

    def _rows(self, names: list[str]) -> Iterator[pa.RecordBatch]:
        try:
            with pq.ParquetFile(self.prepared.partition(self.folder, self.part)) as file:
                yield from file.iter_batches(ROWS_AT_ONCE, columns=names)
        except (pa.ArrowInvalid, OSError) as error:
            raise UnreadableFile(
                f"{self.name} : partition abîmée, supprimez-la et relancez ({error})"
            ) from error

    def _rejects(self) -> list[tuple[int, str, str, bool]]:
        rejects = pq.read_table(self.prepared.rejects(self.folder))
        return list(zip(*(rejects[name].to_pylist() for name in REJECT_FIELDS.names), strict=True))


def parts(prepared: Prepared) -> list[str]:
    """Give the départements of a file, and the part of its unparsed records if it has several."""
    several = len(prepared.rows) > 1 and prepared.unparsed
    return [*prepared.rows, *([UNPARSED] if several or not prepared.rows else [])]


def as_csv(rows: pa.RecordBatch) -> bytes:
    """Give rows as PostgreSQL's COPY reads them: texts quoted, nulls empty, geometries in hexadecimal."""
    columns = [_as_text(rows.column(i)) for i in range(rows.num_columns)]
    out = io.BytesIO()
    flat = pa.table(columns, names=rows.schema.names)
    pyarrow.csv.write_csv(flat, out, pyarrow.csv.WriteOptions(include_header=False))
    return out.getvalue()


def _as_text(column: pa.Array) -> pa.Array:
    if pa.types.is_binary(column.type):
        return _hexadecimal(column)
    if pa.types.is_list(column.type):
        return _array_literal(column)
    return column


def _hexadecimal(column: pa.BinaryArray) -> pa.Array:
    """Give bytes in hexadecimal, the whole column at once."""
    lengths = pc.fill_null(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths * 2)]).astype(np.int32)
    content = b"".join(value for value in column.to_pylist() if value is not None)
    digits = HEXADECIMAL[np.frombuffer(content, dtype=np.uint8)].tobytes()
    text = pa.StringArray.from_buffers(len(column), pa.py_buffer(offsets), pa.py_buffer(digits))
    return pc.if_else(column.is_valid(), text, None)


def _array_literal(column: pa.ListArray) -> pa.Array:
    """Give lists of texts as array literals: {"a","b"}."""
    values = column.flatten()
    for special in ("\\", '"'):
        values = pc.replace_substring(values, special, f"\\{special}")
    quoted = pc.binary_join_element_wise('"', values, '"', "")
    ends = np.cumsum(pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False))
    lists = pa.ListArray.from_arrays(pa.array(np.concatenate([[0], ends]), pa.int32()), quoted)
    literal = pc.binary_join_element_wise("{", pc.binary_join(lists, ","), "}", "")
    return pc.if_else(column.is_valid(), literal, None)
