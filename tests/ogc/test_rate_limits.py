"""How much a token may ask: counted in the database, by token and by service."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from geo_lhi.accounts import limits
from geo_lhi.accounts.models import RequestCount, TokenScope
from tests.factories import token_of
from tests.ogc.wfs import exception_report

WFS = "/wfs/?SERVICE=WFS&REQUEST=GetCapabilities"
API = "/api/v1/signalements/"
TILE = "/tiles/communes/0/0/0.mvt"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock(monkeypatch):
    """Stop the clock; gives the function that moves it on."""
    instant = [
        datetime(2026, 3, 29, 1, 59, 30, tzinfo=timezone.get_default_timezone())
    ]  # the hour skips soon
    monkeypatch.setattr(timezone, "now", lambda: instant[0])

    def move(**more: int) -> None:
        instant[0] = instant[0].astimezone(UTC) + timedelta(**more)

    return move


@pytest.fixture(autouse=True)
def _low_limits(settings):
    settings.REQUESTS_PER_MINUTE, settings.TILES_PER_MINUTE, settings.EXPORTS_PER_HOUR = 3, 5, 2


def ask(client, token: str, url: str):
    return client.get(url, headers={"Authorization": f"Bearer {token}"})


def test_past_the_limit_the_client_is_told_when_to_come_back(client, partner_user, clock):
    token = token_of(partner_user)
    assert [ask(client, token, API).status_code for _ in range(4)] == [200, 200, 200, 429]
    clock(seconds=20)
    response = ask(client, token, API)
    assert (response.status_code, response["Retry-After"]) == (429, "40")
    assert "3 au plus" in response.json()["detail"]
    clock(seconds=40)
    assert ask(client, token, API).status_code == 200


def test_a_service_does_not_spend_what_another_may(client, partner_user, clock):
    token = token_of(partner_user)
    assert [ask(client, token, WFS).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert "réessayez dans 60 s" in exception_report(ask(client, token, WFS))
    assert ask(client, token, API).status_code == 200
    statuses = [ask(client, token, TILE).status_code for _ in range(6)]
    assert 429 not in statuses[:5]
    assert statuses[5] == 429


def test_a_token_does_not_spend_what_another_may(client, partner_user, clock):
    first, second = token_of(partner_user), token_of(partner_user)
    assert [ask(client, first, API).status_code for _ in range(4)][-1] == 429
    assert ask(client, second, API).status_code == 200


def test_a_session_is_not_counted(partner_client, clock):
    assert [partner_client.get(API).status_code for _ in range(5)] == [200] * 5
    assert not RequestCount.objects.exists()


def test_counting_takes_one_statement(db, django_assert_num_queries):
    with django_assert_num_queries(1):
        limits.spend({"one": 3, "two": 3}, MINUTE)


def test_the_first_name_past_its_limit_makes_all_wait(db, clock):
    assert limits.spend({"name": 1, "address": 5}, MINUTE) == 0
    assert limits.spend({"name": 1, "address": 5}, MINUTE) == 60
    assert limits.spend({"other name": 1, "address": 5}, MINUTE) == 0
    limits.give_back(["name", "address"])
    limits.give_back(["name", "never counted"])
    assert limits.spend({"name": 1}, MINUTE) == 0


def test_counts_hold_neither_names_nor_a_write_ahead_log(db):
    limits.spend({"jeanne@example.fr": 3}, MINUTE)
    assert "jeanne" not in repr(list(RequestCount.objects.values()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'accounts_requestcount'")
        assert cursor.fetchone() == ("u",)


def test_old_counts_are_removed(db, clock):
    limits.spend({"old": 3}, MINUTE)
    clock(days=1, seconds=1)
    limits.spend({"new": 3}, MINUTE)
    assert limits.forget_old_counts() == 1
    assert RequestCount.objects.count() == 1


def test_each_service_has_its_limit(settings):
    assert limits.limit_of(TokenScope.EXPORT) == limits.Limit(2, timedelta(hours=1))
    assert limits.limit_of(TokenScope.TILES) == limits.Limit(5, MINUTE)
    assert limits.limit_of(TokenScope.WFS) == limits.limit_of(TokenScope.OGC) == limits.Limit(3, MINUTE)


@pytest.mark.django_db(transaction=True)
def test_requests_at_the_same_time_are_all_counted():
    def spend(_: int) -> int:
        try:
            return limits.spend({"name": 30, "address": 100}, MINUTE)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(spend, range(40)))
    assert sum(wait == 0 for wait in waits) == 30
