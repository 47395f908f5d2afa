"""Each OpenAPI document put to the test by schemathesis, with the token of each role: no fault, no surprise."""

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from geo_lhi.accounts.models import TokenScope
from tests.factories import token_of
from tests.world import World, build_world

DOCUMENTS = {"/api/v1/schema/": 8, "/ogc/api?f=json": 2}  # with how many requests of each operation and mode
ROLES = ("without partner", "here", "administrator")
SEED = 20_261_125
BOUNDED = settings(
    deadline=None,
    database=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
# What the documents do not say: the days, codes and conditions that a text may be, and what else may be in a query;
# who opens what is held by tests/test_access.py (a token beside a made-up cookie is a right token)
LEFT_OUT = [positive_data_acceptance, negative_data_rejection, ignored_auth]

pytestmark = pytest.mark.slow


@pytest.fixture
def world(db, settings) -> World:
    settings.REQUESTS_PER_MINUTE = 1_000_000
    signals = (request_started, request_finished)
    for signal in signals:  # the rows are in a transaction of the test, on this connection
        signal.disconnect(close_old_connections)
    yield build_world()
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.split("/")[1])
def test_every_answer_is_as_the_document_says(world, document, role):
    token = token_of(world.readers[role], TokenScope.OGC)
    headers = {"Authorization": f"Bearer {token}", "Accept-Encoding": "identity"}
    described = schemathesis.openapi.from_wsgi(document, get_wsgi_application(), headers=headers)
    asked = 0

    def hold(case: schemathesis.Case) -> None:
        nonlocal asked
        asked += 1
        case.call_and_validate(headers=headers, excluded_checks=LEFT_OUT)

    for found in described.get_all_operations():
        for mode in GenerationMode:
            cases = found.ok().as_strategy(generation_mode=mode)
            seed(SEED)(settings(BOUNDED, max_examples=DOCUMENTS[document])(given(cases)(hold)))()
    assert asked > 50
