"""How each layer is drawn in QGIS: the colours of the map, as a style (QML) and as the renderer of a project."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element, SubElement, tostring

from layers.registry import Layer
from layers.symbols import HATCHED, HOTSPOTS, STATUSES, Symbol

QGIS = "3.22.0"
SCALE_AT_ZOOM_0 = 559_082_264  # of a web map, for pixels of 0.28 mm
TRANSPARENT = "0,0,0,0"


@dataclass(frozen=True)
class Style:
    """A fill and a line, or a mark; ``codes`` of the field ``by`` take the colour of their symbol."""

    fill: str = ""
    line: str = "#7d8894"
    width_mm: float = 0.2
    opacity: float = 1.0
    dash: bool = False
    by: str = ""
    codes: tuple[Symbol, ...] = field(default=())


STYLES: Mapping[str, Style] = {
    "communes": Style(line="#4b5563", width_mm=0.5),
    "iris": Style(line="#8793a0", width_mm=0.25),
    "iris_taux": Style(fill="#f1ede4", line="#8793a0", opacity=0.78, by="classe", codes=HOTSPOTS),
    "perimetres": Style(fill="#6a4c93", line="#6a4c93", width_mm=0.5, opacity=0.1, dash=True),
    "sections": Style(line="#8a6d3b", width_mm=0.3, dash=True),
    "parcelles": Style(),
    "batiments": Style(fill="#8d99a6", line="#5c6874", opacity=0.7),
    "adresses": Style(fill="#4b5563", line="#ffffff"),
    "signalements": Style(fill="#1f4e8c", line="#ffffff", by="statut", codes=STATUSES),
    "arretes": Style(fill="#b2182b", line="#ffffff"),
}


def qml(layer: Layer, is_point: bool) -> str:
    """Give the style as QGIS keeps it beside a layer."""
    root = Element("qgis", version=QGIS, styleCategories="Symbology|Rendering")
    draw(root, layer, is_point)
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + tostring(root, encoding="unicode")


def draw(parent: Element, layer: Layer, is_point: bool) -> None:
    """Put the renderer and the scales of a layer in a style or in a layer of a project."""
    style = STYLES.get(layer.id) or _declared(layer)
    if layer.min_zoom:
        parent.set("hasScaleBasedVisibilityFlag", "1")
        parent.set("minScale", str(round(SCALE_AT_ZOOM_0 / 2**layer.min_zoom)))
        parent.set("maxScale", "0")
    kind = "categorizedSymbol" if style.codes else "singleSymbol"
    renderer = SubElement(
        parent, "renderer-v2", type=kind, symbollevels="0", enableorderby="0", forceraster="0"
    )
    if not style.codes:
        _symbol(SubElement(renderer, "symbols"), "0", style, style.fill, is_point)
        return
    renderer.set("attr", style.by)
    categories, symbols = SubElement(renderer, "categories"), SubElement(renderer, "symbols")
    for number, shown in enumerate((*style.codes, Symbol("", "Autre", style.fill))):
        SubElement(
            categories, "category", symbol=str(number), value=shown.code, label=shown.label, render="true"
        )
        _symbol(symbols, str(number), style, shown.colour, is_point, hollow=shown.hollow)


def draw_tiles(parent: Element, layer: Layer, is_point: bool) -> None:
    """Put the renderer of a layer in a layer of vector tiles: a rule for each colour."""
    style = STYLES.get(layer.id) or _declared(layer)
    renderer = SubElement(parent, "renderer", type="basic")
    rules = SubElement(renderer, "styles")
    known = ", ".join(f"'{shown.code}'" for shown in style.codes)
    other = f"coalesce(\"{style.by}\", '') NOT IN ({known})" if style.codes else ""
    for shown in (*style.codes, Symbol("", layer.title, style.fill)):
        rule = SubElement(
            rules,
            "style",
            name=shown.label,
            layer=layer.id,
            geometry="0" if is_point else "2",  # of QGIS: points, lines, polygons
            enabled="1",
            expression=f"\"{style.by}\" = '{shown.code}'" if shown.code else other,
            **{"min-zoom": str(layer.min_zoom or -1), "max-zoom": "-1"},
        )
        _symbol(SubElement(rule, "symbols"), "0", style, shown.colour, is_point, hollow=shown.hollow)


def _declared(layer: Layer) -> Style:
    """Give the style that the register says, for the layers of which the map says nothing more."""
    drawn = layer.style
    codes = tuple(Symbol(value, words, colour) for value, (colour, words) in drawn.classes.items())
    return Style(drawn.colour, drawn.colour, opacity=drawn.opacity, by=drawn.by, codes=codes)


def _symbol(
    parent: Element, name: str, style: Style, colour: str, is_point: bool, *, hollow: bool = False
) -> None:
    kind = "marker" if is_point else "fill"
    symbol = SubElement(parent, "symbol", type=kind, name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    if is_point:
        colours = ("#ffffff", colour) if hollow else (colour, style.line)
        options = {
            "name": "circle",
            "color": _rgba(colours[0]),
            "outline_color": _rgba(colours[1]),
            "outline_width": "0.5" if hollow else "0.3",
            "size": "2.6",
            "size_unit": "MM",
        }
    else:
        hatched = colour == HATCHED
        options = {
            "color": _rgba("#8793a0" if hatched else colour, style.opacity) if colour else TRANSPARENT,
            "style": "b_diagonal" if hatched else "solid" if colour else "no",
            "outline_color": _rgba(style.line),
            "outline_style": "dash" if style.dash else "solid",
            "outline_width": str(style.width_mm),
            "outline_width_unit": "MM",
        }
    drawn = SubElement(
        symbol, "layer", enabled="1", locked="0", **{"class": "SimpleMarker" if is_point else "SimpleFill"}
    )
    drawn.set("pass", "0")
    options_map = SubElement(drawn, "Option", type="Map")
    for key, value in options.items():
        SubElement(options_map, "Option", type="QString", name=key, value=value)


def _rgba(colour: str, opacity: float = 1.0) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(opacity * 255)}"
