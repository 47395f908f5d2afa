"""Which outline of an IRIS stands: the detailed one, as long as it draws the same ground."""

from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from cadastre_import.folder import recognise
from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.errors import UnreadableFile
from layers.models import Iris
from tests.cadastre_import.official_files import polygon, write_features
from tests.cadastre_import.vector_files import written
from tests.factories import CommuneFactory

pytestmark = pytest.mark.django_db
NAMINGS = {
    "before 2015": {"DEPCOM": "60901", "DCOMIRIS": "609010101", "NOM_IRIS": "Le Moulin", "TYP_IRIS": "H"},
    "2015-2023": {"INSEE_COM": "60901", "CODE_IRIS": "609010101", "NOM_IRIS": "Le Moulin", "TYP_IRIS": "H"},
    "2024": {"code_insee": "60901", "code_iris": "609010101", "nom_iris": "Le Moulin", "type_iris": "H"},
    "Opendatasoft": {
        "com_arm_code": "60901",
        "iris_code": "609010101",
        "iris_name": "Le Moulin",
        "iris_type": "iris d'habitat",
    },
}


def contour(side: float, naming: str = "2024") -> dict:
    return {"type": "Feature", "geometry": polygon(0, 0, side), "properties": NAMINGS[naming]}


def load(tmp_path: Path, source: str, side: float, year: int, naming: str = "2024"):
    path = write_features(
        tmp_path / f"{source}-{side}-{year}.geojson", [contour(side, naming)], compress=False
    )
    return run_import(SOURCES[source], path, millesime=date(year, 1, 1))


@pytest.fixture(autouse=True)
def _commune():
    CommuneFactory(code="60901", geom=None)


def side_m() -> float:
    shape = Iris.objects.current().get().geom.transform(2154, clone=True)
    return round(shape.area**0.5)


@pytest.mark.parametrize("naming", NAMINGS)
@pytest.mark.parametrize("source", ["iris", "iris-ge"])
def test_each_naming_of_the_fields_is_read(tmp_path, source, naming):
    load(tmp_path, source, 100, 2024, naming)
    iris = Iris.objects.get()
    assert (iris.code, iris.commune_id, iris.nom, iris.type) == ("609010101", "60901", "Le Moulin", "H")
    assert iris.is_detailed is (source == "iris-ge")


def test_the_detailed_outline_stands_whichever_comes_last(tmp_path):
    load(tmp_path, "iris", 101, 2024)
    assert load(tmp_path, "iris-ge", 100, 2024).changed == 1
    assert side_m() == 100
    report = load(tmp_path, "iris", 102, 2025)
    assert report.notices == ["1 IRIS gardent leur contour détaillé (IRIS-GE)"]
    assert (side_m(), Iris.objects.get().is_detailed) == (100, True)
    # two editions read in turn do not take it back from each other
    assert load(tmp_path, "iris-ge", 100, 2025).changed == 0


def test_the_statistics_of_the_staged_rows_follow_their_corrections(tmp_path):
    """Each row was staged as simplified, and is detailed once corrected: the planner must know it."""
    contours = [contour(100), contour(100)]
    contours[1]["properties"] = contours[1]["properties"] | {"code_iris": "609010102"}
    for source in ("iris-ge", "iris"):
        run_import(SOURCES[source], write_features(tmp_path / f"{source}.geojson", contours))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT most_common_vals::text FROM pg_stats WHERE tablename = 'staging' AND attname = 'is_detailed'"
        )
        assert cursor.fetchall() == [("{t}",)]


@pytest.mark.parametrize(
    ("source", "layer"),
    [("iris", "contours_iris"), ("iris", "IRIS"), ("iris-ge", "IRIS_GE"), ("iris-ge", "iris")],
)
def test_the_layer_that_the_ign_names_is_read_among_others(tmp_path, source, layer):
    path = written(tmp_path / "iris.gpkg", "GPKG", "EPSG:2154", values={**NAMINGS["2024"]}, layer=layer)
    written(path, "GPKG", "EPSG:2154", layer="layer_styles", append=True)
    assert run_import(SOURCES[source], path).rejects == []
    assert Iris.objects.get().is_detailed is (source == "iris-ge")


def test_several_layers_without_that_of_the_iris_are_not_guessed_among(tmp_path):
    path = written(tmp_path / "iris.gpkg", "GPKG", "EPSG:2154", layer="a")
    written(path, "GPKG", "EPSG:2154", layer="b", append=True)
    with pytest.raises(UnreadableFile, match="2 couches"):
        run_import(SOURCES["iris"], path)


def test_an_iris_that_was_redrawn_takes_the_outline_of_its_edition(tmp_path):
    load(tmp_path, "iris-ge", 100, 2024)
    assert load(tmp_path, "iris", 150, 2025).notices == []
    assert (side_m(), Iris.objects.get().is_detailed) == (150, False)


def test_the_two_products_are_recognised_by_their_names(tmp_path):
    names = (
        "contours-iris.gpkg",
        "iris_2024.geojson",
        "IRIS-GE_93.gpkg",
        "iris_ge.geojson",
        "iris-gentilly.geojson",
    )
    for name in names:
        (tmp_path / name).touch()
    found = {one.path.name: one.source for one in recognise(tmp_path)}
    assert found == {
        "contours-iris.gpkg": "iris",
        "iris_2024.geojson": "iris",
        "IRIS-GE_93.gpkg": "iris-ge",
        "iris_ge.geojson": "iris-ge",
        "iris-gentilly.geojson": "iris",
    }
