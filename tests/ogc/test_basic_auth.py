"""HTTP Basic on the WFS: who passes, what it costs, when it stops."""

import base64

import pytest
from django.core.cache import cache

from geo_lhi.accounts import basic_auth
from tests.factories import PASSWORD, SignalementFactory, UserFactory
from tests.ogc.wfs import ask, body

CAPABILITIES = {"SERVICE": "WFS", "REQUEST": "GetCapabilities"}


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def status(client, headers: dict[str, str]) -> int:
    return client.get("/wfs/", CAPABILITIES, headers=headers).status_code


def test_without_credentials_the_client_is_asked_for_them(client, db):
    response = client.get("/wfs/", CAPABILITIES)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Basic realm="geo_lhi", charset="UTF-8"'


def test_a_password_opens_the_layers_of_the_user(client, partner_user, commune, other_commune):
    SignalementFactory(commune=commune, reference="ici-même")
    SignalementFactory(commune=other_commune, reference="très-loin")
    query = {**CAPABILITIES, "REQUEST": "GetFeature", "VERSION": "2.0.0", "TYPENAMES": "signalements"}
    content = body(client.get("/wfs/", query, headers=basic("ici", PASSWORD))).decode()
    assert "ici-même" in content
    assert "très-loin" not in content


def test_answers_are_kept_by_nobody(client, partner_user, partner_client):
    answers = (
        client.get("/wfs/", CAPABILITIES),
        client.get("/wfs/", CAPABILITIES, headers=basic("ici", PASSWORD)),
        partner_client.get("/wfs/", CAPABILITIES),
    )
    for response in answers:
        assert response["Cache-Control"] == "private, no-store"
        assert "Authorization" in response["Vary"]


def test_a_session_is_enough(partner_client):
    assert ask(partner_client, "GetCapabilities").status_code == 200


def test_no_session_is_opened(client, partner_user):
    response = client.get("/wfs/", CAPABILITIES, headers=basic("ici", PASSWORD))
    assert not response.cookies


@pytest.mark.parametrize(
    "header",
    [
        "Basic !!!",
        "Basic",
        "Basic ",
        "Bearer abc",
        "Digest abc",
        "Basic " + base64.b64encode(b"no-colon").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
        "Basic " + base64.b64encode(f"ici\0:{PASSWORD}".encode()).decode(),
        "Basic " + base64.b64encode(b":").decode(),
    ],
)
def test_a_broken_header_is_refused(client, partner_user, header):
    assert status(client, {"Authorization": header}) == 401


def test_a_wrong_password_beats_a_session(partner_client):
    assert status(partner_client, basic("ici", "wrong")) == 401


def test_a_password_with_colons_and_accents(client, db):
    UserFactory(username="été", password="a:b:ç…")
    assert status(client, basic("été", "a:b:ç…")) == 200


def test_a_right_password_is_checked_once(client, partner_user, monkeypatch):
    checked = []
    authenticate = basic_auth.authenticate
    monkeypatch.setattr(
        basic_auth, "authenticate", lambda *args, **kwargs: checked.append(1) or authenticate(*args, **kwargs)
    )
    assert [status(client, basic("ici", PASSWORD)) for _ in range(3)] == [200, 200, 200]
    assert len(checked) == 1


def test_neither_the_name_nor_the_password_is_in_the_cache(client, partner_user):
    status(client, basic("ici", PASSWORD))
    status(client, basic("ici", "another-wrong-one"))
    kept = repr(cache._cache)
    assert "basic-auth" in kept
    assert PASSWORD not in kept
    assert "another-wrong-one" not in kept


def test_a_changed_password_is_forgotten_at_once(client, partner_user):
    assert status(client, basic("ici", PASSWORD)) == 200
    partner_user.set_password("another-password-14")
    partner_user.save()
    assert status(client, basic("ici", PASSWORD)) == 401
    assert status(client, basic("ici", "another-password-14")) == 200


def test_a_closed_account_is_refused_at_once(client, partner_user):
    assert status(client, basic("ici", PASSWORD)) == 200
    partner_user.is_active = False
    partner_user.save()
    assert status(client, basic("ici", PASSWORD)) == 401


def test_after_ten_wrong_passwords_the_name_waits(client, partner_user, db):
    UserFactory(username="autre")
    assert [status(client, basic("ici", f"wrong-{n}")) for n in range(10)] == [401] * 10
    response = client.get("/wfs/", CAPABILITIES, headers=basic("ici", PASSWORD))
    assert (response.status_code, response["Retry-After"]) == (429, "300")
    assert status(client, basic("autre", PASSWORD)) == 200


def test_who_was_recognised_is_not_locked_out_by_others(client, partner_user):
    assert status(client, basic("ici", PASSWORD)) == 200
    for n in range(11):
        status(client, basic("ici", f"wrong-{n}"))
    assert status(client, basic("ici", PASSWORD)) == 200


def test_an_address_that_tries_many_names_waits(client, partner_user):
    for n in range(50):
        assert status(client, basic(f"name-{n}", "wrong")) == 401
    assert status(client, basic("ici", PASSWORD)) == 429


@pytest.mark.parametrize("url", ["/api/v1/signalements/", "/tiles/communes/0/0/0.mvt"])
def test_the_password_opens_the_wfs_only(client, partner_user, url):
    assert client.get(url, headers=basic("ici", PASSWORD)).status_code == 401
