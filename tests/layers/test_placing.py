"""What a person decides of a position: written, refused, undone, repeated for the same address."""

from threading import Barrier, Thread

import pytest
from django.db import connection, connections

from geo_lhi.accounts.scopes import scope_of
from layers.errors import InvalidChoice, OutOfPerimeter, PositionChanged
from layers.models import PlaceChoice, Signalement
from layers.scope import Scope
from layers.services.placing import Wish, choose_place, undo_choice, version_of
from layers.services.repeated_choices import repeat_choices
from tests.factories import (
    AddressFactory,
    CommuneFactory,
    GeocodingFactory,
    ParcelleFactory,
    PartnerFactory,
    SignalementFactory,
    UserFactory,
    VoieFactory,
    ZoneFactory,
    point,
    square,
)

Kind = PlaceChoice.Kind
ALL = Scope.whole()
AT = point(200, 200)
ON_THE_MAP = Wish(Kind.POINT, lon=AT.x, lat=AT.y)


@pytest.fixture
def agent(partner_user):
    return partner_user


@pytest.fixture
def report(commune):
    """Make a report known to its street, with two addresses that answer."""
    made = SignalementFactory(
        commune=commune,
        code_insee=commune.code,
        adresse="12 r. des Lices",
        needs_review=True,
        precision="voie",
    )
    voie = VoieFactory(commune=commune, nom="Rue des Lices", code=f"{commune.code}_0001", geom=point(5, 5))
    AddressFactory(voie=voie, numero=12, geom=point(50, 60))
    other = {
        "ban_id": f"{commune.code}_0002_00012",
        "label": "12 Rue des Lys",
        "kind": "housenumber",
        "score": 0.6,
        "lon": point(90, 60).x,
        "lat": point(90, 60).y,
    }
    GeocodingFactory(
        signalement=made,
        kind="street",
        label="Rue des Lices",
        ban_id=voie.code,
        point=point(5, 5),
        alternatives=[other],
    )
    return made


def choose(report, wish, user, version=None):
    report.refresh_from_db()
    return choose_place(report.pk, wish, version or version_of(report), scope_of(user), user.pk)


def state(report):
    report.refresh_from_db()
    return report.precision, report.needs_review, report.geom and report.geom.coords


def test_an_answer_of_the_geocoder_is_taken_with_its_identifier(report, agent):
    choice = choose(report, Wish(Kind.CANDIDATE, ban_id=f"{report.commune_id}_0002_00012"), agent)
    assert state(report) == ("manuelle", False, pytest.approx(point(90, 60).coords))
    assert (choice.label, choice.ban_id) == ("12 Rue des Lys", f"{report.commune_id}_0002_00012")
    assert (choice.chosen_by, choice.is_current, choice.address_key) == (agent, True, report.address_key)


def test_an_address_of_the_register_is_taken_even_if_nobody_proposed_it(report, agent):
    choose(report, Wish(Kind.CANDIDATE, ban_id=f"{report.commune_id}_0001_00012"), agent)
    assert state(report)[2] == point(50, 60).coords


def test_a_street_keeps_the_precision_of_a_street(report, agent):
    choose(report, Wish(Kind.CANDIDATE, ban_id=f"{report.commune_id}_0001"), agent)
    assert state(report)[:2] == ("voie", False)


def test_a_point_is_put_on_the_map_with_the_parcelle_pointed_at(report, agent, commune):
    parcelle = ParcelleFactory(commune=commune, geom=square(195, 195, 10))
    choice = choose(report, Wish(Kind.POINT, lon=AT.x, lat=AT.y, idu=parcelle.idu), agent)
    assert state(report) == ("manuelle", False, AT.coords)
    assert choice.idu == parcelle.idu


def test_a_confirmed_position_stays_and_leaves_the_queue(report, agent):
    before = state(report)[2]
    choice = choose(report, Wish(Kind.CONFIRMED), agent)
    assert state(report) == ("voie", False, before)
    assert choice.ban_id == report.geocoding.ban_id
    sure = SignalementFactory(commune=report.commune, needs_review=True, precision="declaree")
    choose(sure, Wish(Kind.CONFIRMED), agent)
    assert state(sure)[:2] == ("manuelle", False)


def test_a_rejected_position_leaves_the_map_and_keeps_what_it_was(report, agent):
    before = report.geom.coords
    choice = choose(report, Wish(Kind.REJECTED, reason="adresse inexistante"), agent)
    assert state(report) == ("inconnue", False, None)
    assert (choice.previous_point.coords, choice.reason) == (before, "adresse inexistante")


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        (Wish(Kind.REJECTED), "dites pourquoi"),
        (Wish(Kind.POINT), "une longitude et une latitude"),
        (Wish(Kind.POINT, lon=float("nan"), lat=46.5), "une longitude et une latitude"),
        (Wish(Kind.POINT, lon=300, lat=46.5), "une longitude et une latitude"),
        (Wish(Kind.POINT, lon=-40, lat=20), "aucune commune"),
        (Wish(Kind.POINT, lon=AT.x, lat=AT.y, idu="01001000ZZ9999"), "parcelle désignée"),
        (Wish(Kind.CANDIDATE, ban_id="inconnu"), "n’est plus dans la Base adresse"),
        (Wish(Kind.UNDONE), "choisissez"),
    ],
)
def test_what_is_no_position_is_refused_and_changes_nothing(report, agent, wish, sentence):
    before = state(report)
    with pytest.raises(InvalidChoice, match=sentence):
        choose(report, wish, agent)
    assert state(report) == before
    assert not PlaceChoice.objects.unscoped("essai").exists()


def test_a_report_without_a_position_has_none_to_confirm(agent, commune):
    lost = SignalementFactory(commune=commune, geom=None, precision="inconnue", needs_review=True)
    with pytest.raises(InvalidChoice, match="pas de position à confirmer"):
        choose(lost, Wish(Kind.CONFIRMED), agent)


def test_the_second_of_two_persons_is_told_who_was_faster(report, agent, commune):
    colleague = UserFactory(username="camille", partner=agent.partner)
    report.refresh_from_db()
    seen = version_of(report)
    choose(report, ON_THE_MAP, colleague, seen)
    with pytest.raises(PositionChanged, match=r"camille a fait un choix .*point posé sur la carte"):
        choose(report, Wish(Kind.CONFIRMED), agent, seen)
    assert state(report)[2] == AT.coords


@pytest.mark.parametrize("field", ["adresse", "code_postal", "ville", "precision"])
def test_a_report_that_an_import_changed_meanwhile_is_told_too(report, agent, field):
    report.refresh_from_db()
    seen = version_of(report)
    Signalement.objects.unscoped("essai").update(**{field: "autre"})
    with pytest.raises(PositionChanged, match="a changé depuis"):
        choose_place(report.pk, ON_THE_MAP, seen, scope_of(agent), agent.pk)


@pytest.mark.django_db(transaction=True)
def test_of_many_who_choose_at_once_one_is_written_and_the_others_are_told():
    commune = CommuneFactory()
    report = SignalementFactory(commune=commune, needs_review=True)
    users = [UserFactory(is_superuser=True) for _ in range(4)]
    report.refresh_from_db()
    seen, start, outcomes = version_of(report), Barrier(len(users)), []

    def run(user):
        start.wait()
        try:
            choose_place(report.pk, ON_THE_MAP, seen, ALL, user.pk)
            outcomes.append("written")
        except PositionChanged:
            outcomes.append("told")
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=[user]) for user in users]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["told"] * 3 + ["written"]
    assert PlaceChoice.objects.unscoped("essai").count() == 1


def test_undoing_gives_back_the_position_and_keeps_both_rows(report, agent):
    before = state(report)
    choice = choose(report, ON_THE_MAP, agent)
    undone = undo_choice(choice.pk, scope_of(agent), agent.pk)
    assert state(report) == before
    assert (undone.kind, undone.undoes, undone.is_current) == (Kind.UNDONE, choice, False)
    rows = PlaceChoice.objects.unscoped("essai").order_by("pk").values_list("kind", "is_current")
    assert list(rows) == [("point", False), ("undone", False)]


def test_undoing_goes_back_one_choice_at_a_time(report, agent):
    before = state(report)
    first = choose(report, ON_THE_MAP, agent)
    second = choose(report, Wish(Kind.REJECTED, reason="essai"), agent)
    with pytest.raises(PositionChanged):
        undo_choice(first.pk, scope_of(agent), agent.pk)
    undo_choice(second.pk, scope_of(agent), agent.pk)
    assert state(report) == ("manuelle", False, AT.coords)
    undo_choice(first.pk, scope_of(agent), agent.pk)
    assert state(report) == before
    third = choose(report, Wish(Kind.CONFIRMED), agent)
    undo_choice(third.pk, scope_of(agent), agent.pk)
    assert state(report) == before
    assert not PlaceChoice.objects.unscoped("essai").filter(is_current=True).exists()


def test_a_choice_undone_twice_is_told(report, agent):
    choice = choose(report, ON_THE_MAP, agent)
    undo_choice(choice.pk, scope_of(agent), agent.pk)
    with pytest.raises(PositionChanged):
        undo_choice(choice.pk, scope_of(agent), agent.pk)


def test_what_may_not_be_seen_can_neither_be_placed_nor_undone(report, agent, other_partner_user):
    with pytest.raises(Signalement.DoesNotExist):
        choose(report, ON_THE_MAP, other_partner_user)
    choice = choose(report, ON_THE_MAP, agent)
    with pytest.raises(PlaceChoice.DoesNotExist):
        undo_choice(choice.pk, scope_of(other_partner_user), other_partner_user.pk)


def test_nobody_sends_a_report_out_of_their_own_perimeter(report, agent, other_commune, administrator):
    away = point(5100, 100)
    wish = Wish(Kind.POINT, lon=away.x, lat=away.y)
    before = state(report)
    with pytest.raises(OutOfPerimeter, match="sort de votre périmètre"):
        choose(report, wish, agent)
    assert state(report) == before
    choose(report, wish, administrator)
    report.refresh_from_db()
    assert report.commune == other_commune


def test_a_partner_of_a_zone_cannot_take_a_report_off_the_map_and_lose_it(commune):
    zone = ZoneFactory(geom=square(0, 0, 100))
    user = UserFactory(partner=PartnerFactory(zones=[zone]))
    report = SignalementFactory(commune=commune, needs_review=True, geom=point(5, 5))
    with pytest.raises(OutOfPerimeter):
        choose(report, Wish(Kind.REJECTED, reason="essai"), user)


def test_a_placed_report_is_to_be_anchored_again(report, agent):
    Signalement.objects.unscoped("essai").update(anchored_at="2026-01-01T00:00Z")
    choose(report, Wish(Kind.CONFIRMED), agent)
    report.refresh_from_db()
    assert report.anchored_at is None


def twin(report, **fields):
    """Make a report that declares the same address, in another spelling."""
    values = {"adresse": "12, R. DES LICES", "code_insee": report.code_insee, "needs_review": True}
    unplaced = {"geom": None, "precision": "inconnue", "commune": report.commune}
    return SignalementFactory(**unplaced | values | fields)


def test_the_same_declared_address_takes_the_choice_at_once(report, agent):
    choice = choose(report, ON_THE_MAP, agent)
    same, other = twin(report), twin(report, adresse="14 r. des Lices")
    assert repeat_choices() == 1
    assert state(same) == ("manuelle", False, AT.coords)
    assert state(other) == ("inconnue", True, None)
    repeated = PlaceChoice.objects.unscoped("essai").get(signalement=same)
    assert (repeated.kind, repeated.repeats, repeated.chosen_by) == (Kind.REPEATED, choice, agent)
    assert repeat_choices() == 0


def test_the_last_choice_that_stands_is_the_one_remembered(report, agent):
    choose(report, ON_THE_MAP, agent)
    second = choose(report, Wish(Kind.CANDIDATE, ban_id=f"{report.commune_id}_0001_00012"), agent)
    undo_choice(second.pk, scope_of(agent), agent.pk)
    same = twin(report)
    repeat_choices()
    assert state(same)[2] == AT.coords


def test_an_undone_choice_is_forgotten_and_what_it_placed_goes_back(report, agent):
    choice = choose(report, ON_THE_MAP, agent)
    same = twin(report)
    repeat_choices()
    undo_choice(choice.pk, scope_of(agent), agent.pk)
    assert state(same) == ("inconnue", True, None)
    late = twin(report)
    assert repeat_choices() == 0
    assert state(late) == ("inconnue", True, None)


def test_a_person_who_undoes_a_repeated_choice_is_not_contradicted_by_the_next_run(report, agent):
    choose(report, ON_THE_MAP, agent)
    same = twin(report)
    repeat_choices()
    undo_choice(PlaceChoice.objects.unscoped("essai").get(signalement=same).pk, scope_of(agent), agent.pk)
    assert repeat_choices() == 0
    assert state(same) == ("inconnue", True, None)
    assert state(report)[0] == "manuelle"


def test_a_declared_point_far_from_the_remembered_place_is_for_a_person(report, agent):
    choose(report, ON_THE_MAP, agent)
    near, far = twin(report, declared_geom=point(250, 200)), twin(report, declared_geom=point(900, 200))
    repeat_choices()
    assert (state(near)[1], state(far)[1]) == (False, True)


def test_an_address_without_a_position_does_not_hide_a_declared_point(report, agent):
    choose(report, Wish(Kind.REJECTED, reason="adresse inexistante"), agent)
    bare, pointed = twin(report), twin(report, declared_geom=point(20, 20), geom=point(20, 20))
    assert repeat_choices() == 1
    assert state(bare) == ("inconnue", False, None)
    assert state(pointed)[1] is True


def test_a_position_already_believed_is_not_moved_by_memory(report, agent):
    choose(report, ON_THE_MAP, agent)
    sure = twin(report, needs_review=False, geom=point(1, 1), precision="numero")
    GeocodingFactory(signalement=sure)
    assert repeat_choices() == 0
    assert state(sure)[2] == point(1, 1).coords


def test_the_reports_of_the_queue_that_declare_the_same_address_follow_when_asked(report, agent, commune):
    same, hidden = twin(report), twin(report, commune=None, departement="99")
    choose(report, Wish(Kind.POINT, lon=AT.x, lat=AT.y, also_same_address=True), agent)
    assert state(same)[2] == AT.coords
    assert state(hidden)[2] is None


def test_an_address_without_a_commune_is_not_remembered(agent, administrator):
    commune = CommuneFactory()
    bare = {"adresse": "1 rue de la République", "code_postal": "", "ville": "", "needs_review": True}
    first, second = (SignalementFactory(commune=commune, **bare) for _ in range(2))
    assert first.address_key == ""
    choose(first, ON_THE_MAP, administrator)
    assert repeat_choices() == 0
    assert state(second)[1] is True


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("12, R. de l’Évêché ", "93140", "Bondy", ""), ("12 r de l'eveche", "93140", "BONDY", "")),
        (("3 rue du Sacré-Cœur", "93140", "Bondy", "93010"), ("3 rue du sacre coeur", "93000", "", "93010")),
    ],
)
def test_the_key_forgets_case_accents_and_punctuation(db, one, other):
    assert key(*one) == key(*other) != ""


@pytest.mark.parametrize(
    "hostile", ["㎏" * 300, "ﷺ" * 300, "'; DROP TABLE x;--", "%s %(a)s", "\\u0301", "é" * 300]
)
def test_any_text_has_a_key(db, hostile):
    report = SignalementFactory(adresse=hostile)
    report.refresh_from_db()
    assert len(report.address_key) < 1_500


def key(*declared: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT layers_address_key(%s, %s, %s, %s)", declared)
        return cursor.fetchone()[0]
