"""Guessing passwords at the sign-in page: how soon it stops, and for whom."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import authenticate
from django.utils import timezone

from geo_lhi.accounts.addresses import client_address
from tests.factories import PASSWORD, UserFactory


@pytest.fixture
def clock(monkeypatch):
    """Stop the clock; gives the function that moves it on."""
    instant = [datetime(2026, 11, 25, 9, tzinfo=UTC)]
    monkeypatch.setattr(timezone, "now", lambda: instant[0])

    def move(**more: int) -> None:
        instant[0] += timedelta(**more)

    return move


@pytest.fixture
def user(db):
    return UserFactory(username="ici")


def sign_in(client, name: str, password: str, address: str = "192.0.2.1"):
    form = {"username": name, "password": password}
    return client.post("/connexion/", form, REMOTE_ADDR=address)


def test_after_ten_wrong_passwords_the_name_waits(client, user, clock):
    assert [sign_in(client, "ici", f"wrong-{n}").status_code for n in range(10)] == [200] * 10
    clock(minutes=4, seconds=30)
    response = sign_in(client, "ici", PASSWORD)
    assert (response.status_code, response["Retry-After"]) == (429, "630")
    assert "réessayez dans 11 minutes" in response.content.decode()
    clock(minutes=10, seconds=30)
    assert sign_in(client, "ici", PASSWORD).status_code == 302


def test_a_name_locked_by_one_address_opens_from_another(client, user, clock):
    for n in range(11):
        sign_in(client, "ici", f"wrong-{n}", "198.51.100.7")
    assert sign_in(client, "ici", PASSWORD).status_code == 302


def test_past_the_limit_no_password_is_checked(client, user, clock, monkeypatch):
    checked = []
    monkeypatch.setattr(
        "django.contrib.auth.forms.authenticate",
        lambda *args, **kwargs: checked.append(1) or authenticate(*args, **kwargs),
    )
    for n in range(15):
        sign_in(client, "ici", f"wrong-{n}")
    assert len(checked) == 10


def test_an_address_that_tries_many_names_waits(client, user, clock):
    for n in range(50):
        assert sign_in(client, f"name-{n}", "wrong").status_code == 200
    assert sign_in(client, "ici", PASSWORD).status_code == 429


def test_an_office_that_signs_in_does_not_lock_itself_out(client, user, clock):
    for _ in range(60):
        assert sign_in(client, "ici", PASSWORD).status_code == 302
        client.logout()


@pytest.mark.parametrize(
    ("behind_proxy", "remote", "forwarded", "expected"),
    [
        (False, "192.0.2.1", "203.0.113.9", "192.0.2.1"),
        (True, "127.0.0.1", "203.0.113.9", "203.0.113.9"),
        (True, "127.0.0.1", "10.0.0.1, 203.0.113.9", "203.0.113.9"),
        (True, "127.0.0.1", None, "127.0.0.1"),
        (True, "127.0.0.1", "a; DROP", "unknown"),
        (False, "2001:db8:1:2:3:4:5:6", None, "2001:db8:1:2::/64"),
        (False, "", None, "unknown"),
    ],
)
def test_only_the_proxy_says_where_a_request_comes_from(
    rf, settings, behind_proxy, remote, forwarded, expected
):
    settings.BEHIND_PROXY = behind_proxy
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    assert client_address(rf.get("/", headers=headers, REMOTE_ADDR=remote)) == expected
