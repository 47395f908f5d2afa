"""What ``balayage`` compares each unit to: its dwellings, or what its stock is expected to report.

The stock speaks at the addresses, where the BDNB and the RPLS tell of each building: a larger unit is then seen
through its addresses. Where they are not known, or too few, a regression on the units themselves stands in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from layers.errors import NothingToAnalyse
from layers.models import UnitKind
from layers.scope import Scope
from layers.selectors.unit_addresses import address_covariates, rows_of_addresses
from layers.selectors.unit_counts import TerritoryCounts
from maps.analysis.expected import MOST_KNOWN, TooFewAreas, expected_counts
from maps.analysis.inputs import BoolArray, FloatArray
from maps.analysis.surroundings import surroundings
from maps.services.methods.balayage_form import STOCK
from maps.services.methods.balayage_rows import centres
from maps.services.methods.counting import known_exposure
from maps.services.methods.report_parameters import read_territory_counts
from maps.services.methods.silence import INDICATORS

THROUGH_ADDRESSES = (
    "Ce que le parc annonce est estimé à l’adresse, immeuble par immeuble : {cases} logements signalés y sont placés,"
    " sur {placed} dans les unités."
)
BY_UNIT = (
    "Ce que le parc annonce est estimé par unité, faute d’adresses assez connues : un foyer y est plus difficile"
    " à voir."
)


@dataclass(frozen=True, slots=True, eq=False)
class Addresses:
    """The m addresses of a perimeter."""

    counts: TerritoryCounts
    own: Mapping[str, FloatArray]
    """(m,) what the registers tell of the building at each, and of those around."""
    unit: NDArray[np.intp]
    """(m,) the row of the scanned unit each lies in, -1 for none."""

    @classmethod
    def of(cls, territory: TerritoryCounts) -> "Addresses":
        """Give addresses that are scanned themselves."""
        return cls(territory, _own_and_around(territory), np.arange(territory.units.codes.size))

    @classmethod
    def under(cls, territory: TerritoryCounts, scope: Scope, values: Mapping[str, Any]) -> "Addresses | None":
        """Give those of larger units, None where no address is known."""
        try:
            counts = read_territory_counts(scope, {**values, "unit": UnitKind.ADRESSE.value})
        except NothingToAnalyse:
            return None
        return cls(counts, _own_and_around(counts), rows_of_addresses(territory.units, counts.units))


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What n units are compared to, and the k places in which this is seen: the units, or the addresses in them."""

    exposure: FloatArray
    """(n,) dwellings, or what all places of the unit lead to expect; 0 where it is not known."""
    seen: TerritoryCounts
    """The k places."""
    unit: NDArray[np.intp]
    """(k,) the row of the unit of each, -1 for none."""
    expected: FloatArray
    """(k,) what each place is compared to; 0 where it is not known."""
    learn: Callable[[BoolArray], FloatArray] | None
    """Learns it again from the places kept; None if there is nothing to learn."""
    notes: list[str]

    @property
    def by_address(self) -> bool:
        """Say whether the places are addresses: buildings, each with a risk of its own."""
        return self.seen.units.kind == UnitKind.ADRESSE

    def outside(self, kept: BoolArray) -> FloatArray:
        """Give (k,) what each place is compared to, learnt from those kept alone, if they are enough."""
        if self.learn is None or kept.all():
            return self.expected
        try:
            return np.where(self.expected > 0, self.learn(kept), 0)
        except TooFewAreas:
            return self.expected


def comparison(territory: TerritoryCounts, addresses: Addresses | None, denominator: str) -> Comparison:
    """Say what each unit is compared to; raises NothingToAnalyse where nothing can be."""
    itself, by_address = np.arange(territory.units.codes.size), territory.units.kind == UnitKind.ADRESSE
    if denominator != STOCK:
        exposure = known_exposure(territory, denominator)
        return Comparison(exposure, territory, itself, exposure, None, [])
    found = None if addresses is None or by_address else _through_addresses(territory, addresses)
    if found is None:
        learn = _learning(territory, addresses.own if addresses is not None and by_address else {})
        try:
            expected = learn()
        except TooFewAreas as error:
            raise NothingToAnalyse(
                "trop peu d’unités dont le parc est connu pour en tirer un nombre attendu : rapportez aux logements"
            ) from error
        found = Comparison(expected, territory, itself, expected, learn, [] if by_address else [BY_UNIT])
    left = int(((found.exposure == 0) & (known_exposure(territory) > 0)).sum())
    found.notes.extend([f"Unités laissées de côté, leur parc n’étant pas connu : {left}."] * bool(left))
    return found


def _through_addresses(territory: TerritoryCounts, addresses: Addresses) -> Comparison | None:
    """Compare each unit to what its addresses expect together; None if they leave too many out, or reports."""
    learn, dwellings = _learning(addresses.counts, addresses.own), known_exposure(territory)
    try:
        expected = learn()
    except (TooFewAreas, NothingToAnalyse):
        return None
    lies = addresses.unit >= 0
    summed = np.bincount(addresses.unit[lies], expected[lies], dwellings.size)
    exposure = np.where(dwellings > 0, summed, 0)
    cases, placed = addresses.counts.counts.cases[lies].sum(), territory.counts.cases.sum()
    if dwellings[exposure > 0].sum() < MOST_KNOWN * dwellings.sum() or cases < MOST_KNOWN * placed:
        return None
    notes = [THROUGH_ADDRESSES.format(cases=cases, placed=placed)]
    return Comparison(exposure, addresses.counts, addresses.unit, expected, learn, notes)


def _learning(territory: TerritoryCounts, own: Mapping[str, FloatArray]) -> Callable[..., FloatArray]:
    """Give what tells (k,) the reports that the stock of k places leads to expect, learnt from some, all by default.

    It raises TooFewAreas, and NothingToAnalyse without a dwelling or a report.
    """

    def learn(usual: BoolArray | None = None) -> FloatArray:
        shares = {name: territory.stock.covariates[name] for name in INDICATORS}
        cases, dwellings = territory.counts.cases, known_exposure(territory)
        if usual is not None and not cases[usual].any():
            raise TooFewAreas("nothing is reported outside of the clusters")
        found = expected_counts(cases, dwellings, {**own, **shares}, usual=usual)
        return np.where(found.assessed, found.expected, 0)

    return learn


def _own_and_around(territory: TerritoryCounts) -> dict[str, FloatArray]:
    """Give what the registers tell of the building at each address, and of those around: how dense, how old."""
    own = address_covariates(territory.units)
    old = own["block_before_1919"] + own["block_of_1919_1945"] + own["house_before_1946"]
    dwellings = np.nan_to_num(territory.stock.dwellings)
    shares = {"blocks_around": own["block"], "old_around": old}
    return own | surroundings(*centres(territory.units), dwellings, shares)
