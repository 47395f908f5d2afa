"""What real clients ask of the live server, and how it answers them."""

from dataclasses import dataclass

from django.http import HttpResponse


@dataclass(frozen=True)
class Exchange:
    """A request, its parameters with their names in capitals, and its answer."""

    method: str
    path: str
    parameters: dict[str, str]
    answer: HttpResponse


def assert_refused(exchanges: list[Exchange], *challenges: str) -> None:
    """Check that a client was answered, each time, that it must identify itself, and by which of the ways."""
    assert exchanges
    for exchange in exchanges:
        assert exchange.answer.status_code == 401, exchange.path
        assert exchange.answer["WWW-Authenticate"].partition(" ")[0] in challenges, exchange.path
