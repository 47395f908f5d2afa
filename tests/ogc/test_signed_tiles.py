"""Addresses of tiles that carry their own right: what they open, for whom, until when."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import signing
from django.utils import timezone

from geo_lhi.accounts import signed_tiles, tokens
from geo_lhi.accounts.models import TokenScope
from geo_lhi.accounts.scopes import scope_of
from tests.factories import SignalementFactory, point, token_of
from tests.mvt import decode, tile_at

PLACE = tile_at(16, point(5, 5))
TILE = f"/tiles/signalements/{PLACE}.mvt"


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    """Stop the clock; gives the function that moves it on."""
    instant = [datetime(2026, 12, 31, 22, 30, tzinfo=UTC)]  # the year changes within the hour, in Paris
    monkeypatch.setattr(timezone, "now", lambda: instant[0])

    def move(**more: int) -> None:
        instant[0] += timedelta(**more)

    return move


def signed_url(client, layer: str = "signalements", **headers: str) -> str:
    """Give the address of the tile at the origin, as the signed TileJSON tells it."""
    document = client.get(f"/tiles/{layer}.json?statut=ACTIVE&signer=1", headers=headers).json()
    return document["tiles"][0].replace("{z}/{x}/{y}", PLACE).removeprefix("http://testserver")


def test_the_address_opens_the_tiles_of_its_owner(client, partner_client, commune, other_commune, clock):
    mine = SignalementFactory(commune=commune, status="ACTIVE", geom=point(5, 5))
    SignalementFactory(commune=other_commune, status="ACTIVE", geom=point(6, 6))
    url = signed_url(partner_client)
    assert url.startswith(f"{TILE}?statut=ACTIVE&acces=")
    response = client.get(url)
    assert [report["id"] for report in decode(response.content)["signalements"]] == [mine.pk]
    assert "private" in response["Cache-Control"]
    assert not response.cookies


def test_a_tile_that_was_kept_takes_one_statement(
    client, partner_client, partner_user, commune, django_assert_num_queries, clock
):
    SignalementFactory(commune=commune, status="ACTIVE", geom=point(5, 5))
    by_token = {"authorization": f"Bearer {token_of(partner_user, TokenScope.TILES)}"}
    for url in (signed_url(partner_client), signed_url(client, **by_token)):
        first = client.get(url)
        assert first.status_code == 200
        with django_assert_num_queries(1):
            assert client.get(url).content == first.content


def test_a_token_and_the_addresses_that_it_signed_are_counted_together(client, partner_user, settings, clock):
    headers = {"authorization": f"Bearer {token_of(partner_user, TokenScope.TILES)}"}
    settings.TILES_PER_MINUTE = 3
    url = signed_url(client, **headers)
    statuses = [client.get(url).status_code, client.get(TILE, headers=headers).status_code]
    assert [*statuses, client.get(url).status_code] == [204, 204, 429]


def test_it_lasts_an_hour(client, partner_client, clock):
    url = signed_url(partner_client)
    clock(seconds=signed_tiles.LASTS_S - 1)
    assert client.get(url).status_code == 204
    clock(seconds=2)
    response = client.get(url)
    assert response.status_code == 401
    assert "Adresse signée refusée" in response.json()["detail"]


def test_it_opens_its_layers_only(client, partner_client, clock):
    url = signed_url(partner_client)
    assert client.get(url.replace("/signalements/", "/arretes/")).status_code == 401
    query = url.partition("?")[2]
    for other in ("/wfs/?SERVICE=WFS&REQUEST=GetCapabilities&", "/api/v1/signalements/?"):
        assert client.get(other + query).status_code == 401


def test_the_description_of_tiles_does_not_make_it_last(client, partner_client, clock):
    query = signed_url(partner_client).partition("?")[2]
    told = client.get(f"/tiles/signalements.json?signer=1&{query}")
    assert told.status_code == 200
    assert "acces=" not in told.json()["tiles"][0]


@pytest.mark.parametrize(
    "change", [lambda text: text[:-1], lambda text: "A" + text, lambda text: "", str.upper]
)
def test_a_changed_signature_is_refused(client, partner_client, clock, change):
    before, _, signature = signed_url(partner_client).partition("acces=")
    assert client.get(f"{before}acces={change(signature)}").status_code == 401


def test_another_use_of_the_same_key_signs_no_tile(client, partner_user, clock):
    until = int(timezone.now().timestamp()) + 60
    claims = {
        "user": partner_user.pk,
        "token": None,
        "layers": ["signalements"],
        "until": until,
        "rights": scope_of(partner_user).version,
    }
    assert client.get(f"{TILE}?acces={signing.dumps(claims)}").status_code == 401
    assert client.get(f"{TILE}?acces={signing.dumps(claims, salt=signed_tiles.SALT)}").status_code == 204


def test_it_ends_with_the_rights(client, partner_client, partner_user, other_commune, clock):
    url = signed_url(partner_client)
    partner_user.partner.communes.add(other_commune)
    assert client.get(url).status_code == 401


def test_it_ends_with_the_account(client, partner_client, partner_user, clock):
    url = signed_url(partner_client)
    partner_user.is_active = False
    partner_user.save()
    assert client.get(url).status_code == 401


def test_it_ends_with_the_token_that_made_it(client, partner_user, clock):
    url = signed_url(client, authorization=f"Bearer {token_of(partner_user, TokenScope.TILES)}")
    assert client.get(url).status_code == 204
    tokens.revoke(partner_user, partner_user.tokens.get().pk)
    assert client.get(url).status_code == 401


def test_it_counts_for_whoever_signed(client, partner_client, settings, clock):
    settings.TILES_PER_MINUTE = 2
    url = signed_url(partner_client)
    assert [client.get(url).status_code for _ in range(3)] == [204, 204, 429]
