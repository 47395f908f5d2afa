"""What is told of a layer to whoever may read it: the same facts for the page, DCAT and ISO 19115."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from api.errors import UnknownLayer
from api.exports.tables import layers_told
from api.fields import model_of
from api.ogc.collections import territory_extent
from layers.provenance import Provenance, provenance_of
from layers.registry import Layer

PUBLISHER = "geo_lhi"
CONTACT = "Administrateur de geo_lhi"
OPEN_LICENCE = "Licence Ouverte 2.0"
OPEN_LICENCE_URI = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
RESTRICTED = "Données des partenaires : usage réservé à leurs missions, dans le périmètre de chacun."
# What the rows of a table are made from, where no source fills it
MADE_FROM = {
    "layers_outline": ("layers_commune", "layers_epci"),
    "layers_irisresult": ("layers_signalement", "layers_indicator", "layers_iris"),
    "layers_analysisresult": ("layers_signalement", "layers_indicator"),
}
AND_ALSO = {"iris_indicateurs": ("layers_indicator",)}


@dataclass(frozen=True)
class Access:
    """One way to the rows: its protocol, in words that catalogues know."""

    title: str
    protocol: str
    media_type: str
    url: str


@dataclass(frozen=True)
class Record:
    """The description of a layer; ``extent`` is west, south, east, north in degrees."""

    layer: Layer
    sources: list[Provenance]
    extent: list[float]
    ways: list[Access]
    url: str

    @property
    def licences(self) -> list[str]:
        """Give the terms of use: one licence a source, or those of the partners."""
        if self.layer.is_personal:
            return [RESTRICTED]
        return list(dict.fromkeys(each.producer.licence for each in self.sources)) or [OPEN_LICENCE]

    @property
    def modified_on(self) -> date:
        """Give the day of the last import of a source; today for what is read as it is."""
        days = [each.imported_on for each in self.sources if each.imported_on]
        return max(days) if days and not self.layer.is_personal else timezone.localdate()


def record_of(request: HttpRequest, name: str) -> Record:
    """Describe a layer; raises UnknownLayer for one that this reader may not read, as for one that is not there."""
    found = next((layer for layer in layers_told(request.read_scope) if layer.id == name), None)
    if found is None:
        raise UnknownLayer("Aucune couche n’a ce nom.")
    return described(request, found)


def described(request: HttpRequest, layer: Layer) -> Record:
    """Describe a layer."""
    table = model_of(layer)._meta.db_table
    tables = (*MADE_FROM.get(table, (table,)), *AND_ALSO.get(layer.id, ()))
    return Record(
        layer,
        provenance_of(tables),
        territory_extent(),
        _ways(request, layer),
        request.build_absolute_uri(reverse("record", args=[layer.id])),
    )


def _ways(request: HttpRequest, layer: Layer) -> list[Access]:
    def at(name: str, *arguments: str) -> str:
        return request.build_absolute_uri(reverse(name, args=arguments))

    return [
        Access(
            "WFS 2.0", "OGC:WFS", "application/gml+xml", f"{at('wfs')}?SERVICE=WFS&REQUEST=GetCapabilities"
        ),
        Access(
            "OGC API Features", "OGC API - Features", "application/geo+json", at("ogc-collection", layer.id)
        ),
        Access(
            "Tuiles vectorielles", "TileJSON", "application/vnd.mapbox-vector-tile", at("tilejson", layer.id)
        ),
        Access(
            "GeoPackage",
            "WWW:DOWNLOAD-1.0-http--download",
            "application/geopackage+sqlite3",
            at("export-layer", layer.id, "gpkg"),
        ),
        Access("CSV", "WWW:DOWNLOAD-1.0-http--download", "text/csv", at("export-layer", layer.id, "csv")),
    ]
