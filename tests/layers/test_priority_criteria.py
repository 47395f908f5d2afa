"""What each place is ranked by, one criterion at a time, in the reader's perimeter only."""

from datetime import date

import numpy as np
import pytest

from layers.errors import NothingToAnalyse
from layers.models import (
    AddressParcelle,
    Affectation,
    Anchor,
    Arrete,
    BatimentParcelle,
    IrisResult,
    Signalement,
    UnitKind,
    Zone,
)
from layers.scope import Scope
from layers.selectors.priority_criteria import priority_criteria
from layers.selectors.report_selection import ReportSelection
from tests.factories import (
    AddressFactory,
    AffectationFactory,
    AnchorFactory,
    ArreteFactory,
    BatimentFactory,
    CommuneFactory,
    IndicatorFactory,
    IrisFactory,
    IrisResultFactory,
    ParcelleFactory,
    SignalementFactory,
    ZoneFactory,
    square,
)
from tests.factories.logements import DpeFactory, GroupeBatimentFactory

DAY = date(2026, 3, 31)
YEAR = ReportSelection(date(2025, 4, 1), DAY)


@pytest.fixture
def parcelle(db):
    commune = CommuneFactory(nom="Ici", geom=square(0, 0, 1_000))
    return ParcelleFactory(commune=commune, geom=square(0, 0, 10))


def reported(place, kind=Anchor.Kind.PARCELLE, **fields):
    report = SignalementFactory(commune=place.commune, **fields)
    AnchorFactory(signalement=report, kind=kind, place_code=place.pk)
    return report


def criteria(kind=UnitKind.PARCELLE, scope=None, hotspots=None, selection=YEAR):
    return priority_criteria(kind, scope or Scope.whole(), selection, hotspots)


def only(found):
    assert found.codes.size == 1
    return {name: float(values[0]) for name, values in found.values.items()}


def test_the_reports_of_a_place_tell_how_grave_how_long_and_for_whom(parcelle):
    answered = reported(
        parcelle, received_on=date(2026, 1, 30), criticite=30, nb_occupants=4, nb_enfants=2, appartement="1"
    )
    AffectationFactory(
        signalement=answered, answered_on=date(2026, 2, 10), status=Affectation.Status.EN_COURS
    )
    reported(
        parcelle,
        received_on=date(2026, 3, 21),
        criticite=12,
        nb_occupants=1,
        nb_enfants=None,
        appartement="2",
    )
    closed = {"status": Signalement.Status.CLOSED, "received_on": date(2025, 5, 1), "criticite": 50}
    reported(parcelle, nb_occupants=9, appartement="3", **closed)
    reported(parcelle, status=Signalement.Status.REFUSED, criticite=99)
    found = criteria()
    values = only(found)
    assert values["gravite"] == 50
    assert values["repetition"] == 3
    assert (values["occupants"], values["enfants"]) == (5, 2)
    assert values["attente"] == 60
    assert values["sans_reponse"] == 10
    assert values["engage"] == 1
    assert found.cases.tolist() == [3]


def test_without_any_affectation_nobody_is_said_to_be_silent(parcelle):
    reported(parcelle)
    values = only(criteria())
    assert np.isnan(values["sans_reponse"])
    assert np.isnan(values["engage"])


def test_orders_not_lifted_tell_how_late_and_the_law_of_2024(parcelle):
    ArreteFactory(idu=parcelle.idu, commune=parcelle.commune, taken_on=date(2025, 12, 1))
    lifted = {"taken_on": date(2024, 1, 1), "mainlevee_on": date(2024, 6, 1)}
    ArreteFactory(idu=parcelle.idu, commune=parcelle.commune, **lifted)
    other = {"taken_on": date(2023, 1, 1), "type": Arrete.Type.POLICE_GENERALE}
    ArreteFactory(idu=parcelle.idu, commune=parcelle.commune, **other)
    values = only(criteria())
    assert (values["arrete_echu"], values["expropriation"], values["arretes"]) == (90, 0, 1)
    ArreteFactory(idu=parcelle.idu, commune=parcelle.commune, taken_on=date(2017, 1, 1))
    assert only(criteria())["expropriation"] == 1
    Arrete.objects.unscoped("essai").filter(taken_on=date(2017, 1, 1)).update(taken_on=date(2015, 1, 1))
    assert only(criteria())["expropriation"] == 0


def test_a_fresh_order_is_not_late(parcelle):
    ArreteFactory(idu=parcelle.idu, commune=parcelle.commune, taken_on=date(2026, 3, 10))
    assert only(criteria())["arrete_echu"] == 0


def test_an_order_by_its_address_stands_on_its_parcelle_and_names_it(parcelle):
    address = AddressFactory(voie__commune=parcelle.commune, voie__nom="Rue Haute", numero=12)
    AddressParcelle.objects.create(address=address, idu=parcelle.idu)
    ArreteFactory(idu="", ban_id=address.ban_id, adresse="12 rue Haute", commune=parcelle.commune)
    found = criteria()
    assert found.values["arretes"].tolist() == [1]
    assert found.labels == ("12 Rue Haute, Ici",)


def test_registers_tell_the_stock_the_worst_class_and_the_oldest_building(parcelle):
    reported(parcelle)
    GroupeBatimentFactory(idus=[parcelle.idu], annee_construction=1926, classe_modelisee="G")
    address = AddressFactory(voie__commune=parcelle.commune)
    AddressParcelle.objects.create(address=address, idu=parcelle.idu)
    DpeFactory(ban_id=address.ban_id, classe_energie="E", annee_construction=1950)
    values = only(criteria())
    assert values["bati_ancien"] == 100
    assert values["energie"] == 5  # diagnosed E comes before estimated G


def test_what_no_register_tells_is_not_known(parcelle):
    reported(parcelle)
    values = only(criteria())
    assert np.isnan(values["bati_ancien"])
    assert np.isnan(values["energie"])
    assert np.isnan(values["point_chaud"])


def test_hotspot_and_operation_are_those_where_the_place_stands(parcelle):
    reported(parcelle)
    iris = IrisFactory(commune=parcelle.commune, geom=square(0, 0, 500))
    result = IrisResultFactory(iris=iris, hotspot=IrisResult.Hotspot.HOT_99)
    assert only(criteria(hotspots=result.run))["point_chaud"] == 2
    assert only(criteria())["perimetre"] == 0
    zone = ZoneFactory(type=Zone.Type.OPAH, geom=square(0, 0, 100), starts_on=None, ends_on=None)
    assert only(criteria())["perimetre"] == 1
    Zone.objects.filter(pk=zone.pk).update(ends_on=date(2026, 1, 1))
    assert only(criteria())["perimetre"] == 0


def test_a_building_bears_the_orders_of_its_parcelle(parcelle):
    batiment = BatimentFactory(commune=parcelle.commune, geom=square(2, 2, 5))
    BatimentParcelle.objects.create(batiment=batiment, idu=parcelle.idu, cover_ratio=1)
    reported(batiment, Anchor.Kind.BATIMENT)
    ArreteFactory(idu=parcelle.idu, commune=parcelle.commune)
    found = criteria(UnitKind.BATIMENT)
    assert found.codes.tolist() == [batiment.code]
    assert found.values["arretes"].tolist() == [1]


def test_an_address_bears_the_orders_and_the_stock_of_its_parcelle(parcelle):
    address = AddressFactory(voie__commune=parcelle.commune, voie__nom="Rue Haute", numero=12)
    AddressParcelle.objects.create(address=address, idu=parcelle.idu)
    reported(address, Anchor.Kind.ADDRESS)
    ArreteFactory(idu=parcelle.idu, commune=parcelle.commune)
    DpeFactory(ban_id=address.ban_id, classe_energie="G")
    found = criteria(UnitKind.ADRESSE)
    assert found.codes.tolist() == [address.ban_id]
    assert (found.values["arretes"][0], found.values["energie"][0]) == (1, 7)
    assert found.labels == ("12 Rue Haute, Ici",)


def test_all_iris_are_there_with_their_dwellings_and_their_parcelles_under_the_law(parcelle):
    iris = IrisFactory(commune=parcelle.commune, geom=square(0, 0, 500))
    IndicatorFactory(territoire_code=iris.code, value=800)
    quiet = IrisFactory(commune=parcelle.commune, geom=square(500, 0, 500))
    reported(parcelle)
    AnchorFactory(signalement=Signalement.objects.unscoped("essai").get(), place_code=iris.code)
    for day in (date(2020, 1, 1), date(2022, 1, 1)):
        ArreteFactory(idu=parcelle.idu, commune=parcelle.commune, taken_on=day)
    found = criteria(UnitKind.IRIS)
    at = found.codes.tolist().index
    assert set(found.codes) == {iris.code, quiet.code}
    assert (found.cases[at(iris.code)], found.dwellings[at(iris.code)]) == (1, 800)
    assert found.values["expropriation"][at(iris.code)] == 1
    assert found.values["arrete_echu"][at(iris.code)] == 2
    assert (found.cases[at(quiet.code)], found.values["gravite"][at(quiet.code)]) == (0, 0)


def test_another_partner_s_places_are_not_there(parcelle):
    reported(parcelle)
    elsewhere = CommuneFactory(geom=square(5_000, 0, 1_000))
    theirs = ParcelleFactory(commune=elsewhere, geom=square(5_000, 0, 10))
    reported(theirs)
    ArreteFactory(idu=theirs.idu, commune=elsewhere)
    here = Scope(signed_in=True, communes=frozenset({parcelle.commune_id}))
    assert criteria(scope=here).codes.tolist() == [parcelle.idu]
    with pytest.raises(NothingToAnalyse):
        criteria(scope=Scope.nobody())


def test_a_report_of_ours_placed_on_their_ground_does_not_open_it(parcelle):
    theirs = ParcelleFactory(commune=CommuneFactory(geom=square(5_000, 0, 1_000)), geom=square(5_000, 0, 10))
    report = SignalementFactory(commune=parcelle.commune)
    AnchorFactory(signalement=report, kind=Anchor.Kind.PARCELLE, place_code=theirs.idu)
    with pytest.raises(NothingToAnalyse):
        criteria(scope=Scope(signed_in=True, communes=frozenset({parcelle.commune_id})))


def test_a_report_without_a_sure_place_is_counted_as_left_out(parcelle):
    reported(parcelle)
    SignalementFactory(commune=parcelle.commune)
    assert criteria().left_out == 1


def test_the_queries_do_not_grow_with_the_places(parcelle, django_assert_num_queries):
    for n in range(6):
        other = ParcelleFactory(commune=parcelle.commune, geom=square(20 * n, 0, 10))
        reported(other)
        ArreteFactory(idu=other.idu, commune=parcelle.commune)
    with django_assert_num_queries(7):
        criteria()
