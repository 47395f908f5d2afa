"""Who asks and within which perimeter, in one statement: it comes before every answer, tiles above all.

Written by hand: three statements of the ORM took longer than a tile that is kept. Nothing of it outlives a request:
what is revoked is revoked at the next one. Requests for tiles read in it also whether a tile that was kept still
stands (``layers.services.tile_revisions``).
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from django.db import connection

from geo_lhi.accounts.models import ApiToken, User
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
OF_CLIENT = """
SELECT {token}, {user}, {perimeter}, {revision}
FROM accounts_apitoken t JOIN accounts_user u ON u.id = t.user_id LEFT JOIN layers_partner p ON p.id = u.partner_id
WHERE t.digest = %s AND t.revoked_at IS NULL AND t.expires_on >= %s AND u.is_active
"""
OF_PERSON = """
SELECT {user}, {perimeter}, {revision} FROM accounts_user u LEFT JOIN layers_partner p ON p.id = u.partner_id
WHERE u.id = %s AND u.is_active
"""
OF_PARTNER = "SELECT {perimeter} FROM layers_partner p WHERE p.id = %s"


def session_of(key: str | None, now: datetime, *, for_tiles: bool = False) -> tuple[str, User | None] | None:
    """Give what a session holds, still encoded, and the person it says it is of; None if it is over or unknown.

    Whether the session may speak for this person is for the caller to check (``sessions.user_of``).
    """
    row = _one(_statement(OF_SESSION, for_tiles), key, now)
    if row is None:
        return None
    return row[0], _user(row[1:])


def token_of(digest: str, day: date, *, for_tiles: bool = False) -> ApiToken | None:
    """Give the token of this digest, with its owner, if it is usable that day."""
    row = _one(_statement(OF_CLIENT, for_tiles), digest, day)
    if row is None:
        return None
    names = _names(ApiToken)
    token = ApiToken.from_db(connection.alias, names, row[: len(names)])
    token.user = _user(row[len(names) :])  # type: ignore[assignment]
    return token


def user_of(pk: int, *, for_tiles: bool = False) -> User | None:
    """Give a person whose account is open."""
    row = _one(_statement(OF_PERSON, for_tiles), pk)
    return row and _user(row)


def perimeter_of(partner: int) -> Perimeter | None:
    """Give the perimeter of a partner."""
    row = _one(_statement(OF_PARTNER, False), partner)
    return row and Perimeter(*row)


def _one(statement: str, *given: str | int | date | None) -> Any:
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
def _statement(template: str, for_tiles: bool) -> str:
    return template.format(
        user=_columns("u", User),
        token=_columns("t", ApiToken),
        perimeter=PERIMETER,
        revision=f"({REVISION})" if for_tiles else "NULL",
    )


@cache
def _names(model: type) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]  # type: ignore[attr-defined]


def _columns(alias: str, model: type) -> str:
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)  # type: ignore[attr-defined]
