"""``DWithin`` and ``Beyond`` of the WFS: in metres on the ground, everywhere in France, by the index.

The oracle is the distance on the ellipsoid by its two radii of curvature: a millimetre over some kilometres.
"""

import math
import random

import pytest
from django.contrib.gis.geos import Point
from django.db import connection
from django.test.utils import CaptureQueriesContext

from layers.models import Signalement
from tests.factories import ParcelleFactory, SignalementFactory, square
from tests.ogc.wfs import collection, exception_of, get_feature, send, tree

RADIUS_M, FLATTENING = 6_378_137.0, 1 / 298.257223563
HERE, REUNION, MIQUELON = (3.0, 46.5), (55.45, -20.88), (-56.33, 47.0)
URN = "urn:ogc:def:crs:EPSG::4326"


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Give the distance between two near places, in degrees."""
    squared = FLATTENING * (2 - FLATTENING)
    latitude = math.radians((one[1] + other[1]) / 2)
    shrunk = 1 - squared * math.sin(latitude) ** 2
    north = RADIUS_M * (1 - squared) / shrunk**1.5 * math.radians(other[1] - one[1])
    east = RADIUS_M / math.sqrt(shrunk) * math.cos(latitude) * math.radians(other[0] - one[0])
    return math.hypot(north, east)


def gml_point(place: tuple[float, float]) -> str:
    return f"<gml:Point srsName='{URN}'><gml:pos>{place[1]:.9f} {place[0]:.9f}</gml:pos></gml:Point>"


def asked(
    operator: str, shape: str, distance: float | str, unit: str = "m", layer: str = "signalements"
) -> str:
    condition = (
        f"<fes:{operator}><fes:ValueReference>geom</fes:ValueReference>{shape}"
        f"<fes:Distance uom='{unit}'>{distance}</fes:Distance></fes:{operator}>"
    )
    return get_feature(f"<fes:Filter>{condition}</fes:Filter>", layer, outputFormat="geojson")


def found(client, document: str) -> set:
    return {feature["properties"]["id"] for feature in collection(send(client, document))["features"]}


@pytest.mark.parametrize("centre", [HERE, REUNION, MIQUELON], ids=["here", "Réunion", "Miquelon"])
def test_the_rows_within_and_beyond_are_those_of_the_ellipsoid(administrator_client, commune, centre):
    draw = random.Random(1)
    places = {}
    for _ in range(40):
        away = 10 ** draw.uniform(-5, -1.2)  # from a metre to seven kilometres
        angle = draw.uniform(0, 2 * math.pi)
        place = centre[0] + away * math.cos(angle), centre[1] + away * math.sin(angle)
        places[SignalementFactory(commune=commune, geom=Point(*place, srid=4326)).pk] = place
    for distance in (0.5, 10, 99.7, 1_000, 5_000):
        apart = {pk: metres(centre, place) for pk, place in places.items()}
        assert all(abs(far - distance) > 0.001 * distance for far in apart.values())  # none on the edge
        near = {pk for pk, far in apart.items() if far <= distance}
        shape = gml_point(centre)
        assert found(administrator_client, asked("DWithin", shape, distance)) == near
        assert found(administrator_client, asked("Beyond", shape, distance)) == places.keys() - near


@pytest.mark.parametrize(
    ("unit", "distance"),
    [
        *(("m", 1500), ("km", 1.5), ("metre", 1500), ("urn:ogc:def:uom:UCUM::km", 1.5)),
        *(("urn:ogc:def:uom:EPSG::9001", 1500), ("http://www.opengis.net/def/uom/EPSG/0/9036", 1.5)),
    ],
)
def test_units_are_those_that_clients_write(partner_client, commune, unit, distance):
    near, far = (
        SignalementFactory(commune=commune, geom=Point(HERE[0], HERE[1] + north, srid=4326)).pk
        for north in (0.0134, 0.0136)  # 1 490 m and 1 512 m
    )
    assert found(partner_client, asked("DWithin", gml_point(HERE), distance, unit)) == {near}
    assert found(partner_client, asked("Beyond", gml_point(HERE), distance, unit)) == {far}


@pytest.mark.parametrize(
    ("distance", "unit"),
    [
        *((5, "deg"), (5, "toise"), (5, ""), (-1, "m"), ("NaN", "m"), ("Infinity", "m"), ("-Infinity", "m")),
        *((1e300, "m"), (100_001, "m"), (101, "km"), ("", "m"), ("dix", "m"), ("1 0", "m")),
    ],
)
def test_what_is_no_distance_is_refused(partner_client, commune, distance, unit):
    for operator in ("DWithin", "Beyond"):
        assert exception_of(send(partner_client, asked(operator, gml_point(HERE), distance, unit)))


def test_a_text_is_near_nothing_and_a_shape_stands_on_the_map(partner_client, commune):
    document = asked("DWithin", gml_point(HERE), 5)
    assert exception_of(send(partner_client, document.replace(">geom<", ">reference<")))
    assert exception_of(send(partner_client, asked("DWithin", gml_point((3.0, 89.0)), 5)))
    lines = "".join(f"{-80 + n % 2 * 160} {-170 + n} " for n in range(200))
    long = f"<gml:LineString srsName='{URN}'><gml:posList>{lines}</gml:posList></gml:LineString>"
    assert exception_of(send(partner_client, asked("DWithin", long, 5)))


def test_a_shape_in_metres_and_a_row_that_has_an_area(partner_client, commune):
    """The side of the parcelle is 30 m, on the grid of Lambert-93, from the point."""
    plot = ParcelleFactory(commune=commune, geom=square(130, 0, 10))
    origin = square(0, 0, 10).transform(2154, clone=True).extent
    shape = (
        "<gml:Point srsName='urn:ogc:def:crs:EPSG::2154'>"
        f"<gml:pos>{origin[0] + 100:.3f} {origin[1] + 5:.3f}</gml:pos></gml:Point>"
    )
    for distance, is_near in ((29.5, False), (30.5, True)):
        document = asked("DWithin", shape, distance, layer="parcelles")
        features = collection(send(partner_client, document))["features"]
        assert [feature["properties"]["idu"] for feature in features] == [plot.idu] * is_near


def test_a_long_edge_is_the_straight_line_of_the_map(partner_client, commune):
    """Between two points of a parallel the shortest way leaves it by kilometres; a row on it is at 0 m."""
    on_it = SignalementFactory(commune=commune, geom=Point(3.0, 46.5, srid=4326)).pk
    line = f"<gml:LineString srsName='{URN}'><gml:posList>46.5 -2 46.5 8</gml:posList></gml:LineString>"
    assert found(partner_client, asked("DWithin", line, 1)) == {on_it}


def test_they_are_combined_with_other_conditions_and_paged(partner_client, commune):
    for n in range(4):
        place = Point(HERE[0] + n * 0.001, HERE[1], srid=4326)
        SignalementFactory(commune=commune, geom=place, reference=f"r{n}")
    near = asked("Beyond", gml_point(HERE), 100).partition("<fes:Filter>")[2].partition("</fes:Filter>")[0]
    other = (
        "<fes:PropertyIsNotEqualTo><fes:ValueReference>reference</fes:ValueReference>"
        "<fes:Literal>r2</fes:Literal></fes:PropertyIsNotEqualTo>"
    )
    for condition, count in ((f"<fes:And>{near}{other}</fes:And>", 1), (f"<fes:Not>{near}</fes:Not>", 2)):
        document = get_feature(f"<fes:Filter>{condition}</fes:Filter>", count=1)
        answer = tree(send(partner_client, document))
        assert (answer.get("numberReturned"), answer.get("numberMatched")) == ("1", str(count))


def test_the_index_chooses_the_rows(partner_client, commune):
    east, north = HERE
    places = [Point(east + n / 100, north, srid=4326) for n in range(300)]
    reports = [SignalementFactory.build(commune=commune, geom=place) for place in places]
    Signalement.objects.unscoped("laid by hand").bulk_create(reports)
    with CaptureQueriesContext(connection) as queries:
        assert len(found(partner_client, asked("DWithin", gml_point(HERE), 50))) == 1
    sql = next(query["sql"] for query in queries if "ST_DWithin" in query["sql"])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE layers_signalement")  # else what the planner believes is left by other tests
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "signalement_geom_gist" in plan
    assert Signalement.objects.unscoped("nothing was written").count() == 300


def test_they_are_announced(partner_client):
    query = {"SERVICE": "WFS", "REQUEST": "GetCapabilities"}
    operators = tree(partner_client.get("/wfs/", query)).iter(
        "{http://www.opengis.net/fes/2.0}SpatialOperator"
    )
    assert {"DWithin", "Beyond", "Intersects"} <= {operator.get("name") for operator in operators}
