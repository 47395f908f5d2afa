"""``gestionnaires``: landlords and syndics that come back, from one place to another."""

from collections import Counter

import numpy as np
import shapely

from layers.errors import InvalidParameters, NothingToAnalyse
from layers.models import UnitKind
from layers.scope import Scope
from layers.selectors.managers import LANDLORD, SYNDIC, Manager, managers
from layers.selectors.report_selection import ReportSelection
from maps.services.methods.method import Category, Column, Method, Shading, Values
from maps.services.methods.outcome import Fact, Outcome
from maps.services.methods.parameters import Number
from maps.services.methods.report_parameters import PERIOD, WHICH_REPORTS


def read(scope: Scope, values: Values) -> list[Manager]:
    """Read the managers of a perimeter."""
    selection = ReportSelection.of(values)
    if selection.since > selection.until:
        raise InvalidParameters({"until": "Au\u00a0: ce jour est avant le premier jour compté"})
    return managers(scope, selection)


def compute(inputs: list[Manager], values: Values, rng: np.random.Generator) -> Outcome:
    """Keep who has several places; the most open orders first, then the most reports."""
    several = [one for one in inputs if len(one.places) >= values["least"]]
    if not several:
        raise NothingToAnalyse(
            "aucun bailleur ni syndic n’a assez de lieux signalés ou sous arrêté sur la période"
        )
    several.sort(key=lambda one: (-one.open_orders, -one.reports, -len(one.places), one.role, one.name))
    srids = [_commonest_projection(one) for one in several]
    figures = {
        "places": [len(one.places) for one in several],
        "reports": [one.reports for one in several],
        "dwellings": [one.dwellings for one in several],
        "orders": [one.orders for one in several],
        "open_orders": [one.open_orders for one in several],
        "communes": [len(one.communes) for one in several],
    }
    return Outcome(
        kind=UnitKind.CLUSTER,
        codes=[f"{one.role}-{number}" for number, one in enumerate(several, 1)],
        labels=[one.name for one in several],
        communes=[one.communes for one in several],
        figures={name: np.array(column, dtype=float) for name, column in figures.items()},
        categories=[one.role for one in several],
        shapes=np.array(
            [
                shapely.MultiPoint([(x, y) for _, x, y, srid in one.places if srid == projection])
                for one, projection in zip(several, srids, strict=True)
            ]
        ),
        srids=np.array(srids),
        facts=(
            Fact("Bailleurs et syndics nommés", len(inputs)),
            Fact("dont à plusieurs lieux", len(several)),
            Fact("Arrêtés sans mainlevée chez eux", sum(one.open_orders for one in several)),
        ),
    )


def _commonest_projection(one: Manager) -> int:
    """Give the projection of most of the places: one shape has one projection, mainland and overseas have two."""
    return Counter(srid for *_, srid in one.places).most_common(1)[0][0]


METHOD = Method(
    id="gestionnaires",
    title="Bailleurs et syndics qui reviennent",
    question="Quels bailleurs et quels syndics ont plusieurs lieux signalés ou sous arrêté\u00a0?",
    parameters=(
        *PERIOD,
        Number(
            name="least",
            label="Lieux au moins",
            low=2,
            high=1_000,
            default=2,
            whole=True,
            help="En dessous, le bailleur ou le syndic n’est pas listé.",
        ),
        *WHICH_REPORTS,
    ),
    columns=(
        Column("places", "Lieux"),
        Column("reports", "Signalements"),
        Column("dwellings", "Logements signalés"),
        Column("orders", "Arrêtés"),
        Column("open_orders", "Arrêtés sans mainlevée"),
        Column("communes", "Communes"),
    ),
    caveats=(
        "Un grand bailleur a beaucoup de logements, donc beaucoup de signalements\u00a0: ce tableau ne dit pas qu’il"
        " gère mal. Rapportez-le à son parc, que la base ne connaît pas.",
        "Les propriétaires qui sont des personnes ne sont pas importés, ni donc rapprochés.",
        "Un syndic n’est connu que par les arrêtés qui le nomment, au jour de l’arrêté\u00a0; il a pu changer.",
        "Deux noms écrits trop différemment comptent pour deux.",
    ),
    read=read,
    compute=compute,
    shadings=(Shading("places"),),
    categories=(
        Category(LANDLORD, "Bailleur", "#2166ac", "■"),
        Category(SYNDIC, "Syndic", "#b35806", "●"),
    ),
)
