"""A small territory for the conformance tests: every collection has features, on both sides of a border."""

from datetime import date
from typing import Any

import pytest
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest, HttpResponse
from django.test import Client

from tests.factories import (
    AddressFactory,
    AnalysisRunFactory,
    ArreteFactory,
    BatimentFactory,
    IrisFactory,
    IrisResultFactory,
    ParcelleFactory,
    SectionFactory,
    SignalementFactory,
    ZoneFactory,
    point,
    square,
)
from tests.layer_rows import join_an_epci, lay_results, one_run_a_method
from tests.ogc.traffic import Exchange


@pytest.fixture
def reader(commune, other_commune, partner_client) -> Client:
    """Give ``partner_user``'s client over a territory of every layer; 7 of its 9 reports are his."""
    for n in range(7):
        SignalementFactory(
            commune=commune,
            geom=point(100 * n, 100 * n),
            received_on=date(2024, 1, 1 + n),
            criticite=10.0 * n,
        )
    for n in range(2):
        SignalementFactory(commune=other_commune, geom=point(5100 + n, 100), received_on=date(2024, 1, 1))
    join_an_epci(commune, other_commune)
    run, runs = AnalysisRunFactory(), one_run_a_method()
    for x, where in ((0, commune), (5000, other_commune)):
        ArreteFactory(commune=where, geom=point(x + 50, 50), taken_on=date(2024, 2, 1))
        iris = IrisFactory(commune=where, geom=square(x, 0, 500))
        IrisResultFactory(run=run, iris=iris, cases=3)
        lay_results(runs, iris)
        SectionFactory(commune=where, geom=square(x, 0, 300))
        ParcelleFactory(commune=where, geom=square(x, 0, 20))
        BatimentFactory(commune=where, geom=square(x, 0, 10))
        AddressFactory(voie__commune=where, geom=point(x + 5, 5))
    ZoneFactory(geom=square(0, 0, 400), starts_on=date(2020, 1, 1), ends_on=date(2022, 12, 31))
    ZoneFactory(geom=square(0, 0, 400), starts_on=date(2023, 1, 1), ends_on=None)
    return partner_client


@pytest.fixture
def traffic(monkeypatch) -> list[Exchange]:
    """Give the list of the exchanges with the server, which fills as they come."""
    exchanges: list[Exchange] = []
    answer_of = BaseHandler.get_response

    def get_response(handler: Any, request: HttpRequest) -> HttpResponse:
        answer = answer_of(handler, request)
        parameters = {name.upper(): value for name, value in request.GET.items()}
        exchanges.append(Exchange(request.method, request.path, parameters, answer))
        return answer

    monkeypatch.setattr(BaseHandler, "get_response", get_response)
    return exchanges
