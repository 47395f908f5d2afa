"""Before and after a perimeter: the sentence that is read first, the control, zeros, and a stored run."""

from datetime import date

import numpy as np
import pytest

from layers.errors import InvalidParameters, NothingToAnalyse
from layers.models import AnalysisResult, Zone
from layers.scope import Scope
from layers.selectors.perimeter_history import PerimeterHistory, halves, perimeters_named
from maps.services.methods import avant_apres
from maps.services.runs import run_analysis
from tests.factories import (
    AnchorFactory,
    CommuneFactory,
    IndicatorFactory,
    IrisFactory,
    SignalementFactory,
    square,
)
from tests.maps.methods.grids import counts_of, grid_units, stock_of

SIDE = 6
RNG = np.random.default_rng(1)
VALUES = {
    "since": "2022-01-01",
    "pivot": "2024-01-01",
    "until": "2025-12-31",
    "lag": 0,
    "level": 95,
    "against": "communes",
}
INSIDE = np.arange(SIDE * SIDE) < 12


def history(before, after, first_half=None, dwellings=500.0):
    """Give two years before and two years after; counts are (inside, outside) means of a unit, or arrays."""
    units = grid_units(SIDE)

    def spread(pair):
        return np.where(INSIDE, *pair) if isinstance(pair, tuple) else np.asarray(pair)

    whole, later = spread(before), spread(after)
    first = whole // 2 if first_half is None else spread(first_half)
    counts = tuple(counts_of(units, cases) for cases in (whole, later, first, whole - first))
    stock = stock_of(np.broadcast_to(dwellings, SIDE * SIDE))
    return PerimeterHistory("OPAH du centre", units, INSIDE, ~INSIDE, counts, stock)


def facts(outcome):
    return {fact.label: fact.value for fact in outcome.facts}


def test_a_fall_inside_is_said_with_its_interval():
    outcome = avant_apres.compute(history((10, 4), (4, 4)), VALUES, RNG)
    said = facts(outcome)
    assert said["Évolution dedans rapportée à celle du dehors"] == "0,40"
    assert said["Logements signalés, dedans, avant"] == 120
    assert said["Valeur p"] < 0.001
    assert outcome.notes[0].startswith("OPAH du centre")
    assert "multiplié par 0,40 dedans et par 1,00 dehors" in outcome.notes[0]
    assert "moins augmenté dedans que dehors" in outcome.notes[0]
    assert outcome.notes[1].startswith("Contrôle entre les deux moitiés")
    assert "déjà" not in outcome.notes[1]
    assert outcome.categories[:12] == [avant_apres.INSIDE] * 12
    assert outcome.figures["rate_before"][0] == pytest.approx(1000 * 10 / 500 / 2, rel=0.001)


def test_the_same_change_everywhere_is_chance():
    outcome = avant_apres.compute(history((4, 4), (8, 8)), VALUES, RNG)
    assert "Le hasard suffit" in outcome.notes[0]
    assert facts(outcome)["Intervalle à 95 %"].count(",") == 2


def test_a_difference_that_was_there_before_is_told():
    outcome = avant_apres.compute(history((12, 6), (3, 6), first_half=(10, 3)), VALUES, RNG)
    assert "évoluaient déjà différemment" in outcome.notes[1]


def test_zeros_are_put_in_words():
    outcome = avant_apres.compute(history((0, 2), (3, 2)), VALUES, RNG)
    said = facts(outcome)
    assert said["Évolution dedans rapportée à celle du dehors"] == "un facteur non calculable"
    assert said["Intervalle à 95 %"].endswith("à l’infini")
    assert all(np.isfinite(values).all() for values in outcome.figures.values())
    silent = avant_apres.compute(history((0, 2), (0, 2)), VALUES, RNG)
    assert "trop petits" in silent.notes[0]
    assert "Contrôle impossible" in silent.notes[1]


def test_degenerate_inputs_say_what_is_missing():
    with pytest.raises(NothingToAnalyse, match="aucun signalement"):
        avant_apres.compute(history((0, 0), (0, 0)), VALUES, RNG)
    with pytest.raises(NothingToAnalyse, match="aucune unité dans le périmètre"):
        avant_apres.compute(history((1, 1), (1, 1), dwellings=np.where(INSIDE, np.nan, 500)), VALUES, RNG)
    with pytest.raises(NothingToAnalyse, match="aucune unité hors du périmètre"):
        avant_apres.compute(history((1, 1), (1, 1), dwellings=np.where(INSIDE, 500, 0)), VALUES, RNG)


def test_a_period_is_cut_in_two_without_a_day_lost_or_counted_twice():
    first, second = halves((date(2024, 1, 1), date(2024, 1, 5)))
    assert (first, second) == (
        (date(2024, 1, 1), date(2024, 1, 3)),
        (date(2024, 1, 4), date(2024, 1, 5)),
    )


@pytest.fixture
def opah(db):
    """A town of nine IRIS; an OPAH holds the first; reports fall in the three of the south in 2026."""
    commune = CommuneFactory(code="01001", geom=square(0, 0, 3_000))
    for n in range(9):
        code = f"01001{n:04d}"
        IrisFactory(commune=commune, code=code, geom=square(n % 3 * 1_000, n // 3 * 1_000, 1_000))
        IndicatorFactory(territoire_code=code, value=500)
        for year, cases in ((2025, 4), (2026, 1 if n < 3 else 4)):
            for month in range(1, cases + 1):
                report = SignalementFactory(commune=commune, received_on=date(year, month, 3))
                AnchorFactory(signalement=report, place_code=code)
    return Zone.objects.create(
        code="OPAH-1", nom="OPAH du coin", type="OPAH", geom=square(0, 0, 1_000), starts_on=date(2026, 1, 1)
    )


GIVEN = {
    "since": "2025-01-01",
    "pivot": "2026-01-01",
    "until": "2026-12-31",
    "unit": "iris",
    "zone": "OPAH-1",
}


def test_a_run_is_stored(opah):
    run = run_analysis("avant_apres", Scope.whole(), GIVEN).run
    rows = list(AnalysisResult.objects.unscoped("essai").of_run(run))
    assert len(rows) == 9
    assert [row.unit_code for row in rows if row.category == avant_apres.INSIDE] == ["010010000"]
    assert (rows[0].figures["before"], rows[0].figures["after"]) == (4, 1)
    assert ["Évolution dedans rapportée à celle du dehors", "0,31", "fois", 0] in run.summary["facts"]


def test_perimeters_are_those_of_the_readers_ground(opah):
    here = Scope(signed_in=True, communes=frozenset({"01001"}))
    elsewhere = Scope(signed_in=True, communes=frozenset({"75056"}))
    assert (
        perimeters_named(here)
        == perimeters_named(Scope.whole())
        == {"OPAH-1": "OPAH du coin – OPAH, depuis le 01/01/2026"}
    )
    assert perimeters_named(elsewhere) == {}
    excluded = Scope(signed_in=True, communes=frozenset({"01001"}), excluded_zones=frozenset({opah.pk}))
    assert perimeters_named(excluded) == {}
    with pytest.raises(InvalidParameters, match="Périmètre"):
        run_analysis("avant_apres", elsewhere, GIVEN)


def test_a_perimeter_too_small_or_a_period_too_short_is_told(opah):
    Zone.objects.create(code="COIN", nom="Un coin", type="OPAH", geom=square(0, 0, 100))
    with pytest.raises(NothingToAnalyse, match="le milieu d’aucune unité"):
        run_analysis("avant_apres", Scope.whole(), GIVEN | {"zone": "COIN"})
    with pytest.raises(InvalidParameters, match="28 jours"):
        run_analysis("avant_apres", Scope.whole(), GIVEN | {"pivot": "2025-01-10"})
    with pytest.raises(InvalidParameters, match="28 jours"):
        run_analysis("avant_apres", Scope.whole(), GIVEN | {"lag": 12})
