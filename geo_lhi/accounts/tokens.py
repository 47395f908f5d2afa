"""Issue, recognise and revoke access tokens."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from geo_lhi.accounts import reading
from geo_lhi.accounts.models import ApiToken, TokenScope, User

PREFIX = "geo_"  # tells people, and programs that look for leaked secrets, what the text is
SECRET_BYTES = 32


def issue(user: User, name: str, scopes: Iterable[TokenScope], expires_on: date) -> tuple[ApiToken, str]:
    """Create a token; its text is given here and never again."""
    text = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken.objects.create(
        user=user, name=name, scopes=list(scopes), expires_on=expires_on, digest=digest_of(text)
    )
    return token, text


def recognise(text: str, service: TokenScope) -> reading.Client | None:
    """Give the client that presents this text, if it is a usable token, and note the day of its use.

    Its request to ``service`` is counted, if the token opens it. Unknown, expired and revoked cost the same single
    query. A fast digest is enough: there are 256 random bits to guess, unlike in a password.
    """
    client = reading.client_of(digest_of(text), service)
    today = timezone.localdate()
    if client and client.token and client.token.last_used_on != today:
        used = ApiToken.objects.filter(pk=client.token.pk).exclude(last_used_on=today)
        used.update(last_used_on=today)
    return client


def revoke(user: User, pk: int) -> bool:
    """Close a token of ``user`` at once; False when there was none to close."""
    return bool(user.tokens.filter(pk=pk, revoked_at=None).update(revoked_at=timezone.now()))


def digest_of(text: str) -> str:
    """Give the digest that is kept in place of a token."""
    return hashlib.sha256(text.encode()).hexdigest()
