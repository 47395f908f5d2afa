"""A ready project for QGIS (QGZ) and a definition of one layer (QLR): our layers by WFS, drawn as on the map.

Neither holds a password nor a token: the layers name an authentication configuration, ``AUTHCFG``, which each person
makes once in their own QGIS, where the token stays encrypted.
"""

from collections.abc import Sequence
from io import BytesIO
from xml.etree.ElementTree import Element, SubElement, tostring
from zipfile import ZIP_DEFLATED, ZipFile

from api.exports.styles import QGIS, draw
from api.exports.tables import is_reference
from layers.crs import LAMBERT93, WGS84
from layers.registry import Layer

AUTHCFG = "geolhi1"  # seven characters, as QGIS asks
PREFIX = "geolhi"  # of the types of the WFS
GROUPS = ("Habitat dégradé", "Référentiels")
KINDS = {"Point": "Point", "MultiPolygon": "Polygon", "Polygon": "Polygon"}
SHOWN = ("signalements", "perimetres", "communes")


def project(layers: Sequence[tuple[Layer, str]], wfs: str) -> bytes:
    """Give the QGZ: layers with their geometry type, in two groups, those of the perimeter above the references."""
    root = Element("qgis", projectname="geo_lhi", version=QGIS)
    SubElement(root, "title").text = "geo_lhi – habitat dégradé"
    _crs(SubElement(root, "projectCrs"), LAMBERT93)
    projections = SubElement(SubElement(root, "properties"), "SpatialRefSys")
    SubElement(projections, "ProjectionsEnabled", type="int").text = "1"
    _tree(root, layers)
    held = SubElement(root, "projectlayers")
    for layer, kind in layers:
        _map_layer(held, layer, kind, wfs)
    order = SubElement(root, "layerorder")
    for layer, _ in layers:
        SubElement(order, "layer", id=layer.id)
    output = BytesIO()
    with ZipFile(output, "w", ZIP_DEFLATED) as archive:
        archive.writestr("geo_lhi.qgs", _document(root, "qgis"))
    return output.getvalue()


def layer_definition(layer: Layer, kind: str, wfs: str, condition: str = "") -> bytes:
    """Give the QLR of one layer, to be dropped in any project; ``condition`` keeps some of its rows."""
    root = Element("qlr")
    _tree(root, [(layer, kind)])
    _map_layer(SubElement(root, "maplayers"), layer, kind, wfs, condition)
    return _document(root, "qgis-layer-definition")


def _tree(parent: Element, layers: Sequence[tuple[Layer, str]]) -> None:
    top = SubElement(parent, "layer-tree-group", name="", expanded="1", checked="Qt::Checked")
    for name, references in zip(GROUPS, (False, True), strict=True):
        inside = [layer for layer, _ in layers if is_reference(layer) is references]
        if not inside:
            continue
        group = SubElement(top, "layer-tree-group", name=name, expanded="1", checked="Qt::Checked")
        for layer in inside:
            checked = "Qt::Checked" if layer.id in SHOWN or len(layers) == 1 else "Qt::Unchecked"
            SubElement(
                group, "layer-tree-layer", id=layer.id, name=layer.title, providerKey="WFS", checked=checked
            )


def _map_layer(parent: Element, layer: Layer, kind: str, wfs: str, condition: str = "") -> None:
    drawn = SubElement(parent, "maplayer", type="vector")
    if kind in KINDS:
        drawn.set("geometry", KINDS[kind])
    SubElement(drawn, "id").text = layer.id
    # Nothing is said of pages: QGIS 3.22 takes any word but "true", even "default", for a refusal, and then shows
    # the first page of the layer as if it were all of it
    chosen = f" filter='{condition}'" if condition else ""
    SubElement(drawn, "datasource").text = (
        f"authcfg={AUTHCFG}{chosen} restrictToRequestBBOX='1' srsname='EPSG:{WGS84}'"
        f" typename='{PREFIX}:{layer.id}' url='{wfs}' version='2.0.0'"
    )
    SubElement(drawn, "layername").text = layer.title
    SubElement(drawn, "abstract").text = layer.abstract
    _crs(SubElement(drawn, "srs"), WGS84)
    SubElement(drawn, "provider", encoding="UTF-8").text = "WFS"
    if kind in KINDS:
        draw(drawn, layer, kind == "Point")


def _crs(parent: Element, srid: int) -> None:
    system = SubElement(parent, "spatialrefsys")
    SubElement(system, "srsid").text = "1"  # any number of QGIS’s own systems: it then reads the authority's
    SubElement(system, "srid").text = str(srid)
    SubElement(system, "authid").text = f"EPSG:{srid}"


def _document(root: Element, kind: str) -> bytes:
    heading = f"<!DOCTYPE {kind} PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
    return (heading + tostring(root, encoding="unicode")).encode()
