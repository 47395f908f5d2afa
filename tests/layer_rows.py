"""One row in each layer of the register, at the origin: what every service must publish."""

from collections.abc import Iterable

from layers.models import AnalysisRun, Commune, Iris, UnitKind
from maps.layers import NOT_LAYERS, layer_name
from maps.services.methods.register import METHODS
from tests.factories import (
    AddressFactory,
    AnalysisResultFactory,
    AnalysisRunFactory,
    ArreteFactory,
    BatimentFactory,
    EpciFactory,
    IndicatorFactory,
    IrisFactory,
    IrisResultFactory,
    ParcelleFactory,
    SectionFactory,
    SignalementFactory,
    ZoneFactory,
    square,
)


def lay_one_of_each(commune: Commune) -> None:
    """Lay the rows; those of the analyses are about the IRIS."""
    join_an_epci(commune)
    iris = IrisFactory(commune=commune, code="010000101", nom="Centre", type="H")
    IndicatorFactory(territoire_code=iris.code)
    IrisResultFactory(iris=iris)
    ZoneFactory(code="QN001", nom="Quartier", starts_on="2024-01-01", geom=square(0, 0, 500))
    SectionFactory(commune=commune, code="01000000AB")
    ParcelleFactory(commune=commune, idu="01000000AB0001")
    BatimentFactory(commune=commune, code="RNB1")
    AddressFactory(voie__commune=commune, ban_id="01000_0001_00001", voie__nom="Rue Droite", numero=1)
    SignalementFactory(commune=commune, reference="2026-1")
    ArreteFactory(commune=commune, idu="01000000AB0001")
    lay_results(one_run_a_method(), iris)


def join_an_epci(*communes: Commune) -> None:
    """Put each commune in an EPCI of its own: the database then draws the outlines."""
    for commune in communes:
        Commune.objects.filter(pk=commune.pk).update(epci=EpciFactory())


def lay_results(runs: Iterable[AnalysisRun], iris: Iris) -> None:
    """Lay the row of an IRIS in each run, every figure of the method being 1.5."""
    for run in runs:
        method = METHODS[run.method]
        AnalysisResultFactory(
            run=run,
            unit_kind=UnitKind.IRIS,
            unit_code=iris.code,
            label=iris.nom,
            category=next((category.code for category in method.categories), ""),
            figures={column.name: 1.5 for column in method.columns},
            communes=[iris.commune_id],
        )


def one_run_a_method() -> list[AnalysisRun]:
    """Give a run on the whole base of each method that has a layer."""
    return [AnalysisRunFactory(method=method) for method in METHODS if method not in NOT_LAYERS]


def layers_of_methods() -> dict[str, str]:
    """Give the layer of each method that has one."""
    return {method: layer_name(method) for method in METHODS if method not in NOT_LAYERS}
