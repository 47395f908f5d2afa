"""Lists of reports: what a page of them takes."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from layers.models import Signalement
from layers.scope import Scope
from layers.selectors.signalement_lists import report_list
from tests.factories import CommuneFactory, SignalementFactory, bbox, point, square

PAGE = 20


@pytest.fixture
def reports(db) -> list[Signalement]:
    """Lay three hundred reports, one a day."""
    commune = CommuneFactory(geom=square(0, 0, 1000))
    first = date(2025, 1, 1)
    built = [
        SignalementFactory.build(
            commune=commune, geom=point(5 + n, 5), received_on=first + timedelta(days=n), reference=f"r{n}"
        )
        for n in range(300)
    ]
    laid = Signalement.objects.unscoped("laid by hand").bulk_create(built)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE layers_signalement")
    return laid


def plan_of(sql: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {sql}")
        return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize("sort", ["", "-depose_le", "depose_le"])
def test_a_page_is_read_along_the_order_of_the_list(reports, sort):
    listed = report_list({"tri": sort}, Scope.whole())
    with CaptureQueriesContext(connection) as asked:
        found = list(listed.reports[:PAGE])
    newest_first = sort != "depose_le"
    assert [report.reference for report in found] == [
        f"r{n}" for n in (range(299, 279, -1) if newest_first else range(PAGE))
    ]
    assert "signalement_newest" in plan_of(asked[0]["sql"])


def test_what_is_shown_comes_in_one_statement_in_the_order_of_the_slice(reports, django_assert_num_queries):
    SignalementFactory(
        commune=reports[0].commune, geom=None, reference="nowhere", received_on=date(2026, 6, 1)
    )
    listed = report_list({}, Scope.whole())
    with django_assert_num_queries(1):
        shown = [
            (report.reference, report.commune.nom, report.longitude, report.latitude, report.adresse)
            for report in listed.shown(listed.reports[:PAGE])
        ]
    assert [reference for reference, *_ in shown] == ["nowhere", *(f"r{n}" for n in range(299, 280, -1))]
    assert shown[0][2:4] == (None, None)
    assert shown[1][2:4] == pytest.approx(point(304, 5).coords)


def test_those_without_a_point_are_counted_by_their_own_index(reports):
    with CaptureQueriesContext(connection) as asked:
        listed = report_list({"bbox": bbox(0, 0, 10, 10)}, Scope.whole())
    assert listed.unlocated == 0
    assert "signalement_unlocated" in plan_of(asked[0]["sql"])
