"""The first anchoring of a territory: written without indexes, it leaves the links and the indexes of any other."""

import threading

import pytest
from django.db import connection, connections, transaction

from cadastre_import import anchoring
from cadastre_import.anchoring import anchor_signalements
from layers.models import Anchor, Signalement
from tests.cadastre_import.anchoring_street import CODE, LEFT, report
from tests.factories import CommuneFactory, ParcelleFactory, square

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def territory():
    commune = CommuneFactory(code=CODE, geom=square(0, 0, 1000))
    ParcelleFactory(commune=commune, idu=LEFT, geom=square(0, 0, 10))
    for x in (2, 4, 6):
        report(x, 5)


@pytest.fixture
def from_one_link(monkeypatch):
    """Take any first anchoring for a large one."""
    monkeypatch.setattr(anchoring, "MANY", 1)


def described() -> set[str]:
    """Give the indexes and constraints of the links, as the database words them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'layers_anchor'::regclass "
            "UNION SELECT conname || pg_get_constraintdef(oid) || convalidated FROM pg_constraint "
            "WHERE conrelid = 'layers_anchor'::regclass"
        )
        return {text for (text,) in cursor.fetchall()}


def written() -> set[tuple[object, ...]]:
    """Give the links without their own number."""
    return set(Anchor.objects.values_list("signalement", "kind", "place_code", "method", "score", "is_best"))


def index_builds(captured) -> int:
    statements = [query["sql"] for query in captured.captured_queries]
    return sum(sql.startswith("ALTER TABLE") and "ADD CONSTRAINT" in sql for sql in statements)


def test_the_same_links_and_the_same_indexes(monkeypatch, django_assert_max_num_queries):
    before = described()
    anchor_signalements()
    expected = written()
    assert len(expected) == 6
    Anchor.objects.all().delete()
    Signalement.objects.unscoped("test").update(anchored_at=None)
    monkeypatch.setattr(anchoring, "MANY", 1)
    with django_assert_max_num_queries(100) as captured:
        anchor_signalements()
    assert written() == expected
    assert described() == before
    assert index_builds(captured) == 3


def test_later_anchorings_leave_the_indexes_alone(from_one_link, django_assert_max_num_queries):
    anchor_signalements()
    report(8, 5)
    with django_assert_max_num_queries(100) as captured:
        anchor_signalements()
    assert index_builds(captured) == 0
    assert Anchor.objects.count() == 8


def test_it_does_not_insist_while_somebody_reads(from_one_link):
    reading, done = threading.Event(), threading.Event()

    def read() -> None:
        with transaction.atomic():
            Anchor.objects.count()
            reading.set()
            done.wait(30)
        connections.close_all()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        assert reading.wait(30)
        anchor_signalements()
    finally:
        done.set()
        reader.join()
    assert Anchor.objects.count() == 6
