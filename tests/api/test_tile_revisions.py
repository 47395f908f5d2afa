"""Tiles about people are kept until something that they are made from is written, and not a moment longer."""

import re
import threading

import pytest
from django.core.cache import cache
from django.db import connection, transaction

from api.tasks import forget_tile_revisions
from api.tiles.contents import tile_of
from layers.models import Iris, Signalement, TileRevision, Zone
from layers.registry import LAYERS, layers_for
from layers.scope import Scope
from layers.services.tile_revisions import FEW, tile_revision
from layers.tile_grid import Tile
from tests.api.test_tiles import Z13, Z16, features, tile
from tests.factories import ArreteFactory, SignalementFactory, ZoneFactory, point, square
from tests.layer_rows import lay_one_of_each

WRITES = re.compile(r"layers_\w+")
# Sums of lines that the reports themselves write
LEDGERS = {"layers_reportcell", "layers_groundcell"}


@pytest.mark.parametrize("address", [Z13, Z16])
@pytest.mark.parametrize("layer", ["signalements", "arretes", "iris_taux", "communes"])
def test_an_unchanged_tile_asks_nothing_of_the_tables(
    partner_client, commune, django_assert_num_queries, layer, address
):
    lay_one_of_each(commune)
    first = tile(partner_client, layer, address)
    assert first.status_code == 200
    url = f"/tiles/{layer}/{address}.mvt"
    with django_assert_num_queries(1) as asked:  # who asks, and whether anything was written
        assert partner_client.get(url).content == first.content
    assert "accounts_session" in asked[0]["sql"]
    assert "layers_tilerevision" in asked[0]["sql"]
    with django_assert_num_queries(1):
        assert partner_client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304


def test_a_report_shows_as_soon_as_it_is_written(partner_client, commune):
    report = SignalementFactory(commune=commune, geom=point(5, 5), status="ACTIVE")
    assert len(features(tile(partner_client, "signalements", Z16), "signalements")) == 1
    SignalementFactory(commune=commune, geom=point(6, 6))
    assert len(features(tile(partner_client, "signalements", Z16), "signalements")) == 2
    Signalement.objects.unscoped("essai").filter(pk=report.pk).update(status="CLOSED")
    statuses = {
        f["id"]: f["statut"] for f in features(tile(partner_client, "signalements", Z16), "signalements")
    }
    assert statuses[report.pk] == "CLOSED"
    report.delete()
    assert len(features(tile(partner_client, "signalements", Z16), "signalements")) == 1


def test_an_excluded_perimeter_that_moves_hides_at_once(partner_client, partner_user, commune):
    SignalementFactory(commune=commune, geom=point(5, 5))
    zone = ZoneFactory(geom=square(5000, 5000, 50))
    partner_user.partner.excluded_zones.add(zone)
    assert tile(partner_client, "signalements", Z16).status_code == 200
    Zone.objects.filter(pk=zone.pk).update(geom=square(0, 0, 50))
    assert tile(partner_client, "signalements", Z16).status_code == 204


def test_what_only_anchoring_writes_of_a_report_changes_nothing(commune):
    report = SignalementFactory(commune=commune)
    before = tile_revision()
    Signalement.objects.unscoped("essai").filter(pk=report.pk).update(anchored_at=None)
    assert tile_revision() == before


@pytest.mark.parametrize("layer", [layer.id for layer in LAYERS.values() if not layer.is_open])
def test_all_that_a_tile_reads_is_watched(commune, layer, django_assert_max_num_queries):
    """A layer that reads another table must have it watched: its tiles would be kept too long."""
    lay_one_of_each(commune)
    iris = Iris.objects.first()
    partner = Scope(
        signed_in=True,
        communes=frozenset({commune.code}),
        zones=frozenset({1}),
        excluded_zones=frozenset({2}),
    )
    read = set()
    for scope in (Scope.whole(), partner):
        for z in (10, 16):
            for parameters in ({}, {"territoire": iris.code}, {"territoire": commune.code}):
                with django_assert_max_num_queries(10) as asked:
                    found = next(known for known in layers_for(scope) if known.id == layer)
                    tile_of(found, Tile(z, 0, 0), scope, parameters)
                read |= {name for query in asked for name in WRITES.findall(query["sql"])}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE t.tgname LIKE '%%_tiles_changed'"
        )
        watched = {name for (name,) in cursor.fetchall()}
    tables = {name for name in read if name in connection.introspection.table_names()}
    assert tables
    assert tables - LEDGERS <= watched


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_began_before_is_seen_when_it_ends(commune):
    """The number of its line is older than that of a line that was seen: the newest alone would not tell."""
    began, other_wrote = threading.Event(), threading.Event()

    def long_import() -> None:
        try:
            with transaction.atomic():
                ArreteFactory(commune_id=commune.code)
                began.set()
                other_wrote.wait(20)
        finally:
            connection.close()

    thread = threading.Thread(target=long_import)
    thread.start()
    assert began.wait(20)
    SignalementFactory(commune=commune)
    before = tile_revision()
    other_wrote.set()
    thread.join()
    assert tile_revision() != before


@pytest.mark.django_db(transaction=True)
def test_the_ledger_is_kept_short_and_never_tells_a_state_of_before(commune):
    SignalementFactory.create_batch(FEW, commune=commune)
    told = {tile_revision()}
    SignalementFactory(commune=commune)
    told.add(tile_revision())
    forget_tile_revisions(0)
    assert TileRevision.objects.count() == 1
    for _ in range(FEW + 5):
        now = tile_revision()
        assert now not in told
        told.add(now)
        SignalementFactory(commune=commune)


def test_few_lines_are_left_as_they_are(commune):
    before = tile_revision()
    forget_tile_revisions(0)
    assert tile_revision() == before


@pytest.fixture(autouse=True)
def empty_memory():
    cache.clear()
    yield
    cache.clear()
