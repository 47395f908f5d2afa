"""What an element of a filter may hold, checked while the document is read.

The library ignores what is in excess (the second condition under a negation, the second filter of a query), and
reads a spatial operator without a shape as true: an answer to something else than what was asked.
"""

import math
from collections.abc import Callable

from gisserver.exceptions import OperationParsingFailed

NAMES_OF_FIELDS = {"ValueReference", "PropertyName"}
COMPARISONS = (
    *("PropertyIsEqualTo", "PropertyIsNotEqualTo", "PropertyIsLike", "PropertyIsLessThan"),
    *("PropertyIsGreaterThan", "PropertyIsLessThanOrEqualTo", "PropertyIsGreaterThanOrEqualTo"),
)
SPATIAL = (*("Equals", "Disjoint", "Touches", "Within", "Overlaps", "Crosses", "Intersects", "Contains"),)
HELD = dict.fromkeys((*COMPARISONS, *SPATIAL), 2) | dict.fromkeys(
    ("DWithin", "Beyond", "PropertyIsBetween"), 3
)
HELD |= {"PropertyIsNull": 1, "Not": 1}
POSITIONS = {"pos", "lowerCorner", "upperCorner"}
ASKING, QUERIES = {"GetFeature", "GetPropertyValue"}, {"Query", "StoredQuery"}
SIGNS = {"wildCard", "singleChar", "escapeChar"}
BOOLEANS = {"true", "false", "0", "1"}

Rule = Callable[[str], bool]
ATTRIBUTES: dict[str, Rule] = {
    **dict.fromkeys(SIGNS, lambda value: len(value) == 1),
    "matchCase": BOOLEANS.__contains__,
    "srsDimension": "2".__eq__,
}


def local_name(name: str) -> str:
    """Give the name of an element without its prefix: filters are written in several namespaces."""
    return name.rpartition(":")[2]


def check_opened(name: str, attributes: dict[str, str]) -> None:
    """Check an element that begins; raises OperationParsingFailed."""
    for attribute, value in attributes.items():
        if attribute in ATTRIBUTES and not ATTRIBUTES[attribute](value):
            raise OperationParsingFailed(f"{attribute} : valeur refusée {value[:40]!r}.", locator=attribute)


def check_closed(name: str, children: list[str], text: str) -> None:
    """Check an element that ends, by the names of those that it held and by its text."""
    if name in HELD and len(children) != HELD[name]:
        raise OperationParsingFailed(f"{name} attend {HELD[name]} élément(s).", locator="filter")
    if name == "BBOX" and not set(children) - NAMES_OF_FIELDS:
        raise OperationParsingFailed("BBOX attend un rectangle.", locator="filter")
    if name == "PropertyIsNull" and not set(children) <= NAMES_OF_FIELDS:
        raise OperationParsingFailed("PropertyIsNull attend un champ.", locator="filter")
    if name in ASKING and not QUERIES.intersection(children):
        raise OperationParsingFailed(f"{name} attend une requête.", locator="query")
    if name == "Query" and children.count("Filter") > 1:
        raise OperationParsingFailed("Une requête a un filtre au plus.", locator="filter")
    if name in POSITIONS and not _is_position(text):
        raise OperationParsingFailed("Une position est faite de deux nombres finis.", locator=name)


def _is_position(text: str) -> bool:
    try:
        numbers = [float(number) for number in text.split()]
    except ValueError:
        return False
    return len(numbers) == 2 and all(map(math.isfinite, numbers))
