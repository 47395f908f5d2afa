"""Each file has the layout of its register, and the importers of real files read every record of it."""

import gzip
import json
import re

import orjson
import pyogrio
import pytest
import shapely

from cadastre_import.folder import recognise
from cadastre_import.sources import SOURCES

from .conftest import features, table

INSEE = "36903"


def test_the_importers_of_real_files_read_every_record(territory):
    found = recognise(territory.directory)
    expected = {path for name, path in territory.files.items() if not name.startswith("verite")}
    assert {file.path for file in found} == expected
    for file in found:
        source = SOURCES[file.source]
        read = [source.parse(record) for _, record in source.records(file.path).rows]
        assert read, file.path.name
        assert all(len(row) == len(source.columns) for row in read)


@pytest.mark.parametrize(
    ("layer", "properties"),
    [
        ("communes", "id nom created updated"),
        ("sections", "id commune prefixe code created updated"),
        ("parcelles", "id commune prefixe section numero contenance arpente created updated"),
        ("batiments", "type commune created updated"),
    ],
)
def test_cadastre_layers_have_the_properties_of_etalab_in_order(territory, layer, properties):
    rows = features(territory.files[f"{layer} {INSEE}"])
    named = {
        tuple(name for name in row["properties"] if name != "nom" or layer == "communes") for row in rows
    }
    assert named == {tuple(properties.split())}


def test_cadastre_is_written_one_feature_a_line_with_seven_decimals(territory):
    text = gzip.decompress(territory.files[f"parcelles {INSEE}"].read_bytes()).decode()
    lines = text.splitlines()
    assert lines[0] == '{"type":"FeatureCollection","features":['
    assert len(lines) == territory.counts["parcelles"] + 2
    assert all(line.startswith('{"type":"Feature","id":"') for line in lines[1:-1])
    assert max(map(len, re.findall(r"\.(\d+)", lines[1]))) <= 7


def test_parcelle_identifiers_are_built_from_their_parts(territory):
    ids = set()
    for row in features(territory.files[f"parcelles {INSEE}"]):
        told = row["properties"]
        assert row["id"] == told["id"]
        assert told["id"] == (
            told["commune"] + told["prefixe"] + told["section"].zfill(2) + told["numero"].zfill(4)
        )
        ids.add(row["id"])
    assert len(ids) == territory.counts["parcelles"]


def test_batiments_have_no_identifier_and_two_kinds(territory):
    rows = features(territory.files[f"batiments {INSEE}"])
    assert not any("id" in row for row in rows)
    assert {row["properties"]["type"] for row in rows} == {"01", "02"}


def test_gzip_carries_no_date(territory):
    for path in territory.files.values():
        if path.suffix == ".gz":
            assert path.read_bytes()[4:8] == bytes(4)


def test_iris_geopackage_has_the_fields_of_2024_in_lambert_93(territory):
    described = pyogrio.read_info(territory.files["iris"])
    assert described["crs"] == "EPSG:2154"
    assert described["fields"].tolist() == [
        "cleabs", "code_insee", "nom_commune", "iris", "code_iris", "nom_iris", "type_iris",
    ]  # fmt: skip
    frame = pyogrio.read_dataframe(territory.files["iris"])
    assert len(frame) == territory.counts["iris"] == 10
    assert (frame.code_iris == frame.code_insee + frame.iris).all()
    assert frame.geom_type.eq("MultiPolygon").all()


def test_ban_has_its_23_columns_and_unique_keys(territory):
    rows = table(territory.files["ban"], ";")
    assert list(rows[0]) == [
        "id",
        "id_fantoir",
        "numero",
        "rep",
        "nom_voie",
        "code_postal",
        "code_insee",
        "nom_commune",
        "code_insee_ancienne_commune",
        "nom_ancienne_commune",
        "x",
        "y",
        "lon",
        "lat",
        "type_position",
        "alias",
        "nom_ld",
        "libelle_acheminement",
        "nom_afnor",
        "source_position",
        "source_nom_voie",
        "certification_commune",
        "cad_parcelles",
    ]
    assert len({row["id"] for row in rows}) == len(rows) == territory.counts["adresses"]
    for row in rows:
        assert row["id"] == "_".join(filter(None, [row["id_fantoir"], row["numero"].zfill(5), row["rep"]]))


def test_ban_points_lie_on_the_street_edge_for_two_in_three(territory):
    parcelles = {
        row["id"]: shapely.from_geojson(orjson.dumps(row["geometry"]))
        for row in features(territory.files[f"parcelles {INSEE}"])
    }
    rows = [row for row in table(territory.files["ban"], ";") if row["cad_parcelles"]]
    assert 0.85 < len(rows) / territory.counts["adresses"] < 0.95
    inside = [
        parcelles[row["cad_parcelles"][:14]].covers(shapely.Point(float(row["lon"]), float(row["lat"])))
        for row in rows
    ]
    assert 0.25 < sum(inside) / len(inside) < 0.42


def test_census_adds_up(territory):
    rows = table(territory.files["logements"], ";")
    assert list(rows[0])[:10] == [
        "IRIS",
        "COM",
        "TYP_IRIS",
        "LAB_IRIS",
        "P21_LOG",
        "P21_RP",
        "P21_RSECOCC",
        "P21_LOGVAC",
        "P21_MAISON",
        "P21_APPART",
    ]
    assert {row["IRIS"][:5] for row in rows} == {INSEE}
    for row in rows:
        value = {name[4:]: float(number) for name, number in row.items() if name.startswith("P21_")}
        assert value["LOG"] == pytest.approx(value["RP"] + value["RSECOCC"] + value["LOGVAC"], abs=1e-6)
        assert value["LOG"] == pytest.approx(value["MAISON"] + value["APPART"], abs=1e-6)
        assert value["RP"] == pytest.approx(value["RP_PROP"] + value["RP_LOC"] + value["RP_GRAT"], abs=1e-6)
        assert min(value.values()) >= 0
    total = sum(float(row["P21_LOG"]) for row in rows)
    assert total == pytest.approx(territory.counts["logements"], rel=0.01)


def test_rnb_links_buildings_to_parcelles_by_their_share(territory):
    rows = table(territory.files["rnb"], ";")
    assert " ".join(rows[0]) == "rnb_id point shape status ext_ids addresses plots validated_by"
    assert len({row["rnb_id"] for row in rows}) == len(rows)
    plots = [json.loads(row["plots"]) for row in rows]
    assert all(sum(plot["bdg_cover_ratio"] for plot in some) == pytest.approx(1, abs=1e-3) for some in plots)
    assert any(len(some) == 2 for some in plots)
    points, shapes = (
        shapely.from_wkt([row[name].removeprefix("SRID=4326;") for row in rows])
        for name in ("point", "shape")
    )
    assert shapely.is_valid(shapes).all()
    assert {shape.geom_type for shape in shapes} <= {"Polygon", "MultiPolygon"}
    assert shapely.covers(shapes, points).all()


def test_cog_has_the_fields_of_the_package(territory):
    (commune,) = json.loads(territory.files["communes"].read_bytes())
    assert list(commune) == [
        "code",
        "nom",
        "typeLiaison",
        "zone",
        "arrondissement",
        "departement",
        "region",
        "type",
        "rangChefLieu",
        "siren",
        "codesPostaux",
        "population",
    ]
    (epci,) = json.loads(territory.files["epci"].read_bytes())
    assert [member["code"] for member in epci["membres"]] == [commune["code"]]
    assert epci["populationMunicipale"] == commune["population"]


def test_arretes_follow_the_official_template(territory):
    lines = territory.files["arretes"].read_text().splitlines()
    assert lines[1] == (
        "date arrêté,classification arrêté,date arrêté main levée,numéro de voie,nom de la voie,code postal,"
        "commune,dénomination syndic,identifiant parcellaire"
    )
    ids = {row["id"] for row in features(territory.files[f"parcelles {INSEE}"])}
    struck = [line.split(",")[-1] for line in lines[2:]]
    assert set(struck) <= ids
    assert len(set(struck)) < len(struck), "une parcelle frappée deux fois"
    lifted = [bool(line.split(",")[2]) for line in lines[2:]]
    assert 0.2 < sum(lifted) / len(lifted) < 0.8


def test_perimeters_are_dated_by_their_act(territory):
    (qpv,) = json.loads(territory.files["qpv"].read_bytes())["features"]
    assert re.fullmatch(r"QN\d{5}M", qpv["properties"]["code_qp"])
    perimeters = json.loads(territory.files["perimetres"].read_bytes())["features"]
    for row in perimeters:
        assert list(row["properties"]) == ["type", "nom", "acte", "date_debut", "date_fin"]
        assert shapely.from_geojson(orjson.dumps(row["geometry"])).is_valid
