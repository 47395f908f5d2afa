"""The layers that no table holds as they are: figures of runs and indicators, read as fields."""

import pytest

from layers.models import Commune, UnitKind
from layers.published_runs import FIELDS, publish_method
from layers.registry import LAYERS
from layers.scope import Scope
from maps.services.methods.register import METHODS
from tests.factories import (
    AnalysisResultFactory,
    EpciFactory,
    IndicatorFactory,
    IrisFactory,
    PriorityRunFactory,
    TauxRunFactory,
    square,
)
from tests.layer_rows import layers_of_methods


def own(*codes: str) -> Scope:
    return Scope(signed_in=True, communes=frozenset(codes))


def rows(layer: str, scope: Scope, *names: str) -> list[tuple]:
    found = LAYERS[layer]
    return list(
        found.rows(scope, {}).order_by(found.key).values_list(*(found.fields[name] for name in names))
    )


def test_each_method_has_a_layer_with_its_figures_as_fields():
    for method, layer in layers_of_methods().items():
        assert list(LAYERS[layer].fields) == [*FIELDS, *(column.name for column in METHODS[method].columns)]


@pytest.mark.parametrize("figures", [{"rate; drop": "x"}, {"code": "x"}, {"geom": "x"}])
def test_a_figure_that_cannot_name_a_column_is_refused(figures):
    with pytest.raises(ValueError, match=r"columns|fields"):
        publish_method("essai", layer="essai", title="Essai", abstract="", figures=figures)
    assert "essai" not in LAYERS


def test_figures_are_numbers_and_an_unknown_one_is_null(commune):
    AnalysisResultFactory(
        unit_code=IrisFactory(commune=commune).code, figures={"rate": 12.5, "smoothed": None}
    )
    assert rows("analyse_taux", own(commune.code), "rate", "smoothed", "smr") == [(12.5, None, None)]


def test_figures_are_compared_and_sorted_as_numbers_and_not_as_text(commune):
    run = TauxRunFactory()
    for rate in (100.0, 20.0, 3.0):
        AnalysisResultFactory(run=run, unit_code=IrisFactory(commune=commune).code, figures={"rate": rate})
    read = LAYERS["analyse_taux"].rows(own(commune.code), {})
    figure = LAYERS["analyse_taux"].fields["rate"]
    assert list(read.order_by(figure).values_list(figure, flat=True)) == [3.0, 20.0, 100.0]
    assert read.filter(**{f"{figure}__gt": 9}).count() == 2


def test_the_newest_run_that_the_reader_may_read_is_shown(commune, other_commune):
    iris, other_iris = IrisFactory(commune=commune).code, IrisFactory(commune=other_commune).code
    older, shared = TauxRunFactory(), TauxRunFactory()
    foreign = TauxRunFactory(everything=False, communes=[other_commune.code])
    for run in (older, shared):
        for code in (iris, other_iris):
            AnalysisResultFactory(run=run, unit_code=code)
    AnalysisResultFactory(run=foreign, unit_code=other_iris)
    assert rows("analyse_taux", own(commune.code), "analyse", "code") == [(shared.pk, iris)]
    assert rows("analyse_taux", own(other_commune.code), "analyse", "code") == [(foreign.pk, other_iris)]
    assert rows("analyse_taux", Scope.whole(), "analyse", "code") == [(foreign.pk, other_iris)]
    assert rows("analyse_taux", Scope.nobody(), "code") == []


def test_each_unit_has_the_shape_that_its_register_draws_and_a_cluster_its_own(commune):
    Commune.objects.filter(pk=commune.pk).update(epci=EpciFactory(code="200000001"))
    iris = IrisFactory(commune=commune, geom=square(0, 0, 30))
    run = TauxRunFactory()
    common = {"run": run, "communes": [commune.code]}
    AnalysisResultFactory(unit_code=iris.code, **common)
    AnalysisResultFactory(unit_kind=UnitKind.COMMUNE, unit_code=commune.code, **common)
    AnalysisResultFactory(unit_kind=UnitKind.EPCI, unit_code="200000001", **common)
    cluster = square(5, 5, 7)
    AnalysisResultFactory(unit_kind=UnitKind.CLUSTER, unit_code="1", geom=cluster, **common)
    AnalysisResultFactory(unit_kind=UnitKind.IRIS, unit_code="999990000", label="parti", **common)
    layer = LAYERS["analyse_taux"]
    shapes = [
        shape for (shape,) in layer.rows(own(commune.code), {}).order_by("position").values_list("shape")
    ]
    expected = [iris.geom, commune.geom, commune.geom, cluster]
    assert all(shape.equals(wanted) for shape, wanted in zip(shapes, expected, strict=False))
    assert shapes[4] is None
    assert layer.rows(own(commune.code), {}).filter(shape__bboverlaps=square(900, 900, 10)).count() == 2


def test_places_with_priority_have_the_interval_of_their_rank(commune):
    figures = {"rang_besoin": 3.0, "rang_bas": 1.0, "rang_haut": 9.0, "p_tete": 0.4}
    AnalysisResultFactory(
        run=PriorityRunFactory(), figures=figures, communes=[commune.code], category="sensitive"
    )
    found = rows("lieux_prioritaires", own(commune.code), "rang_besoin", "rang_bas", "rang_haut", "classe")
    assert found == [(3.0, 1.0, 9.0, "sensitive")]


@pytest.fixture
def iris(commune) -> str:
    return IrisFactory(commune=commune, code="010000101").code


def test_an_iris_has_the_newest_edition_of_each_indicator(iris):
    IndicatorFactory(territoire_code=iris, millesime=2020, value=900)
    IndicatorFactory(territoire_code=iris, millesime=2021, value=1000)
    IndicatorFactory(territoire_code=iris, code="RP_LOC", value=400)
    IndicatorFactory(territoire_code=iris, code="RP_LOCHLMV", value=150)
    names = ("LOG", "millesime", "LOCATIF_PRIVE", "LOGVAC", "secret")
    assert rows("iris_indicateurs", own(), *names) == [(1000.0, 2021, 250.0, None, None)]


def test_a_figure_under_secrecy_is_null_with_its_reason(iris):
    IndicatorFactory(territoire_code=iris)
    IndicatorFactory(territoire_code=iris, code="DISP_TP60", value=None, secret="secret statistique")
    IndicatorFactory(territoire_code=iris, code="LOGVAC", value=None, secret="non diffusé")
    IndicatorFactory(territoire_code=iris, code="LOGVAC", millesime=2015, value=None, secret="ancien")
    assert rows("iris_indicateurs", own(), "LOG", "DISP_TP60", "LOGVAC", "secret") == [
        (1000.0, None, None, "DISP_TP60 : secret statistique ; LOGVAC : non diffusé")
    ]


@pytest.mark.parametrize(
    ("rented", "social", "private"), [(100, 120, 0.0), (100, None, None), (None, 5, None), (100, 100, 0.0)]
)
def test_private_rented_is_never_negative_and_not_known_when_a_part_is_not(iris, rented, social, private):
    for code, value in (("RP_LOC", rented), ("RP_LOCHLMV", social)):
        IndicatorFactory(territoire_code=iris, code=code, value=value, secret="" if value else "secret")
    assert rows("iris_indicateurs", own(), "LOCATIF_PRIVE") == [(private,)]


def test_indicators_are_for_whoever_is_signed_in(iris):
    assert rows("iris_indicateurs", Scope.nobody(), "code") == []


def test_a_condition_on_the_run_or_on_a_row_chooses_among_all_that_the_reader_may_read(
    commune, other_commune
):
    iris, other_iris = IrisFactory(commune=commune).code, IrisFactory(commune=other_commune).code
    older, newest = TauxRunFactory(), TauxRunFactory()
    foreign = TauxRunFactory(everything=False, communes=[other_commune.code])
    for run in (older, newest):
        for code in (iris, other_iris):
            AnalysisResultFactory(run=run, unit_code=code)
    AnalysisResultFactory(run=foreign, unit_code=other_iris)
    layer = LAYERS["analyse_taux"]

    def read(*conditions: str) -> set[tuple]:
        found = layer.rows_for(own(commune.code), conditions)
        return set(found.values_list("run_id", "unit_code"))

    assert read("code", "rate") == read() == {(newest.pk, iris)}
    assert read("analyse") == read("id", "rate") == {(older.pk, iris), (newest.pk, iris)}
    assert LAYERS["communes"].rows_for(own(commune.code), ["code"]).count() == 2
