"""An administrator publishes a release from its page, seeing first what anyone will read, and withdraws it there."""

import pytest
from django.test import Client
from django.urls import reverse

from layers.models import AnalysisRun, Publication, UnitKind
from layers.services.publications import publish, standing, withdraw
from tests.ogc.test_public_layers import release

PUBLISH = {"action": "publier", "relu": "oui"}


@pytest.fixture
def run(commune) -> AnalysisRun:
    return release(commune)


def page(run: AnalysisRun) -> str:
    return reverse("analysis-publication", args=[run.pk])


def shown() -> list[int]:
    return [one.run_id for one in standing()]


def test_what_will_be_public_is_shown_first_and_nothing_is_published_by_looking(run, administrator_client):
    answer = administrator_client.get(page(run))
    text = answer.content.decode()
    assert all(said in text for said in ("Bourg-Publié", "2024", ">secret<", "chiffres_commune"))
    assert "Publier ces chiffres" in text
    assert shown() == []


def test_an_administrator_publishes_and_withdraws_and_both_are_recorded(
    run, administrator, administrator_client
):
    answer = administrator_client.post(page(run), PUBLISH)
    assert (answer.status_code, answer["Location"]) == (303, page(run))
    assert shown() == [run.pk]
    assert "Retirer cette publication" in administrator_client.get(page(run)).content.decode()
    administrator_client.post(page(run), {"action": "retirer"})
    assert shown() == []
    kept = Publication.objects.get()
    assert (kept.published_by, kept.withdrawn_by) == (administrator, administrator)
    assert kept.withdrawn_at > kept.published_at
    text = administrator_client.get(page(run)).content.decode()
    assert text.count("par administrateur") == 2


def test_published_again_it_is_another_line_of_the_record(run):
    first = publish(run)
    withdraw(first)
    again = publish(run)
    assert again.pk != first.pk
    assert again.published_at > Publication.objects.get(pk=first.pk).withdrawn_at
    assert publish(run) == again  # one that is shown stays as it is
    assert Publication.objects.count() == 2


def test_withdrawn_once_it_stays_withdrawn_by_the_first(run, administrator):
    published = publish(run)
    assert withdraw(published, administrator.pk)
    assert not withdraw(published)
    assert Publication.objects.get().withdrawn_by == administrator


def test_without_the_box_nothing_is_published(run, administrator_client):
    answer = administrator_client.post(page(run), {"action": "publier"})
    assert answer.status_code == 422
    assert "cochez la case" in answer.content.decode().lower()
    assert shown() == []


def test_what_it_replaces_is_said_then_withdrawn(run, commune, administrator, administrator_client):
    publish(run)
    same_data = release(commune, UnitKind.IRIS, identity="i")
    assert f"n° {run.pk}</a>" not in administrator_client.get(page(same_data)).content.decode()
    newer = release(commune, digest="b" * 64, identity="o")
    assert f"n° {run.pk}</a>" in administrator_client.get(page(newer)).content.decode()
    administrator_client.post(page(newer), PUBLISH)
    assert shown() == [newer.pk]
    assert Publication.objects.get(run=run).withdrawn_by == administrator


def test_a_post_without_its_token_is_refused(run, administrator):
    client = Client(enforce_csrf_checks=True)
    client.force_login(administrator)
    assert client.post(page(run), PUBLISH).status_code == 403
    assert shown() == []


def test_only_administrators_have_the_page_and_the_button(run, partner_client, administrator_client):
    for ask in (partner_client.get, lambda url: partner_client.post(url, PUBLISH)):
        assert ask(page(run)).status_code == 403
    analysis = reverse("analysis", args=[run.pk])
    assert page(run) in administrator_client.get(analysis).content.decode()
    assert page(run) not in partner_client.get(analysis).content.decode()
    publish(run)
    text = partner_client.get(analysis).content.decode()
    assert "Chacun lit ces chiffres sans compte" in text
    assert page(run) not in text


def test_what_was_not_made_for_the_public_has_no_such_page(commune, administrator_client):
    committee = release(commune, audience="comite")
    for ask in (administrator_client.get, lambda url: administrator_client.post(url, PUBLISH)):
        assert ask(page(committee)).status_code == 404
    analysis = administrator_client.get(reverse("analysis", args=[committee.pk])).content.decode()
    assert page(committee) not in analysis


def test_an_unknown_action_changes_nothing(run, administrator_client):
    assert administrator_client.post(page(run), {"action": "autre", "relu": "oui"}).status_code == 404
    assert shown() == []
