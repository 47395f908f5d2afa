"""Which places are for which partner: what was entrusted, what a visit concluded, which police took the order."""

from datetime import date

import pytest

from layers.models import Affectation, Anchor, Arrete, Partner, Signalement, UnitKind, Visit
from layers.scope import Scope
from layers.selectors.report_selection import ReportSelection
from layers.selectors.work_lists import work_lists
from tests.factories import (
    AffectationFactory,
    AnchorFactory,
    ArreteFactory,
    CommuneFactory,
    ParcelleFactory,
    SignalementFactory,
    VisitFactory,
    square,
)

Type = Partner.Type
YEAR = ReportSelection(date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture
def parcelle(db):
    return ParcelleFactory(commune=CommuneFactory(geom=square(0, 0, 1_000)), geom=square(0, 0, 10))


@pytest.fixture
def report(parcelle):
    found = SignalementFactory(commune=parcelle.commune)
    AnchorFactory(signalement=found, kind=Anchor.Kind.PARCELLE, place_code=parcelle.idu)
    return found


def lists(scope=None):
    return work_lists(UnitKind.PARCELLE, scope or Scope.whole(), YEAR)


@pytest.mark.parametrize(
    ("status", "is_listed"),
    [("NOUVEAU", True), ("EN_COURS", True), ("REFUSE", False), ("FERME", False)],
)
def test_a_place_is_for_the_partner_to_which_an_open_report_was_entrusted(
    report, parcelle, status, is_listed
):
    AffectationFactory(signalement=report, partner_type=Type.ADIL, status=Affectation.Status[status])
    assert lists() == ({Type.ADIL: {parcelle.idu}} if is_listed else {})


def test_a_closed_report_is_nobody_s_work(report):
    AffectationFactory(signalement=report, partner_type=Type.ADIL)
    Signalement.objects.unscoped("essai").update(status=Signalement.Status.CLOSED)
    assert lists() == {}


@pytest.mark.parametrize(
    ("conclusion", "partner"),
    [
        (Visit.Conclusion.INSALUBRITE, Type.ARS),
        (Visit.Conclusion.MISE_EN_SECURITE_PERIL, Type.COMMUNE_SCHS),
        (Visit.Conclusion.NON_DECENCE, Type.CAF_MSA),
    ],
)
def test_a_conclusion_of_a_visit_is_for_the_competent_partner(report, parcelle, conclusion, partner):
    VisitFactory(signalement=report, conclusions=[conclusion])
    assert lists() == {partner: {parcelle.idu}}


@pytest.mark.parametrize(
    ("police", "partner"),
    [
        (Arrete.Type.MISE_EN_SECURITE, Type.COMMUNE_SCHS),
        (Arrete.Type.ARRETE_L_511_19_INSALUBRITE, Type.ARS),
    ],
)
def test_an_order_not_lifted_is_for_its_police_and_for_the_ddt(parcelle, police, partner):
    ArreteFactory(idu=parcelle.idu, commune=parcelle.commune, type=police)
    lifted = ParcelleFactory(commune=parcelle.commune, geom=square(50, 0, 10))
    ArreteFactory(idu=lifted.idu, commune=parcelle.commune, type=police, mainlevee_on=date(2026, 1, 1))
    assert lists() == {partner: {parcelle.idu}, Type.DDT_M: {parcelle.idu}}


def test_the_lists_hold_the_reader_s_places_only(report, parcelle):
    AffectationFactory(signalement=report, partner_type=Type.ADIL)
    ArreteFactory(idu=parcelle.idu, commune=parcelle.commune)
    assert lists(Scope(signed_in=True, communes=frozenset({"99999"}))) == {}
