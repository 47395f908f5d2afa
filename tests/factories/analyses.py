"""Figures of territories, runs of analyses and their rows."""

import factory
from factory.django import DjangoModelFactory

from layers.models import AnalysisRequest, AnalysisResult, AnalysisRun, Indicator, IrisResult, UnitKind
from layers.registry import IRIS_RATES
from tests.factories.territoires import IrisFactory


class IndicatorFactory(DjangoModelFactory):
    """The number of dwellings of an IRIS."""

    class Meta:
        model = Indicator

    territoire = Indicator.Territoire.IRIS
    territoire_code = factory.LazyFunction(lambda: IrisFactory().code)
    code = "LOG"
    millesime = 2021
    value = 1000.0


class AnalysisRunFactory(DjangoModelFactory):
    """A run of the rates by IRIS."""

    class Meta:
        model = AnalysisRun

    method = IRIS_RATES
    parameters = factory.LazyFunction(lambda: {"since": "2025-01-01", "until": "2025-12-31"})
    data_vintage = factory.LazyFunction(lambda: {"LOG": 2021})
    inputs_digest = factory.Sequence(lambda n: f"{n:064x}")
    code_version = "0.1.0"
    summary = factory.LazyFunction(lambda: {"iris": 1, "overall_per_1000": 8.0, "smoothed_cuts": [5.0, 10.0]})


class TauxRunFactory(AnalysisRunFactory):
    """A run of ``taux`` by IRIS on the whole base."""

    method = "taux"
    parameters = factory.LazyFunction(
        lambda: {"since": "2025-01-01", "until": "2025-12-31", "unit": "iris", "denominator": "dwellings"}
    )
    summary = factory.LazyFunction(
        lambda: {
            "rows": 1,
            "unit": "iris",
            "facts": [["Signalements retenus", 12, "", 0]],
            "notes": ["Logements : IRIS entiers."],
            "categories": {"incertain": 1},
            "cuts": {"smoothed": [5.0, 10.0], "rate": [5.0]},
        }
    )


class PriorityRunFactory(AnalysisRunFactory):
    """A ranking of buildings on the whole base, by their gravity."""

    method = "priorites"
    parameters = factory.LazyFunction(
        lambda: {
            "since": "2025-01-01",
            "until": "2026-12-31",
            "unit": "batiment",
            "top": 1,
            "poids_gravite": 3.0,
            "poids_perimetre": 1.0,
        }
    )
    summary = factory.LazyFunction(
        lambda: {
            "rows": 2,
            "unit": "batiment",
            "facts": [["Lieux classés", 2, "", 0]],
            "notes": [],
            "cuts": {},
        }
    )


class IrisResultFactory(DjangoModelFactory):
    """The result of one IRIS: 12 reports for 1 000 dwellings, not a hotspot."""

    class Meta:
        model = IrisResult

    run = factory.SubFactory(AnalysisRunFactory)
    iris = factory.SubFactory(IrisFactory)
    commune = factory.SelfAttribute("iris.commune")
    cases = 12
    dwellings = 1000.0
    rate_per_1000 = 12.0
    smoothed_per_1000 = 10.5
    low_per_1000 = 6.2
    high_per_1000 = 20.9
    exceedance = 0.7
    z = 0.4
    p_value = 0.69
    q_value = 0.9
    hotspot = IrisResult.Hotspot.NOT_SIGNIFICANT


class AnalysisResultFactory(DjangoModelFactory):
    """The row of one IRIS in a run of ``taux``."""

    class Meta:
        model = AnalysisResult

    run = factory.SubFactory(TauxRunFactory)
    position = factory.Sequence(int)
    unit_kind = UnitKind.IRIS
    unit_code = factory.LazyFunction(lambda: IrisFactory().code)
    label = factory.LazyAttribute(lambda row: f"IRIS {row.unit_code}")
    category = "incertain"
    figures = factory.LazyFunction(lambda: {"cases": 12.0, "rate": 12.0, "smoothed": None})
    communes = factory.LazyAttribute(lambda row: [row.unit_code[:5]])


class AnalysisRequestFactory(DjangoModelFactory):
    """A request that waits."""

    class Meta:
        model = AnalysisRequest

    method = "taux"
    everything = False
    author = factory.SubFactory("tests.factories.accounts.UserFactory")
