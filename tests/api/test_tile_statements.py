"""How tiles are asked of the database: shapes drawn from their degrees, plans made once."""

import math

import pytest
import shapely
from django.db import connection

from api.tiles.contents import tile_of
from api.tiles.functions import FLAT_FROM
from layers.registry import LAYERS
from layers.scope import Scope
from layers.tile_grid import Tile
from tests.factories import CommuneFactory
from tests.mvt import drawn

# Octagons of 8 to 48 m, over the tile and around it
SCATTERED = """
INSERT INTO layers_parcelle (idu, commune_id, contenance, arpente, is_repaired, millesime, geom)
SELECT '01001' || lpad(n::text, 9, '0'), %(commune)s, 400, false, false, '2026-04-01',
    ST_Multi(ST_Buffer(ST_Point(west, south, 4326)::geography, 8 + n %% 40, 2)::geometry)
FROM (SELECT n, %(west)s + (n %% 12) / 10.0 * %(side)s AS west, %(south)s + (n / 12) / 10.0 * %(side)s AS south
      FROM generate_series(0, 143) AS n) AS grid
"""
PROJECTED = """
SELECT ST_AsMVT(tile.*, 'parcelles', 4096, 'geom' ORDER BY idu COLLATE "C") FROM (
    SELECT idu, ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(%s, %s, %s), 4096, 64) AS geom
    FROM layers_parcelle) AS tile
"""
PREPARED = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE '%ST_AsMVT(%'"
EVERYTHING = Scope.whole()


def scattered_around(place: tuple[float, float], z: int) -> Tile:
    longitude, latitude = place
    row = (1 - math.asinh(math.tan(math.radians(latitude))) / math.pi) / 2
    tile = Tile(z, int((longitude + 180) / 360 * 2**z), int(row * 2**z))
    west, south, east, _ = tile.extent(0.1)
    with connection.cursor() as cursor:
        given = {"commune": CommuneFactory().code, "west": west, "south": south, "side": east - west}
        cursor.execute(SCATTERED, given)
    return tile


@pytest.mark.parametrize("z", [14, 15, 16])
@pytest.mark.parametrize(
    "place",
    [(2.37, 51.05), (3.06, 46.54), (9.18, 41.4), (55.5, -21.3)],
    ids=["Nord", "Allier", "Corse", "Réunion"],
)
def test_shapes_drawn_from_degrees_are_those_of_web_mercator(db, place, z):
    """A unit is 40 cm on the ground at zoom 14: the two round each corner to the same one, or to its neighbour."""
    tile = scattered_around(place, z)
    with connection.cursor() as cursor:
        cursor.execute(PROJECTED, [tile.z, tile.x, tile.y])
        projected = drawn(bytes(cursor.fetchone()[0]), "parcelles")
    ours = drawn(tile_of(LAYERS["parcelles"], tile, EVERYTHING, {}), "parcelles")
    assert len(ours) > 40
    assert [row["idu"] for _, row in ours] == [row["idu"] for _, row in projected]
    apart = [shapely.hausdorff_distance(a, b) for (a, _), (b, _) in zip(ours, projected, strict=True)]
    assert max(apart) < 1.5
    assert sum(apart) / len(apart) < 0.6


def test_far_from_the_ground_shapes_are_projected(db):
    """A perimeter may have sides of 50 km, which are not straight in both."""
    assert not LAYERS["perimetres"].short_sided
    assert all(
        layer.min_zoom >= FLAT_FROM for layer in LAYERS.values() if layer.short_sided and layer.is_open
    )


@pytest.mark.parametrize(("z", "kept_plans"), [(16, 1), (10, 0)])
def test_near_the_ground_a_tile_is_planned_once_a_connection(db, z, kept_plans):
    """Far from it, the planner sees the ground of each tile."""
    lay = scattered_around((3.06, 46.54), 16)
    middle = Tile(z, lay.x >> 16 - z, lay.y >> 16 - z)
    layer = LAYERS["parcelles" if z == 16 else "iris"]
    first = tile_of(layer, middle, EVERYTHING, {})
    for _ in range(10):
        assert tile_of(layer, middle, EVERYTHING, {}) == first
    with connection.cursor() as cursor:
        cursor.execute(PREPARED)
        plans = cursor.fetchall()
    assert len(plans) == kept_plans
    assert all(generic >= 3 and custom <= 5 for generic, custom in plans)
