"""Runs and their rows: written once, read inside the perimeter of each reader."""

import pytest
from django.db import IntegrityError, transaction

from layers.errors import UnscopedRead
from layers.models import AnalysisResult, AnalysisRun, UnitKind
from layers.scope import Scope
from tests.factories import AnalysisResultFactory, AnalysisRunFactory, UserFactory, ZoneFactory, point, square

HERE, THERE = "01001", "01002"
BOTH = Scope(signed_in=True, communes=frozenset({HERE, THERE}))
ONLY_HERE = Scope(signed_in=True, communes=frozenset({HERE}))


def runs(scope) -> set[int]:
    return set(AnalysisRun.objects.visible_to(scope).order_by("pk").values_list("pk", flat=True))


def rows(scope) -> set[str]:
    return set(AnalysisResult.objects.visible_to(scope).order_by("pk").values_list("unit_code", flat=True))


def run_on(**perimeter) -> AnalysisRun:
    return AnalysisRunFactory(method="taux", everything=False, **perimeter)


@pytest.mark.parametrize("model", [AnalysisRun, AnalysisResult])
def test_a_read_without_a_scope_is_refused(db, model):
    with pytest.raises(UnscopedRead):
        list(model.objects.order_by("pk"))


def test_a_run_is_written_once(db):
    row = AnalysisResultFactory()
    run = row.run
    for change in (
        lambda: AnalysisRun.objects.unscoped("essai").filter(pk=run.pk).update(summary={}),
        lambda: AnalysisResult.objects.unscoped("essai").filter(pk=row.pk).update(figures={"rate": 0}),
        lambda: AnalysisResult.objects.unscoped("essai").filter(pk=row.pk).update(communes=[THERE]),
    ):
        with pytest.raises(IntegrityError, match="written once"), transaction.atomic():
            change()


def test_the_account_of_an_author_may_go(db):
    author = UserFactory()
    run = AnalysisRunFactory(author=author)
    author.delete()
    run.refresh_from_db()
    assert run.author is None


def test_a_row_covers_a_commune_and_holds_no_nan(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        AnalysisResultFactory(communes=[])
    with pytest.raises(Exception, match=r"(?i)json|nan"), transaction.atomic():
        AnalysisResultFactory(figures={"rate": float("nan")})


def test_a_run_is_read_by_whoever_reads_its_whole_perimeter(db):
    whole, here, both = AnalysisRunFactory(), run_on(communes=[HERE]), run_on(communes=[HERE, THERE])
    assert runs(Scope.whole()) == {whole.pk, here.pk, both.pk}
    assert runs(BOTH) == {whole.pk, here.pk, both.pk}
    assert runs(ONLY_HERE) == {whole.pk, here.pk}
    assert runs(Scope.nobody()) == set()
    assert [run.is_whole_for(ONLY_HERE) for run in (whole, here, both)] == [False, True, False]


def test_who_does_not_see_a_zone_does_not_read_a_run_that_counted_it(db):
    zone = ZoneFactory()
    blind = Scope(signed_in=True, communes=frozenset({HERE}), excluded_zones=frozenset({zone.pk}))
    seeing = run_on(communes=[HERE])
    without = run_on(communes=[HERE], excluded_zones=[zone.pk])
    assert runs(blind) == {without.pk}
    assert runs(ONLY_HERE) == {seeing.pk, without.pk}


def test_rows_of_a_run_on_the_whole_base_are_read_in_the_perimeter(db):
    run = AnalysisRunFactory(method="taux")
    for code, communes in (("ici", [HERE]), ("la", [THERE]), ("a-cheval", [HERE, THERE])):
        AnalysisResultFactory(run=run, unit_code=code, communes=communes)
    assert rows(Scope.whole()) == {"ici", "la", "a-cheval"}
    assert rows(BOTH) == {"ici", "la", "a-cheval"}
    assert rows(ONLY_HERE) == {"ici"}
    assert rows(Scope(signed_in=True)) == set()


def test_a_perimeter_of_zones_only_opens_its_zones_and_what_lies_in_them(db):
    own, other = ZoneFactory(geom=square(0, 0, 100)), ZoneFactory(geom=square(500, 0, 100))
    run = AnalysisRunFactory(method="taux")
    for code, kind, shape in (
        (own.code, UnitKind.ZONE, None),
        (other.code, UnitKind.ZONE, None),
        ("inside", UnitKind.CLUSTER, square(10, 10, 20)),
        ("astride", UnitKind.CLUSTER, square(90, 10, 20)),
        ("outside", UnitKind.BATIMENT, point(300, 10)),
        ("010010101", UnitKind.IRIS, None),
    ):
        AnalysisResultFactory(run=run, unit_code=code, unit_kind=kind, geom=shape, communes=[HERE])
    assert rows(Scope(signed_in=True, zones=frozenset({own.pk}))) == {own.code, "inside"}


def test_an_excluded_zone_hides_its_rows(db):
    hidden = ZoneFactory(geom=square(0, 0, 100))
    run = AnalysisRunFactory(method="taux")
    for code, kind, shape in (
        (hidden.code, UnitKind.ZONE, None),
        ("touching", UnitKind.CLUSTER, square(90, 10, 20)),
        ("clear", UnitKind.CLUSTER, square(300, 10, 20)),
        ("010010101", UnitKind.IRIS, None),
    ):
        AnalysisResultFactory(run=run, unit_code=code, unit_kind=kind, geom=shape, communes=[HERE])
    scope = Scope(signed_in=True, communes=frozenset({HERE}), excluded_zones=frozenset({hidden.pk}))
    assert rows(scope) == {"clear", "010010101"}


def test_rows_of_a_run_inside_the_perimeter_are_all_read(db):
    AnalysisResultFactory(run=run_on(communes=[HERE]), unit_code="ici", communes=[HERE])
    AnalysisResultFactory(run=run_on(communes=[THERE]), unit_code="la", communes=[THERE])
    assert rows(ONLY_HERE) == {"ici"}
