"""Two runs side by side: what changed in each unit that both describe, and why they may not compare."""

from dataclasses import dataclass

import numpy as np

from layers.errors import InvalidFilter
from layers.models import AnalysisRun
from layers.scope import Scope
from layers.selectors.result_rows import Row, leaving, rows_of
from maps.analysis.classify import natural_classes
from maps.services.methods.method import Column
from maps.services.methods.register import METHODS

# Blue of ColorBrewer's RdBu where the second is lower, red where it is higher
LOWER, HIGHER, EVEN = ("#2166ac", "#67a9cf", "#d1e5f0"), ("#fddbc7", "#ef8a62", "#b2182b"), "#f7f7f7"
NEVER_WARNED = ("since", "until")  # two periods are what one compares


@dataclass(frozen=True)
class Pair:
    """One unit in both runs."""

    first: Row
    second: Row
    before: float | None
    after: float | None

    @property
    def difference(self) -> float | None:
        """The second less the first; None when one of them says nothing."""
        return None if self.before is None or self.after is None else self.after - self.before

    @property
    def key(self) -> tuple[str, str]:
        """Kind and code of the unit."""
        return self.first.kind, self.first.code


@dataclass(frozen=True)
class Comparison:
    """What two runs say of the same units, the largest change first."""

    column: Column
    pairs: list[Pair]
    only_first: int
    only_second: int
    same_method: bool
    warnings: tuple[str, ...]

    @property
    def changed_class(self) -> int | None:
        """Units whose class changed; None between two methods, whose classes say different things."""
        if not self.same_method:
            return None
        return sum(pair.first.category != pair.second.category for pair in self.pairs)


def common_columns(first: AnalysisRun, second: AnalysisRun, scope: Scope) -> list[Column]:
    """Give the figures that both runs have and that the reader gets, those that the maps draw first."""
    other = {column.name for column in METHODS[second.method].columns}
    method = METHODS[first.method].read_by(scope)
    drawn = [shading.figure for shading in method.shadings]
    shared = [column for column in method.columns if column.name in other]
    return sorted(shared, key=lambda column: drawn.index(column.name) if column.name in drawn else len(drawn))


def compare(first: AnalysisRun, second: AnalysisRun, scope: Scope, figure: str = "") -> Comparison:
    """Compare one figure of two runs over the units that the reader sees in both.

    Raises InvalidFilter when they have no figure in common, or not this one.
    """
    shared = common_columns(first, second, scope)
    if not shared:
        raise InvalidFilter("ces deux analyses n’ont aucun chiffre en commun")
    column = next((column for column in shared if column.name == figure or not figure), None)
    if column is None:
        raise InvalidFilter(f"ces deux analyses n’ont pas le chiffre {figure[:40]!r} en commun")
    one, other = (
        {(row.kind, row.code): row for row in leaving(rows_of(run, scope))} for run in (first, second)
    )
    both = [key for key in one if key in other]
    pairs = [
        Pair(one[key], other[key], one[key].figures.get(column.name), other[key].figures.get(column.name))
        for key in both
    ]
    pairs.sort(key=lambda pair: -abs(pair.difference) if pair.difference is not None else 1)
    alone = (len(one) - len(both), len(other) - len(both))
    return Comparison(column, pairs, *alone, first.method == second.method, _warnings(first, second))


def difference_steps(comparison: Comparison) -> list[dict[str, float | str | None]]:
    """Give the classes of the map of differences: even, and three each way, limits the same on both sides."""
    sizes = np.array([abs(pair.difference) for pair in comparison.pairs if pair.difference])
    if not sizes.size:
        return [{"low": None, "high": None, "colour": EVEN}]
    decimals = comparison.column.decimals + 1
    cuts = sorted({round(cut, decimals) for cut in natural_classes(sizes, 4).cuts} - {0.0})
    if not cuts:
        cuts = [float(sizes.min()) / 2]
    limits = [*(-cut for cut in reversed(cuts)), *cuts]
    colours = [*LOWER[: len(cuts)], EVEN, *HIGHER[-len(cuts) :]]
    return [
        {"low": low, "high": high, "colour": colour}
        for low, high, colour in zip([None, *limits], [*limits, None], colours, strict=True)
    ]


def _warnings(first: AnalysisRun, second: AnalysisRun) -> tuple[str, ...]:
    found = []
    if first.method != second.method:
        found.append(
            "Ce ne sont pas deux passages de la même méthode : un même chiffre peut s’y calculer autrement."
        )
    if first.scope != second.scope:
        found.append("Les périmètres diffèrent : ce à quoi chaque unité est comparée n’est pas le même.")
    labels = {parameter.name: parameter.label for parameter in METHODS[first.method].parameters}
    # what only one of two methods asks is no difference between the two runs
    both = first.parameters.keys() & second.parameters.keys() - set(NEVER_WARNED)
    changed = sorted(
        labels.get(name, name) for name in both if first.parameters[name] != second.parameters[name]
    )
    if changed:
        found.append(f"Des réglages diffèrent : {', '.join(changed)}.")
    if first.data_vintage != second.data_vintage:
        found.append(
            "Les millésimes des données diffèrent : une part de l’écart peut venir des logements comptés."
        )
    if first.code_version != second.code_version:
        found.append("Le logiciel a changé entre les deux : relancez l’une d’elles pour en être sûr.")
    if _overlapping(first, second):
        found.append("Les deux périodes se recouvrent : les mêmes signalements comptent des deux côtés.")
    return tuple(found)


def _overlapping(first: AnalysisRun, second: AnalysisRun) -> bool:
    one, other = ([run.parameters.get(name) for name in NEVER_WARNED] for run in (first, second))
    if None in (*one, *other) or one == other:
        return False
    return bool(one[0] <= other[1] and other[0] <= one[1])
