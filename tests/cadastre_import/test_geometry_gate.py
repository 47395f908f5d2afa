"""What a geometry must be to enter: readable, in France, valid or repaired without being deformed, in its commune."""

from typing import Any

import pytest

from cadastre_import.geometry import MAX_VERTICES
from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.models import Batiment, Parcelle, Section
from tests.cadastre_import.official_files import parcelle, polygon, write_features
from tests.factories import CommuneFactory, square

pytestmark = pytest.mark.django_db

LAYERS = {"parcelles": Parcelle, "batiments": Batiment, "sections": Section}


@pytest.fixture(autouse=True)
def commune():
    """Give a commune of one kilometre."""
    return CommuneFactory(code="60999", geom=square(0, 0, 1000))


def feature(source: str, geometry: dict[str, Any]) -> dict[str, Any]:
    """Give a feature of a layer of the cadastre."""
    if source == "parcelles":
        return parcelle("60999000AB0001", geometry)
    properties = {"id": "60999000AB", "commune": "60999", "type": "01", "nom": None}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def refusal(tmp_path, source: str, geometry: dict[str, Any]) -> str:
    """Import one feature and give why it was refused, empty if it was not."""
    report = run_import(SOURCES[source], write_features(tmp_path / "a.json", [feature(source, geometry)]))
    assert LAYERS[source].objects.count() == report.added == 1 - len(report.rejects)
    return report.rejects[0][1] if report.rejects else ""


def moved(geometry: dict[str, Any], change) -> dict[str, Any]:
    """Give the polygon with each position changed."""
    return geometry | {"coordinates": [[change(*p) for p in ring] for ring in geometry["coordinates"]]}


@pytest.mark.parametrize("source", LAYERS)
def test_a_shape_of_the_commune_or_within_500_m_enters(tmp_path, source):
    assert refusal(tmp_path, source, polygon(1_400, 500, 10)) == ""


@pytest.mark.parametrize("source", LAYERS)
def test_a_shape_far_from_its_commune_is_refused(tmp_path, source):
    assert "à plus de 500 m de la commune 60999" in refusal(tmp_path, source, polygon(1_600, 500, 10))


@pytest.mark.parametrize("source", LAYERS)
def test_where_the_outline_is_not_known_the_shape_enters(tmp_path, source, commune):
    commune.geom = None
    commune.save()
    assert refusal(tmp_path, source, polygon(50_000, 0, 10)) == ""


def test_far_shapes_are_refused_when_they_come_in_whole_blocks(tmp_path):
    rows = [parcelle(f"60999000AB{n:04d}", polygon(n * 20 + 5, 0, 10)) for n in range(1, 201)]
    report = run_import(SOURCES["parcelles"], write_features(tmp_path / "a.json", rows))
    refused = {line - 1 for line, reason, _ in report.rejects if "à plus de 500 m" in reason}
    assert refused == set(range(75, 201))  # beyond 1 500 m
    assert Parcelle.objects.count() == 74


@pytest.mark.parametrize("source", LAYERS)
def test_swapped_axes_are_proposed_and_never_applied(tmp_path, source):
    swapped = moved(polygon(0, 0, 10), lambda lon, lat: [lat, lon])
    assert "latitude et longitude semblent inversées" in refusal(tmp_path, source, swapped)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda lon, lat: [lon * 1e5, lat * 1e5], "hors du globe"),
        (lambda lon, lat: [lon + 20, lat], "hors de France : la projection"),
        (lambda lon, lat: [0.001 * (lon - 3), 0.001 * (lat - 46.5)], "hors de France"),
    ],
)
def test_another_projection_is_told(tmp_path, change, reason):
    assert reason in refusal(tmp_path, "parcelles", moved(polygon(0, 0, 10), change))


def test_overseas_is_in_france(tmp_path):
    CommuneFactory(code="97411", geom=None)
    ring = [[55.45, -20.88], [55.451, -20.88], [55.451, -20.881], [55.45, -20.88]]
    row = parcelle("97411000AB0001", {"type": "Polygon", "coordinates": [ring]})
    assert run_import(SOURCES["parcelles"], write_features(tmp_path / "a.json", [row])).added == 1


def test_a_repair_that_changes_the_area_by_more_than_one_percent_is_refused(tmp_path):
    shape = polygon(0, 0, 100)
    (west, south), *_ = shape["coordinates"][0]
    lobe = [
        [west, south],
        [west - 2e-4, south - 2e-4],
        [west, south - 2e-4],
        [west - 2e-4, south],
        [west, south],
    ]
    shape["coordinates"][0] = lobe[:-1] + shape["coordinates"][0]
    assert "irréparable sans la déformer" in refusal(tmp_path, "parcelles", shape)


def test_a_repair_that_keeps_the_area_is_marked(tmp_path):
    shape = polygon(0, 0, 100)
    ring = shape["coordinates"][0]
    ring[1:1] = [[ring[0][0], ring[0][1] - 1e-4], ring[0]]  # a spike, there and back
    assert refusal(tmp_path, "parcelles", shape) == ""
    assert Parcelle.objects.get().is_repaired


def test_too_many_vertices(tmp_path):
    (west, south), *_ = polygon(0, 0, 100)["coordinates"][0]
    crest = [[west + n * 1e-9, south + (n % 2) * 1e-9] for n in range(MAX_VERTICES)]
    shape = {"type": "Polygon", "coordinates": [[*crest, [west, south + 1e-3], crest[0]]]}
    assert "50000 sommets" in refusal(tmp_path, "parcelles", shape)
