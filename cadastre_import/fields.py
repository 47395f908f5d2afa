"""Values of a record, one function a kind: each gives the value or raises InvalidRow in the sender's words."""

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from layers.crs import in_france
from layers.errors import InvalidRow

COMMUNE = re.compile(r"(0[1-9]|1\d|2[1-9AB]|[3-8]\d|9[0-5])\d{3}|97[1-8]\d{2}|98[4-9]\d{2}")
IDU = re.compile(rf"({COMMUNE.pattern})[0-9A-Z]{{3}}[0-9A-Z]{{2}}\d{{4}}")
SECTION = re.compile(rf"({COMMUNE.pattern})[0-9A-Z]{{3}}[0-9A-Z]{{2}}")
IRIS = re.compile(rf"({COMMUNE.pattern})\d{{4}}")


def mapping(value: Any, name: str) -> Mapping[str, Any]:
    """Give an object of named values."""
    if not isinstance(value, Mapping):
        raise InvalidRow(f"{name} : un objet est attendu, reçu {type(value).__name__}")
    return value


def text(value: Any, name: str, *, longest: int = 300) -> str:
    """Give a text without surrounding spaces, empty for a missing value."""
    if value is None:
        return ""
    cleaned = str(value).replace("\xa0", " ").strip()
    if "\x00" in cleaned:
        raise InvalidRow(f"{name} : caractère illisible (nul)")
    if "\ufffd" in cleaned:
        raise InvalidRow(f"{name} : caractère illisible")
    if len(cleaned) > longest:
        raise InvalidRow(f"{name} : {len(cleaned)} caractères, {longest} au plus")
    return cleaned


def required(value: Any, name: str, *, longest: int = 300) -> str:
    """Give a text that is not empty."""
    cleaned = text(value, name, longest=longest)
    if not cleaned:
        raise InvalidRow(f"{name} : valeur absente")
    return cleaned


def code(value: Any, pattern: re.Pattern[str], name: str) -> str:
    """Give a code that has the form of its register (codes are text: 01004, 2A004)."""
    cleaned = text(value, name)
    if not pattern.fullmatch(cleaned):
        raise InvalidRow(f"{name} : code invalide {cleaned[:40]!r}")
    return cleaned


def commune_code(value: Any, name: str) -> str:
    """Give an Insee commune code, capitals restored; a code that lost its form is told what it may have been."""
    cleaned = text(value, name).upper()
    if COMMUNE.fullmatch(cleaned):
        return cleaned
    lost_zero = f"0{cleaned}"
    if COMMUNE.fullmatch(lost_zero):
        hint = f" ; le zéro du début est sans doute perdu : {lost_zero} ?"
    elif re.fullmatch(r"20\d{3}", cleaned):
        hint = f" ; en Corse : 2A{cleaned[2:]} ou 2B{cleaned[2:]} ?"
    else:
        hint = ""
    raise InvalidRow(f"{name} : code invalide {cleaned[:40]!r}{hint}")


def whole_number(value: Any, name: str, *, low: int = 0, high: int = 2_147_483_647) -> int | None:
    """Give a whole number between ``low`` and ``high``, None for a missing value."""
    number = decimal(value, name)
    if number is None:
        return None
    if number != int(number) or not low <= number <= high:
        raise InvalidRow(f"{name} : nombre entier de {low} à {high} attendu, reçu {str(value)[:40]!r}")
    return int(number)


def decimal(value: Any, name: str) -> float | None:
    """Give a finite number, written with a point or a comma; None for a missing value."""
    if value is None or value == "":
        return None
    written = str(value).replace("\xa0", "").replace(" ", "").replace(",", ".")
    try:
        # ``float`` also reads ٤٣ and 1_000, which no register writes
        number = float(written) if written.isascii() and "_" not in written else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InvalidRow(f"{name} : nombre attendu, reçu {str(value)[:40]!r}")
    return number


def measure(value: Any, name: str, *, high: float = 1e8) -> float | None:
    """Give a quantity between 0 and ``high`` (an area, an amount), None for a missing value."""
    number = decimal(value, name)
    if number is not None and not 0 <= number <= high:
        raise InvalidRow(f"{name} : valeur impossible {str(value)[:40]!r}")
    return number


def year(value: Any, name: str) -> int | None:
    """Give the year of a construction, None where it is missing or says nothing (0, 9999)."""
    number = whole_number(value, name, high=9999)
    return number if number and 1000 <= number <= 2100 else None


def iso_date(value: Any, name: str) -> date | None:
    """Give a day written ``2025-01-31`` (a time after it is ignored), None for a missing value."""
    written = text(value, name)
    if not written:
        return None
    try:
        return date.fromisoformat(written[:10])
    except ValueError:
        raise InvalidRow(f"{name} : date impossible {written[:40]!r}") from None


def french_date(value: Any, name: str) -> date | None:
    """Give a day written ``31/01/2025`` (a time after it is ignored), None for a missing value."""
    written = text(value, name)
    if written in ("", "-"):
        return None
    try:
        # A civil day of a file: it has no time zone
        return datetime.strptime(written[:10], "%d/%m/%Y").date()  # noqa: DTZ007
    except ValueError:
        raise InvalidRow(f"{name} : date impossible {written[:40]!r} (jj/mm/aaaa attendu)") from None


def day(value: Any, name: str) -> date | None:
    """Give a day written either way, for registers whose files changed; None for a missing value."""
    return french_date(value, name) if "/" in str(value) else iso_date(value, name)


def position(lon: Any, lat: Any) -> tuple[float, float] | None:
    """Give longitude and latitude in degrees, None if both are missing.

    Swapped axes and metres are told, never corrected: a silent correction would move real reports.
    """
    x, y = decimal(lon, "longitude"), decimal(lat, "latitude")
    if x is None and y is None:
        return None
    if x is None or y is None:
        raise InvalidRow("position : longitude ou latitude absente")
    if abs(x) > 180 or abs(y) > 90:
        raise InvalidRow(
            f"position : {x}, {y} n’est pas en degrés ; des coordonnées Lambert-93 (EPSG:2154) se convertissent "
            "avant l’import"
        )
    if not in_france(x, y):
        swapped = " ; latitude et longitude semblent inversées" if in_france(y, x) else ""
        raise InvalidRow(f"position : longitude {x}, latitude {y}, hors de France{swapped}")
    return x, y
