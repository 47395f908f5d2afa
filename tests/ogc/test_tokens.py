"""Access tokens on the services: how they are presented, what each opens, when it stops."""

import base64
import re
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from geo_lhi.accounts import tokens
from geo_lhi.accounts.models import ApiToken, TokenScope
from tests.factories import PASSWORD, SignalementFactory, UserFactory, point, token_of
from tests.mvt import tile_at
from tests.ogc.wfs import body, exception_report

CAPABILITIES = {"SERVICE": "WFS", "REQUEST": "GetCapabilities"}
URLS = {
    TokenScope.WFS: "/wfs/?SERVICE=WFS&REQUEST=GetCapabilities",
    TokenScope.OGC: "/api/v1/signalements/",
    TokenScope.TILES: "/tiles/communes.json",
}


def basic(name: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def status(client, headers: dict[str, str], url: str = "/wfs/?SERVICE=WFS&REQUEST=GetCapabilities") -> int:
    return client.get(url, headers=headers).status_code


@pytest.fixture
def token(partner_user) -> str:
    return token_of(partner_user)


@pytest.fixture
def at(monkeypatch):
    """Give the function that stops the clock at an instant of Paris."""

    def stop(*when: int) -> None:
        instant = datetime(*when, tzinfo=timezone.get_default_timezone())
        monkeypatch.setattr(timezone, "now", lambda: instant)

    return stop


def test_without_a_token_the_client_is_asked_for_one(client, db):
    response = client.get("/wfs/", CAPABILITIES)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Basic realm="geo_lhi", charset="UTF-8"'
    assert "jeton d’accès" in exception_report(response)


@pytest.mark.parametrize(
    "present", [bearer, lambda token: basic("ici", token), lambda token: basic("x", token)]
)
def test_a_token_opens_the_layers_of_its_owner(client, token, commune, other_commune, present):
    SignalementFactory(commune=commune, reference="ici-même")
    SignalementFactory(commune=other_commune, reference="très-loin")
    query = {**CAPABILITIES, "REQUEST": "GetFeature", "VERSION": "2.0.0", "TYPENAMES": "signalements"}
    content = body(client.get("/wfs/", query, headers=present(token))).decode()
    assert "ici-même" in content
    assert "très-loin" not in content


def test_a_token_is_long_named_and_kept_as_a_digest_only(partner_user):
    token, text = tokens.issue(partner_user, "QGIS", [TokenScope.WFS], timezone.localdate())
    assert re.fullmatch(r"geo_[A-Za-z0-9_-]{43}", text)
    assert text not in repr(ApiToken.objects.filter(pk=token.pk).values().get())
    assert token_of(partner_user) != token_of(partner_user)


@pytest.mark.parametrize("scope", TokenScope)
@pytest.mark.parametrize("service", URLS)
def test_a_token_opens_its_services_only(client, partner_user, scope, service):
    response = client.get(URLS[service], headers=bearer(token_of(partner_user, scope)))
    assert response.status_code == (200 if scope is service else 403)
    if response.status_code == 403:
        text = exception_report(response) if service is TokenScope.WFS else response.json()["detail"]
        assert "n’ouvre pas ce service" in text


def test_answers_are_kept_by_nobody(client, token, partner_client):
    answers = (
        client.get("/wfs/", CAPABILITIES),
        client.get("/wfs/", CAPABILITIES, headers=bearer(token)),
        partner_client.get("/wfs/", CAPABILITIES),
    )
    for response in answers:
        assert response["Cache-Control"] == "private, no-store"
        assert "Authorization" in response["Vary"]
    tile = client.get("/tiles/communes/0/0/0.mvt", headers=bearer(token))
    assert "private" in tile["Cache-Control"]
    assert "Authorization" in tile["Vary"]


def test_a_tile_that_was_kept_takes_one_statement(client, partner_user, commune, django_assert_num_queries):
    """Who asks, how often, and whether anything was written since."""
    SignalementFactory(commune=commune, geom=point(5, 5))
    url = f"/tiles/signalements/{tile_at(16, point(5, 5))}.mvt"
    headers = bearer(token_of(partner_user, TokenScope.TILES))
    first = client.get(url, headers=headers)
    assert first.status_code == 200
    with django_assert_num_queries(1):
        assert client.get(url, headers=headers).content == first.content
    with django_assert_num_queries(1):
        assert client.get(url, headers=headers | {"If-None-Match": first["ETag"]}).status_code == 304


def test_a_session_is_enough(partner_client):
    assert partner_client.get("/wfs/", CAPABILITIES).status_code == 200


def test_no_session_is_opened(client, token):
    response = client.get("/wfs/", CAPABILITIES, headers=bearer(token))
    assert not response.cookies
    assert client.get("/").status_code == 302


REFUSED = {
    "unreadable": "Basic !!!",
    "no credentials": "Basic",
    "empty": "",
    "digest": "Digest abc",
    "no colon": "Basic " + base64.b64encode(b"no-colon").decode(),
    "not UTF-8": "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
    "nothing": "Basic " + base64.b64encode(b":").decode(),
    "empty bearer": "Bearer ",
    "accents": "Bearer é",
    "unknown": "Bearer geo_" + "A" * 43,
    "long": "Bearer " + "A" * 5000,
}


@pytest.mark.parametrize("header", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_token_is_refused(client, token, header):
    for url in URLS.values():
        response = client.get(url, headers={"Authorization": header})
        assert response.status_code == 401
        assert response["WWW-Authenticate"].startswith("Basic ")


def test_the_password_of_the_account_opens_nothing(client, partner_user):
    for url in URLS.values():
        assert status(client, basic("ici", PASSWORD), url) == 401


def test_a_token_in_the_address_is_not_read(client, token):
    for url in URLS.values():
        joint = "&" if "?" in url else "?"
        for name in ("token", "access_token", "acces", "key"):
            assert status(client, {}, f"{url}{joint}{name}={token}") == 401


def test_a_wrong_token_beats_a_session(partner_client):
    assert status(partner_client, bearer("geo_wrong")) == 401


def test_pages_take_no_token(client, administrator):
    headers = bearer(token_of(administrator))
    for url in ("/", "/gestion/", "/compte/jetons/", "/imports/"):
        assert status(client, headers, url) in (302, 404), url


def test_a_revoked_token_is_refused_at_once(client, partner_user, other_partner_user):
    text = token_of(partner_user)
    pk = partner_user.tokens.get().pk
    assert not tokens.revoke(other_partner_user, pk)
    assert status(client, bearer(text)) == 200
    assert tokens.revoke(partner_user, pk)
    assert not tokens.revoke(partner_user, pk)
    assert status(client, bearer(text)) == 401


def test_a_token_lasts_until_the_end_of_its_last_day(client, partner_user, at):
    at(2028, 2, 28, 23, 50)
    text = token_of(partner_user, days=1)
    at(2028, 2, 29, 23, 59, 59)
    assert status(client, bearer(text)) == 200
    at(2028, 3, 1, 0, 0, 1)
    assert status(client, bearer(text)) == 401


def test_no_token_lasts_more_than_a_year(partner_user):
    token_of(partner_user, days=366)
    with pytest.raises(IntegrityError, match="within_a_year"):
        token_of(partner_user, days=367)


def test_a_token_dies_with_the_account(client, partner_user):
    text = token_of(partner_user)
    partner_user.is_active = False
    partner_user.save()
    assert status(client, bearer(text)) == 401
    partner_user.delete()
    assert not ApiToken.objects.exists()
    assert status(client, bearer(text)) == 401


def test_rights_are_read_at_each_request(client, token, partner_user, commune):
    SignalementFactory(commune=commune)
    assert client.get("/api/v1/signalements/", headers=bearer(token)).json()["numberMatched"] == 1
    partner_user.partner.communes.clear()
    assert client.get("/api/v1/signalements/", headers=bearer(token)).json()["numberMatched"] == 0


def refusal(client, text: str) -> tuple[list[str], str, int]:
    with CaptureQueriesContext(connection) as queries:
        response = client.get("/api/v1/signalements/", headers=bearer(text))
    asked = [re.sub(r"'([0-9a-f]{64}|20\d\d-[^']+:[^']+)'", "GIVEN", query["sql"]) for query in queries]
    return asked, response.content.decode(), response.status_code


def test_unknown_expired_and_revoked_cannot_be_told_apart(client, partner_user):
    """Same words, and the same single query: neither an answer nor its time says what once existed."""
    expired, revoked, closed = (token_of(partner_user), token_of(partner_user), token_of(UserFactory()))
    ApiToken.objects.filter(digest=tokens.digest_of(expired)).update(
        created_on=timezone.localdate() - timedelta(days=9),
        expires_on=timezone.localdate() - timedelta(days=1),
    )
    ApiToken.objects.filter(digest=tokens.digest_of(revoked)).update(revoked_at=timezone.now())
    ApiToken.objects.get(digest=tokens.digest_of(closed)).user.delete()
    unknown = refusal(client, "geo_" + "A" * 43)
    assert (len(unknown[0]), unknown[2]) == (1, 401)
    for text in (expired, revoked, closed, "x"):
        assert refusal(client, text) == unknown


def test_the_last_use_is_written_once_a_day(client, token, partner_user, at):
    def updates() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert status(client, bearer(token)) == 200
        return sum(query["sql"].startswith('UPDATE "accounts_apitoken"') for query in queries)

    at(2026, 11, 26, 9)
    assert [updates(), updates(), updates()] == [1, 0, 0]
    assert partner_user.tokens.get().last_used_on.isoformat() == "2026-11-26"
    at(2026, 11, 27, 0, 1)
    assert [updates(), updates()] == [1, 0]
    assert partner_user.tokens.get().last_used_on.isoformat() == "2026-11-27"
