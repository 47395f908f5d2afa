"""Repeated places: against the Poisson law on arrays, and from the database in the reader's perimeter."""

from datetime import date

import numpy as np
import pytest
from scipy import stats

from layers.errors import NothingToAnalyse
from layers.models import AddressParcelle, AnalysisResult, Anchor, Signalement, UnitKind
from layers.scope import Scope
from layers.selectors.repeated_reports import RepeatedReports, repeated_reports
from layers.selectors.report_selection import ReportSelection
from maps.services.methods.repetitions import BEYOND, MAYBE, compute
from maps.services.runs import run_analysis
from tests.factories import (
    AddressFactory,
    AnchorFactory,
    BatimentFactory,
    CommuneFactory,
    ParcelleFactory,
    SignalementFactory,
    square,
)
from tests.factories.cadastre import BatimentAddressFactory, BatimentParcelleFactory
from tests.factories.logements import GroupeBatimentFactory

YEAR = ReportSelection(date(2026, 1, 1), date(2026, 12, 31))
FORM = {"since": "2026-01-01", "until": "2026-12-31", "unit": "adresse"}


def counted(reports, dwellings, kind=UnitKind.ADRESSE, neighbours=()):
    n = len(reports)
    codes = [f"01001_0001_{i:05d}" for i in range(n)]
    return RepeatedReports(
        kind=kind,
        codes=np.array(codes),
        communes=np.array(["01001"] * n),
        dwellings=np.array(dwellings, dtype=float),
        reports=np.array(reports),
        reported_dwellings=np.minimum(reports, 1),
        last_on=("",) * n,
        neighbours=np.array(neighbours, dtype=np.int64).reshape(-1, 2),
        named={code: (f"Lieu {i}", float(i), 0.0, 2154) for i, code in enumerate(codes) if reports[i] >= 2},
        left_out=0,
    )


def computed(inputs):
    return compute(inputs, {"alpha": 5}, np.random.default_rng(1))


def test_the_least_likely_place_comes_first_whatever_its_number_of_reports():
    outcome = computed(counted([1, 6, 5, 0], [500, 2_000, 2, 1_498]))
    assert outcome.labels == ["Lieu 2", "Lieu 1"]
    assert list(outcome.categories) == [BEYOND, MAYBE]
    expected = 12 * np.array([2, 2_000]) / 4_000
    np.testing.assert_allclose(outcome.figures["expected"], expected)
    np.testing.assert_allclose(outcome.figures["p_value"], stats.poisson.sf([4, 5], expected))


def test_neighbours_are_told_for_parcelles_only():
    labels = [fact.label for fact in computed(counted([2, 1, 1], [3, 3, 3])).facts]
    assert not any("voisines" in label for label in labels)
    facts = computed(counted([2, 1, 0], [3, 3, 3], UnitKind.PARCELLE, [[0, 1], [1, 2]])).facts
    assert next(fact.value for fact in facts if "voisines" in fact.label) == 1


def test_a_parcelle_says_how_many_of_its_neighbours_are_reported():
    """Two reported parcelles on either side of the first, one of them reported twice; a fourth that is not."""
    parcelles = counted([2, 1, 3, 0], [3] * 4, UnitKind.PARCELLE, [[0, 1], [0, 2], [0, 3], [2, 3]])
    found = dict(zip(computed(parcelles).labels, computed(parcelles).figures["beside"], strict=True))
    assert found == {"Lieu 0": 2, "Lieu 2": 1}
    assert np.isnan(computed(counted([2, 1], [3, 3])).figures["beside"]).all()


def test_nothing_repeated_is_said():
    with pytest.raises(NothingToAnalyse, match="deux fois"):
        computed(counted([1, 0, 1], [3, 3, 3]))


@pytest.fixture
def street(db):
    """Three addresses on one parcelle and one on its neighbour; three reports at the first, one at the last."""
    commune = CommuneFactory(nom="Ici", geom=square(0, 0, 1_000))
    parcelles = [ParcelleFactory(commune=commune, geom=square(10 * n, 0, 10)) for n in range(2)]
    addresses = [AddressFactory(voie__commune=commune, voie__nom="Rue Haute", numero=n + 1) for n in range(4)]
    for address, parcelle in zip(addresses, (0, 0, 0, 1), strict=True):
        AddressParcelle.objects.create(address=address, idu=parcelles[parcelle].idu)
    GroupeBatimentFactory(ban_ids=[addresses[0].ban_id], dwellings=12)
    for address, parcelle, times in ((addresses[0], parcelles[0], 3), (addresses[3], parcelles[1], 1)):
        for _ in range(times):
            report = SignalementFactory(commune=commune)
            AnchorFactory(signalement=report, kind=Anchor.Kind.ADDRESS, place_code=address.ban_id)
            AnchorFactory(signalement=report, kind=Anchor.Kind.PARCELLE, place_code=parcelle.idu)
    return commune, addresses, parcelles


def test_each_inhabited_address_is_there_with_its_dwellings(street):
    _, addresses, _ = street
    found = repeated_reports(UnitKind.ADRESSE, Scope.whole(), YEAR)
    told = dict(zip(found.codes.tolist(), zip(found.reports, found.dwellings, strict=True), strict=True))
    assert told[addresses[0].ban_id] == (3, 12)
    assert told[addresses[1].ban_id] == (0, 1)
    assert found.named.keys() == {addresses[0].ban_id}
    assert found.named[addresses[0].ban_id][0] == "1 Rue Haute, Ici"


def test_a_parcelle_has_the_dwellings_of_its_addresses_and_its_neighbours(street):
    _, _, parcelles = street
    found = repeated_reports(UnitKind.PARCELLE, Scope.whole(), YEAR)
    assert found.codes.tolist() == sorted(parcelle.idu for parcelle in parcelles)
    assert found.dwellings.tolist() == [14, 1]
    assert found.neighbours.tolist() == [[0, 1]]


def test_a_building_has_its_share_of_the_dwellings_of_its_addresses(street):
    """Twelve dwellings at an address of two buildings; another stands on the parcelle of an address without any."""
    commune, addresses, parcelles = street
    front, back, other, empty = (
        BatimentFactory(commune=commune, geom=square(10 * n, 0, 5)) for n in range(4)
    )
    for building in (front, back):
        BatimentAddressFactory(batiment=building, ban_id=addresses[0].ban_id)
    BatimentParcelleFactory(batiment=other, idu=parcelles[1].idu)
    for report in Signalement.objects.unscoped("essai").filter(anchors__place_code=addresses[0].ban_id):
        AnchorFactory(signalement=report, kind=Anchor.Kind.BATIMENT, place_code=front.code)
    found = repeated_reports(UnitKind.BATIMENT, Scope.whole(), YEAR)
    told = dict(zip(found.codes.tolist(), zip(found.reports, found.dwellings, strict=True), strict=True))
    assert told == {front.code: (3, 6), back.code: (0, 6), other.code: (0, 1)}
    assert empty.code not in told
    assert found.named.keys() == {front.code}
    assert found.left_out == 1
    assert run_analysis("repetitions", Scope.whole(), FORM | {"unit": "batiment"}).run.summary["rows"] == 1


def test_another_partner_reads_nothing_of_it(street):
    elsewhere = CommuneFactory(geom=square(5_000, 0, 1_000))
    with pytest.raises(NothingToAnalyse, match="adresse"):
        repeated_reports(UnitKind.ADRESSE, Scope(signed_in=True, communes=frozenset({elsewhere.code})), YEAR)


def test_a_run_is_stored(street):
    _, addresses, _ = street
    run = run_analysis("repetitions", Scope.whole(), FORM).run
    (row,) = AnalysisResult.objects.unscoped("essai").of_run(run)
    assert (row.unit_code, row.figures["reports"]) == (addresses[0].ban_id, 3)
    assert row.geom.geom_type == "Point"
