"""The access rule of each URL, declared beside its view.

``@access(Access.SIGNED_IN)`` on a view, or one line of ``NAMESPACES`` for the views of a library. A URL without
a rule answers 403 to everyone: the middleware closes what nobody thought of.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeVar

from django.urls import ResolverMatch

from geo_lhi.accounts.models import TokenScope
from geo_lhi.accounts.refusals import Refusal, problem

View = TypeVar("View", bound=Callable)


class Access(Enum):
    """Who may open a URL."""

    PUBLIC = "tout le monde"
    SIGNED_IN = "personnes connectées ; les autres sont renvoyées vers la page de connexion"
    MACHINE = "personnes connectées ; les autres reçoivent une erreur 401"
    GIS = "personnes connectées, ou clients munis d’un jeton ; les autres reçoivent une erreur 401"
    IMPORTER = (
        "personnes qui ont le droit d’importer des fichiers (layers.import_files), administrateurs compris"
    )
    ADMINISTRATOR = "administrateurs"


NAMESPACES = {"admin": Access.ADMINISTRATOR}


@dataclass(frozen=True)
class TokenUse:
    """The scope that a token needs at a URL, and how a client is refused there."""

    scope: TokenScope
    says: Refusal
    signed: str = ""
    """What a signature in the address must name, from the arguments of the URL; empty: none opens it."""


def access(
    rule: Access, tokens: TokenScope | None = None, says: Refusal = problem, signed: str = ""
) -> Callable[[View], View]:
    """Declare the access rule of a view (function, or the function of ``as_view()``).

    ``tokens`` is the scope of the access tokens that also open it, none by default; ``signed`` is what a signed
    address names (``TokenUse``).
    """

    def declare(view: View) -> View:
        view.access_rule = rule  # type: ignore[attr-defined]
        view.token_use = TokenUse(tokens, says, signed) if tokens else None  # type: ignore[attr-defined]
        return view

    return declare


def token_use_of(match: ResolverMatch) -> TokenUse | None:
    """Say which tokens open a resolved URL; None if no token does."""
    return None if rule_of(match) in (None, Access.PUBLIC) else getattr(match.func, "token_use", None)


def rule_of(match: ResolverMatch) -> Access | None:
    """Give the rule declared for a resolved URL, None if nobody declared one."""
    for namespace in match.namespaces:
        if namespace in NAMESPACES:
            return NAMESPACES[namespace]
    return getattr(match.func, "access_rule", None)
