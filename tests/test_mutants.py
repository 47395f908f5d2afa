"""Whoever takes a right away is caught: each one is taken away in turn, and the leak test must fail.

The table of the mutants is printed (``pytest -s``). A survivor is a hole in the leak test, or is explained below.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from django.db.models import Q
from django.urls import resolve

from api.exports import views as exports
from cadastre_import.views import deposits, readable, runs, state
from geo_lhi.accounts import access, middleware, scopes
from geo_lhi.accounts.access import Access
from layers.models import AnalysisRequest, AnalysisRun, ExportRequest, ImportRun, Partner, Upload
from layers.models.analyses import AnalysisRunQuerySet, IrisResultQuerySet
from layers.models.analysis_results import AnalysisResultQuerySet
from layers.models.departures import DepartureQuerySet
from layers.models.merges import MergeQuerySet, ProposalQuerySet
from layers.models.placing import PlaceChoiceQuerySet
from layers.models.visibility import OfSignalementQuerySet, PlacedQuerySet
from layers.registry import LAYERS
from layers.scope import Reader, Scope
from maps.views import analysis_requests
from tests.drawing import draw_world
from tests.mutation import Question, questions, sites, watching
from tests.probes import probe
from tests.random_world import RandomWorld
from tests.test_access import ADDRESSES, IMPORTERS, PUBLIC, client_of, is_refusal
from tests.test_random_worlds import differences, paths, tried

SEED = 343072  # a world where each reader lacks something of each kind
RESERVED = "a_verifier"

# Why a site that was opened betrays nothing
EXPLAINED: dict[str, str] = {}


@pytest.fixture
def world(db, settings, tmp_path, monkeypatch) -> RandomWorld:
    settings.EXPORT_FILES_DIR = tmp_path
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    layer = replace(LAYERS["signalements"], reserved={RESERVED: Reader.ADMINISTRATOR})
    monkeypatch.setitem(LAYERS, "signalements", layer)
    return draw_world(SEED)


def asked(world: RandomWorld, roles: list[str]) -> list[Question]:
    """Give the questions of the leak test, which are all answered well while nothing is opened."""
    found = list(questions(world, paths(world), roles, {RESERVED}))
    return found + [Question(role, "lists", lambda role=role: differences(world, role)) for role in roles]


def test_no_scope_can_be_left_out(world, monkeypatch):
    through = defaultdict(list)
    with watching(monkeypatch) as watch:
        for question in asked(world, tried(world)[:2]):
            watch.seen = set()
            if not question.catches():
                for site in watch.seen:
                    through[site].append(question)
        verdicts = {}
        for site in sites():
            if site not in through:
                verdicts[site] = "not reached"
            elif site not in watch.guarded:
                verdicts[site] = "open data"
            else:
                watch.opened = site
                caught = next((question for question in through[site] if question.catches()), None)
                verdicts[site] = f"killed by {caught.role}, {caught.about}" if caught else "SURVIVED"
                print(site, verdicts[site], flush=True)
                watch.opened = None
    for site, verdict in verdicts.items():
        print(f"{site!s:60} {len(through[site]):5} {verdict[:110]}")
    left = {
        str(site): verdict for site, verdict in verdicts.items() if verdict in ("SURVIVED", "not reached")
    }
    assert left == {}


def everyones(*asked: Any) -> Q:
    return Q(pk__isnull=False)


def without_exclusions(**parts: Any) -> Scope:
    return Scope(**{**parts, "excluded_zones": frozenset()})


def all_of(model: Any) -> Any:
    return lambda request: model.objects.order_by("-pk")


# What is patched, by what, and the questions that may notice
FORGOTTEN: dict[str, tuple[list[tuple[Any, str]], Any, str]] = {
    "perimeter of reports and orders": ([(PlacedQuerySet, "perimeter")], everyones, "/api/v1/signalements"),
    "perimeter of what hangs on a report": ([(OfSignalementQuerySet, "perimeter")], everyones, "/lieux/"),
    "perimeter of runs": ([(AnalysisRunQuerySet, "perimeter")], everyones, "/analyses/"),
    "perimeter of rates": ([(IrisResultQuerySet, "perimeter")], everyones, "iris_taux"),
    "perimeter of rows": ([(AnalysisResultQuerySet, "perimeter")], everyones, "analyse_taux"),
    "perimeter of merges": ([(MergeQuerySet, "perimeter")], everyones, "merge|^/signalements/"),
    "perimeter of proposals": ([(ProposalQuerySet, "perimeter")], everyones, "doublons|lists"),
    "perimeter of choices": ([(PlaceChoiceQuerySet, "perimeter")], everyones, "choice|verifier"),
    "perimeter of departures": ([(DepartureQuerySet, "perimeter")], everyones, "lists"),
    "totals of a run on the whole base": (
        [(AnalysisRun, "is_whole_for")],
        lambda self, scope: True,
        "/analyses/|priorites",
    ),
    "surface of a run on the whole base": (
        [(AnalysisRunQuerySet, "whole_for")],
        lambda self, scope: self.visible_to(scope),
        "surface",
    ),
    "uploads": (
        [(module, "uploads_of") for module in (readable, deposits, state)],
        all_of(Upload),
        "/imports/|upload",
    ),
    "imports": ([(module, "runs_of") for module in (runs, state)], all_of(ImportRun), "/imports/|import"),
    "asked analyses": ([(analysis_requests, "requests_of")], all_of(AnalysisRequest), "demandes|asked"),
    "asked files": ([(exports, "exports_of")], all_of(ExportRequest), "telecharger|asked"),
    "the end of a partnership": (
        [(Partner, "is_active_on")],
        lambda self, day: True,
        "/api/v1/signalements|/imports/|/priorites/",
    ),
    "excluded zones": ([(scopes, "Scope")], without_exclusions, "/api/v1/|/ogc/|lists"),
    "everything": ([(middleware, "scope_of")], lambda user: Scope.whole(), "/api/v1/signalements"),
}


@pytest.mark.parametrize("forgotten", FORGOTTEN)
def test_no_condition_can_be_forgotten(world, monkeypatch, forgotten):
    places, mutant, about = FORGOTTEN[forgotten]
    roles = tried(world)
    able = [question for question in asked(world, roles) if re.search(about, question.about)]
    assert able
    for owner, name in places:
        monkeypatch.setattr(owner, name, mutant)
    caught = next((question for question in able if question.catches()), None)
    print(f"{forgotten}: {caught and (caught.role, caught.about)}")
    assert caught, forgotten


def declarations(world: RandomWorld) -> Iterable[tuple[Any, str]]:
    for address in ADDRESSES:
        if address.namespace != "admin" and address.name not in PUBLIC:
            path = probe(address, world)[0]
            yield resolve(path.partition("?")[0]).func, path


def test_no_rule_can_be_loosened(world, monkeypatch):
    """A URL opened to all answers who is not signed in; one opened to the signed in, who may not import."""
    left, tried_ = [], 0
    for view, path in declarations(world):
        for rule, role in ((Access.PUBLIC, "anonymous"), (Access.SIGNED_IN, "without partner")):
            if rule is Access.SIGNED_IN and view.access_rule is not Access.IMPORTER:
                continue
            tried_ += 1
            with monkeypatch.context() as mutated:
                mutated.setattr(view, "access_rule", rule)
                client = client_of(world, role)
                client.raise_request_exception = False
                response = client.get(path)
            if is_refusal(response) or (role != "anonymous" and response.status_code == 403):
                left.append((path, rule.name))
    monkeypatch.setitem(access.NAMESPACES, "admin", Access.PUBLIC)
    assert not is_refusal(client_of(world, "anonymous").get("/gestion/"))
    print(f"{tried_} loosened rules, {len(left)} unnoticed")
    assert tried_ > len(IMPORTERS) + 60
    assert left == []
