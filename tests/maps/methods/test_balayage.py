"""Groups of units found by the scan: their rows, outlines and words, in space and in time."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shapely

from layers.errors import InvalidParameters, NothingToAnalyse
from layers.models import AnalysisResult, Anchor, GroupeBatiment, Signalement, UnitKind
from layers.scope import Scope
from layers.selectors.unit_addresses import dwelling_sources
from layers.selectors.unit_counts import ReportCube, TerritoryCounts
from layers.selectors.units import units_of
from maps.services.methods import balayage
from maps.services.methods.balayage import ScannedTerritory
from maps.services.methods.balayage_form import CHANCE, FRAGILE, NEAT
from maps.services.methods.balayage_stock import BY_UNIT, THROUGH_ADDRESSES, comparison
from maps.services.runs import run_analysis
from tests.factories import (
    AddressFactory,
    AnchorFactory,
    CommuneFactory,
    IndicatorFactory,
    IrisFactory,
    SignalementFactory,
    VoieFactory,
    point,
    square,
)
from tests.factories.logements import GroupeBatimentFactory, LogementSocialFactory
from tests.maps.methods.grids import SIDE_M, counts_of, grid_counts, grid_units, stock_of

SIDE = 8
X, Y = np.tile(np.arange(SIDE), SIDE), np.repeat(np.arange(SIDE), SIDE)
CORNER = (X < 2) & (Y < 2)
PERIOD = {"since": "2024-01-01", "until": "2025-12-31"}


def values(**more):
    """Give the defaults of the method, without asking the database for the names of the partners."""
    defaults = {parameter.name: parameter.default for parameter in balayage.METHOD.parameters}
    return defaults | PERIOD | {"replications": 199} | more


def scanned(territory, cube=None):
    """Give what the method reads, ten dwellings an address."""
    return ScannedTerritory(
        territory, cube, np.maximum(np.nan_to_num(territory.stock.dwellings), 1) / 10, None
    )


def computed(inputs, **more):
    return balayage.compute(inputs, values(**more), np.random.default_rng(1))


def counted(risk_there, seed=0, dwellings=1_000, spread=0.0):
    """Draw a square of IRIS whose corner of four has so many times the risk."""
    rng = np.random.default_rng(seed)
    risk = np.where(CORNER, risk_there, 1) * 0.03
    if spread:
        risk = risk * rng.gamma(1 / spread, spread, risk.size)
    return scanned(grid_counts(rng.poisson(risk * dwellings), np.full(SIDE * SIDE, dwellings)))


def test_a_corner_of_three_times_the_risk_is_one_neat_row_with_its_outline():
    outcome = computed(counted(3))
    assert outcome.kind == UnitKind.CLUSTER
    assert outcome.categories[0] == NEAT
    assert list(outcome.categories).count(NEAT) == 1
    first = {name: float(column[0]) for name, column in outcome.figures.items()}
    assert first["units"] == 4
    assert first["dwellings"] == 4_000
    assert 2.5 < first["relative_risk"] < 3.6
    assert first["rate"] == pytest.approx(first["cases"] / 4)
    assert first["p_value"] == first["p_overdispersed"] == 1 / 200
    assert outcome.communes[0] == ["01001"]
    assert outcome.shapes[0].equals(shapely.box(0, 0, 2 * SIDE_M, 2 * SIDE_M))
    assert outcome.srids[0] == 2154
    assert outcome.labels[0].endswith(" et 1 autre")


def test_without_cluster_nothing_is_neat_and_the_likeliest_is_told_all_the_same():
    outcome = computed(counted(1, seed=4))
    assert set(outcome.categories) == {CHANCE}
    facts = {fact.label: fact.value for fact in outcome.facts}
    assert facts["Foyers nets"] == facts["Foyers fragiles"] == 0
    assert len(outcome.codes) >= 1


def test_what_unequal_buildings_may_make_is_fragile():
    """Areas whose risk varies by itself: Poisson alone finds a cluster, the second p does not."""
    kinds = [set(computed(counted(1, seed, spread=0.3)).categories) for seed in range(6)]
    assert sum(FRAGILE in found for found in kinds) >= 4
    assert sum(NEAT in found for found in kinds) <= 1


def over_time(risk, quarters=8, seed=2):
    rng = np.random.default_rng(seed)
    units, stock = grid_units(SIDE), np.full(SIDE * SIDE, 1_000.0)
    cube = rng.poisson(risk * 0.01 * stock[:, None])
    starts = tuple(date(2024 + q // 4, q % 4 * 3 + 1, 1) for q in range(quarters))
    territory = TerritoryCounts(units, counts_of(units, cube.sum(axis=1)), stock_of(stock))
    return scanned(territory, ReportCube(cube, starts, "quarter"))


def test_a_cluster_of_three_quarters_has_its_months():
    risk = np.ones((SIDE * SIDE, 8))
    risk[np.ix_(CORNER, [0, 1, 2])] = 5
    outcome = computed(over_time(risk), step="quarter")
    assert outcome.categories[0] == NEAT
    assert outcome.figures["units"][0] == 4
    assert outcome.figures["steps"][0] == 3
    assert outcome.labels[0].endswith("01/2024 à 09/2024")
    ended = computed(over_time(risk), step="quarter", window="current")
    assert NEAT not in ended.categories
    risk[np.ix_(CORNER, [0, 1, 2])], risk[np.ix_(CORNER, [6, 7])] = 1, 5
    going_on = computed(over_time(risk), step="quarter", window="current")
    assert going_on.labels[0].endswith("07/2025 à 12/2025")
    assert going_on.categories[0] == NEAT


def test_a_rise_everywhere_is_no_cluster():
    risk = np.ones((SIDE * SIDE, 8))
    risk[:, 5:] = 4
    assert set(computed(over_time(risk), step="quarter").categories) == {CHANCE}


def test_steps_that_the_period_cuts_are_left_out():
    outcome = computed(over_time(np.ones((SIDE * SIDE, 8))), step="quarter", since="2024-02-01")
    total = {fact.label: fact.value for fact in outcome.facts}["Logements signalés"]
    assert total == over_time(np.ones((SIDE * SIDE, 8))).cube.cases[:, 1:].sum()
    with pytest.raises(NothingToAnalyse, match="deux pas de temps entiers"):
        computed(over_time(np.ones((SIDE * SIDE, 8))), step="quarter", until="2024-05-01")


@pytest.mark.parametrize(
    ("cases", "dwellings", "message"),
    [
        ([0, 0, 0, 0], 100.0, "aucun signalement"),
        ([1, 0, 0, 0], 100.0, "deux logements signalés"),
        ([1, 2, 0, 0], np.nan, "nombre de logements"),
        ([1, 2, 0, 0], [100, np.nan, np.nan, np.nan], "deux unités"),
    ],
)
def test_too_little_to_scan_is_said_in_french(cases, dwellings, message):
    with pytest.raises(NothingToAnalyse, match=message):
        computed(scanned(grid_counts(cases, np.broadcast_to(dwellings, 4))))


def test_units_without_dwellings_are_left_out_and_their_reports_with_them():
    inputs = counted(3).territory
    dwellings = inputs.stock.dwellings.copy()
    dwellings[-1] = np.nan
    outcome = computed(scanned(TerritoryCounts(inputs.units, inputs.counts, stock_of(dwellings))))
    facts = {fact.label: fact.value for fact in outcome.facts}
    assert facts["Unités examinées"] == 63
    assert facts["Logements signalés"] == inputs.counts.cases[:-1].sum()


def test_what_the_stock_announces_is_no_cluster():
    rng = np.random.default_rng(3)
    old = np.where(CORNER, 0.9, rng.uniform(0.1, 0.6, SIDE * SIDE))
    cases = rng.poisson(30 * np.exp(2 * (old - 0.4)))
    shares = {"pre_1946": old} | {
        name: np.full(64, np.nan) for name in ("private_rented", "small", "low_income", "dpe_fg", "vacancy")
    }
    inputs = scanned(grid_counts(cases, np.full(64, 1_000.0), shares))
    assert computed(inputs).categories[0] == NEAT
    by_stock = computed(inputs, denominator="stock")
    assert set(by_stock.categories) == {CHANCE}
    assert BY_UNIT in by_stock.notes


def test_overseas_and_mainland_are_never_in_one_cluster():
    """Two projections whose metres would lay one map on the other."""
    west, east = grid_units(4), grid_units(4)
    units = replace(
        west,
        codes=np.array([*west.codes, *(f"97401{n:04d}" for n in range(16))]),
        labels=west.labels + east.labels,
        communes=west.communes + (("97401",),) * 16,
        shapes=np.concatenate([west.shapes, east.shapes]),
        srids=np.repeat([2154, 2975], 16),
    )
    cases = np.full(32, 20)
    cases[[0, 1, 16, 17]] = 70
    territory = TerritoryCounts(units, counts_of(units, cases), stock_of(np.full(32, 1_000.0)))
    outcome = computed(scanned(territory))
    assert [covered for covered in outcome.communes if len(covered) > 1] == []
    assert {outcome.communes[n][0] for n in range(2)} == {"01001", "97401"}
    assert set(outcome.srids[:2]) == {2154, 2975}


def test_many_units_bound_the_windows_and_say_so(monkeypatch):
    monkeypatch.setattr(balayage, "MOST_WINDOWS", 640)
    monkeypatch.setattr(balayage, "FEWEST_NEIGHBOURS", 3)
    outcome = computed(counted(3))
    assert outcome.figures["units"].max() <= 10
    assert any("au plus 10 unités" in note for note in outcome.notes)


def test_a_run_keeps_its_clusters_with_their_outlines_and_its_seed(db):
    commune = CommuneFactory(code="01001", geom=square(0, 0, 6_000))
    for n in range(36):
        code = f"01001{n:04d}"
        IrisFactory(commune=commune, code=code, geom=square(n % 6 * 1_000, n // 6 * 1_000, 1_000))
        IndicatorFactory(territoire_code=code, value=400)
        for k in range(6 if n in (0, 1, 6, 7) else 1):
            report = SignalementFactory(commune=commune, received_on=date(2026, 1 + k, 3))
            AnchorFactory(signalement=report, place_code=code)
    given = {"since": "2026-01-01", "until": "2026-12-31", "replications": "99"}
    run = run_analysis("balayage", Scope.whole(), given).run
    rows = list(AnalysisResult.objects.unscoped("essai").of_run(run))
    assert run.seed is not None
    assert rows[0].unit_kind == UnitKind.CLUSTER
    assert rows[0].category in (NEAT, FRAGILE)
    assert rows[0].figures["cases"] == 24
    assert rows[0].figures["units"] == 4
    assert rows[0].communes == ["01001"]
    assert rows[0].geom.valid
    assert rows[0].geom.area == pytest.approx(square(0, 0, 2_000).area, rel=1e-3)
    assert not run_analysis("balayage", Scope.whole(), given).is_new
    monthly = run_analysis("balayage", Scope.whole(), given | {"step": "month"}).run
    assert monthly.summary["rows"] >= 1


@pytest.fixture
def street_of_blocks(db):
    """Lay an IRIS of 1 200 dwellings: a hundred blocks of twelve on ten streets; give their addresses."""
    commune = CommuneFactory(code="01001", geom=square(0, 0, 1_000))
    IrisFactory(commune=commune, code="010010001", geom=square(0, 0, 1_000))
    IndicatorFactory(territoire_code="010010001", value=1_200)
    addresses = []
    for row in range(10):
        street = VoieFactory(commune=commune)
        for column in range(10):
            where = point(column * 40 + 20, row * 90 + 20)
            addresses.append(AddressFactory(voie=street, numero=column + 1, geom=where))
    for n, address in enumerate(addresses):
        GroupeBatimentFactory(code_insee="01001", ban_ids=[address.pk], dwellings=12, annee_construction=1900)
        for door in range(5 if n in (33, 34, 35, 43, 44, 45) else n % 3 == 0):
            report = SignalementFactory(
                commune=commune, geom=address.geom, received_on=date(2026, 5, 1), etage=str(door)
            )
            AnchorFactory(signalement=report, kind=Anchor.Kind.ADDRESS, place_code=address.pk)
    return addresses


def test_a_few_blocks_side_by_side_are_found_by_address(street_of_blocks):
    given = PERIOD | {"until": "2026-12-31", "unit": "adresse", "replications": 99}
    run = run_analysis("balayage", Scope.whole(), given).run
    rows = list(AnalysisResult.objects.unscoped("essai").of_run(run))
    assert rows[0].category == NEAT
    assert rows[0].figures["cases"] >= 30
    assert 6 <= rows[0].figures["units"] <= 16
    assert rows[0].figures["dwellings"] == pytest.approx(12 * rows[0].figures["units"])
    assert rows[0].figures["p_value"] == rows[0].figures["p_overdispersed"] == 0.01
    assert rows[0].communes == ["01001"]
    assert rows[0].geom.area > 0
    blocks = {address.pk: address for address in street_of_blocks}
    inside = [pk for pk, address in blocks.items() if rows[0].geom.covers(address.geom)]
    assert {street_of_blocks[n].pk for n in (33, 34, 35, 43, 44, 45)} <= set(inside)
    assert str(street_of_blocks[34].voie.nom) in rows[0].label
    assert "une erreur sur les attendus" in str(run.summary)


def test_by_address_the_surroundings_of_a_building_are_read(street_of_blocks):
    inputs = balayage.read(Scope.whole(), values(unit="adresse", until="2026-12-31"))
    own = inputs.addresses.own
    assert own["blocks_around"].tolist() == own["old_around"].tolist() == [1] * 100
    inside = {pk: n for n, pk in enumerate(inputs.territory.units.codes.tolist())}
    # the first block, at (20, 20), sees those at 60, 100 and 140 m of its street, and the first of the next one
    assert np.expm1(own["density"][inside[street_of_blocks[0].pk]]) == pytest.approx(5 * 12)


def test_by_address_the_stock_announces_each_building(street_of_blocks):
    """The blocks that report most are the social ones, of which the RPLS tells: no cluster is left."""
    for n, address in enumerate(street_of_blocks):
        if n in (33, 34, 35, 43, 44, 45, 70, 99):
            LogementSocialFactory(code_insee="01001", ban_id=address.pk, dwellings=12, geom=address.geom)
            for door in range(5 if n > 60 else 0):
                report = SignalementFactory(
                    commune=address.commune, geom=address.geom, received_on=date(2026, 6, 1), etage=str(door)
                )
                AnchorFactory(signalement=report, kind=Anchor.Kind.ADDRESS, place_code=address.pk)
    given = PERIOD | {"until": "2026-12-31", "unit": "adresse", "replications": 99}
    by_dwelling, by_stock = (
        list(
            AnalysisResult.objects.unscoped("essai").of_run(
                run_analysis("balayage", Scope.whole(), given | {"denominator": denominator}).run
            )
        )
        for denominator in ("dwellings", "stock")
    )
    assert by_dwelling[0].category == NEAT
    assert {row.category for row in by_stock} == {CHANCE}


def test_larger_units_expect_what_their_addresses_do(street_of_blocks):
    asked = values(unit="carreau", denominator="stock", until="2026-12-31")
    inputs = balayage.read(Scope.whole(), asked)
    compared = comparison(inputs.territory, inputs.addresses, "stock")
    corners = np.floor(shapely.get_coordinates(inputs.addresses.counts.units.shapes) / 200) * 200
    for n, square_of_200 in enumerate(inputs.territory.units.shapes):
        inside = (corners == shapely.bounds(square_of_200)[:2]).all(axis=1)
        assert inside.any()
        assert compared.exposure[n] == pytest.approx(compared.expected[inside].sum())
    reported = inputs.territory.counts.cases.sum()
    assert compared.notes == [THROUGH_ADDRESSES.format(cases=reported, placed=reported)]


def test_larger_units_are_scanned_through_their_addresses(street_of_blocks):
    given = {"until": "2026-12-31", "unit": "carreau", "denominator": "stock", "replications": 99}
    run = run_analysis("balayage", Scope.whole(), PERIOD | given).run
    first = AnalysisResult.objects.unscoped("essai").of_run(run)[0]
    assert first.category == NEAT
    assert first.figures["p_overdispersed"] == pytest.approx(2 * first.figures["p_value"])
    squares = shapely.from_wkb(bytes(first.geom.transform(2154, clone=True).wkb))
    assert squares.area == pytest.approx(40_000 * first.figures["units"], rel=0.01)
    inside = [pk for pk in (address for address in street_of_blocks) if first.geom.covers(pk.geom)]
    assert {street_of_blocks[n] for n in (33, 34, 43, 44)} <= set(inside)
    reports = Anchor.objects.filter(kind=Anchor.Kind.ADDRESS, place_code__in=[a.pk for a in inside])
    assert first.figures["cases"] == reports.count()
    assert "une erreur sur les attendus" in str(run.summary)


def test_where_addresses_leave_dwellings_out_the_units_speak_for_themselves(street_of_blocks):
    """Two IRIS of three have no address: what is expected is read in the census of the three."""
    for n in (1, 2):
        code = f"01001000{n + 1}"
        IrisFactory(commune=street_of_blocks[0].commune, code=code, geom=square(n * 1_000, 0, 1_000))
        IndicatorFactory(territoire_code=code, value=1_200)
    for report in Signalement.objects.unscoped("essai"):
        AnchorFactory(signalement=report, place_code="010010001")
    inputs = balayage.read(Scope.whole(), values(denominator="stock", until="2026-12-31"))
    assert set(inputs.addresses.unit.tolist()) == {0}
    with pytest.raises(NothingToAnalyse, match="trop peu d’unités"):
        comparison(inputs.territory, inputs.addresses, "stock")


def test_where_reports_are_not_placed_at_addresses_the_units_speak_for_themselves(street_of_blocks):
    """As many reports again, known to their square only: half of what is compared would be left out."""
    asked = values(unit="carreau", denominator="stock", until="2026-12-31")
    for report in list(Signalement.objects.unscoped("essai")):
        SignalementFactory(commune=report.commune, geom=report.geom, received_on=date(2026, 5, 2), etage="9")
    inputs = balayage.read(Scope.whole(), asked)
    assert inputs.addresses.counts.counts.cases.sum() < 0.8 * inputs.territory.counts.cases.sum()
    compared = comparison(inputs.territory, inputs.addresses, "stock")
    assert not compared.by_address
    assert BY_UNIT in compared.notes


def test_by_address_time_is_not_cut(street_of_blocks):
    with pytest.raises(InvalidParameters, match="par adresse"):
        run_analysis("balayage", Scope.whole(), PERIOD | {"unit": "adresse", "step": "month"})


def test_the_sources_of_a_unit_are_its_addresses_each_by_its_dwellings(street_of_blocks):
    units = units_of(UnitKind.IRIS, Scope.whole())
    assert dwelling_sources(units).tolist() == pytest.approx([100])
    tower = GroupeBatiment.objects.get(ban_ids=[street_of_blocks[0].pk])
    tower.dwellings = 1_200
    tower.save()
    total, squares = 99 * 12 + 1_200, 99 * 12**2 + 1_200**2
    assert dwelling_sources(units).tolist() == pytest.approx([total**2 / squares])
    sections = units_of(UnitKind.CARREAU, Scope.whole())
    assert np.nansum(dwelling_sources(sections)) > 20


def test_squares_of_200_m_are_scanned_on_their_centres(db):
    """Twenty-five squares with one address each; nine dwellings reported in one, three elsewhere."""
    commune = CommuneFactory(code="01001", geom=square(0, 0, 1_000))
    IrisFactory(commune=commune, code="010010001", geom=square(0, 0, 1_000))
    IndicatorFactory(territoire_code="010010001", value=500)
    street = VoieFactory(commune=commune)
    for n in range(25):
        AddressFactory(voie=street, geom=point(n % 5 * 200 + 90, n // 5 * 200 + 110))
    for n, reports in ((6, 9), (7, 1), (20, 1), (24, 1)):
        for _ in range(reports):
            where = point(n % 5 * 200 + 100, n // 5 * 200 + 100)
            SignalementFactory(commune=commune, geom=where, received_on=date(2026, 5, 1))
    given = PERIOD | {"until": "2026-12-31", "unit": "carreau", "replications": 99}
    rows = AnalysisResult.objects.unscoped("essai").of_run(run_analysis("balayage", Scope.whole(), given).run)
    assert rows[0].figures["cases"] == 9
    assert rows[0].figures["units"] == 1
    assert rows[0].figures["dwellings"] == pytest.approx(20)
    assert rows[0].figures["p_value"] == 0.01
    assert rows[0].geom.area == pytest.approx(square(0, 0, 200).area, rel=1e-3)
