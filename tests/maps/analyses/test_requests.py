"""An analysis asked for, computed by a worker, taken back, given up."""

import threading
from dataclasses import replace

import pytest
from django.db import connection
from django.urls import reverse

from layers.models import AnalysisRequest, Commune, Signalement
from maps.services.methods.register import METHODS
from maps.services.requests import compute_request, end_lost_requests
from maps.views import analyses
from tests.factories import SignalementFactory
from tests.maps.analyses.town import FORM, YEAR
from tests.queue import run_worker


def asked(user, **fields) -> AnalysisRequest:
    values = {**YEAR, **fields.pop("parameters", {})}
    return AnalysisRequest.objects.create(
        method="taux",
        author=user,
        parameters=values,
        everything=False,
        communes=list(user.partner.communes.order_by("code").values_list("code", flat=True)),
        **fields,
    )


def test_a_request_is_computed_once_by_a_worker(town, partner_user, partner_client):
    request = asked(partner_user)
    assert "analyse" in compute_request(request.pk)
    assert compute_request(request.pk) == "rien à faire"
    request.refresh_from_db()
    assert request.run.communes == [town.code]
    page = partner_client.get(reverse("analysis-request", args=[request.pk]))
    assert page["Location"] == reverse("analysis", args=[request.run_id])
    again = asked(partner_user)
    compute_request(again.pk)
    again.refresh_from_db()
    assert (again.run_id, again.message[:13]) == (request.run_id, "Cette analyse")


def test_a_request_that_cannot_be_says_why(town, partner_user, partner_client):
    request = asked(partner_user, parameters={"since": "2020-01-01", "until": "2020-02-01"})
    assert compute_request(request.pk) == "refusée"
    page = partner_client.get(reverse("analysis-request", args=[request.pk])).content.decode()
    assert "ucun signalement ne répond" in page


def test_a_request_that_waits_may_be_taken_back(town, partner_user, partner_client, other_partner_client):
    request = asked(partner_user)
    state = partner_client.get(reverse("analysis-request-progress", args=[request.pk])).json()
    assert (state["step"], state["no_worker"], state["over"]) == ("waiting", True, False)
    cancel = reverse("analysis-request-cancel", args=[request.pk])
    assert other_partner_client.post(cancel).status_code == 404
    partner_client.post(cancel)
    request.refresh_from_db()
    assert request.status == AnalysisRequest.Status.CANCELLED
    assert compute_request(request.pk) == "rien à faire"


@pytest.mark.usefixtures("queue")
def test_a_long_analysis_is_queued_computed_by_a_worker_and_found_again(town, partner_client, monkeypatch):
    monkeypatch.setitem(METHODS, "taux", replace(METHODS["taux"], is_long=True))
    answer = partner_client.post(reverse("analysis-launch", args=["taux"]), FORM)
    request = AnalysisRequest.objects.get()
    assert answer["Location"] == reverse("analysis-request", args=[request.pk])
    assert "L’analyse attend son tour" in partner_client.get(answer["Location"]).content.decode()
    run_worker()
    request.refresh_from_db()
    assert (request.status, request.run.title) == (AnalysisRequest.Status.DONE, "Essai")
    assert partner_client.get(answer["Location"])["Location"] == reverse("analysis", args=[request.run_id])


@pytest.mark.usefixtures("queue")
def test_a_wide_perimeter_is_for_a_worker(town, administrator_client, monkeypatch):
    monkeypatch.setattr(analyses, "WIDE", 1)
    answer = administrator_client.post(reverse("analysis-launch", args=["taux"]), FORM)
    assert "/analyses/demandes/" in answer["Location"]
    assert AnalysisRequest.objects.get().everything


def test_a_request_whose_job_was_given_up_is_said_lost(town, partner_user):
    asked(partner_user, status=AnalysisRequest.Status.RUNNING, job=10**9)
    assert end_lost_requests() == 1
    assert AnalysisRequest.objects.get().status == AnalysisRequest.Status.FAILED


@pytest.mark.usefixtures("queue")
def test_what_is_read_is_of_one_instant(town, partner_user, monkeypatch):
    """A report that arrives while the units are read is not counted: it would be in the counts and not elsewhere."""
    method = METHODS["taux"]

    def slow(scope, values):
        before = method.read(scope, values)
        arrival = threading.Thread(target=report_from_elsewhere, args=(town.pk,))
        arrival.start()
        arrival.join()
        after = method.read(scope, values)
        assert after.counts.reports == before.counts.reports
        return after

    monkeypatch.setitem(METHODS, "taux", replace(method, read=slow))
    request = asked(partner_user)
    assert "analyse" in compute_request(request.pk)
    assert Signalement.objects.unscoped("essai").filter(reference="ARRIVE").exists()


def report_from_elsewhere(commune: str) -> None:
    try:
        SignalementFactory(commune=Commune.objects.get(pk=commune), reference="ARRIVE")
    finally:
        connection.close()
