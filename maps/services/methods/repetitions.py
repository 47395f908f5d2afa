"""``repetitions``: places reported again and again, told beside what chance alone would give."""

from typing import Any

import numpy as np
import shapely

from layers.errors import InvalidParameters, NothingToAnalyse
from layers.models import UnitKind
from layers.scope import Scope
from layers.selectors.repeated_reports import KINDS, LEAST, RepeatedReports, repeated_reports
from layers.selectors.report_selection import ReportSelection
from maps.analysis.autocorrelation import benjamini_hochberg
from maps.analysis.repeated import repeated_neighbours, repeated_places, reported_neighbours
from maps.services.methods.method import Category, Column, Method, Shading, Values
from maps.services.methods.outcome import Fact, Outcome
from maps.services.methods.parameters import Number
from maps.services.methods.report_parameters import PERIOD, WHICH_REPORTS, unit

BEYOND, MAYBE = "au_dela_du_hasard", "hasard_possible"


def read(scope: Scope, values: Values) -> RepeatedReports:
    """Read the inhabited places of a perimeter and their reports."""
    selection = ReportSelection.of(values)
    if selection.since > selection.until:
        raise InvalidParameters({"until": "Au : ce jour est avant le premier jour compté"})
    return repeated_reports(UnitKind(values["unit"]), scope, selection)


def compute(inputs: RepeatedReports, values: Values, rng: np.random.Generator) -> Outcome:
    """Tell of each place with two reports or more how likely that is; the least likely first."""
    found = repeated_places(inputs.reports, inputs.dwellings, least=LEAST)
    several = np.flatnonzero((inputs.reports >= LEAST) & np.isin(inputs.codes, list(inputs.named)))
    if not several.size:
        raise NothingToAnalyse("aucun lieu n’a été signalé deux fois sur la période")
    q = benjamini_hochberg(found.p, found.tested)
    order = several[np.lexsort((inputs.codes[several], -inputs.reports[several], found.p[several]))]
    codes = [str(code) for code in inputs.codes[order]]
    named = [inputs.named[code] for code in codes]
    by_parcelle = inputs.kind == UnitKind.PARCELLE
    beside = (
        reported_neighbours(inputs.reports, inputs.neighbours) if by_parcelle else np.full(q.size, np.nan)
    )
    sure = q[order] <= values["alpha"] / 100
    return Outcome(
        kind=inputs.kind,
        codes=codes,
        labels=[name for name, *_ in named],
        communes=[(str(code),) for code in inputs.communes[order]],
        figures={
            "reports": inputs.reports[order].astype(float),
            "reported_dwellings": inputs.reported_dwellings[order].astype(float),
            "dwellings": inputs.dwellings[order],
            "beside": beside[order].astype(float),
            "expected": found.expected[order],
            "p_value": found.p[order],
            "q_value": q[order],
        },
        categories=[BEYOND if one else MAYBE for one in sure],
        shapes=shapely.points([x for _, x, _, _ in named], [y for _, _, y, _ in named]),
        srids=np.array([srid for *_, srid in named]),
        facts=_facts(inputs, found, int(sure.sum())),
        notes=_notes(inputs),
    )


def _facts(inputs: RepeatedReports, found: Any, sure: int) -> tuple[Fact, ...]:
    facts = (
        Fact("Lieux habités", len(inputs.codes)),
        Fact("Signalés deux fois ou plus", found.found),
        Fact("Attendus par le hasard", found.found_by_chance, "en moyenne", 1),
        Fact("Au-delà du hasard", sure),
    )
    if inputs.kind != UnitKind.PARCELLE:
        return facts
    pairs = repeated_neighbours(inputs.reports, inputs.dwellings, inputs.neighbours)
    return (
        *facts,
        Fact("Paires de parcelles voisines toutes deux signalées", pairs.found),
        Fact(
            "Attendues par le hasard",
            pairs.expected,
            f"à {2 * pairs.deviation:.0f} près, dix-neuf fois sur vingt",
            1,
        ),
    )


def _notes(inputs: RepeatedReports) -> tuple[str, ...]:
    notes = ["Logements d’une adresse : ceux que la BDNB dit de son bâtiment, un à défaut."]
    if inputs.kind == UnitKind.BATIMENT:
        notes.append(
            "Ceux d’une adresse sont partagés entre les bâtiments que le RNB lui donne, à défaut sa parcelle."
        )
    if inputs.left_out > 0:
        notes.append(f"Signalements qui ne sont à aucun lieu habité connu : {inputs.left_out}.")
    return tuple(notes)


METHOD = Method(
    id="repetitions",
    title="Lieux signalés plusieurs fois",
    question="Quels lieux reviennent plus souvent que le hasard ne le ferait, compte tenu de leurs logements\u00a0?",
    parameters=(
        unit(*KINDS, default=UnitKind.ADRESSE),
        *PERIOD,
        *WHICH_REPORTS,
        Number(
            name="alpha",
            label="Part de fausses alertes admise (%)",
            low=0.1,
            high=50,
            default=5,
            advanced=True,
            help="Parmi les lieux dits au-delà du hasard, en moyenne.",
        ),
    ),
    columns=(
        Column("reports", "Signalements"),
        Column("reported_dwellings", "Logements signalés", help="Que les mots déclarés distinguent."),
        Column("dwellings", "Logements", "", 1),
        Column("beside", "Parcelles voisines signalées", help="Qui la touchent ; pour les parcelles."),
        Column("expected", "Attendus par le hasard", "", 2),
        Column("p_value", "Probabilité d’en avoir autant", "", 4),
        Column("q_value", "Valeur q", "", 4, "Tient compte du nombre de lieux comparés."),
    ),
    caveats=(
        "Le hasard : des signalements qui tombent sur les logements au hasard, sans que l’un en appelle un autre.",
        "Un même ménage qui signale deux fois fait une répétition : un dossier qui dure, pas un immeuble entier.",
        "Le nombre de logements d’une adresse est une estimation ; une tour comptée pour une maison paraît répétée.",
        "Un lieu signalé une seule fois n’est pas listé : il peut être le plus grave.",
        "Ceux d’un même bailleur ou syndic sont rapprochés par « Bailleurs et syndics qui reviennent ».",
    ),
    read=read,
    compute=compute,
    shadings=(Shading("reports"),),
    categories=(
        Category(BEYOND, "Au-delà du hasard", "#b2182b", "▲"),
        Category(MAYBE, "Le hasard suffit", "#d9dee4"),
    ),
    draws_categories_first=True,
)
