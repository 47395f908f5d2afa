"""Parameters of a method: typed, bounded, explained; they make its form and read what the form sends.

``read`` takes the text of a field (or what JSON kept of it) and gives a value that JSON keeps; it raises ValueError
with a French sentence.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.contrib.gis.gdal import GDALException
from django.contrib.gis.geos import GEOSException, GEOSGeometry

from layers.crs import WGS84, in_france
from layers.errors import InvalidParameters
from layers.scope import Scope

Choices = Mapping[str, str] | Callable[[Scope], Mapping[str, str]]
MAX_DRAWN_POINTS = 2_000


@dataclass(frozen=True, kw_only=True)
class Parameter:
    """A parameter, its name in the form and in the run, what the form says of it."""

    name: str
    label: str
    help: str = ""
    default: Any = ""
    advanced: bool = False
    """Shown behind « Réglages » : the default is good for most."""
    widget: ClassVar[str] = "text"

    def read(self, given: Any, scope: Scope) -> Any:
        """Give the value; raises ValueError in French."""
        raise NotImplementedError

    def offered(self, scope: Scope) -> Mapping[str, str]:
        """Give the choices of a list, by code; empty for other kinds."""
        return {}


@dataclass(frozen=True, kw_only=True)
class Day(Parameter):
    """A day, as ISO text."""

    widget: ClassVar[str] = "date"

    def read(self, given: Any, scope: Scope) -> str:
        try:
            return date.fromisoformat(str(given).strip()).isoformat()
        except ValueError:
            raise ValueError(f"{self.label} : une date est attendue") from None


@dataclass(frozen=True, kw_only=True)
class Number(Parameter):
    """A number between two bounds, both included; ``whole`` refuses decimals."""

    low: float
    high: float
    whole: bool = False
    unit: str = ""
    widget: ClassVar[str] = "number"

    def read(self, given: Any, scope: Scope) -> float | int:
        text = str(given).strip().replace(",", ".").replace("\u00a0", "").replace("\u202f", "")
        try:
            value = float(text)
        except ValueError:
            raise ValueError(f"{self.label} : un nombre est attendu") from None
        if not self.low <= value <= self.high:
            raise ValueError(f"{self.label} : de {_said(self.low)} à {_said(self.high)}")
        if self.whole and value != int(value):
            raise ValueError(f"{self.label} : un nombre entier est attendu")
        return int(value) if self.whole else value


@dataclass(frozen=True, kw_only=True)
class Choice(Parameter):
    """One code of a list, which may depend on the reader; an empty code is allowed if it is in the list."""

    choices: Choices
    widget: ClassVar[str] = "select"

    def read(self, given: Any, scope: Scope) -> str:
        if str(given) not in self.offered(scope):
            raise ValueError(f"{self.label} : ce choix n’existe pas")
        return str(given)

    def offered(self, scope: Scope) -> Mapping[str, str]:
        return self.choices(scope) if callable(self.choices) else self.choices


@dataclass(frozen=True, kw_only=True)
class Several(Choice):
    """Any number of codes of a list, none for all; sorted, so that their order does not make another run."""

    default: Any = ()
    widget: ClassVar[str] = "checkboxes"

    def read(self, given: Any, scope: Scope) -> list[str]:  # type: ignore[override]
        codes = [given] if isinstance(given, str) and given else list(given)
        if not set(codes) <= self.offered(scope).keys():
            raise ValueError(f"{self.label} : ce choix n’existe pas")
        return sorted(set(codes))


@dataclass(frozen=True, kw_only=True)
class Drawn(Parameter):
    """A polygon drawn on the map: GeoJSON in degrees, kept as WKT; empty when nothing was drawn."""

    widget: ClassVar[str] = "drawn"

    def read(self, given: Any, scope: Scope) -> str:
        if not given:
            return ""
        try:
            shape = GEOSGeometry(str(given), srid=WGS84)
        except (ValueError, GEOSException, GDALException):
            raise ValueError(f"{self.label} : le polygone ne peut pas être lu") from None
        if shape.geom_type not in ("Polygon", "MultiPolygon") or shape.empty or not shape.valid:
            raise ValueError(f"{self.label} : un polygone sans croisement est attendu")
        if shape.num_coords > MAX_DRAWN_POINTS:
            raise ValueError(f"{self.label} : {MAX_DRAWN_POINTS} sommets au plus")
        west, south, east, north = shape.extent
        if not (in_france(west, south) and in_france(east, north)):
            raise ValueError(f"{self.label} : le polygone est hors de France")
        return str(shape.wkt)


def read_parameters(
    parameters: tuple[Parameter, ...], given: Mapping[str, Any], scope: Scope
) -> dict[str, Any]:
    """Give the value of each parameter, its default where nothing is given; raises InvalidParameters."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for parameter in parameters:
        try:
            values[parameter.name] = parameter.read(given.get(parameter.name, parameter.default), scope)
        except ValueError as error:
            errors[parameter.name] = str(error)
    unknown = given.keys() - {parameter.name for parameter in parameters}
    if unknown:
        errors["?"] = f"paramètre inconnu : {', '.join(sorted(unknown))[:80]}"
    if errors:
        raise InvalidParameters(errors)
    return values


def _said(bound: float) -> str:
    return f"{bound:g}".replace(".", ",")
