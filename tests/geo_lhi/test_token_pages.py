"""« Mes accès »: a token is made, shown once, listed, revoked, by its owner only."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from geo_lhi.accounts.models import ApiToken, TokenScope
from geo_lhi.accounts.tokens import digest_of, issue
from geo_lhi.accounts.views.forms import MOST
from tests.factories import token_of

URL = "/compte/jetons/"
ASKED = {"name": "QGIS du bureau", "scopes": ["wfs", "tiles"], "days": "90"}
CSRF = re.compile(r'csrfmiddlewaretoken" value="[^"]*"')
TOKEN = re.compile(r"geo_[A-Za-z0-9_-]{43}")


def create(client, **changed):
    return client.post(URL, {**ASKED, **changed})


def test_the_token_is_shown_once_and_works(partner_client, partner_user, client):
    response = create(partner_client)
    [text] = set(TOKEN.findall(response.content.decode()))
    token = partner_user.tokens.get()
    assert (token.name, token.scopes) == ("QGIS du bureau", ["wfs", "tiles"])
    assert token.expires_on == timezone.localdate() + timedelta(days=90)
    assert token.digest == digest_of(text)
    assert response["Cache-Control"] == "private, no-store"
    page = partner_client.get(URL).content.decode()
    assert not TOKEN.search(page)
    assert "QGIS du bureau" in page
    for service in ("wfs/", "ogc/", "tiles/signalements/{z}/{x}/{y}.mvt", "api/v1/signalements/"):
        assert f"http://testserver/{service}" in page
    headers = {"Authorization": f"Bearer {text}"}
    assert client.get("/wfs/?SERVICE=WFS&REQUEST=GetCapabilities", headers=headers).status_code == 200
    today = timezone.localdate()
    assert f"Dernier usage : {today:%d/%m/%Y}" in partner_client.get(URL).content.decode()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": " "}, "Donnez un nom"),
        ({"name": "x" * 101}, "100 caractères"),
        ({"name": "\0"}, "nul"),
        ({"scopes": []}, "au moins un service"),
        ({"scopes": ["admin"]}, "Service inconnu"),
        ({"days": "3660"}, "Durée inconnue"),
        ({"days": "-1"}, "Durée inconnue"),
        ({"days": ""}, "Choisissez une durée"),
    ],
)
def test_what_is_missing_is_said_in_french(partner_client, changed, sentence):
    response = create(partner_client, **changed)
    assert sentence in response.content.decode()
    assert not ApiToken.objects.exists()


def test_the_form_sent_twice_makes_one_token(partner_client, partner_user):
    create(partner_client)
    assert "Vous avez déjà un accès « QGIS du bureau »" in create(partner_client).content.decode()
    token = partner_user.tokens.get()
    partner_client.post(f"{URL}{token.pk}/revoquer/")
    create(partner_client)
    assert partner_user.tokens.count() == 2


def test_a_person_has_so_many_tokens_and_no_more(partner_client, partner_user):
    for _ in range(MOST):
        token_of(partner_user)
    assert "révoquez ceux qui ne servent plus" in create(partner_client).content.decode()


def test_its_owner_revokes_a_token(partner_client, partner_user, client):
    text = token_of(partner_user)
    token = partner_user.tokens.get()
    response = partner_client.post(f"{URL}{token.pk}/revoquer/", follow=True)
    page = response.content.decode()
    assert "L’accès « essai » est révoqué" in page
    assert "Accès révoqués ou expirés" in page
    headers = {"Authorization": f"Bearer {text}"}
    assert client.get("/wfs/?SERVICE=WFS&REQUEST=GetCapabilities", headers=headers).status_code == 401


def test_the_token_of_another_is_as_missing(partner_client, other_partner_user):
    token, _ = issue(other_partner_user, "secret-name", [TokenScope.WFS], timezone.localdate())
    assert "secret-name" not in partner_client.get(URL).content.decode()
    answers = [partner_client.post(f"{URL}{pk}/revoquer/") for pk in (token.pk, 10**9)]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert len({CSRF.sub("", answer.content.decode()) for answer in answers}) == 1
    token.refresh_from_db()
    assert token.revoked_at is None
    assert partner_client.get(f"{URL}{token.pk}/revoquer/").status_code == 405


def test_a_name_is_text_and_never_markup(partner_client):
    page = create(partner_client, name="<script>alert(1)</script>").content.decode()
    assert "<script>alert" not in page
