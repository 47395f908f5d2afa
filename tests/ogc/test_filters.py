"""OGC API Features Part 3 and CQL2, abstract tests: queryables, filters in text and JSON, and what is refused.

The answer of each filter is compared with a Python predicate over the features themselves.
"""

import json
import random
from collections import Counter
from datetime import date
from typing import Any

import cql2
import pytest
from django.contrib.gis.geos import Point

from layers.models import Signalement
from layers.registry import LAYERS
from tests.factories import SignalementFactory, point
from tests.ogc.features_api import EPSG, ROOT, SCHEMAS, ask, ids, link, refused
from tests.ogc.wfs import body

ITEMS = "/collections/signalements/items"


@pytest.fixture
def mixed(reader, commune):
    """Add reports whose criticality or closing is unknown, and texts that look like patterns."""
    for n, (reference, closed_on) in enumerate(
        [("100%_a", None), ("100Xya", date(2024, 5, 1)), ("L'ÉTÉ\\", None), ("l'été\\", date(2024, 6, 1))]
    ):
        SignalementFactory(
            commune=commune,
            geom=point(2000 + n, 2000),
            reference=reference,
            criticite=None,
            closed_on=closed_on,
            received_on=date(2025, 1, 1 + n),
            status=Signalement.Status.CLOSED if closed_on else Signalement.Status.ACTIVE,
        )
    return reader


def crit(p):
    return p["criticite"]


# An unknown value makes a comparison neither true nor false: NOT keeps no row for it
CASES = {
    "criticite > 20": lambda p: crit(p) is not None and crit(p) > 20,
    "20 < criticite": lambda p: crit(p) is not None and crit(p) > 20,
    "NOT criticite > 20": lambda p: crit(p) is not None and crit(p) <= 20,
    "criticite <> 20": lambda p: crit(p) is not None and crit(p) != 20,
    "NOT (criticite <> 20)": lambda p: crit(p) == 20,
    "criticite >= 20 AND criticite <= 40": lambda p: crit(p) is not None and 20 <= crit(p) <= 40,
    "criticite BETWEEN 20 AND 40": lambda p: crit(p) is not None and 20 <= crit(p) <= 40,
    "criticite NOT BETWEEN 20 AND 40": lambda p: crit(p) is not None and not 20 <= crit(p) <= 40,
    "criticite IS NULL": lambda p: crit(p) is None,
    "criticite IS NOT NULL": lambda p: crit(p) is not None,
    "NOT (criticite > 20 OR ferme_le IS NULL)": lambda p: False,  # unknown or false: never true
    "NOT (criticite > 20 AND ferme_le IS NULL)": lambda p: (
        p["ferme_le"] is not None or (crit(p) is not None and crit(p) <= 20)
    ),
    "criticite IN (0, 10, 99)": lambda p: crit(p) in (0, 10),
    "criticite NOT IN (0, 10, 99)": lambda p: crit(p) is not None and crit(p) not in (0, 10),
    "reference = 'L''ÉTÉ\\'": lambda p: p["reference"] == "L'ÉTÉ\\",
    "CASEI(reference) = CASEI('L''Été\\')": lambda p: p["reference"].lower() == "l'été\\",
    "CASEI(reference) IN (CASEI('l''ÉTÉ\\'), 'x')": lambda p: p["reference"].lower() == "l'été\\",
    "CASEI(reference) LIKE CASEI('L''ét%')": lambda p: p["reference"].lower().startswith("l'ét"),
    "ACCENTI(reference) = ACCENTI('L''ÉTÊ\\')": lambda p: p["reference"] == "L'ÉTÉ\\",
    "ACCENTI(reference) = 'L''ETE\\'": lambda p: p["reference"] == "L'ÉTÉ\\",
    "ACCENTI(CASEI(reference)) = CASEI(ACCENTI('L''étè\\'))": lambda p: p["reference"].lower() == "l'été\\",
    "ACCENTI(reference) LIKE ACCENTI('l''ét%')": lambda p: p["reference"] == "l'été\\",
    "ACCENTI(reference) IN ('l''ete\\', 'x')": lambda p: p["reference"] == "l'été\\",
    "reference = ACCENTI('l''été\\')": lambda p: False,  # the field keeps its accents
    "ACCENTI('e\u0301\u0327 Ç ñ œ') = 'e C n œ'": lambda p: True,
    "ACCENTI(statut) = statut": lambda p: True,
    "reference LIKE '100%a'": lambda p: p["reference"].startswith("100"),
    "reference LIKE '100\\%\\_a'": lambda p: p["reference"] == "100%_a",
    "reference LIKE '100__a'": lambda p: p["reference"] in ("100%_a", "100Xya"),
    "reference NOT LIKE '100%'": lambda p: not p["reference"].startswith("100"),
    "a_verifier = FALSE AND statut = 'CLOSED'": lambda p: p["statut"] == "CLOSED",
    "NOT a_verifier": lambda p: True,
    "a_verifier": lambda p: False,
    "TRUE": lambda p: True,
    "FALSE": lambda p: False,
    "NOT FALSE": lambda p: True,
    "depose_le >= DATE('2024-01-03') AND depose_le < DATE('2025-01-01')": lambda p: (
        "2024-01-03" <= p["depose_le"] < "2025-01-01"
    ),
    "depose_le = TIMESTAMP('2024-01-03T23:30:00Z')": lambda p: p["depose_le"] == "2024-01-04",
    "T_AFTER(depose_le, DATE('2024-01-05'))": lambda p: p["depose_le"] > "2024-01-05",
    "T_BEFORE(ferme_le, DATE('2024-06-01'))": lambda p: p["ferme_le"] == "2024-05-01",
    "NOT T_BEFORE(ferme_le, DATE('2024-06-01'))": lambda p: p["ferme_le"] == "2024-06-01",
    "T_DURING(depose_le, INTERVAL('2024-01-02', '2024-01-05'))": lambda p: (
        "2024-01-02" < p["depose_le"] < "2024-01-05"
    ),
    "T_INTERSECTS(depose_le, INTERVAL('..', '2024-01-05'))": lambda p: p["depose_le"] <= "2024-01-05",
    "T_DISJOINT(ferme_le, DATE('2024-05-01'))": lambda p: p["ferme_le"] == "2024-06-01",
    "id = 1.5": lambda p: False,
    "id > 1.5 AND id < 1e12": lambda p: p["id"] > 1.5,
    "criticite = 20 OR criticite = 30 AND statut = 'NEED_VALIDATION'": lambda p: crit(p) == 20,
}


def test_filters_keep_the_rows_for_which_they_are_true(mixed):  # /conf/filter/*, /conf/cql2-text, -json
    everything = ask(mixed, ITEMS)["features"]
    assert len(everything) == 11
    for text, truth in CASES.items():
        expected = [one["id"] for one in everything if truth(one["properties"])]
        found = ask(mixed, ITEMS, filter=text)
        assert ids(found) == expected, text
        assert found["numberMatched"] == len(expected)
        as_json = json.dumps(cql2.parse_text(text).to_json())
        assert ids(ask(mixed, ITEMS, filter=as_json, **{"filter-lang": "cql2-json"})) == expected, text


def test_a_field_is_compared_with_a_field_and_a_value_with_a_value(mixed):  # /conf/property-property/*
    everything = ids(ask(mixed, ITEMS))
    known = {one["id"]: one["properties"] for one in ask(mixed, ITEMS)["features"]}
    layer = LAYERS["signalements"]
    for name in layer.fields:
        told = [key for key in everything if known[key][name] is not None]
        answers = {
            sign: ids(ask(mixed, ITEMS, filter=f"{name} {sign} {name}"))
            for sign in ("=", "<=", ">=", "<", ">", "<>")
        }
        assert answers == dict.fromkeys(("=", "<=", ">="), told) | {sign: [] for sign in ("<", ">", "<>")}, (
            name
        )
    for value in (
        "'foo'",
        "TRUE",
        "3.14",
        "1",
        "TIMESTAMP('2022-04-14T14:48:46Z')",
        "DATE('2022-04-14')",
        "CASEI('Foo')",
    ):
        for sign in ("=", "<=", ">=", "<", ">", "<>"):
            expected = everything if sign in ("=", "<=", ">=") else []
            assert ids(ask(mixed, ITEMS, filter=f"{value} {sign} {value}")) == expected, (value, sign)
    for name, value in {
        "reference": "'foo'",
        "a_verifier": "TRUE",
        "criticite": "3.14",
        "id": "1",
        "depose_le": "DATE('2022-04-14')",
    }.items():
        for sign, turned in (("=", "="), ("<>", "<>"), (">", "<"), ("<", ">"), (">=", "<="), ("<=", ">=")):
            there, here = f"{value} {sign} {name}", f"{name} {turned} {value}"
            assert ids(ask(mixed, ITEMS, filter=there)) == ids(ask(mixed, ITEMS, filter=here)), there


BETWEEN_FIELDS = {
    "ferme_le >= depose_le": lambda p: p["ferme_le"] is not None and p["ferme_le"] >= p["depose_le"],
    "ferme_le < depose_le": lambda p: p["ferme_le"] is not None and p["ferme_le"] < p["depose_le"],
    "NOT ferme_le < depose_le": lambda p: p["ferme_le"] is not None and p["ferme_le"] >= p["depose_le"],
    "criticite < id": lambda p: crit(p) is not None and crit(p) < p["id"],
    "id BETWEEN criticite AND 1000000000": lambda p: crit(p) is not None and crit(p) <= p["id"],
    "20 BETWEEN 10 AND criticite": lambda p: crit(p) is not None and crit(p) >= 20,
    "20 IN (criticite, id)": lambda p: crit(p) == 20 or p["id"] == 20,
    "'CLOSED' IN (statut, reference)": lambda p: p["statut"] == "CLOSED",
    "CASEI(statut) = CASEI(statut)": lambda p: True,
    "statut = CASEI(statut)": lambda p: False,  # written in capitals
    "'abc' LIKE 'a%'": lambda p: True,
    "CASEI('ABC') LIKE CASEI('a%')": lambda p: True,
    "'abc' LIKE 'b%'": lambda p: False,
    "'abc' IS NULL": lambda p: False,
    "S_INTERSECTS(geom, geom)": lambda p: True,
    "S_DISJOINT(geom, geom)": lambda p: False,
    "S_WITHIN(POINT(1 1), BBOX(0, 0, 2, 2))": lambda p: True,
    "S_CONTAINS(POINT(1 1), BBOX(0, 0, 2, 2))": lambda p: False,
    "T_BEFORE(DATE('2024-01-01'), DATE('2024-01-02'))": lambda p: True,
    "T_DURING(DATE('2024-01-01'), INTERVAL('2024-01-02', '..'))": lambda p: False,
    "T_AFTER(TIMESTAMP('2024-01-01T00:00:01Z'), TIMESTAMP('2024-01-01T00:00:00Z'))": lambda p: True,
    "T_INTERSECTS(INTERVAL('2024-01-01T00:00:00Z', '..'), TIMESTAMP('2024-01-01T00:00:00Z'))": lambda p: True,
    "T_AFTER(ferme_le, depose_le)": lambda p: p["ferme_le"] is not None and p["ferme_le"] > p["depose_le"],
}


def test_every_predicate_takes_fields_and_values_on_both_sides(mixed):
    everything = ask(mixed, ITEMS)["features"]
    for text, truth in BETWEEN_FIELDS.items():
        expected = [one["id"] for one in everything if truth(one["properties"])]
        assert ids(ask(mixed, ITEMS, filter=text)) == expected, text
        as_json = json.dumps(cql2.parse_text(text).to_json())
        assert ids(ask(mixed, ITEMS, filter=as_json, **{"filter-lang": "cql2-json"})) == expected, text


def drawn(draw: random.Random, depth: int = 3) -> dict | bool:
    """Draw a filter in JSON whose operands are of all kinds, fit or not."""
    if depth and draw.random() < 0.3:
        name = draw.choice(["and", "or", "not"])
        return {"op": name, "args": [drawn(draw, depth - 1) for _ in range(1 if name == "not" else 2)]}
    name = draw.choice(
        ["=", "<>", "<", ">=", "like", "between", "in", "isNull", "s_touches", "s_within", "t_meets"]
    )

    def operand() -> Any:
        point_, line = {"type": "Point", "coordinates": [3, 46]}, [[3, 46], [3, 47]]
        plain = [
            *({"property": field} for field in (*LAYERS["signalements"].fields, "geom", "nope")),
            *(
                "foo",
                "",
                1,
                10**19,
                1.5,
                -1,
                True,
                {"date": "2024-01-02"},
                {"timestamp": "2024-01-02T00:00:00Z"},
            ),
            *({"interval": ["2024-01-01", ".."]}, {"bbox": [3, 46, 4, 47]}, point_),
            {
                "type": "GeometryCollection",
                "geometries": [point_, {"type": "LineString", "coordinates": line}],
            },
        ]
        found = draw.choice(plain)
        return {"op": draw.choice(["casei", "accenti"]), "args": [found]} if draw.random() < 0.2 else found

    counts = {"between": 3, "isNull": 1}
    args = [operand() for _ in range(counts.get(name, 2))]
    return {"op": name, "args": [args[0], [operand(), operand()]] if name == "in" else args}


def test_no_filter_whatever_its_operands_is_a_fault(mixed):
    mixed.raise_request_exception = False
    draw, answers = random.Random(7), Counter()
    for _ in range(250):
        filter_ = json.dumps(drawn(draw))
        response = mixed.get(f"{ROOT}{ITEMS}", {"filter": filter_, "filter-lang": "cql2-json"})
        assert response.status_code in (200, 400), (filter_, body(response))
        answers[response.status_code] += 1
    assert min(answers[200], answers[400]) > 20, answers


def test_filters_go_with_the_other_parameters_and_the_pages(mixed):  # /conf/filter/mixing-expressions
    first = ask(mixed, ITEMS, filter="criticite >= 10", limit=2, datetime="../2024-01-05")
    second = ask(mixed, link(first, "next"))
    assert (first["numberMatched"], len(first["features"]), len(second["features"])) == (4, 2, 2)
    assert ids(ask(mixed, ITEMS, filter="criticite >= 10", criticite="30")) == [ids(first)[0] + 2]


def wkt(*positions: tuple[float, float]) -> str:
    return f"POLYGON(({', '.join(f'{x} {y}' for x, y in positions)}))"


def box_around(x: float, y: float, reach: float) -> list[tuple[float, float]]:
    return [
        (x - reach, y - reach),
        (x + reach, y - reach),
        (x + reach, y + reach),
        (x - reach, y + reach),
        (x - reach, y - reach),
    ]


def test_shapes_filter(reader, commune):  # /conf/basic-spatial-functions(-plus), /conf/spatial-functions
    exact = SignalementFactory(commune=commune, geom=Point(3.25, 46.75, srid=4326))
    everything = ids(ask(reader, ITEMS))
    lon, lat = ask(reader, ITEMS)["features"][2]["geometry"]["coordinates"]
    around = wkt(*box_around(lon, lat, 1e-4))
    only = [everything[2]]
    others = [key for key in everything if key not in only]
    reach = f"{lon - 1e-4}, {lat - 1e-4}, {lon + 1e-4}, {lat + 1e-4}"
    for text, expected in {
        f"S_INTERSECTS(geom, BBOX({reach}))": only,
        f"S_INTERSECTS(geom, {around})": only,
        f"S_INTERSECTS({around}, geom)": only,
        f"S_WITHIN(geom, {around})": only,
        f"S_CONTAINS({around}, geom)": only,
        f"S_CONTAINS(geom, {around})": [],
        f"S_DISJOINT(geom, {around})": others,
        f"NOT S_INTERSECTS(geom, {around})": others,
        f"S_CROSSES(geom, {around})": [],
        f"S_OVERLAPS(geom, {around})": [],
        f"S_TOUCHES(geom, {around})": [],
        f"S_INTERSECTS(geom, GEOMETRYCOLLECTION({around}, POINT(0 0)))": only,
        f"S_INTERSECTS(geom, MULTIPOINT(({lon} {lat}), (1 1)))": [],
        "S_EQUALS(geom, POINT(3.25 46.75))": [exact.pk],
        "S_INTERSECTS(geom, LINESTRING(3.25 46.75, 3.25 46.8))": [exact.pk],
        "geom IS NULL": [],
    }.items():
        assert ids(ask(reader, ITEMS, filter=text)) == expected, text


def test_shapes_are_read_in_their_system(reader):  # /conf/filter/filter-crs-*
    from pyproj import Transformer

    lon, lat = ask(reader, ITEMS)["features"][2]["geometry"]["coordinates"]
    expected = [ids(ask(reader, ITEMS))[2]]
    for srid, reach in ((4326, 1e-4), (2154, 15), (3857, 15)):
        x, y = Transformer.from_crs("OGC:CRS84", f"EPSG:{srid}").transform(lon, lat)
        crs = {"filter-crs": f"{EPSG}{srid}"}
        box = f"BBOX({x - reach}, {y - reach}, {x + reach}, {y + reach})"
        for shape in (wkt(*box_around(x, y, reach)), box):
            assert ids(ask(reader, ITEMS, filter=f"S_INTERSECTS(geom, {shape})", **crs)) == expected, srid
    assert "filter-crs" in refused(reader, ITEMS, filter="TRUE", **{"filter-crs": "EPSG:2154"})


def test_titles_of_fields_keep_their_capitals(reader):
    assert ask(reader, "/collections/iris/queryables")["properties"]["code"]["title"] == "Code IRIS"


def test_every_collection_tells_its_queryables(reader):  # /conf/queryables/*
    for name, layer in LAYERS.items():
        collection = ask(reader, f"/collections/{name}")
        address = link(collection, "http://www.opengis.net/def/rel/ogc/1.0/queryables")
        response = reader.get(address)
        assert response["Content-Type"] == "application/schema+json"
        document = response.json()
        assert document["$id"] == address
        assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert (document["type"], document["additionalProperties"]) == ("object", False)
        assert set(document["properties"]) == {*layer.fields, "geom"}
        assert document["properties"]["geom"]["format"].startswith("geometry-")
        for field in layer.fields:  # each can be named
            ask(reader, f"/collections/{name}/items", filter=f"{field} IS NULL")


REFUSED = (
    *("", "(", "nope", "nope = 1", "commune__nom = 'a'", "adresse = 'a'", "merged_into IS NULL", "pk = 1"),
    *("criticite = 'a'", "statut = 5", "statut > 5", "depose_le = DATE('2024-13-01')", "a_verifier = 1"),
    *(
        "criticite = statut",
        "1 = '1'",
        "ferme_le = reference",
        "TRUE > 1",
        "criticite + 1 = 2",
        "criticite",
        "pg_sleep(10) = 1",
        "foo(geom)",
    ),
    *(
        "criticite LIKE 'a'",
        "reference LIKE 'a\\'",
        "CASEI(criticite) = 1",
        "ACCENTI(criticite) = 1",
        "geom = 1",
        "criticite IN (1, 'a')",
    ),
    *(
        "S_INTERSECTS(statut, POINT(1 1))",
        "reference LIKE reference",
        "1 LIKE 'a'",
        "S_INTERSECTS(geom, POINT(1e400 1))",
    ),
    *("S_INTERSECTS(geom, POLYGON((0 0, 1 1, 0 1, 1 0, 0 0)))", "S_INTERSECTS(geom, POLYGON((0 0, 1 1)))"),
    *(
        "S_INTERSECTS(geom, POINT(9e9 1))",
        "S_INTERSECTS(geom, BBOX(3, 5, 1, 2))",
        "T_AFTER(statut, DATE('2024-01-01'))",
    ),
    *("T_DURING(depose_le, INTERVAL('2024-02-01', '2024-01-01'))", "reference = 'a\x00b'"),
    *("NOT (" * 2000 + "criticite = 1" + ")" * 2000, "(" * 60 + "TRUE" + ")" * 60, "NOT " * 1900 + "TRUE"),
    *(
        " OR ".join(["id = 1"] * 400),
        f"id IN ({', '.join(['1'] * 400)})",
        "reference = '" + "a" * 8_000 + "'",
    ),
)


def test_what_is_not_a_filter_of_the_collection_is_refused(
    reader,
):  # /conf/filter/*, no queryable beyond the list
    for text in REFUSED:
        assert refused(reader, ITEMS, filter=text), text[:80]
    for text in (
        "nope",
        "[]",
        "{}",
        "null",
        '{"op": "and"}',
        '{"op": "and", "args": []}',
        '{"op": "=", "args": [1]}',
    ):
        assert refused(reader, ITEMS, filter=text, **{"filter-lang": "cql2-json"}), text
    assert "filter-lang" in refused(reader, ITEMS, filter="TRUE", **{"filter-lang": "sql"})


def test_no_filter_reaches_over_the_border(reader, other_commune):
    for text in (f"commune = '{other_commune.code}'", "TRUE OR commune = 'x'", "NOT commune = 'x'"):
        found = ask(reader, ITEMS, filter=text)
        assert all(one["properties"]["commune"] != other_commune.code for one in found["features"])


@pytest.mark.skipif(not SCHEMAS.is_dir(), reason="les exemples de l’OGC ne sont pas là")
def test_no_example_of_the_standard_is_a_fault(reader):
    """They name fields that we do not have: each is read, then refused in words."""
    examples = SCHEMAS / "cql2/standard/schema/examples"
    files = [("cql2-text", path) for path in sorted(examples.glob("text/*.txt"))]
    files += [("cql2-json", path) for path in sorted(examples.glob("json/*.json"))]
    assert len(files) > 100
    for language, path in files[::4]:
        response = reader.get(f"{ROOT}{ITEMS}", {"filter": path.read_text(), "filter-lang": language})
        assert response.status_code == 400, path.name
