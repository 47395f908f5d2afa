"""Prepares one official file as GeoParquet partitions: a plain function, run by a worker.

A file is prepared once: its manifest says from which content, by which version of this code. Partitions are written
aside and put in their place by a rename, the manifest last: a worker killed at any moment leaves nothing half done.
"""

import hashlib
import json
import os
import shutil
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cadastre_import.delivery import contents_of_lines, file_digest
from cadastre_import.national.geoparquet import PartitionWriter
from cadastre_import.national.layers import LAYERS
from cadastre_import.national.names import departement_in, partition_name
from cadastre_import.national.reading import tables
from cadastre_import.rows import open_records
from cadastre_import.source import ImportReport, Source
from layers.crs import departement_of
from layers.errors import UnreadableFile

UNDER_WAY = ".en-cours"
# ``parsed``: the record has a row in a partition, its geometry alone was refused
REJECT_FIELDS = pa.schema(
    [("line", pa.int32()), ("reason", pa.string()), ("content", pa.string()), ("parsed", pa.bool_())]
)
CODE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Prepared:
    """What a file became: its content, its partitions (département → rows), its unparsed records."""

    layer: str
    path: str
    digest: str
    version: str
    rows: dict[str, int]
    unparsed: int
    absent: list[str]
    notices: list[str]
    reused: bool = False

    def partition(self, folder: Path, departement: str) -> Path:
        """Give the file of a département: one folder each, as GIS software reads a partitioned set."""
        return (
            folder / self.layer / f"departement={departement}" / f"{partition_name(Path(self.path))}.parquet"
        )

    def rejects(self, folder: Path) -> Path:
        """Give the file of the refused records: line, reason, content."""
        return _rejects(folder, self.layer, Path(self.path))


def prepare(layer: str, path: str, folder: str, version: str) -> Prepared:
    """Read, parse and check a file by the rules of its source, and write its partitions under ``folder``.

    ``version`` is that of the code which asked: a worker that runs another one would apply other rules. Raises
    UnreadableFile; nothing is left behind.
    """
    here = f"la machine {socket.gethostname()}"
    if version != code_version():
        raise UnreadableFile(f"{here} n’a pas la même version de geo_lhi que celle qui dirige l’import")
    source, file, out = LAYERS[layer], Path(path), Path(folder)
    if not file.is_file():
        raise UnreadableFile(
            f"{file} : introuvable sur {here} ; le dossier doit être partagé entre les machines"
        )
    digest = file_digest(file)
    former = _manifest(out, layer, file)
    if (former.get("digest"), former.get("version")) == (digest, version):
        again = Prepared(**former | {"path": path, "reused": True})
        if _in_place(again, out):
            return again
    aside = out / UNDER_WAY / f"{socket.gethostname()}-{os.getpid()}-{uuid4().hex}"
    aside.mkdir(parents=True)
    try:
        prepared = _write(source, file, digest, version, aside)
        _put_in_place(prepared, former, aside, out)
    finally:
        shutil.rmtree(aside)
    return prepared


def code_version() -> str:
    """Give a digest of the code that makes partitions: another version makes them again."""
    code = hashlib.sha256()
    for room in (".", "readers", "sources", "geocoding", "national"):
        for part in sorted((CODE / room).glob("*.py")):
            code.update(part.read_bytes())
    return code.hexdigest()[:16]


def _write(source: Source, path: Path, digest: str, version: str, aside: Path) -> Prepared:
    records = open_records(source, path)
    report = ImportReport()
    writers: dict[str, PartitionWriter] = {}
    misshapen: dict[int, str] = {}
    named = departement_in(path)
    for whole in tables(source, records, report, misshapen):
        for departement, rows in {named: whole}.items() if named else _by_departement(source, whole):
            if departement not in writers:
                writers[departement] = PartitionWriter(aside / f"{departement}.parquet", source)
            writers[departement].add(rows)
    if not report.read:
        raise UnreadableFile(f"{path.name} : aucun enregistrement")
    for writer in writers.values():
        writer.close()
    misread = contents_of_lines(source, path, set(misshapen))
    rejects = [(line, reason, content, False) for line, reason, content in report.rejects]
    rejects += [(line, misshapen[line], content, True) for line, content in misread]
    rejects.sort()
    rows = [dict(zip(REJECT_FIELDS.names, reject, strict=True)) for reject in rejects]
    pq.write_table(pa.Table.from_pylist(rows, schema=REJECT_FIELDS), aside / "rejects.parquet")
    return Prepared(
        source.name,
        str(path),
        digest,
        version,
        {departement: writer.rows for departement, writer in sorted(writers.items())},
        len(report.rejects),
        sorted(source.absent_from(records)),
        [*records.notices],
    )


def _by_departement(source: Source, rows: pa.Table) -> list[tuple[str, pa.Table]]:
    """Share the rows of a file of France; a file of one département is kept whole, with what strays in it."""
    communes = rows[source.commune].combine_chunks()
    departements = {code: departement_of(code) for code in pc.unique(communes).to_pylist()}
    if len(set(departements.values())) == 1:
        return [(next(iter(departements.values())), rows)]
    return [
        (
            departement,
            rows.filter(
                pc.is_in(communes, pa.array([c for c, d in departements.items() if d == departement]))
            ),
        )
        for departement in dict.fromkeys(departements.values())
    ]


def _put_in_place(prepared: Prepared, former: dict[str, Any], aside: Path, out: Path) -> None:
    manifest = _manifest_path(out, prepared.layer, Path(prepared.path))
    manifest.unlink(missing_ok=True)
    for departement in former.get("rows", ()):
        if departement not in prepared.rows:
            prepared.partition(out, departement).unlink(missing_ok=True)
    places = {f"{departement}.parquet": prepared.partition(out, departement) for departement in prepared.rows}
    places |= {"rejects.parquet": prepared.rejects(out)}
    for name, place in places.items():
        place.parent.mkdir(parents=True, exist_ok=True)
        (aside / name).replace(place)
    (aside / "manifest.json").write_text(json.dumps(asdict(prepared), ensure_ascii=False, indent=1))
    manifest.parent.mkdir(exist_ok=True)
    (aside / "manifest.json").replace(manifest)


def _in_place(prepared: Prepared, out: Path) -> bool:
    files = [prepared.partition(out, departement) for departement in prepared.rows]
    return all(file.is_file() for file in [*files, prepared.rejects(out)])


def _manifest(out: Path, layer: str, path: Path) -> dict[str, Any]:
    place = _manifest_path(out, layer, path)
    return json.loads(place.read_text()) if place.is_file() else {}


def _manifest_path(out: Path, layer: str, path: Path) -> Path:
    return out / "manifestes" / f"{layer}-{partition_name(path)}.json"


def _rejects(out: Path, layer: str, path: Path) -> Path:
    return out / "rejets" / f"{layer}-{partition_name(path)}.parquet"
