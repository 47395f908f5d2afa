"""Duplicates: which pairs are proposed and why, what a merge hides, and that undoing it gives everything back."""

import threading
from datetime import date, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from layers.errors import AlreadyDecided, InvalidMerge
from layers.models import DistinctPair, DuplicateProposal, Merge, Signalement
from layers.scope import Scope
from layers.selectors.duplicates import merges_of, proposals, proposals_among
from layers.selectors.signalement_filters import SignalementFilters
from layers.services.duplicates import merge_reports, propose_duplicates, say_distinct, undo_merge
from tests.factories import AnchorFactory, DesordreFactory, SignalementFactory, UserFactory

SEEN = Scope.whole()
DAY = date(2026, 3, 15)
TEXT = "Le plafond de la salle de bain s’effondre et l’eau coule sur les prises électriques."


def report(commune, *, at="B1", kind="batiment", days=0, desordres=("Humidité", "Plafond"), **fields):
    """Give a report retained on a building, ``days`` after the first."""
    fields = {"description": TEXT, "received_on": DAY + timedelta(days=days)} | fields
    found = SignalementFactory(commune=commune, **fields)
    if at:
        AnchorFactory(signalement=found, kind=kind, place_code=at)
    for label in desordres:
        DesordreFactory(signalement=found, label=label)
    return found


def proposed():
    propose_duplicates()
    return {frozenset((p.first_id, p.second_id)) for p in proposals(SEEN)}


def test_two_reports_of_one_building_that_tell_the_same_are_proposed_with_the_reasons(commune):
    one, other = report(commune, etage="2"), report(commune, days=8, etage="2", description=TEXT.upper())
    assert proposed() == {frozenset((one.pk, other.pk))}
    found = proposals(SEEN).get()
    assert (found.kind, found.days_apart, found.desordres_shared, found.desordres_told) == (
        "batiment",
        8,
        2,
        2,
    )
    assert (found.is_same_door, found.is_same_floor) == (False, True)
    assert found.text_similarity == 1
    assert 0.85 < found.score <= 1


DIFFERENCES = {
    "another building": {"at": "B2"},
    "nowhere": {"at": ""},
    "another season": {"days": 120},
    "another door": {"appartement": "12"},
    "another floor": {"etage": "5"},
    "another staircase": {"escalier": "B"},
    "other defects and words": {
        "desordres": ("Rats",),
        "description": "Il y a des rongeurs dans la cave depuis mai.",
    },
    "refused": {"status": "REFUSED"},
}


@pytest.mark.parametrize("fields", DIFFERENCES.values(), ids=DIFFERENCES.keys())
def test_what_differs_is_not_proposed(commune, fields):
    report(commune, etage="2", appartement="4", escalier="A")
    report(commune, **{"days": 8} | fields)
    assert proposed() == set()


def test_a_door_that_one_of_them_does_not_name_is_no_difference(commune):
    one, other = report(commune, etage="2", appartement="4"), report(commune, days=3)
    assert proposed() == {frozenset((one.pk, other.pk))}


def test_a_parcelle_counts_when_a_building_is_not_known(commune):
    one = report(commune, at="P1", kind="parcelle")
    other = report(commune, at="P1", kind="parcelle", days=2)
    assert proposed() == {frozenset((one.pk, other.pk))}
    AnchorFactory(signalement=one, kind="batiment", place_code="B1")
    AnchorFactory(signalement=other, kind="batiment", place_code="B2")
    assert proposed() == set(), "two buildings of one parcelle are two places"


def test_another_entrance_of_the_building_makes_it_less_likely(commune):
    one, other = report(commune, etage="2"), report(commune, days=8, etage="2")
    propose_duplicates()
    same = proposals(SEEN).get().score
    for found, door in ((one, "A1"), (other, "A2")):
        AnchorFactory(signalement=found, kind="address", place_code=door)
    propose_duplicates()
    assert proposals(SEEN).get().score < same - 0.1


def test_a_link_that_was_not_retained_proposes_nothing(commune):
    one, other = report(commune), report(commune)
    other.anchors.update(is_best=False)
    assert frozenset((one.pk, other.pk)) not in proposed()


def test_proposing_again_changes_nothing_and_forgets_what_no_longer_holds(commune):
    report(commune)
    other = report(commune, days=3)
    propose_duplicates()
    keys = set(DuplicateProposal.objects.visible_to(SEEN).values_list("pk", flat=True))
    assert propose_duplicates() == 1
    assert set(DuplicateProposal.objects.visible_to(SEEN).values_list("pk", flat=True)) == keys
    Signalement.objects.unscoped("test").filter(pk=other.pk).update(etage="9", appartement="3")
    assert propose_duplicates() == 1, "one of the two does not name its door"
    Signalement.objects.unscoped("test").update(status="REFUSED")
    assert propose_duplicates() == 0


def test_the_number_of_statements_does_not_depend_on_the_number_of_reports(
    commune, django_assert_num_queries
):
    for count in (2, 20):
        for _ in range(count):
            report(commune)
        with django_assert_num_queries(8):
            propose_duplicates()


def listed():
    """Give the reports of each read of the application, by its selector."""
    return {
        "filters": set(SignalementFilters().apply(SEEN).values_list("pk", flat=True)),
        "rates": set(Signalement.objects.unscoped("test").valid().values_list("pk", flat=True)),
        "partner": set(
            Signalement.objects.visible_to(
                Scope(
                    signed_in=True,
                    communes=frozenset(Signalement.objects.unscoped("t").values_list("commune", flat=True)),
                )
            ).values_list("pk", flat=True)
        ),
    }


def test_a_merged_report_leaves_every_list_and_its_pair_is_decided(commune):
    kept, absorbed, third = report(commune), report(commune, days=1), report(commune, days=2)
    propose_duplicates()
    merge_reports(absorbed.pk, kept.pk, SEEN, UserFactory().pk, "même appartement")
    assert all(found == {kept.pk, third.pk} for found in listed().values())
    assert {frozenset((p.first_id, p.second_id)) for p in proposals(SEEN)} == {frozenset((kept.pk, third.pk))}
    (merge,) = merges_of(kept.pk, SEEN)
    assert (merge.absorbed_id, merge.reason) == (absorbed.pk, "même appartement")
    assert [m.pk for m in merges_of(absorbed.pk, SEEN)] == [merge.pk]


def test_a_new_import_of_the_report_does_not_resurrect_it(commune, tmp_path):
    from cadastre_import.pipeline import run_import
    from cadastre_import.sources.signal_logement import SOURCE

    head = "Référence;Déposé le;Statut;Code INSEE;Code postal\n"
    rows = [f"2026-{n};15/03/2026;en cours;{commune.code};01000\n" for n in (1, 2)]
    (tmp_path / "un.csv").write_text(head + "".join(rows))
    run_import(SOURCE, tmp_path / "un.csv")
    one, other = Signalement.objects.unscoped("test").order_by("reference").values_list("pk", flat=True)
    merge_reports(other, one, SEEN, UserFactory().pk)
    (tmp_path / "deux.csv").write_text(head + "".join(rows).replace("en cours", "fermé"))
    run_import(SOURCE, tmp_path / "deux.csv")
    assert list(Signalement.objects.unscoped("test").values_list("pk", flat=True)) == [one]
    again = Signalement.objects.including_merged().unscoped("test").get(pk=other)
    assert (again.status, again.merged_into_id) == ("CLOSED", one), "it is followed, and still merged"


def state():
    """Everything about the reports, but when they were last written: a merge and its undoing are news."""
    reports = Signalement.objects.including_merged().unscoped("test").order_by("pk")
    rows = [{name: value for name, value in row.items() if name != "written_at"} for row in reports.values()]
    return rows, sorted(map(repr, listed().items()))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=8))
def test_undoing_all_merges_in_reverse_gives_back_the_very_same_reports(commune, pairs):
    user = UserFactory()
    reports = [report(commune) for _ in range(5)]
    before, done = state(), []
    for absorbed, kept in pairs:
        try:
            done.append(merge_reports(reports[absorbed].pk, reports[kept].pk, SEEN, user.pk))
        except (AlreadyDecided, InvalidMerge):
            continue
        standing = Signalement.objects.unscoped("test").filter(pk__in=[r.pk for r in reports]).count()
        assert standing == len(reports) - len(done), "each merge hides one report, and only one"
    for merge in reversed(done):
        undo_merge(merge.pk, SEEN, user.pk)
    assert state() == before
    Signalement.objects.including_merged().unscoped("test").filter(pk__in=[r.pk for r in reports]).delete()


def test_a_merge_is_undone_once(commune):
    user = UserFactory()
    merge = merge_reports(report(commune).pk, report(commune).pk, SEEN, user.pk)
    undone = undo_merge(merge.pk, SEEN, user.pk)
    assert (undone.undone_by_id, undone.undone_at is not None) == (user.pk, True)
    with pytest.raises(AlreadyDecided):
        undo_merge(merge.pk, SEEN, user.pk)


def test_what_cannot_be_one_case_is_refused(commune, other_commune):
    user, here = UserFactory(), report(commune)
    with pytest.raises(InvalidMerge):
        merge_reports(here.pk, here.pk, SEEN, user.pk)
    with pytest.raises(InvalidMerge):
        merge_reports(report(other_commune).pk, here.pk, SEEN, user.pk)
    with pytest.raises(Signalement.DoesNotExist):
        merge_reports(10**9, here.pk, SEEN, user.pk)
    assert not Merge.objects.visible_to(SEEN).exists()


def test_a_report_out_of_the_perimeter_is_as_missing(commune, other_commune):
    user, mine, theirs = UserFactory(), report(commune), report(other_commune)
    scope = Scope(signed_in=True, communes=frozenset({commune.code}))
    for pair in ((mine.pk, theirs.pk), (theirs.pk, mine.pk)):
        with pytest.raises(Signalement.DoesNotExist):
            merge_reports(*pair, scope, user.pk)
        with pytest.raises(Signalement.DoesNotExist):
            say_distinct(*pair, scope, user.pk)
    merge = merge_reports(report(other_commune).pk, theirs.pk, SEEN, user.pk)
    with pytest.raises(Merge.DoesNotExist):
        undo_merge(merge.pk, scope, user.pk)
    assert list(merges_of(theirs.pk, scope)) == []


def test_proposals_are_those_of_the_reader(commune, other_commune):
    for place in (commune, other_commune):
        report(place)
        report(place, days=1)
    propose_duplicates()
    scope = Scope(signed_in=True, communes=frozenset({commune.code}))
    (found,) = proposals(scope)
    assert found.first.commune_id == commune.code
    assert list(proposals_among([found.second_id], scope)) == [found]
    assert list(proposals(Scope.nobody())) == []


def test_two_cases_are_not_proposed_again(commune):
    one, other = report(commune), report(commune, days=1)
    propose_duplicates()
    user = UserFactory()
    for _ in range(2):
        say_distinct(other.pk, one.pk, SEEN, user.pk)
    assert DistinctPair.objects.count() == 1
    assert proposed() == set()


@pytest.mark.django_db(transaction=True)
def test_of_two_persons_who_merge_at_once_one_is_told(commune):
    user, one, other = UserFactory(), report(commune), report(commune)
    start, outcomes = threading.Barrier(2), []

    def attempt(absorbed, kept):
        start.wait()
        try:
            merge_reports(absorbed, kept, SEEN, user.pk)
            outcomes.append("merged")
        except AlreadyDecided:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [
        threading.Thread(target=attempt, args=pair) for pair in ((one.pk, other.pk), (other.pk, one.pk))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["merged", "told"]
    assert Signalement.objects.unscoped("test").count() == 1
    assert Merge.objects.visible_to(SEEN).count() == 1
