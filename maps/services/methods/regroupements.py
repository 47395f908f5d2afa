"""``regroupements``: the blocks and ends of streets where reported places are close together."""

from collections import Counter

import numpy as np
import shapely

from layers.errors import InvalidParameters, NothingToAnalyse
from layers.models import UnitKind
from layers.scope import Scope
from layers.selectors.report_selection import ReportSelection
from layers.selectors.reported_places import ReportedPlaces, reported_places
from maps.analysis.clusters import NOISE, group_points
from maps.services.methods.method import Column, Method, Shading, Values
from maps.services.methods.outcome import Fact, Outcome
from maps.services.methods.parameters import Number
from maps.services.methods.report_parameters import PERIOD, WHICH_REPORTS

M2_PER_HA = 10_000
STREETS_NAMED = 2


def read(scope: Scope, values: Values) -> ReportedPlaces:
    """Read the reported places of a perimeter."""
    selection = ReportSelection.of(values)
    if selection.since > selection.until:
        raise InvalidParameters({"until": "Au : ce jour est avant le premier jour compté"})
    return reported_places(scope, selection)


def compute(inputs: ReportedPlaces, values: Values, rng: np.random.Generator) -> Outcome:
    """Group the places; the groups with the most places first."""
    found = group_points(inputs.x, inputs.y, min_points=values["min_points"], reach_m=values["reach_m"])
    if not found.sizes.size:
        raise NothingToAnalyse(
            "aucun regroupement : les lieux signalés sont trop dispersés ; augmentez la portée ou baissez le nombre"
        )
    members = [np.flatnonzero(found.label == group) for group in range(found.sizes.size)]
    reports = np.array([inputs.reports[inside].sum() for inside in members], dtype=float)
    area_ha = shapely.area(found.outlines) / M2_PER_HA
    order = np.lexsort((np.arange(found.sizes.size), -reports, -found.sizes))
    figures = {
        "places": found.sizes.astype(float),
        "reports": reports,
        "area_ha": area_ha,
        "density": found.sizes / area_ha,
    }
    return Outcome(
        kind=UnitKind.CLUSTER,
        codes=[f"regroupement-{number}" for number in range(1, order.size + 1)],
        labels=[_named(inputs, members[group]) for group in order],
        communes=[
            sorted({commune for place in members[group] for commune in inputs.communes[place]})
            for group in order
        ],
        figures={name: column[order] for name, column in figures.items()},
        shapes=found.outlines[order],
        srids=np.full(order.size, inputs.srid),
        facts=(
            Fact("Lieux signalés", len(inputs.x)),
            Fact("Regroupements", int(order.size)),
            Fact("Lieux dans un regroupement", int(np.count_nonzero(found.label != NOISE))),
            Fact("Lieux isolés", found.noise, "dans aucun regroupement"),
        ),
        notes=(f"Signalements dont la place n’est pas assez sûre : {inputs.left_out}.",)
        if inputs.left_out
        else (),
    )


def _named(inputs: ReportedPlaces, inside: np.ndarray) -> str:
    """Name a group by the streets that most of its places are in."""
    streets = Counter(inputs.streets[place] for place in inside if inputs.streets[place])
    named = [
        name for name, _ in sorted(streets.items(), key=lambda pair: (-pair[1], pair[0]))[:STREETS_NAMED]
    ]
    return ", ".join(named) or f"Regroupement de {inside.size} lieux"


METHOD = Method(
    id="regroupements",
    title="Regroupements de lieux signalés",
    question="Quels îlots, quels bouts de rue réunissent des lieux signalés proches les uns des autres\u00a0?",
    parameters=(
        *PERIOD,
        *WHICH_REPORTS,
        Number(
            name="min_points",
            label="Lieux au moins",
            low=2,
            high=100,
            default=5,
            whole=True,
            help="En dessous, ce n’est pas un regroupement.",
        ),
        Number(
            name="reach_m",
            label="Portée",
            low=10,
            high=500,
            default=30,
            unit="m",
            help="Un lieu qui n’en a pas assez d’autres à cette distance est isolé. 30 m : des immeubles voisins ;"
            " en centre ancien, 75 m réunissent des quartiers entiers.",
        ),
    ),
    columns=(
        Column("places", "Lieux signalés"),
        Column("reports", "Signalements"),
        Column("area_ha", "Surface", "ha", 2),
        Column("density", "Lieux signalés par hectare", "", 1),
    ),
    caveats=(
        "Un regroupement est dessiné, pas démontré : le hasard aussi fait des paquets. Pour savoir s’il y en a trop,"
        " lisez le balayage et les points chauds, qui comptent les logements.",
        "Un immeuble compte une fois, quel que soit le nombre de ses signalements.",
        "Le contour est l’enveloppe des lieux et dix mètres autour : ce n’est pas un périmètre d’opération.",
        "Un contour de quelques immeubles désigne leurs habitants : il ne sort pas du cercle des partenaires.",
    ),
    read=read,
    compute=compute,
    shadings=(Shading("places"), Shading("density")),
)
