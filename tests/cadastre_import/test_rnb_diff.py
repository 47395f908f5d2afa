"""The changes of the RNB, applied file after file: last state wins, an older file undoes nothing, twice is once."""

import csv
import io
from datetime import date
from pathlib import Path

import pytest

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from cadastre_import.sources.rnb_diff import REQUIRED
from layers.models import Batiment, BatimentAddress
from tests.cadastre_import.register_files import rnb_change as change
from tests.factories import BatimentFactory, CommuneFactory, ParcelleFactory
from tests.factories.geometry import square

pytestmark = pytest.mark.django_db

NEW, OTHER = "RNBAAAAAAAA1", "RNBAAAAAAAA2"


def applied(path: Path, *rows: dict[str, str]):
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    path.write_text(text.getvalue())
    return run_import(SOURCES["rnb-diff"], path)


@pytest.fixture(autouse=True)
def _ground():
    commune = CommuneFactory(code="60999", geom=None)
    ParcelleFactory(commune=commune, geom=square(0, 0, 50))


def standing() -> dict[str, date]:
    return dict(Batiment.objects.current().values_list("code", "millesime"))


def test_the_last_state_of_each_building_is_applied(tmp_path):
    report = applied(
        tmp_path / "diff.csv",
        change("create", NEW, "02"),
        change("update", NEW, "04", addresses_id='["60999_0001_00014"]'),
        change("create", OTHER, "02", x=20),
        change("deactivate", OTHER, "03", x=20),
    )
    assert (report.read, report.added, report.rejects) == (4, 1, [])
    assert report.notices == ["2 changement(s) qu’un plus récent remplace", "1 bâtiment(s) sorti(s) du RNB"]
    assert standing() == {NEW: date(2025, 11, 4)}
    assert list(BatimentAddress.objects.values_list("ban_id", flat=True)) == ["60999_0001_00014"]


def test_the_same_changes_twice_and_older_ones_after_newer(tmp_path):
    older = [change("create", NEW, "02"), change("create", OTHER, "02", x=20)]
    newer = [change("update", NEW, "05", addresses_id="[]"), change("deactivate", OTHER, "06", x=20)]
    applied(tmp_path / "a.csv", *older)
    applied(tmp_path / "b.csv", *newer)
    after = list(Batiment.objects.order_by("pk").values())
    assert standing() == {NEW: date(2025, 11, 5)}
    assert BatimentAddress.objects.filter(batiment=NEW).count() == 0
    again = run_import(SOURCES["rnb-diff"], tmp_path / "b.csv", force=True)
    assert (again.added, again.changed) == (0, 0)
    run_import(SOURCES["rnb-diff"], tmp_path / "a.csv", force=True)
    assert list(Batiment.objects.order_by("pk").values()) == after


def test_a_building_that_comes_back_is_open_again(tmp_path):
    applied(tmp_path / "a.csv", change("create", NEW, "02"))
    applied(tmp_path / "b.csv", change("deactivate", NEW, "03"))
    assert standing() == {}
    report = applied(tmp_path / "c.csv", change("reactivate", NEW, "04"))
    assert report.changed == 1
    assert standing() == {NEW: date(2025, 11, 4)}


def test_the_footprint_of_the_cadastre_bears_the_identity(tmp_path):
    drawn = BatimentFactory(code="60999-digest", rnb_id=None, geom=square(0, 0, 10))
    applied(tmp_path / "a.csv", change("create", NEW, "02"))
    drawn.refresh_from_db()
    assert (drawn.rnb_id, set(standing())) == (NEW, {drawn.pk})
    assert BatimentAddress.objects.get().batiment_id == drawn.pk
    applied(tmp_path / "b.csv", change("deactivate", NEW, "03"))
    drawn.refresh_from_db()
    assert (drawn.rnb_id, set(standing())) == (None, {drawn.pk})


def test_a_wrong_change_costs_only_itself(tmp_path):
    report = applied(
        tmp_path / "diff.csv",
        change("create", NEW, "02"),
        change("create", "RNBAAAAAAAA3", "02", x=5_000),
        change("unhandled_event_type_x", OTHER, "02"),
        change("create", OTHER, "02", sys_period="hier"),
        change("create", OTHER, "03", point="POINT EMPTY"),
        change("create", "court", "02"),
        change("create", OTHER, "04", status="demolished"),
    )
    assert [reason.split(" : ")[0] for _, reason, _ in report.rejects] == [
        "point",
        "action",
        "sys_period",
        "point",
        "rnb_id",
    ]
    assert set(standing()) == {NEW}
    assert set(REQUIRED) < set(change("create", NEW, "02"))
