"""Sessions: Django's, with the person they belong to beside them."""

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from geo_lhi.accounts.models.users import User


class Session(AbstractBaseSession):
    """A session, whose person the base can join: one statement tells who asks and what they may read."""

    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        null=True,
        related_name="sessions",
        verbose_name="utilisateur",
    )

    class Meta(AbstractBaseSession.Meta):
        verbose_name = "session"
        verbose_name_plural = "sessions"

    @classmethod
    def get_session_store_class(cls) -> type:
        """Give the store that reads and writes them."""
        from geo_lhi.accounts.sessions import SessionStore

        return SessionStore
