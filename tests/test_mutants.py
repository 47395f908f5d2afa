"""Whoever takes a right away is caught: each one is taken away in turn, and the leak test must fail.

The table of the mutants is printed (``pytest -s``). What survives is explained below.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from django.db.models import Q
from django.test import Client
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
from tests.acts import acts
from tests.drawing import draw_world
from tests.mutation import Question, questions, sites, watching
from tests.probes import probe
from tests.random_world import RandomWorld
from tests.test_access import ADDRESSES, IMPORTERS, PUBLIC, client_of, is_refusal
from tests.test_random_worlds import differences, paths, tried

SEED = 2  # a world where each reader lacks something of each kind
RESERVED = "a_verifier"
ONCE = {
    "ogc-api",
    "qgis-layer",
    "analysis-launch",
    "analysis-comparison",
}  # said apart from the rows of people, and of fields

# Why a site that is opened betrays nothing: there is nothing to see there
EXPLAINED = {
    "layers/models/analyses.py whole_for": "the run was read in the perimeter before its surface",
    "layers/kept_fields.py paths_kept": "the table itself: its readers are asked",
    "api/exports/tables.py layers_told": "titles of layers, no field",
    "layers/selectors/signalement_file.py signalement_file": "visits and affectations of a report already read",
    "layers/services/duplicates.py undo_merge": "reads again under the lock: each of the two reads is a guard",
    "layers/services/placing.py undo_choice": "reads again under the lock: each of the two reads is a guard",
    "layers/services/placing.py _locked": "locks a report that was already read in the perimeter",
    "maps/views/duplicate_texts.py reasons_of": "both reports are then read, or refused",
    "maps/views/priority_reasons.py weights_of": "which criteria told something in a run, not their figures",
    "api/ogc/pages.py landing": "titles of layers, no field",
    "api/ogc/pages.py _config": "zooms and keys of layers, no field",
    "api/ogc/views.py collections": "titles of layers, no field",
    "api/tiles/archives.py open_layers": "layers of open data only",
    "api/exports/qgis_views.py _kind": "the kind of a geometry, no field",
    "api/ogc/changes.py gone": "registers of open data there",
    "layers/selectors/tile_cells.py ground_cells": "open data",
}


@pytest.fixture
def world(db, settings, tmp_path, monkeypatch) -> RandomWorld:
    settings.EXPORT_FILES_DIR = tmp_path
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    layer = replace(LAYERS["signalements"], reserved={RESERVED: Reader.ADMINISTRATOR})
    monkeypatch.setitem(LAYERS, "signalements", layer)
    drawn = draw_world(SEED)
    Partner.objects.update(type=Partner.Type.BAILLEUR_SOCIAL)  # from whom every kind is kept
    return drawn


def asked(world: RandomWorld, roles: list[str], about: str = "") -> list[Question]:
    """Give the questions of the leak test, all answered well while nothing is opened; ``about`` keeps some."""
    once = [url for address in ADDRESSES if address.name in ONCE for url in probe(address, world)]
    urls = [url for url in (*paths(world), *once) if re.search(about, url)]
    found = list(questions(world, urls, roles, {RESERVED}))
    found += [Question(role, "lists", lambda role=role: differences(world, role)) for role in roles]
    if not about:
        found += [Question(role, *act) for role in roles for act in acts(world, role)]
    return [each for each in found if re.search(about, each.about)]


def test_no_scope_can_be_left_out(world, monkeypatch):
    through = defaultdict(list)
    with watching(monkeypatch) as watch:
        for question in asked(world, tried(world)[:2]):
            watch.seen = set()
            if not question.catches():
                for site in watch.seen:
                    through[site].append(question)
        verdicts = {}
        names = sites()
        for site in names:
            if site not in through:
                verdicts[site] = "not asked"
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
        f"{site.path} {names[site]}"
        for site, verdict in verdicts.items()
        if verdict in ("SURVIVED", "not asked")
    }
    assert left == EXPLAINED.keys()


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
    "what a type of partner does not need": (
        [(scopes, "kept_from")],
        lambda partner_type: frozenset(),
        "^/signalements/|^/analyses/",
    ),
    "everything": ([(middleware, "scope_of")], lambda user: Scope.whole(), "/api/v1/signalements"),
}


@pytest.mark.parametrize("forgotten", FORGOTTEN)
def test_no_condition_can_be_forgotten(world, monkeypatch, forgotten):
    places, mutant, about = FORGOTTEN[forgotten]
    roles = tried(world)
    able = asked(world, roles, about)
    assert able

    def notices(question: Question) -> bool:
        with monkeypatch.context() as mutated:
            for owner, name in places:
                mutated.setattr(owner, name, mutant)
            found = question.catches()
        return found and not question.catches()  # it was the mutant, not a page that changes by itself

    caught = next(filter(notices, able), None)
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
                client = Client() if role == "anonymous" else client_of(world, role)
                client.raise_request_exception = False
                response = client.get(path)
            if is_refusal(response) or (role != "anonymous" and response.status_code == 403):
                left.append((path, rule.name))
    monkeypatch.setitem(access.NAMESPACES, "admin", Access.PUBLIC)
    assert not is_refusal(Client().get("/gestion/"))
    print(f"{tried_} loosened rules, {len(left)} unnoticed")
    assert tried_ > len(IMPORTERS) + 60
    assert left == []
