"""Sessions that are read with the person they are of, in one statement (``reading``)."""

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends import db
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from geo_lhi.accounts import reading
from geo_lhi.accounts.models import Session, User


class SessionStore(db.SessionStore):
    """Django's sessions in the base, with the person beside."""

    person: User | None = None
    """Who the row says it is of, once it was read; believed by nobody but ``user_of``."""
    for_tiles = False
    """Said before it is read: whether the request is for tiles."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """Give the model of the rows."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """Write the person beside what the session holds."""
        session = super().create_model_instance(data)
        session.user_id = data.get(SESSION_KEY)  # type: ignore[attr-defined]
        return session  # type: ignore[return-value]

    def load(self) -> dict[str, Any]:
        """Read the session, and its person."""
        found = reading.session_of(self.session_key, timezone.now(), for_tiles=self.for_tiles)
        if found is None:
            self._session_key = None
            return {}
        data, self.person = found
        return self.decode(data)


class SessionUserMiddleware(AuthenticationMiddleware):
    """Django's, without another statement for the person."""

    def process_request(self, request: HttpRequest) -> None:
        """Give the request its ``user``, read when it is asked for."""
        super().process_request(request)
        request.user = SimpleLazyObject(lambda: user_of(request))  # type: ignore[assignment]


def user_of(request: HttpRequest) -> User | AnonymousUser:
    """Give the person of the session.

    They are who Django would accept: the signed content of the session names them, by a backend that is still in
    use, they are active, and their password is the one they signed in with. Whatever is otherwise, a change of the
    secret key included, is for Django to decide.
    """
    session = request.session
    backend, stamp = session.get(BACKEND_SESSION_KEY), session.get(HASH_SESSION_KEY)
    person = session.person  # type: ignore[attr-defined]  # read by the line above
    if (
        person is not None
        and person.is_active
        and session.get(SESSION_KEY) == str(person.pk)
        and backend in settings.AUTHENTICATION_BACKENDS
        and stamp
        and constant_time_compare(stamp, person.get_session_auth_hash())
    ):
        return person
    return get_user(request)
