"""The file of a place: which codes it is, what happened there, who reads what, in how many queries."""

from datetime import date

import pytest

from layers.errors import UnknownPlace
from layers.models import ParcelleLineage, Signalement
from layers.scope import Scope
from layers.selectors.places.file import place_file
from layers.selectors.places.identity import find_place
from layers.selectors.places.timeline import EventKind
from tests.factories import (
    AddressFactory,
    AddressParcelleFactory,
    AnchorFactory,
    ArreteFactory,
    BatimentFactory,
    BatimentParcelleFactory,
    DesordreFactory,
    NumeroCadastralFactory,
    ParcelleFactory,
    SignalementFactory,
    VisitFactory,
    VoieFactory,
    ZoneFactory,
    point,
    rectangle,
    square,
)
from tests.factories.logements import (
    CoproprieteFactory,
    DpeFactory,
    LogementSocialFactory,
    MutationParcelleFactory,
)

TODAY = date(2026, 6, 30)
IDU = "01001000AB0012"
SEEN = Scope.whole()


@pytest.fixture
def parcelle(commune):
    return ParcelleFactory(commune=commune, idu=IDU, geom=square(0, 0, 10))


def reported(commune, *, at=IDU, kind="parcelle", best=True, **fields):
    report = SignalementFactory(commune=commune, **fields)
    AnchorFactory(signalement=report, kind=kind, place_code=at, is_best=best)
    return report


def told(found, kind=None):
    return [(str(event.on), event.title) for event in found.events if kind in (None, event.kind)]


def test_a_parcelle_is_its_buildings_and_the_addresses_that_registers_declare(commune, parcelle):
    drawn = BatimentFactory(commune=commune, geom=square(2, 2, 5))
    linked = BatimentFactory(commune=commune, geom=square(100, 100, 5))
    BatimentParcelleFactory(batiment=linked, idu=IDU, cover_ratio=0.9)
    BatimentFactory(commune=commune, geom=rectangle(9.9, 0, 8, 8))
    BatimentFactory(commune=commune, geom=square(2, 2, 5), closed_on="2026-01-01")
    declared = AddressFactory(voie__commune=commune, geom=point(500, 500))
    AddressParcelleFactory(address=declared, idu=IDU)
    place = find_place("parcelle", IDU, SEEN)
    assert {b.code for b in place.batiments} == {drawn.code, linked.code}
    assert [a.ban_id for a in place.addresses] == [declared.ban_id]


def test_without_a_declared_address_it_is_the_doors_whose_nearest_parcelle_it_is(commune, parcelle):
    ParcelleFactory(commune=commune, geom=square(10, 0, 10))
    voie = VoieFactory(commune=commune, nom="Rue Neuve")
    for numero, x, y in ((1, 5, -4), (3, 15, -4), (5, 5, -40)):
        AddressFactory(voie=voie, numero=numero, geom=point(x, y))
    place = find_place("parcelle", IDU, SEEN)
    assert (place.name, [a.numero for a in place.addresses]) == ("1 Rue Neuve", [1])


def test_an_address_is_the_nearest_parcelle_and_its_buildings(commune, parcelle):
    batiment = BatimentFactory(commune=commune, geom=square(2, 2, 5))
    door = AddressFactory(voie__commune=commune, geom=point(5, -3))
    place = find_place("adresse", door.ban_id, SEEN)
    assert ([p.idu for p in place.parcelles], [b.code for b in place.batiments]) == ([IDU], [batiment.code])


def test_an_address_is_the_parcelle_that_the_plan_gives_to_its_number(commune, parcelle):
    door = AddressFactory(voie__commune=commune, numero=7, geom=point(5, -3))
    served = ParcelleFactory(commune=commune, geom=square(10, 0, 10))
    NumeroCadastralFactory(numero=7, idu=served.idu, commune_id=commune.code, geom=point(6, -4))
    assert [p.idu for p in find_place("adresse", door.ban_id, SEEN).parcelles] == [served.idu]
    facts = place_file("parcelle", served.idu, SEEN, TODAY).facts
    assert ("Numéro 7", f"dessert la parcelle {served.idu}") in {(fact.label, fact.value) for fact in facts}
    # the same number of another street, at the corner: the plan says nothing
    NumeroCadastralFactory(numero=7, idu=IDU, commune_id=commune.code, geom=point(-5, -4))
    assert [p.idu for p in find_place("adresse", door.ban_id, SEEN).parcelles] == [IDU]


def test_a_building_is_found_by_its_rnb_identifier_too(commune, parcelle):
    batiment = BatimentFactory(
        commune=commune, code="01001-footprint", rnb_id="PG46YY6YWCX8", geom=square(2, 2, 5)
    )
    assert find_place("batiment", "PG46YY6YWCX8", SEEN).code == batiment.code
    assert [p.idu for p in find_place("batiment", batiment.code, SEEN).parcelles] == [IDU]


@pytest.mark.parametrize(
    ("kind", "code"), [("parcelle", "nulle-part"), ("lac", IDU), ("batiment", ""), ("", "")]
)
def test_an_unknown_place_says_so(db, kind, code):
    with pytest.raises(UnknownPlace):
        find_place(kind, code, SEEN)


def test_nobody_signed_out_finds_a_place(parcelle):
    with pytest.raises(UnknownPlace):
        find_place("parcelle", IDU, Scope.nobody())


def test_everything_is_on_one_timeline_the_newest_first(commune, parcelle):
    report = reported(commune, reference="A", received_on=date(2025, 3, 1), closed_on=date(2026, 1, 5))
    DesordreFactory(signalement=report, label="Humidité")
    VisitFactory(signalement=report, visited_on=date(2025, 4, 2), conclusions=["INSALUBRITE"])
    ArreteFactory(commune=commune, idu=IDU, taken_on=date(2025, 6, 1), mainlevee_on=date(2026, 2, 1))
    DpeFactory(ban_id=None, rnb_id="X")
    MutationParcelleFactory(mutation__mutated_on=date(2024, 1, 1), idu=IDU)
    found = place_file("parcelle", IDU, SEEN, TODAY)
    days = [on for on, _ in told(found)]
    assert days == sorted(days, reverse=True)
    assert [kind for kind in EventKind if told(found, kind)] == [
        EventKind.SIGNALEMENT,
        EventKind.VISITE,
        EventKind.ARRETE,
        EventKind.MAINLEVEE,
        EventKind.VENTE,
    ]
    assert told(found, EventKind.SIGNALEMENT) == [
        ("2026-01-05", "Signalement A fermé"),
        ("2025-03-01", "Signalement A"),
    ]
    (visit,) = (event for event in found.events if event.kind == EventKind.VISITE)
    assert "insalubrité" in visit.detail
    assert next(event.detail for event in found.events if event.title == "Signalement A") == "Humidité"


def test_a_visit_known_only_by_the_report_is_told_once(commune, parcelle):
    known = reported(commune, visited_on=date(2025, 4, 2))
    VisitFactory(signalement=known, visited_on=date(2025, 4, 2))
    reported(commune, visited_on=date(2025, 5, 3), conclusion_visite="RSD")
    found = place_file("parcelle", IDU, SEEN, TODAY)
    assert [on for on, _ in told(found, EventKind.VISITE)] == ["2025-05-03", "2025-04-02"]


def test_the_other_building_of_the_parcelle_has_its_own_file(commune, parcelle):
    front, back = (BatimentFactory(commune=commune, geom=rectangle(0, y, 10, 4)) for y in (0, 5))
    for batiment, reference in ((front, "front"), (back, "back")):
        report = reported(commune, at=batiment.code, kind="batiment", reference=reference)
        AnchorFactory(signalement=report, kind="parcelle", place_code=IDU)
    assert told(place_file("batiment", front.code, SEEN, TODAY)) == [("2026-03-15", "Signalement front")]
    assert place_file("parcelle", IDU, SEEN, TODAY).figures.reports == 2


def test_a_link_that_was_not_retained_brings_nothing(commune, parcelle):
    reported(commune, best=False)
    assert place_file("parcelle", IDU, SEEN, TODAY).events == ()


def test_the_orders_of_past_parcelles_follow_their_ground(commune, parcelle):
    old, older = "01001000AB0001", "01001000AB0002"
    for parent, child, day in ((old, IDU, "2024-01-01"), (older, old, "2020-01-01")):
        ParcelleLineage.objects.create(parent=parent, child=child, share=0.6, millesime=day)
    ArreteFactory(commune=commune, idu=older, taken_on=date(2019, 5, 1))
    found = place_file("parcelle", IDU, SEEN, TODAY)
    assert found.place.past == (old, older)
    assert [on for on, _ in told(found, EventKind.ARRETE)] == ["2019-05-01"]
    assert told(found, EventKind.CADASTRE) == [
        ("2024-01-01", f"Parcelle {old} → {IDU}"),
        ("2020-01-01", f"Parcelle {older} → {old}"),
    ]


def test_the_perimeters_of_an_event_are_those_whose_dates_covered_it(commune, parcelle):
    for nom, starts_on, ends_on in (
        ("OPAH 1", "2015-01-01", "2019-12-31"),
        ("OPAH 2", "2020-01-01", None),
        ("sans date", None, None),
    ):
        ZoneFactory(nom=nom, geom=square(-50, -50, 100), starts_on=starts_on, ends_on=ends_on)
    ZoneFactory(nom="à côté", geom=square(10, 0, 10), starts_on="2010-01-01")
    for day in (date(2014, 1, 1), date(2019, 12, 31), date(2020, 1, 1)):
        ArreteFactory(commune=commune, idu=IDU, taken_on=day)
    found = place_file("parcelle", IDU, SEEN, TODAY)
    covered = {str(event.on): event.zones for event in found.events if event.kind == EventKind.ARRETE}
    assert covered == {"2014-01-01": (), "2019-12-31": ("OPAH 1",), "2020-01-01": ("OPAH 2",)}
    assert {c.zone.nom for c in found.coverings} == {"OPAH 1", "OPAH 2", "sans date"}


def test_the_orders_that_the_law_looks_at_are_counted(commune, parcelle):
    for taken_on, fields in (
        (date(2016, 1, 1), {}),
        (date(2025, 1, 1), {}),
        (date(2015, 12, 31), {}),
        (date(2025, 1, 2), {"mainlevee_on": date(2025, 6, 1)}),
        (date(2025, 1, 3), {"type": "MISE_EN_SECURITE_MODIFICATIF"}),
        (date(2025, 1, 4), {"type": "POLICE_GENERALE"}),
        (date(2025, 1, 5), {"type": "ARRETE_L_1311_4"}),
    ):
        ArreteFactory(commune=commune, idu=IDU, taken_on=taken_on, **fields)
    found = place_file("parcelle", IDU, SEEN, TODAY)
    assert (found.standing.count, found.standing.since) == (2, date(2016, 1, 1))
    assert (found.figures.orders, found.figures.orders_in_force) == (7, 6)


def test_the_ten_calendar_years_of_the_law_begin_on_a_first_of_january(commune, parcelle):
    for day in (date(2028, 1, 1), date(2028, 2, 29), date(2028, 12, 31)):
        assert place_file("parcelle", IDU, SEEN, day).standing.since == date(2018, 1, 1)


def test_neighbours_are_within_50_m_of_the_ground_and_not_at_the_place(commune, parcelle):
    reported(commune, geom=point(5, 5), reference="here")
    for x, reference in ((40, "near"), (59, "edge"), (62, "far")):
        SignalementFactory(commune=commune, geom=point(x, 5), reference=reference)
    SignalementFactory(commune=commune, geom=point(20, 5), reference="refused", status="REFUSED")
    around = place_file("parcelle", IDU, SEEN, TODAY).neighbourhood
    assert [(n.report.reference, round(n.distance_m)) for n in around.reports] == [("near", 30), ("edge", 49)]
    assert around.total == 2


def test_adjacent_parcelles_are_told_with_their_reports(commune, parcelle):
    beside = ParcelleFactory(commune=commune, geom=square(10, 0, 10))
    across = ParcelleFactory(commune=commune, geom=square(0, 20, 10))
    for idu in (beside.idu, beside.idu, across.idu):
        reported(commune, at=idu)
    reported(commune, at=beside.idu, status="DRAFT")
    assert place_file("parcelle", IDU, SEEN, TODAY).neighbourhood.parcelles == ((beside.idu, 2),)


def test_the_registers_of_dwellings_are_told(commune, parcelle):
    door = AddressFactory(voie__commune=commune, geom=point(5, -3))
    DpeFactory(ban_id=door.ban_id, classe_energie="F")
    CoproprieteFactory(idus=[IDU], nom="Résidence Neuve", periode_construction="DE_1949_A_1960")
    LogementSocialFactory(ban_id=door.ban_id, dwellings=12)
    found = place_file("adresse", door.ban_id, SEEN, TODAY)
    assert [event.title for event in found.events if event.kind == EventKind.DPE] == ["DPE classe F"]
    values = {fact.label: fact.value for fact in found.facts}
    assert values["Diagnostics (DPE)"] == "1 en F"
    assert "construite de 1949 à 1960" in values["Résidence Neuve"]
    assert any("12 logements sociaux" in value for value in values.values())


def test_a_reader_sees_and_counts_the_reports_of_their_perimeter_only(commune, other_commune, parcelle):
    mine, theirs = reported(commune, geom=point(5, 5)), reported(other_commune, geom=point(5000, 5))
    SignalementFactory(commune=other_commune, geom=point(20, 5))
    VisitFactory(signalement=theirs)
    ArreteFactory(commune=other_commune, idu=IDU)
    scope = Scope(signed_in=True, communes=frozenset({commune.code}))
    found = place_file("parcelle", IDU, scope, TODAY)
    assert {event.report for event in found.events} == {mine.pk}
    assert (found.figures.reports, found.figures.orders, found.standing.count) == (1, 0, 0)
    assert found.neighbourhood.total == 0


def test_the_number_of_queries_does_not_depend_on_what_happened(commune, parcelle, django_assert_num_queries):
    def fill(days):
        for n in days:
            report = reported(commune, received_on=date(2025, 1, 1 + n), geom=point(5, 5))
            DesordreFactory(signalement=report)
            VisitFactory(signalement=report)
            ArreteFactory(commune=commune, idu=IDU, taken_on=date(2025, 2, 1 + n))
            MutationParcelleFactory(idu=IDU)
            ParcelleFactory(commune=commune, geom=square(10, n, 1))
            BatimentFactory(commune=commune, geom=square(n, n, 1))
            AddressFactory(voie__commune=commune, geom=point(n, 1))
            ZoneFactory(geom=square(0, 0, 100))
            NumeroCadastralFactory(numero=n, idu=IDU, commune_id=commune.code)

    fill(range(1))
    with django_assert_num_queries(29):
        place_file("parcelle", IDU, SEEN, TODAY)
    fill(range(1, 9))
    with django_assert_num_queries(29):
        found = place_file("parcelle", IDU, SEEN, TODAY)
    assert found.figures.reports == 9
    assert Signalement.objects.unscoped("test").count() == 9
