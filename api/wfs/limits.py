"""What a WFS request may not be, checked before the library reads it.

The library refuses document types too, but by an error that becomes a 500; it recurses once a level, and
compiles as many SQL conditions as the filter has.
"""

import math
from xml.parsers import expat

from django.http import HttpRequest, QueryDict
from gisserver.exceptions import InvalidParameterValue, OperationParsingFailed

from api.wfs.grammar import check_closed, check_opened, local_name

MAX_BODY_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_ELEMENTS = 400  # a filter on a hundred values
MAX_DIGITS = 9  # of a number of rows
NUMBERS = ("COUNT", "MAXFEATURES", "STARTINDEX")


def check_request(request: HttpRequest) -> None:
    """Raise an OWS exception for what would cost too much or mean nothing."""
    if request.method == "POST":
        if len(request.body) > MAX_BODY_BYTES:
            raise OperationParsingFailed(f"La requête dépasse {MAX_BODY_BYTES} octets.", locator="body")
        check_xml(request.body)
    check_parameters(request.GET)


def check_parameters(query: QueryDict) -> None:
    """Check the parameters of the address: printable, finite numbers, whole numbers, bounded filters."""
    for name, value in ((name.upper(), value) for name, value in query.items()):
        if "\0" in value:
            raise InvalidParameterValue("Caractère nul dans un paramètre.", locator=name)
        _check_number(name, value)
        if name == "BBOX":
            _check_bbox(value)
        if name == "FILTER":
            for filter_ in value.removeprefix("(").removesuffix(")").split(")("):
                check_xml(filter_.encode())


def check_xml(document: bytes) -> None:
    """Read a document for its shape alone: no document type, few elements, none too deep, filters that are whole."""
    elements = 0
    inside: list[tuple[str, list[str], list[str]]] = []  # name, children and text of the elements begun

    def opened(prefixed: str, attributes: dict[str, str]) -> None:
        nonlocal elements
        elements += 1
        name = local_name(prefixed)
        for attribute, value in attributes.items():
            _check_number(attribute.upper(), value)
        if inside:
            inside[-1][1].append(name)
        inside.append((name, [], []))
        if len(inside) > MAX_DEPTH or elements > MAX_ELEMENTS:
            raise OperationParsingFailed(
                f"Requête trop complexe : {MAX_ELEMENTS} éléments et {MAX_DEPTH} niveaux au plus."
            )
        check_opened(name, attributes)

    def read(text: str) -> None:
        inside[-1][2].append(text)

    def closed(prefixed: str) -> None:
        name, children, text = inside.pop()
        check_closed(name, children, "".join(text))

    def refused(*declaration: object) -> None:
        raise OperationParsingFailed("Les déclarations DOCTYPE sont refusées.")

    parser = expat.ParserCreate()
    parser.StartElementHandler = opened
    parser.EndElementHandler = closed
    parser.CharacterDataHandler = read
    parser.StartDoctypeDeclHandler = refused
    try:
        parser.Parse(document, True)
    except expat.ExpatError as error:
        raise OperationParsingFailed(f"XML illisible : {expat.ErrorString(error.code)}") from None


def _check_number(name: str, value: str) -> None:
    is_number = value.isascii() and value.isdigit() and len(value) <= MAX_DIGITS
    if name in NUMBERS and value and not is_number:
        raise InvalidParameterValue(f"{name} attend un nombre entier.", locator=name)


def _check_bbox(value: str) -> None:
    try:
        corners = [float(number) for number in value.strip("()").replace(")(", ",").split(",")[:4]]
    except ValueError:
        corners = []
    if len(corners) != 4 or not all(map(math.isfinite, corners)):
        raise InvalidParameterValue("BBOX attend quatre nombres finis.", locator="BBOX")
