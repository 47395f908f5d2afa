"""Who asks and within which perimeter, in one statement: it comes before every answer, tiles above all.

Written by hand: three statements of the ORM took longer than a tile that is kept. Nothing of it outlives a request:
what is revoked is revoked at the next one. Requests for tiles read in it also whether a tile that was kept still
stands (``layers.services.tile_revisions``).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from geo_lhi.accounts import limits
from geo_lhi.accounts.models import ApiToken, TokenScope, User
from geo_lhi.accounts.models.users import Perimeter
from layers.services.tile_revisions import REVISION

PERIMETER = """p.type, p.starts_on, p.ends_on,
    ARRAY(SELECT commune_id FROM layers_partner_communes WHERE partner_id = p.id
          UNION SELECT c.code FROM layers_partner_epcis e JOIN layers_commune c USING (epci_id)
          WHERE e.partner_id = p.id),
    ARRAY(SELECT zone_id FROM layers_partner_zones WHERE partner_id = p.id),
    ARRAY(SELECT zone_id FROM layers_partner_excluded_zones WHERE partner_id = p.id)"""
OF_SESSION = """
SELECT s.session_data, {user}, {perimeter}, {revision}
FROM accounts_session s
LEFT JOIN accounts_user u ON u.id = s.user_id LEFT JOIN layers_partner p ON p.id = u.partner_id
WHERE s.session_key = %s AND s.expire_date > %s
"""
# Their request is counted in the same statement, if it is for a service that they may ask
OF_CLIENT = """
WITH client AS ({client}), counted AS ({counting})
SELECT {token}, {user}, {perimeter}, {revision}, counted.count, counted.started_at
FROM client JOIN accounts_user u ON u.id = client.person LEFT JOIN accounts_apitoken t ON t.id = client.token
LEFT JOIN layers_partner p ON p.id = u.partner_id LEFT JOIN counted ON true
"""
CLIENT_KEY = """(
    SELECT md5(%(service)s::text || CASE WHEN token IS NULL THEN ' user ' || person ELSE ' token ' || token END)::uuid
        AS key FROM client WHERE opens
) AS keys"""
OF_BEARER = """
    SELECT t.id AS token, u.id AS person, %(service)s::text = ANY(t.scopes) AS opens
    FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id
    WHERE t.digest = %(digest)s AND t.revoked_at IS NULL AND t.expires_on >= %(day)s AND u.is_active
"""
OF_SIGNER = """
    SELECT t.id AS token, u.id AS person, true AS opens
    FROM accounts_user u LEFT JOIN accounts_apitoken t ON t.id = %(token)s::bigint AND t.user_id = u.id
        AND t.revoked_at IS NULL AND t.expires_on >= %(day)s
    WHERE u.id = %(person)s AND u.is_active AND (%(token)s::bigint IS NULL OR t.id IS NOT NULL)
"""
OF_PARTNER = "SELECT {perimeter} FROM layers_partner p WHERE p.id = %s"


def session_of(key: str | None, now: datetime, *, for_tiles: bool = False) -> tuple[str, User | None] | None:
    """Give what a session holds, still encoded, and the person it says it is of; None if it is over or unknown.

    Whether the session may speak for this person is for the caller to check (``sessions.user_of``).
    """
    row = _one(_statement(OF_SESSION, for_tiles), (key, now))
    if row is None:
        return None
    return row[0], _user(row[1:])


class Client(NamedTuple):
    """A client of the services: who it acts for, by which token, and the seconds to wait before its next request."""

    user: User
    token: ApiToken | None
    wait_s: int


def client_of(digest: str, service: TokenScope) -> Client | None:
    """Give the client that presents the token of this digest, and count its request to a service that it opens.

    None if the token is not usable today.
    """
    return _client(OF_BEARER, service, {"digest": digest})


def signer_of(person: int, token: int | None, service: TokenScope) -> Client | None:
    """Give the client that a signature names, and count its request.

    None if the account is closed, or the token that signed no longer usable.
    """
    return _client(OF_SIGNER, service, {"person": person, "token": token})


def _client(client: str, service: TokenScope, given: Mapping[str, Any]) -> Client | None:
    limit, now = limits.limit_of(service), timezone.now()
    day = timezone.localdate()
    row = _one(
        _statement(OF_CLIENT, service == TokenScope.TILES, client),
        {**given, "service": service.value, "day": day, "now": now, "before": now - limit.period},
    )
    if row is None:
        return None
    *row, count, started_at = row
    names = _names(ApiToken)
    user = _user(row[len(names) :])
    assert user is not None
    token = None
    if row[0] is not None:
        token = ApiToken.from_db(connection.alias, names, row[: len(names)])
        token.user = user
    return Client(user, token, 0 if count is None else limits.wait_s(limit, count, started_at, now))


def perimeter_of(partner: int) -> Perimeter | None:
    """Give the perimeter of a partner."""
    row = _one(_statement(OF_PARTNER, False), (partner,))
    return row and Perimeter(*row)


def _one(statement: str, given: Sequence[Any] | Mapping[str, Any]) -> Any:
    with connection.prepared_cursor() as cursor:  # type: ignore[attr-defined]
        cursor.execute(statement, given)
        return cursor.fetchone()


def _user(row: Sequence[Any]) -> User | None:
    names = _names(User)
    if row[0] is None:
        return None
    user = User.from_db(connection.alias, names, row[: len(names)])
    if user.partner_id is not None:
        user.perimeter = Perimeter(*row[len(names) : -1])
    user.tile_revision = row[-1]
    return user


@cache
def _statement(template: str, for_tiles: bool, client: str = "") -> str:
    return template.format(
        user=_columns("u", User),
        token=_columns("t", ApiToken),
        perimeter=PERIMETER,
        revision=f"({REVISION})" if for_tiles else "NULL",
        client=client,
        counting=limits.COUNTING.format(keys=CLIENT_KEY),
    )


@cache
def _names(model: type) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]  # type: ignore[attr-defined]


def _columns(alias: str, model: type) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)  # type: ignore[attr-defined]
