"""A town that could be surveyed: parcelles do not overlap and everything lies in what contains it."""

from collections import Counter

import numpy as np
import orjson
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from cadastre_import.demo import convex

from .conftest import features

TO_LAMBERT_93 = Transformer.from_crs(4326, 2154, always_xy=True)
INSEE = "36903"
CENTIMETRE = 0.01  # seven decimals of a degree


def shapes_of(layer: str, territory):
    """Give the ids (or None) and the polygons of a layer in metres."""
    rows = features(territory.files[f"{layer} {INSEE}"])
    shapes = shapely.from_geojson([orjson.dumps(row["geometry"]) for row in rows])
    metres = shapely.transform(shapes, lambda points: np.column_stack(TO_LAMBERT_93.transform(*points.T)))
    return [row.get("id") for row in rows], metres


@pytest.fixture(scope="module")
def parcelles(territory):
    return shapes_of("parcelles", territory)


def test_every_polygon_is_valid(territory, parcelles):
    for _, shapes in (
        parcelles,
        *(shapes_of(layer, territory) for layer in ("communes", "sections", "batiments")),
    ):
        assert shapely.is_valid(shapes).all()
        assert not shapely.is_empty(shapes).any()


def test_parcelles_overlap_by_less_than_their_last_decimal(parcelles):
    _, shapes = parcelles
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    pairs = first < second
    common = shapely.intersection(shapes[first[pairs]], shapes[second[pairs]])
    touching = np.maximum(shapely.length(common) / 2, 1.0)
    assert (shapely.area(common) / touching).max() < CENTIMETRE


def test_parcelles_lie_in_their_section_and_commune(territory, parcelles):
    ids, shapes = parcelles
    sections = dict(zip(*shapes_of("sections", territory), strict=True))
    (commune,) = shapes_of("communes", territory)[1]
    own = np.array([sections[idu[:10]] for idu in ids])
    assert shapely.covers(own, shapes).all()
    assert shapely.covers(commune, shapes).all()


def test_sections_and_iris_partition_the_commune(territory):
    (commune,) = shapes_of("communes", territory)[1]
    _, sections = shapes_of("sections", territory)
    iris = pyogrio.read_dataframe(territory.files["iris"])
    shapely.prepare(commune)
    assert shapely.coverage_is_valid(iris.geometry.to_numpy())
    assert iris.area.sum() == pytest.approx(commune.area, rel=1e-6)
    assert shapely.area(sections).sum() == pytest.approx(commune.area, rel=1e-9)
    assert (
        shapely.union_all(iris.geometry.to_numpy()).symmetric_difference(commune).area
        < commune.length * CENTIMETRE
    )


def test_streets_are_the_public_domain(territory, parcelles):
    (commune,) = shapes_of("communes", territory)[1]
    share = 1 - shapely.area(parcelles[1]).sum() / commune.area
    assert 0.03 < share < 0.25


def test_parcelles_have_plausible_sizes(territory, parcelles):
    areas = shapely.area(parcelles[1])
    built = areas[areas < 2_500]
    assert 250 < np.median(built) < 700
    assert areas.min() > 20
    declared = np.array(
        [row["properties"]["contenance"] for row in features(territory.files[f"parcelles {INSEE}"])]
    )
    far = np.abs(declared / areas - 1) > 0.1
    assert 0.001 < far.mean() < 0.05


def test_each_building_stands_in_one_parcelle(territory, parcelles):
    _, buildings = shapes_of("batiments", territory)
    tree = shapely.STRtree(parcelles[1])
    inner = shapely.buffer(buildings, -3 * CENTIMETRE)
    which, _ = tree.query(inner, predicate="covered_by")
    counts = Counter(which.tolist())
    thin = shapely.is_empty(inner)
    assert all(counts[k] == 1 for k in range(len(buildings)) if not thin[k])
    assert thin.mean() < 0.01


@st.composite
def convex_shapes(draw):
    """A convex polygon: corners on a circle."""
    angles = sorted(set(draw(st.lists(st.integers(0, 359), min_size=3, max_size=9, unique=True))))
    radius = draw(st.floats(5, 500))
    return [(radius * np.cos(np.radians(a)), radius * np.sin(np.radians(a)), k) for k, a in enumerate(angles)]


@given(convex_shapes(), st.floats(-400, 400), st.floats(-400, 400), st.floats(0, 6.28))
def test_the_two_parts_of_a_cut_make_the_whole(shape, x, y, angle):
    parts = convex.split(shape, x, y, float(np.cos(angle)), float(np.sin(angle)), tag=-7)
    whole = convex.area(shape)
    assert sum(convex.area(part) for part in parts if part) == pytest.approx(whole, rel=1e-6, abs=1e-2)
    for part in parts:
        assert {tag for _, _, tag in part} <= {*range(len(shape)), -7}


@given(convex_shapes(), st.floats(0.1, 5))
def test_an_inset_stays_at_its_distance_from_the_sides(shape, distance):
    polygon = shapely.Polygon([(x, y) for x, y, _ in shape])
    inner = convex.inset(shape, lambda tag: distance)
    for x, y, _ in inner:
        assert polygon.exterior.distance(shapely.Point(x, y)) >= distance - 1e-4
