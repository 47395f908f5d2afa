"""What a person asks to download: layers, a format, a projection, and the filters of the map."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from django.contrib.gis.db.models.functions import PointOnSurface
from django.db.models import Exists, OuterRef, Q, QuerySet

from api.exports.tables import Table, layers_open_to, table_of
from layers.bbox import BBox
from layers.crs import LAMBERT93, LEGAL_SRID_OVERSEAS, WEB_MERCATOR, WGS84
from layers.errors import InvalidFilter
from layers.models import Commune, Iris
from layers.registry import CRS_LIST, LAYERS, Layer
from layers.scope import Scope
from layers.selectors.signalement_filters import SignalementFilters
from layers.selectors.territories import Territory, find_territory

FILTERS = ("territoire", "du", "au", "statut", "bbox")
REPORTS, ORDERS, COMMUNES = "signalements", "arretes", "communes"
CRS_NAMES = {
    LAMBERT93: "Lambert-93 – France métropolitaine (EPSG:2154)",
    WGS84: "Longitude et latitude, WGS 84 (EPSG:4326)",
    WEB_MERCATOR: "Mercator des fonds de carte (EPSG:3857)",
    LEGAL_SRID_OVERSEAS["971"]: "Antilles françaises – UTM 20 (EPSG:5490)",
    LEGAL_SRID_OVERSEAS["973"]: "Guyane – UTM 22 (EPSG:2972)",
    LEGAL_SRID_OVERSEAS["974"]: "La Réunion – UTM 40 (EPSG:2975)",
    LEGAL_SRID_OVERSEAS["975"]: "Saint-Pierre-et-Miquelon – UTM 21 (EPSG:4467)",
    LEGAL_SRID_OVERSEAS["976"]: "Mayotte – UTM 38 (EPSG:4471)",
}


@dataclass(frozen=True)
class Selection:
    """Layers of the register, a format by its name, a projection, and filters by name."""

    layers: tuple[str, ...]
    format: str
    srid: int = WGS84
    filters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(
        cls, layers: Iterable[str], format_: str, srid: str, parameters: Mapping[str, str], scope: Scope
    ) -> Self:
        """Read what was asked; raises InvalidFilter, InvalidBBox or UnknownTerritoire in the sender's words."""
        chosen = tuple(dict.fromkeys(layers))
        if not chosen:
            raise InvalidFilter("choisissez au moins une couche")
        known = {layer.id for layer in layers_open_to(list(LAYERS.values()), scope)}
        for name in chosen:
            if name not in known:
                raise InvalidFilter(f"couche inconnue : {name[:40]!r}")
        filters = {name: parameters[name] for name in FILTERS if parameters.get(name)}
        SignalementFilters.parse(filters)
        if code := filters.get("territoire"):
            find_territory(code)
        return cls(chosen, format_, _srid(srid), filters)

    def tables(self, scope: Scope) -> list[Table]:
        """Give the tables, each with the rows that the reader may see and that pass the filters."""
        layers = [LAYERS[name] for name in self.layers]
        return [table_of(layer.read_by(scope), self._rows(layer, scope), self.srid) for layer in layers]

    def _rows(self, layer: Layer, scope: Scope) -> QuerySet:
        if layer.id == REPORTS:
            return layer.rows(scope, self.filters)
        rows = layer.rows(scope, {}).filter(**{f"{layer.geometry}__isnull": False})
        if bbox := self.filters.get("bbox"):
            rows = rows.filter(**{f"{layer.geometry}__intersects": BBox.parse(bbox).polygon()})
        if code := self.filters.get("territoire"):
            rows = _inside(layer, rows, find_territory(code))
        if layer.id == ORDERS:
            dates = SignalementFilters.parse(self.filters)
            day = layer.fields[layer.time_field]
            rows = rows.filter(**{f"{day}__gte": dates.received_from}) if dates.received_from else rows
            rows = rows.filter(**{f"{day}__lte": dates.received_to}) if dates.received_to else rows
        return rows


def _inside(layer: Layer, rows: QuerySet, territory: Territory) -> QuerySet:
    """Keep the rows of a territory: by the code of their commune if they have one, else by their shape.

    Of an IRIS, an area is kept when a point inside it is: its neighbours along the border are not.
    """
    if territory.kind == "iris":
        iris = Iris.objects.current().get(code=territory.code).geom
        rows = rows.annotate(inner_point=PointOnSurface(layer.geometry))
        return rows.filter(**{f"{layer.geometry}__intersects": iris, "inner_point__intersects": iris})
    codes = list(territory.communes)
    if layer.id == COMMUNES:
        return rows.filter(code__in=codes)
    if path := layer.fields.get("commune"):
        return rows.filter(**{f"{path}__in": codes})
    touching = {"geom__intersects": OuterRef(layer.geometry)}
    borders = {"geom__touches": OuterRef(layer.geometry)}
    communes = Commune.objects.filter(~Q(**borders), code__in=codes, **touching)
    return rows.filter(Exists(communes))


def _srid(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) not in CRS_LIST:
        raise InvalidFilter(
            f"projection inconnue : {text[:20]!r} (connues : {', '.join(map(str, CRS_LIST))})"
        )
    return int(text)
