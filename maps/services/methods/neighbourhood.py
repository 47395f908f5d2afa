"""The parameters that say which units are neighbours, and the graph they make."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import shapely

from layers.selectors.units import Units
from maps.analysis.graphs import Neighbours, contiguity, distance_band, k_nearest
from maps.services.methods.parameters import Choice, Number

TOLERANCE_M = 5.0  # the published contours are generalised: neighbours may not touch
TOUCHING, CLOSEST, AROUND = "contact", "proches", "distance"

NEIGHBOURHOOD = (
    Choice(
        name="neighbours",
        label="Voisins",
        choices={
            TOUCHING: "les unités qui se touchent",
            CLOSEST: "les unités les plus proches",
            AROUND: "les unités à moins d’une distance",
        },
        default=TOUCHING,
        advanced=True,
        help="Une unité sans voisine n’est pas testée ; les plus proches conviennent aux unités éparses.",
    ),
    Number(
        name="nearest",
        label="Nombre de plus proches",
        low=1,
        high=50,
        whole=True,
        default=8,
        advanced=True,
        help="Pour « les plus proches ».",
    ),
    Number(
        name="distance_m",
        label="Distance",
        low=50,
        high=50_000,
        default=1_000,
        unit="m",
        advanced=True,
        help="Pour « à moins d’une distance », entre un point de chaque unité et celui de l’autre.",
    ),
)


def neighbours_of(units: Units, values: Mapping[str, Any]) -> Neighbours:
    """Give who is whose neighbour, as the parameters ask; an only unit has no neighbour in any way."""
    if values["neighbours"] == TOUCHING or units.codes.size == 1:
        return contiguity(np.asarray(units.shapes, dtype=object), TOLERANCE_M)
    middle = shapely.point_on_surface(units.shapes)
    x, y = shapely.get_x(middle), shapely.get_y(middle)
    if values["neighbours"] == AROUND:
        return distance_band(x, y, values["distance_m"])
    return k_nearest(x, y, min(values["nearest"], units.codes.size - 1))
