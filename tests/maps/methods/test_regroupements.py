"""Groups of reported places: named by their streets, each building once, in the reader's perimeter."""

from datetime import date

import numpy as np
import pytest
import shapely

from layers.errors import NothingToAnalyse
from layers.models import AnalysisResult, Anchor, Signalement
from layers.scope import Scope
from layers.selectors.report_selection import ReportSelection
from layers.selectors.reported_places import ReportedPlaces, reported_places
from maps.services.methods.regroupements import compute
from maps.services.runs import run_analysis
from tests.factories import AddressFactory, AnchorFactory, CommuneFactory, SignalementFactory, point, square

YEAR = ReportSelection(date(2026, 1, 1), date(2026, 12, 31))
FORM = {"since": "2026-01-01", "until": "2026-12-31", "min_points": 5, "reach_m": 30}


def placed(x, y, reports=None, streets=None):
    n = len(x)
    return ReportedPlaces(
        srid=2154,
        x=np.array(x, dtype=float),
        y=np.array(y, dtype=float),
        reports=np.array(reports or [1] * n),
        communes=tuple(("01001",) if east < 500 else ("01001", "01002") for east in x),
        streets=tuple(streets or [""] * n),
        left_out=2,
    )


def computed(inputs):
    return compute(inputs, {"min_points": 5, "reach_m": 30}, np.random.default_rng(1))


def test_blocks_are_ranked_named_and_bounded():
    x = [0, 10, 20, 30, 40, 1_000, 1_010, 1_020, 1_030, 1_040, 1_050, 4_000]
    streets = ["Rue A"] * 3 + ["Rue B"] * 2 + ["Rue C"] * 6 + ["Rue D"]
    outcome = computed(placed(x, [0] * 12, streets=streets))
    assert outcome.labels == ["Rue C", "Rue A, Rue B"]
    assert outcome.figures["places"].tolist() == [6, 5]
    assert outcome.communes == [["01001", "01002"], ["01001"]]
    assert shapely.covers(outcome.shapes[1], shapely.points(x[:5], [0] * 5)).all()
    assert {fact.label: fact.value for fact in outcome.facts}["Lieux isolés"] == 1


def test_scattered_places_are_no_group_and_it_is_said():
    with pytest.raises(NothingToAnalyse, match="aucun regroupement"):
        computed(placed([0, 1_000, 2_000], [0, 0, 0]))


@pytest.fixture
def block(db):
    """Six buildings side by side, three reports in the first; one report placed at the commune."""
    commune = CommuneFactory(nom="Ici", geom=square(0, 0, 1_000))
    for n in range(6):
        address = AddressFactory(
            voie__commune=commune, voie__nom="Rue Haute", numero=n + 1, geom=point(10 * n, 0)
        )
        for _ in range(3 if n == 0 else 1):
            report = SignalementFactory(commune=commune, geom=point(10 * n, 0))
            AnchorFactory(signalement=report, kind=Anchor.Kind.BATIMENT, place_code=f"b{n}")
            AnchorFactory(signalement=report, kind=Anchor.Kind.ADDRESS, place_code=address.ban_id)
    SignalementFactory(commune=commune, precision=Signalement.Precision.COMMUNE)
    return commune


def test_a_building_is_one_place_and_an_unsure_position_is_left_out(block):
    found = reported_places(Scope.whole(), YEAR)
    assert found.reports.tolist() == [3, 1, 1, 1, 1, 1]
    assert set(found.streets) == {"Rue Haute"}
    assert found.left_out == 1
    np.testing.assert_allclose(np.diff(np.sort(found.x)), 10, atol=0.01)


def test_another_partner_s_places_are_not_grouped(block):
    elsewhere = CommuneFactory(geom=square(5_000, 0, 1_000))
    with pytest.raises(NothingToAnalyse, match="aucun signalement"):
        reported_places(Scope(signed_in=True, communes=frozenset({elsewhere.code})), YEAR)


def test_a_run_keeps_the_outline_of_each_group(block):
    run = run_analysis("regroupements", Scope.whole(), FORM).run
    (row,) = AnalysisResult.objects.unscoped("essai").of_run(run)
    assert (row.label, row.figures["places"], row.figures["reports"]) == ("Rue Haute", 6, 8)
    assert row.geom.geom_type == "Polygon"
    assert row.communes == [block.code]
