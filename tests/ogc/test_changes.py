"""Copies kept up to date: a client that asks only what changed has, each time, what a client that reads all has."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.db import connection

from api.ogc import changes
from layers.models import Arrete, Departure, Section, Signalement
from layers.registry import LAYERS
from tests.factories import (
    ArreteFactory,
    CommuneFactory,
    ParcelleFactory,
    PartnerFactory,
    SectionFactory,
    SignalementFactory,
    UserFactory,
    ZoneFactory,
    point,
    square,
)
from tests.ogc.features_api import ask, every_page, ids, link, refused, rels

BEGINNING = "1970-01-01T00:00:00Z"
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _each_step_at_its_own_instant(monkeypatch):
    """A test is one transaction, whose ``now()`` stands still: age what was written, and look just after."""
    monkeypatch.setattr(changes, "horizon", lambda: LONG_AGO + timedelta(days=1))


def forget() -> str:
    """Make all that was written until here old; gives the instant to ask from."""
    with connection.cursor() as cursor:
        for model, column in ((Signalement, "written_at"), (Arrete, "written_at"), (Departure, "left_at")):
            cursor.execute(f"UPDATE {model._meta.db_table} SET {column} = %s", [LONG_AGO])
    return (LONG_AGO + timedelta(days=1)).isoformat().replace("+00:00", "Z")


class Copy:
    """A client's copy of a collection."""

    def __init__(self, client, layer: str) -> None:
        self.client, self.path = client, f"/collections/{layer}"
        self.features: dict = {}
        self.since = BEGINNING

    def follow(self) -> int:
        """Ask what changed and apply it; gives the number of features that were sent."""
        gone = every_page(self.client, f"{self.path}/deletions", updated_since=self.since, limit=2)
        pages = every_page(self.client, f"{self.path}/items", updated_since=self.since, limit=3)
        sent = [feature for page in pages for feature in page["features"]]
        for page in gone:
            for deletion in page["deletions"]:
                self.features.pop(deletion["id"], None)
        self.features |= {feature["id"]: feature for feature in sent}
        self.since = gone[0]["updatedUntil"]  # the older of the two
        return len(sent)

    def whole(self) -> dict:
        """Give what a client that reads everything has."""
        pages = every_page(self.client, f"{self.path}/items", limit=100)
        return {feature["id"]: feature for page in pages for feature in page["features"]}


def report(pk):
    return Signalement.objects.including_merged().unscoped("le test écrit").filter(pk=pk)


def test_a_copy_follows_every_kind_of_change(reader, commune, other_commune):
    copy = Copy(reader, "signalements")
    assert copy.follow() == 7
    assert copy.features == copy.whole()
    first, second, third, fourth, fifth, *_ = sorted(copy.features)
    steps = {
        "nothing": (lambda: None, 0),
        "written": (lambda: report(first).update(status="CLOSED"), 1),
        "new": (lambda: SignalementFactory(commune=commune, geom=point(5, 5)), 1),
        "deleted": (lambda: report(second).delete(), 0),
        "moved inside": (lambda: report(third).update(geom=point(40, 40)), 1),
        "moved out of the perimeter": (lambda: report(third).update(commune=other_commune), 0),
        "and back": (lambda: report(third).update(commune=commune), 1),
        "merged": (lambda: report(fourth).update(merged_into=first), 0),
        "parted again": (lambda: report(fourth).update(merged_into=None), 1),
        "off the map": (lambda: report(fifth).update(geom=None), 0),
        "on the map": (lambda: report(fifth).update(geom=point(1, 1)), 1),
        "anchored, which is no news": (lambda: report(first).update(anchored_at=LONG_AGO), 0),
    }
    for name, (step, sent) in steps.items():
        copy.since = forget()
        step()
        assert copy.follow() == sent, name
        assert copy.features == copy.whole(), name


def test_orders_are_followed_too(reader, commune, other_commune):
    copy = Copy(reader, "arretes")
    copy.follow()
    (order,) = copy.features
    orders = Arrete.objects.unscoped("le test écrit").filter(pk=order)
    for step in (
        lambda: orders.update(mainlevee_on="2025-01-01"),
        lambda: orders.update(commune=other_commune),
        lambda: orders.update(commune=commune),
        lambda: ArreteFactory(commune=commune, geom=point(3, 3)),
        orders.delete,
    ):
        copy.since = forget()
        step()
        copy.follow()
        assert copy.features == copy.whole()


def test_a_partner_of_zones_follows_what_crosses_their_edge(commune, signed_in):
    inside, excluded = ZoneFactory(geom=square(0, 0, 400)), ZoneFactory(geom=square(300, 0, 100))
    partner = PartnerFactory(zones=[inside], excluded_zones=[excluded])
    copy = Copy(signed_in(UserFactory(partner=partner)), "signalements")
    moving = SignalementFactory(commune=commune, geom=point(50, 50))
    for x in (50, 900, 60, 350, 70, 80):  # in, out, in, in the excluded part, in, in
        copy.since = forget() if copy.features else BEGINNING
        report(moving.pk).update(geom=point(x, 50))
        copy.follow()
        assert copy.features == copy.whole(), x
    assert list(copy.features) == [moving.pk]


def test_every_published_column_stamps_its_row():
    columns = import_module("layers.migrations.0022_changes").PUBLISHED
    for name, table in (("signalements", "signalement"), ("arretes", "arrete")):
        paths = set(LAYERS[name].fields.values()) - {"id"} | {"geom"}
        assert paths <= set(columns[table].split(", ")) | {"id"}


def test_closed_rows_of_a_register_are_told(reader, commune):
    plot = ParcelleFactory(commune=commune, geom=square(50, 50, 10))
    assert plot.idu in ids(ask(reader, "/collections/parcelles/items", updated_since=BEGINNING))
    plot.closed_on = "2026-01-01"
    plot.save()
    assert plot.idu not in ids(ask(reader, "/collections/parcelles/items", updated_since=BEGINNING))
    gone = ask(reader, "/collections/parcelles/deletions", updated_since=BEGINNING)
    assert [deletion["id"] for deletion in gone["deletions"]] == [plot.idu]


@pytest.mark.parametrize(
    ("layer", "make"),
    [
        ("perimetres", lambda code: ZoneFactory(code=code)),
        ("communes", lambda code: CommuneFactory(code=code)),
    ],
)
def test_what_is_named_by_its_code_is_told_by_it(reader, layer, make):
    def gone() -> list:
        pages = every_page(reader, f"/collections/{layer}/deletions", updated_since=BEGINNING, limit=1)
        return [deletion["id"] for page in pages for deletion in page["deletions"]]

    first, second = make("98701"), make("98702")
    assert {"98701", "98702"} <= set(
        ids(ask(reader, f"/collections/{layer}/items", updated_since=BEGINNING, limit=100))
    )
    assert gone() == []
    first.delete()
    type(second).objects.filter(pk=second.pk).update(code="98703")
    assert gone() == ["98701", "98702"]
    assert "98703" in ids(ask(reader, f"/collections/{layer}/items", updated_since=BEGINNING, limit=100))
    make("98701")
    assert gone() == ["98702"]  # it came back


def test_a_section_that_left_the_plan_is_told(reader, commune):
    section = SectionFactory(commune=commune, geom=square(900, 900, 10))
    assert section.code in ids(ask(reader, "/collections/sections/items", updated_since=BEGINNING))
    old = Section.objects.get(pk=section.pk).written_at
    Section.objects.filter(pk=section.pk).update(closed_on="2026-01-01")
    assert Section.objects.get(pk=section.pk).written_at != old  # the trigger stamped it
    gone = ask(reader, "/collections/sections/deletions", updated_since=BEGINNING)
    assert [deletion["id"] for deletion in gone["deletions"]] == [section.code]


def test_nobody_is_told_what_left_a_place_that_is_not_his(reader, other_commune, other_partner_client):
    pk = Signalement.objects.unscoped("le test lit").filter(commune=other_commune).first().pk
    report(pk).delete()
    path = "/collections/signalements/deletions"
    assert ask(reader, path, updated_since=BEGINNING)["deletions"] == []
    assert [one["id"] for one in ask(other_partner_client, path, updated_since=BEGINNING)["deletions"]] == [
        pk
    ]


def test_a_departure_keeps_no_position_and_no_content(reader):
    names = {field.name for field in Departure._meta.fields}
    assert names == {"id", "layer", "row_id", "code", "commune", "arrondissement", "zones", "left_at"}


def test_what_is_asked_wrong_is_refused(reader):
    path = "/collections/signalements"
    for text in ("", "hier", "2024-01-01", "2024-01-01T00:00:00"):
        assert "updated_since" in refused(reader, f"{path}/items", updated_since=text)
        assert "updated_since" in refused(reader, f"{path}/deletions", updated_since=text)
    assert "updated_since est attendu" in refused(reader, f"{path}/deletions")
    asked = {"updated_since": BEGINNING, "start-after": "x"}
    assert "start-after" in refused(reader, f"{path}/deletions", **asked)
    for name in set(LAYERS) - set(changes.FOLLOWED):
        assert "paramètre inconnu" in refused(reader, f"/collections/{name}/items", updated_since=BEGINNING)
        assert "ne sont pas suivies" in refused(reader, f"/collections/{name}/deletions", 404)


def test_the_collection_says_where_departures_are(reader):
    assert "related" in rels(ask(reader, "/collections/parcelles"))
    assert ask(reader, link(ask(reader, "/collections/parcelles"), "related") + f"?updated_since={BEGINNING}")
    assert "related" not in rels(ask(reader, "/collections/epci"))
