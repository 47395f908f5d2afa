"""A ready project for QGIS (QGZ) and a definition of one layer (QLR): our layers, drawn as on the map.

By WFS, by OGC API Features or by vector tiles. Neither holds a password nor a token: the layers name an
authentication configuration, ``AUTHCFG``, which each person makes once in their own QGIS, where the token stays
encrypted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, tostring
from zipfile import ZIP_DEFLATED, ZipFile

from api.exports.styles import QGIS, draw, draw_tiles
from api.exports.tables import is_reference
from layers.crs import LAMBERT93, WEB_MERCATOR, WGS84
from layers.registry import Layer

AUTHCFG = "geolhi1"  # seven characters, as QGIS asks
PREFIX = "geolhi"  # of the types of the WFS
PEOPLE, REFERENCES, FAST = "Habitat dégradé", "Référentiels", "Tuiles (affichage rapide)"
KINDS = {"Point": "Point", "MultiPolygon": "Polygon", "Polygon": "Polygon"}
SHOWN = ("signalements", "perimetres", "communes")
DEEPEST_TILES = 16  # QGIS enlarges these beyond


class Way(StrEnum):
    """The service that a layer is read by; the value is what an address says."""

    WFS = "wfs"
    OGC = "ogc"
    TILES = "tuiles"


# As QGIS names who reads them
PROVIDERS = {Way.WFS: "WFS", Way.OGC: "OAPIF", Way.TILES: "xyzvectortiles"}
TITLES = {Way.WFS: "", Way.OGC: " (OGC API)", Way.TILES: " (tuiles)"}


@dataclass(frozen=True)
class Addresses:
    """Where the services are; ``tiles`` has ``{layer}`` where the name of a layer goes."""

    wfs: str
    ogc: str
    tiles: str


@dataclass(frozen=True)
class Served:
    """A layer in a project: the kind of its shapes, the service it is read by, the run if one is chosen."""

    layer: Layer
    kind: str
    way: Way = Way.WFS
    run: int | None = None

    @property
    def id(self) -> str:
        """Name it in the project."""
        return self.layer.id if self.way is Way.WFS else f"{self.layer.id}_{self.way}"

    @property
    def title(self) -> str:
        """Name it in the legend."""
        return f"{self.layer.title}{TITLES[self.way]}"

    @property
    def group(self) -> str:
        """Name the group of the legend that it is in."""
        if self.way is Way.TILES:
            return FAST
        return REFERENCES if is_reference(self.layer) else PEOPLE

    def source(self, addresses: Addresses) -> str:
        """Say where it is, in the words of its provider.

        Nothing is said of pages: QGIS 3.22 takes any word but "true", even "default", for a refusal, and then shows
        the first page of a layer as if it were all of it.
        """
        layer = self.layer
        if self.way is Way.TILES:
            chosen = f"?{layer.versions}={self.run}" if self.run else ""
            url = quote(addresses.tiles.replace("{layer}", layer.id) + chosen, safe="{}:/")
            return f"authcfg={AUTHCFG}&type=xyz&url={url}&zmax={DEEPEST_TILES}&zmin={layer.min_zoom}"
        chosen = f" filter='\"{layer.versions}\" = {self.run}'" if self.run else ""
        name, url, version = (
            (f"{PREFIX}:{layer.id}", addresses.wfs, "2.0.0")
            if self.way is Way.WFS
            else (layer.id, addresses.ogc, "OGC_API_FEATURES")
        )
        return (
            f"authcfg={AUTHCFG}{chosen} restrictToRequestBBOX='1' srsname='EPSG:{WGS84}'"
            f" typename='{name}' url='{url}' version='{version}'"
        )


def project(layers: Sequence[Served], addresses: Addresses) -> bytes:
    """Give the QGZ: layers in groups, those of the perimeter above the references."""
    root = Element("qgis", projectname="geo_lhi", version=QGIS)
    SubElement(root, "title").text = "geo_lhi – habitat dégradé"
    _crs(SubElement(root, "projectCrs"), LAMBERT93)
    projections = SubElement(SubElement(root, "properties"), "SpatialRefSys")
    SubElement(projections, "ProjectionsEnabled", type="int").text = "1"
    _tree(root, layers)
    held = SubElement(root, "projectlayers")
    for served in layers:
        _map_layer(held, served, addresses)
    order = SubElement(root, "layerorder")
    for served in layers:
        SubElement(order, "layer", id=served.id)
    output = BytesIO()
    with ZipFile(output, "w", ZIP_DEFLATED) as archive:
        archive.writestr("geo_lhi.qgs", _document(root, "qgis"))
    return output.getvalue()


def layer_definition(served: Served, addresses: Addresses) -> bytes:
    """Give the QLR of one layer, to be dropped in any project."""
    root = Element("qlr")
    _tree(root, [served])
    _map_layer(SubElement(root, "maplayers"), served, addresses)
    return _document(root, "qgis-layer-definition")


def _tree(parent: Element, layers: Sequence[Served]) -> None:
    top = SubElement(parent, "layer-tree-group", name="", expanded="1", checked="Qt::Checked")
    for name in (PEOPLE, REFERENCES, FAST):
        inside = [served for served in layers if served.group == name]
        if not inside:
            continue
        group = SubElement(top, "layer-tree-group", name=name, expanded="1", checked="Qt::Checked")
        for served in inside:
            is_shown = served.id in SHOWN or len(layers) == 1
            SubElement(
                group,
                "layer-tree-layer",
                id=served.id,
                name=served.title,
                providerKey=PROVIDERS[served.way],
                checked="Qt::Checked" if is_shown else "Qt::Unchecked",
            )


def _map_layer(parent: Element, served: Served, addresses: Addresses) -> None:
    is_tiled = served.way is Way.TILES
    drawn = SubElement(parent, "maplayer", type="vector-tile" if is_tiled else "vector")
    if served.kind in KINDS and not is_tiled:
        drawn.set("geometry", KINDS[served.kind])
    SubElement(drawn, "id").text = served.id
    SubElement(drawn, "datasource").text = served.source(addresses)
    SubElement(drawn, "layername").text = served.title
    SubElement(drawn, "abstract").text = served.layer.abstract
    _crs(SubElement(drawn, "srs"), WEB_MERCATOR if is_tiled else WGS84)
    SubElement(drawn, "provider", encoding="UTF-8").text = PROVIDERS[served.way]
    if served.kind in KINDS:
        (draw_tiles if is_tiled else draw)(drawn, served.layer, served.kind == "Point")


def _crs(parent: Element, srid: int) -> None:
    system = SubElement(parent, "spatialrefsys")
    SubElement(system, "srsid").text = "1"  # any number of QGIS’s own systems: it then reads the authority's
    SubElement(system, "srid").text = str(srid)
    SubElement(system, "authid").text = f"EPSG:{srid}"


def _document(root: Element, kind: str) -> bytes:
    heading = f"<!DOCTYPE {kind} PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return (heading + tostring(root, encoding="unicode")).encode()
