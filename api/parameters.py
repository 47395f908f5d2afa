"""Query parameters, read strictly: a misspelt filter would be a wrong figure that nobody sees."""

from collections.abc import Iterable

from django.http import QueryDict

from layers.errors import InvalidFilter

FORMAT = "format"  # content negotiation of the REST framework


def read_parameters(query: QueryDict, known: Iterable[str]) -> dict[str, str]:
    """Give the parameters by name; raises InvalidFilter for an unknown, repeated or unprintable one."""
    known = sorted(known)
    for name, values in query.lists():
        if name not in known and name != FORMAT:
            raise InvalidFilter(f"paramètre inconnu : {name[:40]!r} (connus : {', '.join(known)})")
        if len(values) > 1:
            raise InvalidFilter(f"{name} est donné {len(values)} fois")
    return printable(query)


def printable(query: QueryDict) -> dict[str, str]:
    """Give the last value of each parameter; raises InvalidFilter for control characters (NUL stops SQL)."""
    for name, value in query.items():
        if not value.isprintable():
            raise InvalidFilter(f"{name[:40]!r} contient un caractère de contrôle")
    return query.dict()
