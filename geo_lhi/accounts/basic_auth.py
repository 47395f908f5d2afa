"""HTTP Basic for GIS clients, which send the password with each request.

Checking a password takes half a second of processor by design: a right answer is remembered a few minutes, under
a digest that only this server can compute, and forgotten as soon as the password changes.
"""

import base64
import binascii

from django.contrib.auth import authenticate
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from geo_lhi.accounts.models import User

CHALLENGE = 'Basic realm="geo_lhi", charset="UTF-8"'
REMEMBERED_S = 300
LOCKED_S = 300
ATTEMPTS = {"name": 10, "address": 50}  # wrong passwords in LOCKED_S for one name, for one address


def identify(request: HttpRequest) -> HttpResponse | None:
    """Put the user in ``request.user``, by the Authorization header, else by the session.

    Gives the answer to send instead when nobody is recognised: 401, or 429 after too many wrong passwords.
    """
    header = request.headers.get("Authorization")
    if header is None:
        return None if request.user.is_authenticated else _refused("Identifiez-vous.")
    credentials = _credentials(header)
    if credentials is None:
        return _refused("L’identification attendue est HTTP Basic.")
    name, password = credentials
    user = _remembered(name, password)
    if user is None:
        counters = _counters(request, name)
        if any(cache.get(counter, 0) >= limit for counter, limit in counters.items()):
            return _locked()
        user = authenticate(request, username=name, password=password)
        if user is None:
            for counter in counters:
                cache.add(counter, 0, LOCKED_S)
                cache.incr(counter)
            return _refused("Identifiant ou mot de passe refusé.")
        cache.set(_key(name, password), (user.pk, user.get_session_auth_hash()), REMEMBERED_S)
    request.user = user
    return None


def _credentials(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    try:
        name, colon, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (name, password) if scheme.lower() == "basic" and colon and name.isprintable() else None


def _remembered(name: str, password: str) -> User | None:
    pk, auth_hash = cache.get(_key(name, password), (None, ""))
    user = User.objects.filter(pk=pk, is_active=True).first() if pk else None
    return user if user and user.get_session_auth_hash() == auth_hash else None


def _key(name: str, password: str) -> str:
    digest = salted_hmac("geo_lhi.accounts.basic_auth", f"{name}\0{password}", algorithm="sha256")
    return f"basic-auth:{digest.hexdigest()}"


def _counters(request: HttpRequest, name: str) -> dict[str, int]:
    address = request.META.get("REMOTE_ADDR", "")
    digest = salted_hmac("geo_lhi.accounts.basic_auth.name", f"{address}\0{name}", algorithm="sha256")
    return {
        f"basic-auth-name:{digest.hexdigest()}": ATTEMPTS["name"],
        f"basic-auth-address:{address}": ATTEMPTS["address"],
    }


def _refused(sentence: str) -> HttpResponse:
    return _text(sentence, 401, {"WWW-Authenticate": CHALLENGE})


def _locked() -> HttpResponse:
    return _text("Trop d’essais : patientez quelques minutes.", 429, {"Retry-After": str(LOCKED_S)})


def _text(sentence: str, status: int, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(sentence, status=status, headers=headers, content_type="text/plain; charset=utf-8")
