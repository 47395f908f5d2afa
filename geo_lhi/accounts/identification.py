"""Who a GIS client acts for: an access token in the header, or a signature in the address of a tile.

A token comes as ``Authorization: Bearer``, or as the password of HTTP Basic, which is what QGIS and GDAL can send;
the name beside it is not read. Passwords of accounts are not accepted here (docs/adr/0027).
"""

import base64
import binascii

from django.http import HttpRequest, HttpResponse

from geo_lhi.accounts import limits, signed_tiles, tokens
from geo_lhi.accounts.access import TokenUse
from geo_lhi.accounts.models import TokenScope
from geo_lhi.accounts.reading import Client

CHALLENGE = 'Basic realm="geo_lhi", charset="UTF-8"'
ASKED = "Identifiez-vous par un jeton d’accès : il se crée sur le site, page « Mes accès »."
REFUSED = "Jeton d’accès refusé : il est inconnu, expiré ou révoqué."
SIGNATURE_REFUSED = "Adresse signée refusée : elle n’est plus valable, ou ne l’est pas pour cette couche."


def identify(request: HttpRequest, use: TokenUse, signed: str = "") -> HttpResponse | None:
    """Put the user of the token in ``request.user`` and the token in ``request.api_token``.

    ``signed`` is what a signature in the address must name. Gives the answer to send instead: 401 when what is
    presented is not valid, 403 when the token was not made for this service, 429 past its limit. A request that
    presents nothing is left as it is.
    """
    signature = request.GET.get(signed_tiles.PARAMETER)
    header = request.headers.get("Authorization")
    if header is not None:
        client = tokens.recognise(_secret(header), use.scope)
        if client is None or client.token is None:
            return ask(use, REFUSED)
        if use.scope not in client.token.scopes:
            label = TokenScope(use.scope).label
            return use.says(403, f"Ce jeton n’ouvre pas ce service ({label}) : créez-en un qui l’ouvre.")
        _recognised(request, client)
    elif use.scope == TokenScope.TILES and signature is not None:
        found = signed_tiles.read(signature, signed)
        if found is None:
            return ask(use, SIGNATURE_REFUSED)
        client, rights = found
        _recognised(request, client)
        if request.read_scope.version != rights:
            return ask(use, SIGNATURE_REFUSED)
    else:
        return None
    return _past_limit(use, client.wait_s)


def ask(use: TokenUse, sentence: str = ASKED) -> HttpResponse:
    """Answer 401, with the challenge that makes a GIS client ask for a token."""
    response = use.says(401, sentence)
    response["WWW-Authenticate"] = CHALLENGE
    return response


def _recognised(request: HttpRequest, client: Client) -> None:
    request.user = client.user
    request.api_token = client.token


def _past_limit(use: TokenUse, wait_s: int) -> HttpResponse | None:
    """Answer a client that has to wait."""
    if not wait_s:
        return None
    limit = limits.limit_of(use.scope)
    response = use.says(429, f"Trop de requêtes : {limit.requests} au plus, réessayez dans {wait_s} s.")
    response["Retry-After"] = str(wait_s)
    return response


def _secret(header: str) -> str:
    """Give the token of an Authorization header; a text that is no token when there is none to read."""
    scheme, _, given = header.strip().partition(" ")
    if scheme.lower() == "bearer":
        return given.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(given, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return ""
    return ""
