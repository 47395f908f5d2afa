"""Partitions are GeoParquet that others read; a file of France gives one a département; none is made twice."""

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import date
from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.db import connection

from cadastre_import.national.layers import LAYERS
from cadastre_import.national.loading import PartitionDelivery, parts
from cadastre_import.national.plan import plan
from cadastre_import.national.preparing import code_version, prepare
from cadastre_import.national.reading import tables
from cadastre_import.pipeline import import_delivery, run_import
from cadastre_import.rows import open_records
from cadastre_import.source import ImportReport
from layers.errors import UnreadableFile
from layers.models import Commune, ImportReject, ImportRun, Parcelle
from tests.cadastre_import.national.official_folder import contents, lines_of, write_folder, write_lines
from tests.factories import CommuneFactory

REAL = Path(settings.REAL_DATA_DIR)
BONDY = REAL / "bondy_93010"
OFFICIAL = {  # the official name of each real file, its source, its rows
    "cadastre-93010-parcelles.json.gz": (BONDY / "cadastre/2025/cadastre-93010-parcelles.json.gz", "parcelles", 7124),
    "adresses-93010.csv.gz": (BONDY / "ban/adresses-93010.csv.gz", "ban", 7669),
    "cadastre-75118-parcelles.json.gz": (REAL / "paris/cadastre-75118-parcelles.json.gz", "parcelles", 6821),
    "cadastre-27412-parcelles.json.gz": (REAL / "terresdebord_27412/parcelles.geojson.gz", "parcelles", 1990),
    "cadastre-27412-batiments.json.gz": (REAL / "terresdebord_27412/batiments.geojson.gz", "batiments", 1597),
}  # fmt: skip
needs_real_files = pytest.mark.skipif(
    not REAL.is_dir(), reason=f"les fichiers réels ne sont pas dans {REAL} (réglage GEO_LHI_REAL_DATA)"
)


def prepared(layer, path, out):
    return prepare(layer, str(path), str(out), code_version())


def load(file, out):
    return [
        import_delivery(PartitionDelivery(file, out, part), millesime=date(2025, 1, 1))
        for part in parts(file)
    ]


def names_of(found):
    return {file.path.name for file in found}


@pytest.fixture
def france(tmp_path):
    """Give a file of France whose communes come in disorder, with one record that is not JSON."""
    folder = write_folder(tmp_path / "official", ("974", "01"), parcelles=3200)
    reunion, ain = (lines_of(folder / f"cadastre-{code}-parcelles.json.gz") for code in ("974", "01"))
    broken = '{"type":"Feature","geometry":'
    mixed = [*ain[3000:], *reunion, broken, *ain[:3000]]
    return write_lines(tmp_path / "cadastre-france-parcelles.json.gz", mixed)


def test_a_file_of_france_gives_a_partition_for_each_departement(france, tmp_path):
    out = tmp_path / "partitions"
    file = prepared("parcelles", france, out)
    assert file.rows == {"01": 3200, "974": 3200}
    assert file.unparsed == 1
    for departement, southern in (("01", False), ("974", True)):
        place = out / f"parcelles/departement={departement}/cadastre-france-parcelles.parquet"
        frame = geopandas.read_parquet(place)
        assert len(frame) == 3200
        assert frame.crs == "OGC:CRS84"
        assert frame["commune_id"].is_monotonic_increasing
        assert (frame.total_bounds[1] < 0) == southern
        geo = json.loads(pq.read_metadata(place).metadata[b"geo"])
        assert np.allclose(geo["columns"]["geom"]["bbox"], frame.total_bounds)
        west, south, *_ = frame.total_bounds
        part = geopandas.read_parquet(place, bbox=(west, south, west + 0.00029, south + 0.00029))
        assert list(part["idu"]) == [f"{departement}{'1'.zfill(5 - len(departement))}000AA0001"]
    assert pq.read_table(out / "rejets/parcelles-cadastre-france-parcelles.parquet")["line"].to_pylist() == [
        3402
    ]


@pytest.mark.django_db
def test_a_file_of_france_enters_as_if_imported_whole(france, tmp_path):
    for code in ("01001", "01002", "97401", "97402"):
        CommuneFactory(code=code, geom=None)
    run_import(LAYERS["parcelles"], france, millesime=date(2025, 1, 1))
    whole, whole_reject = contents(), ImportReject.objects.values_list("line", "reason", "content").get()
    Parcelle.objects.all().delete()
    ImportRun.objects.all().delete()
    out = tmp_path / "partitions"
    reports = load(prepared("parcelles", france, out), out)
    assert contents()["parcelle"] == whole["parcelle"]
    assert sum(report.read for report in reports) == 6401
    assert ImportReject.objects.values_list("line", "reason", "content").get() == whole_reject
    runs = ImportRun.objects.order_by("file_name")
    assert [run.file_name.partition(" ")[2] for run in runs] == ["[01]", "[974]", "[rejets]"]
    assert all(report.already_imported_on for report in load(prepared("parcelles", france, out), out))


@pytest.mark.parametrize("layer", ["parcelles", "batiments"])
def test_columns_and_records_give_the_same_partition(layer, tmp_path):
    folder = write_folder(tmp_path / "official", ("974",), parcelles=3200)
    lines = lines_of(folder / f"cadastre-974-{layer}.json.gz")
    lines[5] = lines[5].replace("[[", "[[[0,0],[9,9],[9,0],[0,9],[0,0]],[", 1)  # no outline at all
    lines[7] = lines[7][:-4]
    path = write_lines(tmp_path / f"cadastre-974-{layer}.json.gz", lines)
    read = []
    for source in (LAYERS[layer], replace(LAYERS[layer], columnar=None)):
        report, misshapen = ImportReport(), {}
        rows = pa.concat_tables(tables(source, open_records(source, path), report, misshapen))
        read.append((rows, report, misshapen))
    (by_columns, *told), (by_records, *expected) = read
    assert by_columns.equals(by_records)
    assert told == expected
    assert len(told[0].rejects) == len(told[1]) == 1


def test_the_same_file_is_prepared_once(tmp_path):
    folder, out = write_folder(tmp_path / "official", ("974",), parcelles=50), tmp_path / "partitions"
    path = folder / "cadastre-974-batiments.json.gz"
    first = prepared("batiments", path, out)
    place = first.partition(out, "974")
    before = (place.stat().st_ino, place.stat().st_mtime_ns)
    assert prepared("batiments", path, out).reused
    assert (place.stat().st_ino, place.stat().st_mtime_ns) == before

    place.unlink()  # a partition that somebody removed is made again
    assert not prepared("batiments", path, out).reused
    assert place.is_file()

    write_lines(path, lines_of(path)[:10])  # the next edition takes the place of this one
    assert prepared("batiments", path, out).rows == {"974": 10}
    assert pq.read_metadata(place).num_rows == 10
    assert not any((out / ".en-cours").iterdir())


def test_a_worker_with_other_code_refuses(tmp_path):
    path = write_folder(tmp_path / "official", ("974",), parcelles=5) / "cadastre-974-parcelles.json.gz"
    with pytest.raises(UnreadableFile, match="pas la même version"):
        prepare("parcelles", str(path), str(tmp_path / "out"), "another")
    with pytest.raises(UnreadableFile, match="le dossier doit être partagé"):
        prepared("parcelles", tmp_path / "nowhere.json.gz", tmp_path / "out")


@pytest.mark.django_db
def test_a_table_analysed_while_it_was_empty_is_not_read_once_a_row(tmp_path):
    CommuneFactory(code="97401", geom=None)
    folder, out = write_folder(tmp_path / "official", ("974",), parcelles=1000), tmp_path / "partitions"
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE layers_address CASCADE")
        cursor.execute("ANALYZE layers_address")
        (report,) = load(prepared("ban", folder / "adresses-974.csv.gz", out), out)
        cursor.execute("SELECT seq_scan FROM pg_stat_xact_user_tables WHERE relname = 'layers_address'")
        ((scans,),) = cursor.fetchall()
    print(f"{scans} readings of the table for {report.added} rows")
    assert report.added == 500
    assert scans < 50


@pytest.mark.django_db
def test_a_damaged_partition_is_refused(tmp_path):
    folder, out = write_folder(tmp_path / "official", ("974",), parcelles=50), tmp_path / "partitions"
    file = prepared("parcelles", folder / "cadastre-974-parcelles.json.gz", out)
    place = file.partition(out, "974")
    place.write_bytes(place.read_bytes()[:1000])
    with pytest.raises(UnreadableFile, match="partition abîmée"):
        load(file, out)
    assert ImportRun.objects.get().status == ImportRun.Status.FAILED
    assert not Parcelle.objects.exists()


def test_the_plan_knows_files_by_their_names(tmp_path):
    folder = write_folder(tmp_path / "official", ("01", "974"), parcelles=20)
    (folder / "notes.json").write_text("{}")
    layers = ("adresses-974.csv.gz", "cadastre-974-batiments.json.gz", "cadastre-974-parcelles.json.gz")
    assert names_of(plan(folder, departements=["974"]).prepared) == {*layers}
    assert names_of(plan(folder, ["ban"]).prepared) == {"adresses-01.csv.gz", "adresses-974.csv.gz"}
    assert plan(folder).prepared[0].path.stat().st_size == max(f.stat().st_size for f in folder.glob("*-*"))
    assert names_of(plan(folder).first) == {"communes.json"}
    with pytest.raises(UnreadableFile, match="aucun fichier au nom officiel pour 93"):
        plan(folder, departements=["93"])
    (folder / "2024").mkdir()
    shutil.copy(folder / "adresses-974.csv.gz", folder / "2024")
    with pytest.raises(UnreadableFile, match="deux fichiers de ce nom"):
        plan(folder)


@needs_real_files
@pytest.mark.django_db
def test_real_files_enter_as_run_import_reads_them(tmp_path):
    for code in ("93010", "75118", "27412"):
        CommuneFactory(code=code, geom=None)
    folder, out = tmp_path / "official", tmp_path / "partitions"
    folder.mkdir()
    for name, (original, _, _) in OFFICIAL.items():
        shutil.copy(original, folder / name)
    for name, (_, source, _) in OFFICIAL.items():
        run_import(LAYERS[source], folder / name, millesime=date(2025, 1, 1))
    expected = contents()
    keep = list(Commune.objects.all())
    Commune.objects.all().delete()
    ImportRun.objects.all().delete()
    Commune.objects.bulk_create(keep)
    for name, (_, source, rows) in OFFICIAL.items():
        file = prepared(source, folder / name, out)
        (departement,) = file.rows
        place = file.partition(out, departement)
        frame = geopandas.read_parquet(place)
        assert len(frame) == rows
        if seen := _ogrinfo(place):
            assert f"Feature Count: {rows}" in seen
            assert ("Geometry: Multi Polygon" if source != "ban" else "Geometry: Point") in seen
        load(file, out)
        print(f"{name}: {rows} rows, {place.stat().st_size // 1024} kB of GeoParquet")
    assert contents() == expected


def _ogrinfo(path: Path) -> str:
    """Give what GDAL says of a file, empty where it has no Parquet driver."""
    ogrinfo = shutil.which("ogrinfo")
    if ogrinfo is None:
        return ""

    def told(*arguments):
        return subprocess.run([ogrinfo, *arguments], capture_output=True, text=True, check=True).stdout

    return told("-so", "-al", str(path)) if "Parquet" in told("--formats") else ""
