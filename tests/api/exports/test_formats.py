"""Each format, read back by a reader that is not ours: GDAL, SQLite, a spreadsheet's."""

import csv
import json
import math
import sqlite3
from dataclasses import replace
from datetime import date
from io import StringIO
from zipfile import ZipFile

import numpy as np
import pyogrio
import pytest
import python_calamine
import shapely
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from api.exports import tables
from api.exports.formats import FORMATS
from api.exports.ogr import short_names
from api.exports.selection import Selection
from api.exports.tables import Kind
from api.exports.texts import LIVE, cell
from layers.models import Parcelle
from layers.registry import LAYERS
from layers.scope import Scope
from tests.factories import ParcelleFactory, SignalementFactory, point, square
from tests.ogc.wfs import body

EVERY_LAYER = tuple(LAYERS)
RADIUS_M = 6_378_137
# The origin of Lambert-93, by the definitions of the projections
HERE = {
    4326: (3.0, 46.5),
    2154: (700_000, 6_600_000),
    3857: (RADIUS_M * math.radians(3), RADIUS_M * math.log(math.tan(math.radians(45 + 46.5 / 2)))),
}


def written(folder, format_: str, layers=("signalements",), srid: int = 4326, **filters):
    found = Selection.read(layers, format_, str(srid), filters, Scope.whole()).tables(Scope.whole())
    folder.mkdir(parents=True, exist_ok=True)
    return FORMATS[format_].write(found, folder, "essai")


def test_a_geopackage_holds_every_layer_and_what_each_holds(town, tmp_path):
    path = written(tmp_path, "gpkg", EVERY_LAYER)
    listed = {name for name, kind in pyogrio.list_layers(path) if kind is not None}
    assert listed == set(EVERY_LAYER)
    for name in EVERY_LAYER:
        info = pyogrio.read_info(path, layer=name)
        assert list(info["fields"]) == list(LAYERS[name].fields)
        assert info["crs"] == "EPSG:4326"
        assert info["features"] == LAYERS[name].rows(Scope.whole(), {}).count()
    _, _, shapes, values = pyogrio.raw.read(path, layer="parcelles", columns=["idu"])
    there = dict(zip(values[0], shapely.from_wkb(shapes), strict=True))
    for parcelle in Parcelle.objects.order_by("pk"):
        assert there[parcelle.idu].equals_exact(shapely.from_wkb(bytes(parcelle.geom.wkb)), 1e-9)


def test_a_geopackage_keeps_types_and_days(town, tmp_path):
    path = written(tmp_path, "gpkg")
    info = pyogrio.read_info(path, layer="signalements")
    types = dict(zip(info["fields"], info["dtypes"], strict=True))
    assert types["id"] == "int64"
    assert types["a_verifier"] == "bool"
    assert types["depose_le"].startswith("datetime64[D")
    frame = pyogrio.read_dataframe(path, layer="signalements").set_index("reference")
    assert str(frame.loc["ici-1", "depose_le"])[:10] == "2026-02-01"
    assert frame.loc["ici-1", "commune"] == town.code


@pytest.mark.parametrize("srid", [2154, 3857, 4326])
def test_a_place_is_where_its_projection_says(commune, tmp_path, srid):
    SignalementFactory(commune=commune, geom=point(0, 0))
    path = written(tmp_path, "gpkg", srid=srid)
    assert pyogrio.read_info(path, layer="signalements")["crs"] == f"EPSG:{srid}"
    _, _, shapes, _ = pyogrio.raw.read(path, layer="signalements")
    (shape,) = shapely.from_wkb(shapes)
    np.testing.assert_allclose((shape.x, shape.y), HERE[srid], rtol=0, atol=1e-7 if srid == 4326 else 0.02)


def test_a_geopackage_meets_the_requirements_of_the_standard(town, tmp_path):
    """Requirements of OGC 12-128r19 on the file, its tables, the spatial index and the geometry blobs."""
    path = written(tmp_path, "gpkg", EVERY_LAYER)
    with sqlite3.connect(path) as file:

        def ask(sql: str) -> list[tuple]:
            return file.execute(sql).fetchall()

        assert ask("PRAGMA application_id") == [(0x47504B47,)]  # req. 2
        assert ask("PRAGMA user_version")[0][0] >= 10200
        assert ask("PRAGMA integrity_check") == [("ok",)]  # req. 6
        assert ask("PRAGMA foreign_key_check") == []  # req. 7
        srs = {srs for (srs,) in ask("SELECT srs_id FROM gpkg_spatial_ref_sys")}
        assert {-1, 0, 4326} <= srs  # req. 11
        contents = dict(ask("SELECT table_name, data_type FROM gpkg_contents"))
        assert contents == dict.fromkeys(EVERY_LAYER, "features") | {"layer_styles": "attributes"}
        columns = ask("SELECT table_name, column_name, geometry_type_name, srs_id FROM gpkg_geometry_columns")
        assert {name for name, *_ in columns} == set(EVERY_LAYER)  # req. 23
        extensions = {
            name
            for name, *_ in ask(
                "SELECT table_name FROM gpkg_extensions WHERE extension_name = 'gpkg_rtree_index'"
            )
        }
        assert extensions == set(EVERY_LAYER)  # req. 75
        for name, column, _, srs_id in columns:
            keys = [row for row in ask(f'PRAGMA table_info("{name}")') if row[5]]
            assert len(keys) == 1  # req. 29: one integer primary key
            assert keys[0][2].upper() == "INTEGER"
            assert srs_id in srs
            blobs = [blob for (blob,) in ask(f'SELECT "{column}" FROM "{name}"')]
            assert all(blob[:2] == b"GP" and blob[2] == 0 for blob in blobs)  # req. 19
            assert all(
                int.from_bytes(blob[4:8], "little" if blob[3] & 1 else "big") == srs_id for blob in blobs
            )
            assert ask(f'SELECT count(*) FROM "rtree_{name}_{column}"') == [(len(blobs),)]
        styles = ask("SELECT f_table_name, f_geometry_column, useAsDefault, styleQML FROM layer_styles")
        assert {name for name, *_ in styles} == set(EVERY_LAYER)
        assert all(
            column == "geom" and default and "<renderer-v2" in qml for _, column, default, qml in styles
        )
    file.close()


def test_a_shapefile_says_what_its_short_names_are(town, tmp_path):
    path = written(tmp_path, "shp", ("signalements", "parcelles"), srid=2154)
    with ZipFile(path) as archive:
        names = set(archive.namelist())
        assert archive.read("signalements.cpg").strip() == b"UTF-8"
        guide = list(
            csv.DictReader(StringIO(archive.read("parcelles_champs.csv").decode("utf-8-sig")), delimiter=";")
        )
    assert {
        f"{name}{part}"
        for name in ("signalements", "parcelles")
        for part in (".shp", ".shx", ".dbf", ".prj", ".cpg", "_champs.csv")
    } == names
    assert {row["champ"]: row["nom"] for row in guide}["contenance"] == "contenance"
    info = pyogrio.read_info(f"/vsizip/{path}/parcelles.shp")
    assert list(info["fields"]) == [row["champ"] for row in guide]
    assert info["features"] == 3
    assert info["crs"] == "EPSG:2154"


@given(st.lists(st.text(min_size=1, max_size=20), unique=True, max_size=60))
def test_short_names_are_short_and_all_different(names):
    given_ = short_names(names)
    assert list(given_) == names
    assert all(1 <= len(short) <= 10 and short.isascii() for short in given_.values())
    assert len({short.lower() for short in given_.values()}) == len(names)


def test_a_shapefile_keeps_accents(commune, tmp_path):
    SignalementFactory(commune=commune, reference="n° 7 – Œuvre d’été", geom=point(0, 0))
    path = written(tmp_path, "shp")
    frame = pyogrio.read_dataframe(f"/vsizip/{path}/signalements.shp")
    assert list(frame["reference"]) == ["n° 7 – Œuvre d’été"]


def test_a_flatgeobuf_is_read_whole_and_by_extent(town, tmp_path):
    path = written(tmp_path, "fgb", ("parcelles",))
    assert path.suffix == ".fgb"
    assert len(pyogrio.read_dataframe(path)) == 3
    here = square(-5, -5, 18).extent
    assert len(pyogrio.read_dataframe(path, bbox=here)) == 1


def test_a_csv_is_what_a_french_spreadsheet_opens(town, tmp_path):
    SignalementFactory(commune=town, reference="=1+1", geom=point(0, 0))
    content = written(tmp_path, "csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(StringIO(content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 5
    (live,) = [row for row in rows if "1+1" in row["reference"]]
    assert live["reference"] == "'=1+1"
    assert live["longitude"] == "3,0000000"
    assert {row["a_verifier"] for row in rows} <= {"oui", "non"}


def test_a_csv_of_areas_gives_them_as_wkt(town, tmp_path):
    content = written(tmp_path, "csv", ("parcelles",), srid=2154).read_text("utf-8-sig")
    rows = list(csv.DictReader(StringIO(content), delimiter=";"))
    assert sorted(round(shapely.from_wkt(row["wkt"]).area) for row in rows) == [100, 100, 100]


@given(st.text(), st.sampled_from(Kind))
def test_no_text_of_a_cell_is_a_formula(text, kind):
    if kind is Kind.TEXT:
        assert not cell(text, kind).startswith(LIVE)


def test_a_workbook_has_a_sheet_a_layer_and_typed_cells(town, tmp_path):
    SignalementFactory(
        commune=town, reference="=HYPERLINK(1) <&> \x07", geom=point(0, 0), received_on=date(2024, 2, 29)
    )
    path = written(tmp_path, "xlsx", ("signalements", "parcelles"))
    book = python_calamine.load_workbook(path)
    assert book.sheet_names == ["Signalements", "Parcelles"]
    head, *rows = book.get_sheet_by_name("Signalements").to_python()
    found = {row[1]: dict(zip(head, row, strict=True)) for row in rows}
    assert found["=HYPERLINK(1) <&> "]["depose_le"] == date(2024, 2, 29)  # a text, and no formula
    assert found["ici-0"]["commune"] == town.code
    assert found["ici-0"]["longitude"] == pytest.approx(3.0)
    with ZipFile(path) as book_file:
        assert b"<f>" not in book_file.read("xl/worksheets/sheet1.xml")


def test_a_geojson_is_that_of_the_standard(town, tmp_path):
    content = json.loads(written(tmp_path, "geojson", ("parcelles",)).read_bytes())
    assert content["type"] == "FeatureCollection"
    assert "crs" not in content
    assert {feature["id"] for feature in content["features"]} == {
        p.idu for p in Parcelle.objects.order_by("pk")
    }


@pytest.mark.parametrize("format_", FORMATS)
def test_a_layer_without_a_row_is_a_file_all_the_same(db, tmp_path, format_):
    path = written(tmp_path, format_, ("signalements",))
    assert path.stat().st_size > 0
    if format_ in ("gpkg", "fgb"):
        assert len(pyogrio.read_dataframe(path, layer="signalements" if format_ == "gpkg" else None)) == 0


def test_the_memory_holds_one_block_whatever_the_rows(db, tmp_path, monkeypatch):
    """What is held while a file is written does not grow with it."""
    for x in range(60):
        ParcelleFactory(geom=square(20 * x, 0, 10))
    monkeypatch.setattr(tables, "BLOCK", 2)
    seen = []

    def follow(rows: int) -> None:
        seen.append(rows)

    (table,) = Selection.read(["parcelles"], "gpkg", "4326", {}, Scope.whole()).tables(Scope.whole())
    FORMATS["gpkg"].write([replace(table, follow=follow)], tmp_path, "essai")
    assert max(seen) == 2
    assert sum(seen) == 60


@pytest.mark.parametrize("format_", ["csv", "geojson"])
def test_a_text_begins_before_the_end_is_read(town, partner_client, monkeypatch, format_):
    monkeypatch.setattr(tables, "BLOCK", 1)
    response = partner_client.get(reverse("export-layer", args=["signalements", format_]))
    assert response.streaming
    assert body(response).decode().count("ici-") >= 3
