"""``diffusion``: the counts that may leave the circle of the partners, all protected together.

A release is one table, territory x closed year, with all its totals: whatever a reader subtracts, the protection
knew it already (``maps.analysis.disclosure.releases``). So it is made on the whole base, once a year, and each
partner hands out his part of it. Made for the communes or for their IRIS, it is the same table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.utils import timezone
from numpy.typing import NDArray

from layers.arrondissements import with_arrondissements
from layers.errors import NothingToAnalyse
from layers.models import UnitKind
from layers.scope import Scope
from layers.selectors.iris_counts import reporting_period
from layers.selectors.report_selection import ReportSelection
from layers.selectors.unit_counts import report_cube
from layers.selectors.unit_stock import UnitStock, unit_stock
from layers.selectors.units import Units, units_of
from maps.analysis.disclosure import RULES, Audience, closed_years, release_cube
from maps.services.methods.method import Category, Column, Method, Shading
from maps.services.methods.outcome import Fact, Outcome
from maps.services.methods.parameters import Choice
from maps.services.methods.report_parameters import unit

YEARS = 3
AUDIENCES = {Audience.PUBLIC: "tout public", Audience.COMMITTEE: "un comité tenu à la discrétion"}
SHOWN, HIDDEN = "diffusable", "secret"
LAST = ""


@dataclass(frozen=True, slots=True, eq=False)
class ReleaseCounts:
    """What a release is made of."""

    iris: Units
    communes: Units
    stock: UnitStock
    """That of the IRIS."""
    commune_stock: UnitStock
    cases: NDArray[np.int64]
    """(IRIS, years): dwellings reported in the year."""
    years: tuple[int, ...]


def read(scope: Scope, values: Mapping[str, Any]) -> ReleaseCounts:
    """Read the closed years of the whole base, at most ``YEARS`` of them; raises NothingToAnalyse."""
    if not scope.everything:
        raise NothingToAnalyse(
            "une diffusion se calcule sur toute la base, par un administrateur : deux périmètres qui se recouvrent se"
            " trahiraient l’un l’autre. Vous lisez ici la part de votre périmètre une fois qu’elle est faite"
        )
    years = _closed(values["last_year"], scope)[-YEARS:]
    if not years:
        raise NothingToAnalyse(
            "aucune année n’est close : une année se diffuse 90 jours après sa fin, les signalements tardifs reçus"
        )
    selection = ReportSelection(since=date(years[0], 1, 1), until=date(years[-1], 12, 31))
    iris, communes = units_of(UnitKind.IRIS, scope), units_of(UnitKind.COMMUNE, scope)
    cube = report_cube(iris, scope, selection, "year")
    return ReleaseCounts(iris, communes, unit_stock(iris), unit_stock(communes), cube.cases, tuple(years))


def compute(inputs: ReleaseCounts, values: Mapping[str, Any], rng: np.random.Generator) -> Outcome:
    """Protect the table, and give one of its levels."""
    if not inputs.cases.any():
        raise NothingToAnalyse("aucun signalement n’est placé dans un IRIS pendant les années closes")
    audience = Audience(values["audience"])
    within = _commune_of(inputs)
    dwellings = np.nan_to_num(inputs.stock.dwellings)
    cube = release_cube(inputs.cases[:, :, np.newaxis], dwellings, audience, territories=[within])
    by_iris = values["unit"] == UnitKind.IRIS
    units, stock = (inputs.iris, inputs.stock) if by_iris else (inputs.communes, inputs.commune_stock)
    level, years = (0, len(inputs.years)) if by_iris else (1, len(inputs.years))

    def shown(row: int, year: int | None) -> float:
        count = cube.count(level, row, year)
        return np.nan if count is None else float(count)

    rows = range(units.codes.size)
    total = np.array([shown(row, None) for row in rows])
    figures = {"dwellings": stock.dwellings, "total": total}
    for ago in range(YEARS):
        # of a single year the total is that year
        year = years - 1 - ago if years > 1 else None
        figures[f"year_{ago}"] = np.array([shown(row, year) if ago < years else np.nan for row in rows])
    hidden = np.isnan(total)
    whole = cube.count(2, 0)
    return Outcome.of_units(
        units,
        figures,
        order=np.lexsort((units.codes, -np.nan_to_num(total, nan=-1))),
        communes=units.communes,
        categories=np.where(hidden, HIDDEN, SHOWN),
        facts=(
            Fact("Années", ", ".join(str(year) for year in reversed(inputs.years))),
            Fact("Logements signalés, toutes années", "secret" if whole is None else whole),
            Fact("Territoires dont le total est secret", int(hidden.sum())),
        ),
        notes=(
            f"De la plus récente à la plus ancienne : {', '.join(str(year) for year in reversed(inputs.years))}.",
            f"Diffusable à : {AUDIENCES[audience]}. Un nombre montré est 0 ou au moins {RULES[audience].min_cases},"
            f" dans un territoire d’au moins {RULES[audience].min_dwellings} logements.",
        ),
        vintages=stock.vintages,
    )


def _closed(last: str, scope: Scope) -> list[int]:
    period = reporting_period(scope)
    if period is None:
        return []
    years = closed_years(period[0].year, timezone.localdate())
    return [year for year in years if last == LAST or year <= int(last)]


def _years_offered(scope: Scope) -> Mapping[str, str]:
    return {LAST: "la dernière close"} | {str(year): str(year) for year in reversed(_closed(LAST, scope))}


def _commune_of(inputs: ReleaseCounts) -> NDArray[np.intp]:
    """Give the row, among the communes, of the one that each IRIS lies in."""
    row_of = {
        code: row
        for row, covered in enumerate(inputs.communes.communes)
        for code in with_arrondissements(list(covered))
    }
    try:
        return np.array([row_of[covered[0]] for covered in inputs.iris.communes], dtype=np.intp)
    except KeyError as unknown:
        raise NothingToAnalyse(f"la commune {unknown} a des IRIS et pas de contour : importez-le") from None


METHOD = Method(
    id="diffusion",
    title="Chiffres à diffuser",
    question="Combien de logements signalés, par commune ou par IRIS, peut-on écrire dans un document public ?",
    parameters=(
        unit(UnitKind.COMMUNE, UnitKind.IRIS, default=UnitKind.COMMUNE),
        Choice(
            name="audience",
            label="Lecteurs",
            choices={audience.value: label for audience, label in AUDIENCES.items()},
            default=Audience.PUBLIC.value,
            help="Un comité voit des nombres à partir de 3, le public à partir de 5.",
        ),
        Choice(
            name="last_year",
            label="Jusqu’à l’année",
            choices=_years_offered,
            default=LAST,
            help="Une année se diffuse 90 jours après sa fin ; les trois dernières sont données.",
        ),
    ),
    columns=(
        Column("dwellings", "Logements"),
        Column("total", "Logements signalés, toutes années", help="Vide : secret."),
        Column("year_0", "Année la plus récente", help="Vide : secret."),
        Column("year_1", "Année précédente", help="Vide : secret."),
        Column("year_2", "Deux ans avant", help="Vide : secret."),
    ),
    caveats=(
        "Une case vide n’est pas un zéro : son nombre est trop petit pour être montré, ou il permettrait d’en"
        " retrouver un autre par soustraction. On ne dit pas lequel des deux.",
        "Un logement signalé deux années compte dans chacune.",
        "Les signalements placés à la rue ou à la commune ne comptent dans aucun IRIS, donc pas ici.",
        "N’y ajoutez pas de chiffres par mois, par famille de désordres ou par quartier : croisés avec ceux-ci, ils"
        " pourraient désigner un ménage.",
    ),
    read=read,
    compute=compute,
    shadings=(Shading("total"),),
    categories=(Category(SHOWN, "Diffusable", "#fdd49e"), Category(HIDDEN, "Secret")),
    is_released=True,
    is_long=True,
)
