"""CQL2, temporal functions: every relation between the dates of a row and a period, against an oracle of its own.

The oracle counts days as the standard's table does; it knows neither SQL nor our bounds.
"""

from datetime import date, timedelta
from math import inf

import pytest

from api.ogc.collections import CONFORMANCE
from tests.factories import SignalementFactory, ZoneFactory, square
from tests.ogc.features_api import ask, ids, refused

ZONES = "/collections/perimetres/items"
REPORTS = "/collections/signalements/items"
FIRST = date(2024, 1, 1)
# First and last day of the rows, of the periods asked: their ends meet, pass and leave each other in all ways
ROWS = [
    (0, 4),
    (2, 4),
    (4, 8),
    (4, 6),
    (5, 5),
    (6, 8),
    (4, 12),
    (0, 12),
    (8, 12),
    (9, 12),
    (None, 8),
    (4, None),
]
PERIODS = [(4, 8), (4, 4), (8, 8), (-inf, 8), (4, inf), (-inf, inf)]
TRUTHS = {
    "T_AFTER": lambda a, b, c, d: a > d,
    "T_BEFORE": lambda a, b, c, d: b < c,
    "T_CONTAINS": lambda a, b, c, d: a < c and b > d,
    "T_DISJOINT": lambda a, b, c, d: b < c or a > d,
    "T_DURING": lambda a, b, c, d: a > c and b < d,
    "T_EQUALS": lambda a, b, c, d: a == c and b == d,
    "T_FINISHEDBY": lambda a, b, c, d: a < c and b == d,
    "T_FINISHES": lambda a, b, c, d: a > c and b == d,
    "T_INTERSECTS": lambda a, b, c, d: not (b < c or a > d),
    "T_MEETS": lambda a, b, c, d: b == c,
    "T_METBY": lambda a, b, c, d: a == d,
    "T_OVERLAPPEDBY": lambda a, b, c, d: c < a < d < b,
    "T_OVERLAPS": lambda a, b, c, d: a < c < b < d,
    "T_STARTEDBY": lambda a, b, c, d: a == c and b > d,
    "T_STARTS": lambda a, b, c, d: a == c and b < d,
}


def day(number: float | None) -> date | None:
    return None if number is None else FIRST + timedelta(days=number)


def written(number: float) -> str:
    return "'..'" if number in (-inf, inf) else f"'{day(number)}'"


def period(first: float, last: float) -> str:
    return f"DATE({written(first)})" if first == last else f"INTERVAL({written(first)}, {written(last)})"


@pytest.fixture
def zones(partner_client, commune):
    """Give the first and last days of perimeters, by their identifier."""
    made = [ZoneFactory(geom=square(0, 0, 100), starts_on=day(a), ends_on=day(b)) for a, b in ROWS]
    return {zone.code: days for zone, days in zip(made, ROWS, strict=True)}


def test_the_class_is_declared():
    assert "http://www.opengis.net/spec/cql2/1.0/conf/temporal-functions" in CONFORMANCE


def test_there_are_fifteen_relations():
    assert len(TRUTHS) == 15


@pytest.mark.parametrize("name", TRUTHS)
def test_a_relation_keeps_the_rows_for_which_it_is_true(partner_client, zones, name):
    known = {key: days for key, days in zones.items() if None not in days}
    row = "INTERVAL(debut, fin)"
    for first, last in PERIODS:
        asked = period(first, last)
        expected = {key for key, days in known.items() if TRUTHS[name](*days, first, last)}
        turned = {key for key, days in known.items() if TRUTHS[name](first, last, *days)}
        assert kept(partner_client, f"{name}({row}, {asked})") & known.keys() == expected, asked
        assert kept(partner_client, f"{name}({asked}, {row})") & known.keys() == turned, asked
        denied = kept(partner_client, f"NOT {name}({row}, {asked})") & known.keys()
        assert denied == known.keys() - expected, asked


def kept(client, text: str) -> set:
    return set(ids(ask(client, ZONES, filter=text)))


def test_an_unknown_bound_is_neither_true_nor_false(partner_client, zones):
    unknown = {key for key, days in zones.items() if None in days}
    row = "INTERVAL(debut, fin)"
    for name in ("T_INTERSECTS", "T_DISJOINT", "T_DURING"):
        for text in (f"{name}({row}, {period(-inf, inf)})", f"NOT {name}({row}, {period(-inf, inf)})"):
            assert not kept(partner_client, text) & unknown, text
    # what the other bound decides alone is decided
    open_ended = next(key for key, days in zones.items() if days == (4, None))
    assert open_ended in kept(partner_client, f"T_AFTER({row}, DATE({written(3)}))")
    assert open_ended in kept(partner_client, f"NOT T_INTERSECTS({row}, DATE({written(3)}))")


def test_one_date_is_a_moment_and_two_fields_are_compared(partner_client, commune):
    made = [
        SignalementFactory(commune=commune, received_on=day(n), closed_on=day(closed))
        for n, closed in ((0, 0), (1, 3), (2, None))
    ]
    keys = [report.pk for report in made]

    def reports(text: str) -> list:
        return [keys.index(key) for key in ids(ask(partner_client, REPORTS, filter=text))]

    assert reports(f"T_EQUALS(depose_le, DATE({written(1)}))") == [1]
    assert reports(f"T_AFTER(DATE({written(1)}), depose_le)") == [0]
    assert reports("T_BEFORE(depose_le, ferme_le)") == [1]
    assert reports("T_EQUALS(depose_le, ferme_le)") == [0]
    assert reports(f"T_DURING(depose_le, INTERVAL({written(0)}, {written(2)}))") == [1]
    assert reports(f"T_INTERSECTS(depose_le, INTERVAL('2024-01-01T23:30:00Z', {written(2)}))") == [1, 2]


REFUSED = (
    "T_AFTER(statut, DATE('2024-01-01'))",
    "T_AFTER(1, 2)",
    "T_AFTER(DATE('2024-01-01'), 'hier')",
    "T_AFTER(depose_le, '2024-01-01')",
    "T_AFTER(depose_le, criticite)",
    "T_AFTER(geom, DATE('2024-01-01'))",
    "T_DURING(depose_le, INTERVAL('2024-02-01', '2024-01-01'))",
    "T_DURING(depose_le, INTERVAL('hier', '2024-01-01'))",
    "T_DURING(INTERVAL(depose_le, merged_into), DATE('2024-01-01'))",
    "T_NEVER(depose_le, DATE('2024-01-01'))",
)


def test_what_is_no_relation_between_dates_is_refused(partner_client, commune):
    for text in REFUSED:
        assert refused(partner_client, REPORTS, filter=text), text
    for node in (
        '{"op":"t_after","args":[{"property":"depose_le"}]}',
        '{"op":"t_after","args":[{"property":"depose_le"},{"interval":["2024-01-01"]}]}',
        '{"op":"t_after","args":[{"property":"depose_le"},{"interval":[1,2]}]}',
        '{"op":"t_after","args":[{"property":"depose_le"},{"interval":"2024"}]}',
        '{"op":"t_after","args":[{"property":["depose_le"]},{"date":"2024-01-01"}]}',
    ):
        assert refused(partner_client, REPORTS, filter=node, **{"filter-lang": "cql2-json"}), node
