"""A parcelle that left the cadastre points to those drawn on its ground, and keeps what was said of it."""

import gzip
import json
from datetime import date
from pathlib import Path

import pytest

from cadastre_import.pipeline import run_import
from cadastre_import.sources import SOURCES
from layers.models import Anchor, Parcelle, ParcelleLineage
from layers.scope import Scope
from layers.selectors.lineage import parcelle_lineage
from tests.cadastre_import.official_files import parcelle, polygon, write_features
from tests.cadastre_import.test_real_files import BONDY, needs_real_files
from tests.factories import AnchorFactory, CommuneFactory, SignalementFactory

pytestmark = pytest.mark.django_db

READER = Scope(signed_in=True)


def idu(number: int) -> str:
    return f"60999000AB{number:04d}"


def edition(folder: Path, year: int, squares: dict[int, tuple[float, float, float]]):
    """Import an edition: the squares (x, y, side) by the number of their parcelle."""
    rows = [parcelle(idu(number), polygon(*square)) for number, square in squares.items()]
    path = write_features(folder / f"{year}.json.gz", rows)
    return run_import(SOURCES["parcelles"], path, millesime=date(year, 1, 1))


def links() -> dict[tuple[str, str], float]:
    return {(link.parent, link.child): link.share for link in ParcelleLineage.objects.all()}


@pytest.fixture(autouse=True)
def _commune():
    CommuneFactory(code="60999", geom=None)


ELSEWHERE = {50 + n: (1000 + 20 * n, 0, 10) for n in range(5)}


def test_a_divided_parcelle_points_to_its_lots_and_not_to_its_neighbours(tmp_path):
    neighbour = {2: (20, 0, 20)}
    edition(tmp_path, 2022, ELSEWHERE | neighbour | {1: (0, 0, 20)})
    edition(tmp_path, 2023, ELSEWHERE | neighbour | {3: (0, 0, 10), 4: (10, 0, 10), 5: (0, 10, 1.5)})
    assert {pair: round(share, 2) for pair, share in links().items()} == {
        (idu(1), idu(3)): 0.25,
        (idu(1), idu(4)): 0.25,
        (idu(1), idu(5)): 0.01,  # under 1 % of its parent, but wholly in it
    }


def test_a_neighbour_redrawn_a_few_centimetres_away_is_no_child(tmp_path):
    edition(tmp_path, 2022, ELSEWHERE | {1: (0, 0, 20), 2: (20, 0, 20)})
    edition(tmp_path, 2023, ELSEWHERE | {3: (0, 0, 20), 2: (19.9, 0, 20)})
    assert set(links()) == {(idu(1), idu(3))}


def test_land_that_became_public_has_no_child(tmp_path):
    edition(tmp_path, 2022, ELSEWHERE | {1: (0, 0, 20)})
    assert edition(tmp_path, 2023, ELSEWHERE).closed == 1
    assert links() == {}


def test_the_lineage_is_walked_through_the_editions(tmp_path, django_assert_num_queries):
    edition(tmp_path, 2022, ELSEWHERE | {1: (0, 0, 20)})
    edition(tmp_path, 2023, ELSEWHERE | {2: (0, 0, 20)})
    edition(tmp_path, 2024, ELSEWHERE | {3: (0, 0, 10), 4: (10, 0, 10)})
    with django_assert_num_queries(2):
        found = parcelle_lineage(idu(1), READER)
    told = [(r.idu, r.generation, round(r.share, 2), r.millesime.year) for r in found.descendants]
    assert told == [(idu(2), 1, 1.0, 2023), (idu(3), 2, 0.25, 2024), (idu(4), 2, 0.25, 2024)]
    assert found.ancestors == []
    assert [r.idu for r in parcelle_lineage(idu(4), READER).ancestors] == [idu(2), idu(1)]
    assert [link.child for link in ParcelleLineage.objects.visible_to(READER).children_of(idu(2))] == [
        idu(3),
        idu(4),
    ]
    assert [link.parent for link in ParcelleLineage.objects.visible_to(READER).parents_of(idu(4))] == [idu(2)]


def test_nobody_reads_it_without_signing_in(tmp_path):
    edition(tmp_path, 2022, ELSEWHERE | {1: (0, 0, 20)})
    edition(tmp_path, 2023, ELSEWHERE | {2: (0, 0, 20)})
    assert parcelle_lineage(idu(1), Scope.nobody()).descendants == []
    assert not ParcelleLineage.objects.visible_to(Scope.nobody()).exists()


def test_a_parcelle_that_comes_back_has_no_children_any_more(tmp_path):
    edition(tmp_path, 2022, ELSEWHERE | {1: (0, 0, 20)})
    edition(tmp_path, 2023, ELSEWHERE | {2: (0, 0, 20)})
    edition(tmp_path, 2024, ELSEWHERE | {1: (0, 0, 20)})
    assert set(links()) == {(idu(2), idu(1))}
    edition(tmp_path, 2025, ELSEWHERE | {2: (0, 0, 20)})
    assert set(links()) == {(idu(1), idu(2))}
    assert [r.idu for r in parcelle_lineage(idu(1), READER).descendants] == [idu(2)]


@needs_real_files
def test_the_parcelles_that_left_bondy_keep_their_reports_and_find_their_children(capsys):
    report = SignalementFactory(commune=CommuneFactory(code="93010", nom="Bondy", geom=None))
    paths = {y: BONDY / f"cadastre/{y}/cadastre-93010-parcelles.json.gz" for y in (2022, 2023, 2024, 2025)}
    published = {
        year: {f["id"] for f in json.loads(gzip.decompress(path.read_bytes()))["features"]}
        for year, path in paths.items()
    }
    gone, new = published[2022] - published[2025], published[2025] - published[2022]
    assert (len(gone), len(new)) == (49, 120)
    for left in gone:
        AnchorFactory(signalement=report, kind=Anchor.Kind.PARCELLE, place_code=left)
    for year, path in paths.items():
        run_import(SOURCES["parcelles"], path, millesime=date(year, 1, 1))
    closed = Parcelle.objects.filter(closed_on__isnull=False)
    parents = set(ParcelleLineage.objects.values_list("parent", flat=True))
    with_children = closed.filter(idu__in=parents).count()
    standing = {
        left for left in gone
        if {r.idu for r in parcelle_lineage(left, READER).descendants} & published[2025]
    }  # fmt: skip
    drawn = {child for child in new if parcelle_lineage(child, READER).ancestors}
    with capsys.disabled():
        print(
            f"\nBondy, 4 éditions : {with_children} des {closed.count()} parcelles sorties ont des issues ; "
            f"{len(standing)} des {len(gone)} de 2022 mènent à 2025 ; "
            f"{len(drawn)} des {len(new)} nouvelles ont une origine"
        )
    assert with_children == closed.count() == 49
    assert standing == gone
    assert drawn == new
    assert set(report.anchors.values_list("place_code", flat=True)) == gone
