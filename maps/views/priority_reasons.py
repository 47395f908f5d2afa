"""Why a place has its rank: each criterion in points and in words, the interval of the rank on a scale."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import FloatField, Max
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.urls import reverse

from layers.kept_fields import figures_kept
from layers.models import AnalysisResult, AnalysisRun, UnitKind
from layers.scope import Scope
from maps.analysis.priorities import Axis
from maps.services.methods.priorites import STABILITY
from maps.services.methods.priorites_criteria import CRITERIA, points_name, weight_name

PLACE_PAGES = {UnitKind.BATIMENT: "batiment", UnitKind.PARCELLE: "parcelle", UnitKind.ADRESSE: "adresse"}
LETTERS = "ABCDEFG"


@dataclass(frozen=True)
class Weight:
    """A criterion of a run: its weight, and the points of 100 that it is worth on its axis."""

    label: str
    axis: Axis
    weight: float
    most: float


@dataclass(frozen=True)
class Reason:
    """What one criterion adds to a place: points, of how many, and the value behind."""

    label: str
    points: float
    most: float
    value: str

    @property
    def share(self) -> float:
        """The part of its points that it gives, in percent."""
        return min(100 * self.points / self.most, 100)


@dataclass(frozen=True)
class Listed:
    """One place of the list."""

    row: AnalysisResult
    link: str
    reasons: tuple[Reason, ...]
    """Those that add points, the most first."""
    unknown: tuple[str, ...]
    capacity: tuple[Reason, ...]
    places: int
    """Places in the ranking: the length of the scale."""

    @property
    def stability(self) -> Any:
        """The class: its words, its colour, its mark."""
        return STABILITY[self.row.category]

    @property
    def on_scale(self) -> dict[str, float]:
        """Where the rank and its bounds stand on a scale of 100 that gives as much room to 1-10 as to 10-100."""
        length = math.log(max(self.places, 2))
        at = {
            name: 100 * math.log(self.row.figures[name]) / length
            for name in ("rang_besoin", "rang_bas", "rang_haut")
        }
        return at | {"width": max(at["rang_haut"] - at["rang_bas"], 2)}


def weights_of(run: AnalysisRun, scope: Scope) -> Mapping[str, Weight]:
    """Give, by name, the criteria that counted in a run: those with a weight, whose data told something.

    Less those of which the reader does not get the figures: the rank counted them all the same.
    """
    names = [
        name
        for name, criterion in CRITERIA.items()
        if run.parameters["unit"] in criterion.kinds and run.parameters.get(weight_name(name), 0) > 0
    ]
    told = (
        AnalysisResult.objects.visible_to(scope)
        .of_run(run)
        .order_by()
        .aggregate(
            **{
                name: Max(Cast(KeyTextTransform(points_name(name), "figures"), FloatField()))
                for name in names
            }
        )
    )
    counted = {name: run.parameters[weight_name(name)] for name in names if told[name] is not None}
    kept = figures_kept(scope)
    totals = {
        axis: sum(weight for name, weight in counted.items() if CRITERIA[name].axis is axis) for axis in Axis
    }
    return {
        name: Weight(
            CRITERIA[name].label, CRITERIA[name].axis, weight, 100 * weight / totals[CRITERIA[name].axis]
        )
        for name, weight in counted.items()
        if name not in kept
    }


def listed(row: AnalysisResult, kind: str, weights: Mapping[str, Weight], places: int) -> Listed:
    """Tell a row of a run."""
    reasons: dict[Axis, list[Reason]] = {axis: [] for axis in Axis}
    unknown = []
    for name, weight in weights.items():
        points = row.figures.get(points_name(name))
        if points is None:
            unknown.append(weight.label)
        elif points > 0:
            said = _value(name, kind, row.figures[name])
            reasons[weight.axis].append(Reason(weight.label, points, weight.most, said))
    page = PLACE_PAGES.get(row.unit_kind)
    return Listed(
        row=row,
        link=reverse("place-file", args=[page, row.unit_code])
        if page
        else reverse("territory", args=[row.unit_code]),
        reasons=tuple(sorted(reasons[Axis.NEED], key=lambda reason: -reason.points)),
        unknown=tuple(unknown),
        capacity=tuple(reasons[Axis.CAPACITY]),
        places=places,
    )


def _value(name: str, kind: str, value: float) -> str:
    """Say the value behind some points, in words."""
    figure = f"{value:.1f}".rstrip("0").rstrip(".").replace(".", ",")
    of_iris = kind == UnitKind.IRIS
    several = "s" if value >= 2 else ""
    return {
        "gravite": f"criticité {figure}",
        "repetition": f"{figure} signalement{several}",
        "taux": f"{figure} logements signalés pour 1 000",
        "attente": f"ouvert depuis {figure} jours",
        "sans_reponse": f"sans réponse depuis {figure} jours",
        "point_chaud": "point chaud très net" if value > 1 else "dans un point chaud",
        "occupants": f"{figure} personne{several}",
        "enfants": f"{figure} enfant{several}",
        "bati_ancien": f"{figure} % d’avant 1946" if of_iris else f"{figure} ans",
        "energie": f"{figure} % de DPE F ou G"
        if of_iris
        else f"classe {LETTERS[int(value) - 1 : int(value)]}",
        "arrete_echu": f"{figure} arrêté{several} non levé{several}"
        if of_iris
        else f"échu depuis {figure} jours au moins",
        "expropriation": f"{figure} parcelle{several} à deux arrêtés ou plus"
        if of_iris
        else "deux arrêtés non levés en dix ans",
        "perimetre": "dans un périmètre d’opération",
        "engage": f"{figure} signalement{several} pris en charge",
    }[name]
