"""Query parameters as a page receives them."""

from django.http import HttpRequest

from layers.errors import InvalidFilter

LONGEST = 500


def read_parameters(request: HttpRequest) -> dict[str, str]:
    """Give the query parameters; a box ticked several times (``statut``) is joined by commas.

    Raises InvalidFilter for a value that no filter can hold: control characters, or too long.
    """
    parameters = {name: ",".join(request.GET.getlist(name)) for name in request.GET}
    for name, value in parameters.items():
        if len(value) > LONGEST or not value.isprintable():
            raise InvalidFilter(f"le paramètre {name[:20]!r} contient une valeur illisible")
    return parameters
