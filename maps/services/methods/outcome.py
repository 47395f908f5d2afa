"""What a method gives: rows, figures, classes, shapes, facts, perhaps a surface."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from layers.models import UnitKind
from layers.selectors.units import Units
from maps.analysis.density import MetricGrid

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Fact:
    """One overall result: read by whoever may read the whole perimeter of the run."""

    label: str
    value: float | int | str
    unit: str = ""
    decimals: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """A raster in metres; NaN where nothing may be said."""

    values: FloatArray
    grid: MetricGrid
    srid: int
    unit: str
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """n rows in the order in which they are shown."""

    kind: UnitKind
    codes: Sequence[str]
    labels: Sequence[str]
    communes: Sequence[Sequence[str]]
    """The communes that each row covers, at least one: who may read it depends on them."""
    figures: Mapping[str, FloatArray]
    """(n,) for each column of the method; NaN where there is nothing to say, which is stored as null."""
    categories: Sequence[str] = ()
    shapes: NDArray[np.object_] | None = None
    """(n,) shapes in metres, for what no register draws; a point for a place."""
    srids: NDArray[np.int64] | None = None
    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    """What must be known to read this run, besides the caveats of its method."""
    vintages: Mapping[str, str | int] = field(default_factory=dict)
    surface: Surface | None = None

    @classmethod
    def of_units(
        cls,
        units: Units,
        figures: Mapping[str, FloatArray],
        *,
        order: NDArray[np.intp],
        communes: Sequence[Sequence[str]],
        categories: NDArray[np.str_] | None = None,
        **more: object,
    ) -> "Outcome":
        """Give the rows of units, in ``order`` (their positions, first shown first)."""
        ranked = order.tolist()
        return cls(
            kind=units.kind,
            codes=[str(units.codes[n]) for n in ranked],
            labels=[units.labels[n] for n in ranked],
            communes=[communes[n] for n in ranked],
            figures={name: np.asarray(values, dtype=float)[order] for name, values in figures.items()},
            categories=[str(categories[n]) for n in ranked] if categories is not None else (),
            shapes=units.shapes[order] if units.is_drawn else None,
            srids=units.srids[order] if units.is_drawn else None,
            **more,  # type: ignore[arg-type]
        )
