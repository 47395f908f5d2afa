"""What a method of analysis is: its words, its parameters, what it reads, what it computes, how it is drawn."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from layers.kept_fields import figures_kept
from layers.scope import Scope
from layers.symbols import HATCHED
from maps.services.methods.outcome import Outcome
from maps.services.methods.parameters import Parameter, read_parameters

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One figure of each row."""

    name: str
    label: str
    unit: str = ""
    decimals: int = 0
    help: str = ""


@dataclass(frozen=True)
class Category:
    """One class of a map: told by its colour and by its mark, so that it is read without colours too."""

    code: str
    label: str
    colour: str = HATCHED
    mark: str = ""


@dataclass(frozen=True)
class Shading:
    """A figure drawn in sequential colours; ``cuts`` fixes the classes, else they are those of the values."""

    figure: str
    ramp: str = "YlOrBr"
    classes: int = 5
    cuts: tuple[float, ...] = ()


@dataclass(frozen=True)
class Method:
    """A method. ``read`` is the only part that knows the database, ``compute`` is a pure function of what it read.

    ``read(scope, parameters)`` gives a frozen dataclass of arrays, of the reports that ``scope`` opens: its digest
    says whether anything changed. ``compute(inputs, parameters, rng)`` gives the Outcome. Both raise
    NothingToAnalyse, in French, when there is nothing to compute.
    """

    id: str
    title: str
    question: str
    parameters: tuple[Parameter, ...]
    columns: tuple[Column, ...]
    caveats: tuple[str, ...]
    read: Callable[[Scope, Values], Any]
    compute: Callable[[Any, Values, np.random.Generator], Outcome]
    shadings: tuple[Shading, ...] = ()
    categories: tuple[Category, ...] = ()
    draws_categories_first: bool = False
    is_random: bool = False
    """It draws at random: its run keeps a seed."""
    is_released: bool = False
    """Its rows and notes hold nothing that may not leave the partners."""
    is_long: bool = False
    """It may take more than a few seconds: a worker computes it."""

    def read_by(self, scope: Scope) -> "Method":
        """Give the method with the columns that this reader gets (``layers.kept_fields``)."""
        kept = figures_kept(scope)
        return replace(self, columns=tuple(column for column in self.columns if column.name not in kept))

    def values(self, given: Values, scope: Scope) -> dict[str, Any]:
        """Read parameters; raises InvalidParameters."""
        return read_parameters(self.parameters, given, scope)

    def column(self, name: str) -> Column:
        """Give the column of this name."""
        return next(column for column in self.columns if column.name == name)
