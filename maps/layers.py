"""The methods of analysis as layers: what they declare to the register when the application starts."""

from layers.published_runs import publish_method
from layers.registry import Style
from layers.symbols import HATCHED, UNTOLD
from maps.services.methods.method import Column, Method
from maps.services.methods.register import METHODS

NAMES = {"priorites": "lieux_prioritaires"}
# A list of landlords is read as a page, by name: on a map it would say where each one's tenants complain
NOT_LAYERS = {"gestionnaires"}


def publish_methods() -> None:
    """Declare the layer of each method."""
    for method in METHODS.values():
        if method.id not in NOT_LAYERS:
            publish_method(
                method.id,
                layer=layer_name(method.id),
                title=f"Analyse : {method.title}",
                abstract=_abstract(method),
                figures={column.name: _words(column) for column in method.columns},
                keywords=("habitat indigne", "analyse", method.title.lower()),
                style=_style(method),
            )


def layer_name(method: str) -> str:
    """Name the layer of a method."""
    return NAMES.get(method, f"analyse_{method}")


def _abstract(method: Method) -> str:
    """Say the question and what the result does not say: a GIS shows them, never the page of the analysis."""
    which = "Dernière analyse lisible ; une condition sur « analyse », son numéro, en choisit une autre."
    return f"{method.question} {which} À savoir : {' '.join(method.caveats)}"


def _words(column: Column) -> str:
    unit = f" ({column.unit})" if column.unit else ""
    return f"{column.label}{unit}"


def _style(method: Method) -> Style:
    if not method.categories:
        return Style("#b2182b")
    classes = {
        category.code: (UNTOLD if category.colour == HATCHED else category.colour, category.label)
        for category in method.categories
    }
    return Style(UNTOLD, 0.6, "classe", classes)
