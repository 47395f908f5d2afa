"""Who a session speaks for: read in one statement, believed as Django would, and no longer than it should."""

from datetime import timedelta

import pytest
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from geo_lhi.accounts.models import Session
from geo_lhi.accounts.scopes import scope_of
from geo_lhi.accounts.sessions import SessionStore, user_of
from geo_lhi.accounts.tasks import tidy_accounts
from tests.factories import PASSWORD, CommuneFactory

PAGE = "/tiles/communes.json"


def request_of(client, rf):
    """Give a request that has the session of a client, as the middlewares see it."""
    request = rf.get(PAGE)
    request.COOKIES = {name: morsel.value for name, morsel in client.cookies.items()}
    SessionMiddleware(lambda request: None).process_request(request)
    return request


def test_one_statement_tells_the_person_and_what_they_read(partner_client, partner_user, rf):
    with CaptureQueriesContext(connection) as asked:
        user = user_of(request_of(partner_client, rf))
        scope = scope_of(user)
    assert len(asked) == 1
    partner_user.refresh_from_db()
    assert user == partner_user
    assert (
        user.__dict__.items()
        >= {f.attname: getattr(partner_user, f.attname) for f in user._meta.fields}.items()
    )
    assert scope == scope_of(partner_user)


def test_what_changes_is_read_at_the_next_request(partner_client, partner_user, rf):
    other = CommuneFactory()
    partner_user.partner.communes.add(other)
    assert other.code in scope_of(user_of(request_of(partner_client, rf))).communes
    partner_user.partner.communes.clear()
    assert not scope_of(user_of(request_of(partner_client, rf))).communes


def close_account(user):
    user.is_active = False
    user.save()


def change_password(user):
    user.set_password("une autre phrase secrète")
    user.save()


def let_it_expire(user):
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


@pytest.mark.parametrize("end", [close_account, change_password, let_it_expire, lambda user: user.delete()])
def test_a_session_ends(partner_client, partner_user, end):
    assert partner_client.get(PAGE).status_code == 200
    end(partner_user)
    assert partner_client.get(PAGE).status_code == 401


def test_the_row_is_not_believed_against_the_signed_content(partner_client, partner_user, administrator, rf):
    """Whoever could write the column could not become someone else."""
    Session.objects.update(user=administrator)
    assert user_of(request_of(partner_client, rf)) == partner_user
    Session.objects.update(user=None)
    assert user_of(request_of(partner_client, rf)) == partner_user


def test_a_session_without_a_stamp_is_nobody(partner_client, rf):
    store = SessionStore(partner_client.cookies["sessionid"].value)
    del store[HASH_SESSION_KEY]
    store.save()
    assert user_of(request_of(partner_client, rf)) == AnonymousUser()


def test_a_session_outlives_a_change_of_the_secret_key(client, partner_user, settings):
    assert (
        client.post("/connexion/", {"username": partner_user.username, "password": PASSWORD}).status_code
        == 302
    )
    with override_settings(SECRET_KEY="a new one" * 6, SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert client.get(PAGE).status_code == 200
    with override_settings(SECRET_KEY="a third one" * 6, SECRET_KEY_FALLBACKS=[]):
        assert client.get(PAGE).status_code == 401


def test_a_made_up_session_is_nobody(db, client):
    client.cookies["sessionid"] = "0" * 32
    assert client.get(PAGE).status_code == 401


def test_sessions_that_are_over_are_removed(partner_user, administrator):
    for user in (partner_user, administrator):
        Client().force_login(user)
    Session.objects.filter(user=partner_user).update(expire_date=timezone.now() - timedelta(days=1))
    tidy_accounts(0)
    assert list(Session.objects.values_list("user", flat=True)) == [administrator.pk]
