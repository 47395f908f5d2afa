"""Addresses of tiles that carry their own right, for maps that cannot send a header; they last an hour.

The signature names who asks, the layers, the hour and the rights of that moment. Rights that change, an account or
a token that is closed, end it before its hour.
"""

from collections.abc import Iterable

from django.core import signing
from django.http import HttpRequest
from django.utils import timezone

from geo_lhi.accounts import reading
from geo_lhi.accounts.models import ApiToken, TokenScope, User
from layers.scope import Scope

PARAMETER = "acces"
ASKED = "signer"
LASTS_S = 3600
SALT = "geo_lhi.accounts.signed_tiles"


def sign(user: User, layers: Iterable[str], scope: Scope, token: ApiToken | None = None) -> str:
    """Give the text to add to the addresses of the tiles of ``layers``; ``scope`` is the user's."""
    claims = {
        "user": user.pk,
        "token": token.pk if token else None,
        "layers": sorted(layers),
        "until": int(timezone.now().timestamp()) + LASTS_S,
        "rights": scope.version,
    }
    return signing.dumps(claims, salt=SALT)


def signature_for(request: HttpRequest, layer: str) -> dict[str, str]:
    """Give what to add to the addresses of the tiles that a document tells: a signature if it was asked for.

    Nothing for whoever comes with one: what is signed is not signed again for longer.
    """
    scope = request.read_scope  # type: ignore[attr-defined]
    if not request.GET.get(ASKED) or PARAMETER in request.GET or scope.public:
        return {}
    return {PARAMETER: sign(request.user, [layer], scope, request.api_token)}  # type: ignore[attr-defined,arg-type]


def read(text: str, layer: str) -> tuple[reading.Client, str] | None:
    """Give who a signature for ``layer`` names, with the rights of that moment, and count their request.

    None when it is not valid. The caller compares the rights with those of today.
    """
    try:
        claims = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return None
    if claims["until"] < timezone.now().timestamp() or layer not in claims["layers"]:
        return None
    client = reading.signer_of(claims["user"], claims["token"], TokenScope.TILES)
    return (client, claims["rights"]) if client else None
