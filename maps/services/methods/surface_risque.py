"""``surface_risque``: reported dwellings over dwellings, smoothed by one kernel: a continuous relative risk.

Made from the cells that may be published and from no point: whoever holds the raster cannot find a household in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from django.db.models import Value
from numpy.typing import NDArray

from layers.errors import InvalidParameters, NothingToAnalyse
from layers.models import Commune, UnitKind
from layers.scope import Scope
from layers.selectors.heat_points import dwelling_points, perimeter_of, sure_points
from layers.selectors.legal_projection import shape_in
from layers.selectors.report_selection import ReportSelection
from maps.analysis.density import RelativeRiskSurface, kernel_density, relative_risk
from maps.analysis.disclosure import Audience, suppress
from maps.analysis.inputs import BoolArray, FloatArray
from maps.services.methods.counting import PER
from maps.services.methods.method import Column, Method, Shading
from maps.services.methods.outcome import Fact, Outcome, Surface
from maps.services.methods.parameters import Number
from maps.services.methods.report_parameters import PERIOD, WHICH_REPORTS
from maps.services.squares import CELL_M, SURFACE_CELL_M, Squares, inside, squares_over

UNIT = "rapport au risque moyen"
CUTS = (0.5, 0.8, 1.25, 2.0, 3.0)  # the same on every map: two surfaces compare


@dataclass(frozen=True, slots=True, eq=False)
class RiskPoints:
    """What a surface is made of, in metres of one projection."""

    srid: int
    ground: NDArray[np.object_]
    """The shapes of the perimeter, less its excluded zones."""
    communes: tuple[str, ...]
    commune_shapes: NDArray[np.object_]
    x: FloatArray
    y: FloatArray
    """Reported dwellings, each once."""
    stock: tuple[FloatArray, FloatArray, FloatArray]
    """Addresses with their share of the dwellings of their IRIS: x, y, dwellings."""
    reports: int
    left_out: int


def read(scope: Scope, values: Mapping[str, Any]) -> RiskPoints:
    """Read the points of the perimeter; raises NothingToAnalyse without ground or report."""
    selection = ReportSelection.of(values)
    if selection.since > selection.until:
        raise InvalidParameters({"until": "Au : ce jour est avant le premier jour compté"})
    perimeter = perimeter_of(scope)
    if perimeter is None:
        raise NothingToAnalyse(
            "le périmètre choisi ne contient aucun territoire dont le contour soit importé"
        )
    points = sure_points(selection.reports(scope), perimeter.srid)
    if not points.x.size:
        raise NothingToAnalyse("aucun signalement placé au numéro ne répond à ces critères")
    stock = dwelling_points(perimeter.ground, perimeter.srid)
    communes = Commune.objects.filter(code__in=perimeter.ground, geom__isnull=False).order_by("code")
    rows = list(communes.values_list("code", shape_in(Value(perimeter.srid))))
    return RiskPoints(
        srid=perimeter.srid,
        ground=np.asarray(perimeter.shapes, dtype=object),
        communes=tuple(code for code, _ in rows),
        commune_shapes=shapely.from_wkb([bytes(shape) for _, shape in rows]),
        x=points.x,
        y=points.y,
        stock=(stock.x, stock.y, stock.dwellings),
        reports=points.reports,
        left_out=points.left_out,
    )


def compute(inputs: RiskPoints, values: Mapping[str, Any], rng: np.random.Generator) -> Outcome:
    """Smooth cases and dwellings of the published cells alike, and divide; the highest cells first."""
    held = squares_over(inputs.ground, [(inputs.x, inputs.y, np.ones_like(inputs.x))], inputs.stock)
    cells = np.unique(held.corners)
    cases, dwellings = held.total(held.cases)[cells], held.total(held.dwellings)[cells]
    inhabited = (cases > 0) | (dwellings > 0)
    cells, cases, dwellings = cells[inhabited], cases[inhabited], dwellings[inhabited]
    rule = suppress(cases, dwellings, Audience.PUBLIC)
    shown = rule.shown & (dwellings > 0)
    if not (shown & (cases > 0)).any():
        raise NothingToAnalyse(
            "aucune cellule ne peut être montrée : il y a trop peu de signalements ou de logements,"
            " ou bien les adresses et les nombres de logements ne sont pas importés"
        )
    published = np.isin(held.corners, cells[shown])
    surface = _surface(held, cells[shown], cases[shown], published, values)
    known = surface.shown & inside(surface.grid, inputs.ground) & _by_pixel(published, held)
    cells, cases, dwellings = cells[shown], cases[shown], dwellings[shown]
    shapes = held.shapes(cells)
    communes = _communes(shapes, inputs)
    kept = np.array([bool(covered) for covered in communes])
    risk = _mean_by_cell(held, surface.values, known)[cells]
    order = np.lexsort((cells, -np.nan_to_num(risk, nan=-1)))
    order = order[kept[order]]
    if not order.size:
        raise NothingToAnalyse("aucune cellule publiable n’est dans les communes du périmètre")
    sides = held.sides(cells).astype(int)
    corners = shapely.bounds(shapes).astype(int)
    figures = {"cases": cases, "dwellings": dwellings, "rate": PER * cases / dwellings, "risk": risk}
    return Outcome(
        kind=UnitKind.CARREAU,
        codes=[f"CRS{inputs.srid}RES{sides[n]}mN{corners[n][1]}E{corners[n][0]}" for n in order],
        labels=[f"Carreau de {sides[n]} m, {corners[n][1]} N {corners[n][0]} E" for n in order],
        communes=[communes[n] for n in order],
        figures={name: figure[order] for name, figure in figures.items()},
        shapes=shapes[order],
        srids=np.full(order.size, inputs.srid),
        facts=(
            Fact("Signalements retenus", inputs.reports),
            Fact("laissés de côté, faute de position au numéro", inputs.left_out),
            Fact("Carreaux montrés", int(order.size), f"sur {inhabited.sum()} habités"),
            Fact("Risque le plus fort", float(np.nanmax(risk[order], initial=0)), "fois la moyenne", 1),
        ),
        vintages={},
        surface=Surface(
            np.where(known, surface.values, np.nan),
            surface.grid,
            inputs.srid,
            UNIT,
            {"RAYON_M": f"{values['bandwidth_m']:.0f}", "CELLULE_M": f"{SURFACE_CELL_M:.0f}"},
        ),
    )


def _surface(
    held: Squares,
    cells: NDArray[np.int64],
    cases: FloatArray,
    published: BoolArray,
    values: Mapping[str, Any],
) -> RelativeRiskSurface:
    grid, bandwidth = held.surface_grid, values["bandwidth_m"]
    reported, exposed = held.points(held.spread(cells, cases)), held.points(held.dwellings * published)
    densities = [kernel_density(x, y, grid, bandwidth, weights=mass) for x, y, mass in (reported, exposed)]
    return relative_risk(*densities, floor_per_km2=values["floor"])


def _by_pixel(of_square: NDArray, held: Squares) -> NDArray:
    """Give, for each cell of the surface, what its square has."""
    shrink = held.surface_grid.rows // held.grid.rows
    by_row = of_square.reshape(held.grid.rows, held.grid.columns)
    return by_row.repeat(shrink, axis=0).repeat(shrink, axis=1)


def _mean_by_cell(held: Squares, values: FloatArray, known: BoolArray) -> FloatArray:
    """Give the mean of the surface over each cell, at the number of its first square; NaN where it says nothing."""
    cell = _by_pixel(held.corners, held)[known]
    size = held.corners.size
    total, counted = np.bincount(cell, values[known], minlength=size), np.bincount(cell, minlength=size)
    return np.divide(total, counted, out=np.full(size, np.nan), where=counted > 0)


def _communes(shapes: NDArray[np.object_], inputs: RiskPoints) -> list[tuple[str, ...]]:
    """Give the communes that each cell touches."""
    cell, commune = shapely.STRtree(inputs.commune_shapes).query(shapes, predicate="intersects")
    found: list[list[str]] = [[] for _ in shapes]
    for n, owner in zip(cell.tolist(), commune.tolist(), strict=True):
        found[n].append(inputs.communes[owner])
    return [tuple(sorted(codes)) for codes in found]


METHOD = Method(
    id="surface_risque",
    title="Surface de risque relatif",
    question="Où, sans s’arrêter aux limites des territoires, signale-t-on plus que le parc ne le voudrait\u00a0?",
    parameters=(
        *PERIOD,
        Number(
            name="bandwidth_m",
            label="Rayon de lissage",
            low=200,
            high=3000,
            default=500,
            unit="m",
            help="Plus il est grand, plus la surface est sûre et moins elle est fine.",
        ),
        *WHICH_REPORTS,
        Number(
            name="floor",
            label="Densité de logements au-dessous de laquelle rien n’est montré",
            low=1,
            high=5000,
            default=50,
            unit="logements au km²",
            advanced=True,
            help="Un rapport à presque rien ne dit rien.",
        ),
    ),
    columns=(
        Column("cases", "Logements signalés"),
        Column("dwellings", "Logements"),
        Column("rate", "Taux brut", "pour 1\u00a0000", 1),
        Column(
            "risk", "Risque relatif lissé", "fois la moyenne", 2, "Moyenne de la surface dans le carreau."
        ),
    ),
    caveats=(
        "La surface compare des densités : elle montre où chercher, elle ne prouve pas un foyer. Pour une preuve,"
        " lisez les points chauds ou les regroupements.",
        f"Elle est faite des seuls carreaux publiables ({CELL_M:.0f} m et plus) : ailleurs, rien n’est montré.",
        "Les logements d’un IRIS sont répartis également entre ses adresses : un grand immeuble y compte trop peu.",
        "Deux surfaces faites de critères différents, soustraites l’une de l’autre, peuvent trahir un foyer :"
        " n’en diffusez qu’une.",
        "Près du bord du périmètre, le lissage manque de ce qui est de l’autre côté.",
    ),
    read=read,
    compute=compute,
    shadings=(Shading("risk", cuts=CUTS), Shading("rate")),
    is_long=True,
)
