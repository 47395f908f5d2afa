"""The parameter that says which units are neighbours, and the graph it makes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from layers.selectors.units import Units
from maps.analysis.graphs import Neighbours, contiguity, k_nearest
from maps.services.methods.parameters import Choice

TOLERANCE_M = 5.0  # the published contours are generalised: neighbours may not touch
NEAREST = 8
TOUCHING, CLOSEST = "contact", "proches"

NEIGHBOURS = Choice(
    name="neighbours",
    label="Voisins",
    choices={
        TOUCHING: "les unités qui se touchent",
        CLOSEST: f"les {NEAREST} unités les plus proches",
    },
    default=TOUCHING,
    advanced=True,
    help="Une unité que rien ne touche n’est pas testée ; les plus proches conviennent aux unités éparses.",
)


def neighbours_of(units: Units, values: Mapping[str, Any]) -> Neighbours:
    """Give who is whose neighbour, as the parameter asks; an only unit has no neighbour either way."""
    if values["neighbours"] == CLOSEST and units.codes.size > 1:
        middle = shapely.point_on_surface(units.shapes)
        return k_nearest(shapely.get_x(middle), shapely.get_y(middle), min(NEAREST, units.codes.size - 1))
    return contiguity(np.asarray(units.shapes, dtype=object), TOLERANCE_M)
