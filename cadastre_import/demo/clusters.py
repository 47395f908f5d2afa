"""Who reports, where and when: a risk that follows the stock, and planted clusters on top of it."""

from dataclasses import dataclass, field
from datetime import date

import numpy as np

from .parcels import Parcel
from .stock import Stock

START, END = date(2022, 10, 1), date(2026, 9, 30)
MONTHS = 48
REPORTS_PER_DWELLING = 0.093  # over the four years, before the clusters
BUILDING_SHAPE = 1.6  # of the gamma that makes some buildings report again and again


@dataclass(frozen=True)
class Recipe:
    """A cluster to plant: the IRIS it lies in, whether it fills it or only a block, its months and strength."""

    name: str
    iris: tuple[str, ...]
    blocks: int  # 0: the whole IRIS
    first_month: int
    last_month: int  # included
    relative_risk: float


RECIPES = (
    Recipe("Quai des Tanneurs, durable", ("369010104",), 0, 0, 47, 2.0),
    Recipe("Filatures, durable", ("369010206",), 0, 0, 47, 3.0),
    Recipe("Îlot des Capucines", ("369010302",), 1, 0, 47, 5.0),
    Recipe("Les Forges, émergent depuis un an", ("369010304",), 0, 36, 47, 4.0),
    Recipe("Centre Ouest de Corvennes, éteint depuis deux ans", ("369020108",), 0, 0, 23, 3.0),
    Recipe("Bourg des Hauts-Loriers, deux îlots", ("369030107",), 2, 0, 47, 5.0),
)


@dataclass
class Cluster:
    """A recipe once planted: its members, what they would have reported without it, what they did report."""

    recipe: Recipe
    buildings: np.ndarray  # rows of the stock
    expected: float = 0.0  # reports without the cluster, in its months
    actual: int = 0
    idus: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Events:
    """Aligned arrays, one row a report: the row of the stock and the month; what was expected; the clusters."""

    row: np.ndarray
    month: np.ndarray
    baseline: np.ndarray  # (rows of the stock,) expected over the whole period without clusters
    clusters: list[Cluster]


def baseline_rates(stock: Stock) -> np.ndarray:
    """Give the expected reports of each building: log-linear in age, tenure, size and income."""
    main = stock.private_tenants + stock.social_tenants + stock.owners
    exposed = stock.private_tenants + 0.42 * stock.social_tenants + 0.14 * stock.owners
    age = np.array([0.80, 0.62, 0.22, 0.0, -0.4, -0.8, -1.0])[stock.period]
    small = np.divide(stock.small, main, out=np.zeros(len(main)), where=main > 0)
    rates = exposed * np.exp(age + 0.9 * small - 0.85 * stock.income - 0.25 * stock.house)
    return rates / rates.sum() * REPORTS_PER_DWELLING * stock.dwellings.sum()


def month_profile() -> np.ndarray:
    """Give the share of the reports in each month: more every year, and more in winter."""
    month = np.arange(MONTHS)
    profile = 1.09 ** (month / 12) * (1 + 0.28 * np.cos(2 * np.pi * (month + START.month - 1 - 0.5) / 12))
    return profile / profile.sum()


def month_start(month: int) -> date:
    """Give the first day of a month counted from the first of the period."""
    index = START.year * 12 + START.month - 1 + month
    return date(index // 12, index % 12 + 1, 1)


def plant(stock: Stock, parcels: list[Parcel], rng: np.random.Generator) -> Events:
    """Draw the reports of each building and month, the clusters multiplying the risk of their members."""
    baseline = baseline_rates(stock)
    profile = month_profile()
    risk = np.ones((len(baseline), MONTHS))
    clusters = []
    for recipe in RECIPES:
        members = _members(recipe, stock, parcels, baseline)
        if not members.size:
            continue
        months = slice(recipe.first_month, recipe.last_month + 1)
        risk[members, months] *= recipe.relative_risk
        clusters.append(Cluster(recipe, members, float(baseline[members].sum() * profile[months].sum())))
    # without clusters the frailty has mean one, so that the baseline stays the expectation
    frailty = rng.gamma(BUILDING_SHAPE, 1 / BUILDING_SHAPE, len(baseline))
    for cluster in clusters:
        # few buildings: a frail or a sturdy one must not change the strength that was asked for
        own = cluster.buildings
        frailty[own] *= baseline[own].sum() / (baseline[own] * frailty[own]).sum()
    counts = rng.poisson((baseline * frailty)[:, None] * profile * risk)
    rows, months = np.nonzero(counts)
    times = counts[rows, months]
    events = Events(np.repeat(rows, times), np.repeat(months, times), baseline, clusters)
    for cluster in clusters:
        inside = np.isin(events.row, cluster.buildings)
        inside &= (events.month >= cluster.recipe.first_month) & (events.month <= cluster.recipe.last_month)
        cluster.actual = int(inside.sum())
        cluster.idus = sorted({parcels[parcel].idu for parcel in stock.parcel[cluster.buildings]})
    return events


def _members(recipe: Recipe, stock: Stock, parcels: list[Parcel], baseline: np.ndarray) -> np.ndarray:
    """Give the buildings of a cluster: an IRIS, or its blocks where most reports were to be expected."""
    inside = np.flatnonzero(np.isin(stock.iris, recipe.iris))
    if not recipe.blocks or not inside.size:
        return inside
    blocks = np.array([parcels[parcel].block for parcel in stock.parcel[inside]])
    weight = np.bincount(blocks, weights=baseline[inside])
    # consecutive blocks of a secteur are neighbours: take the run that weighs most
    runs = np.convolve(weight, np.ones(recipe.blocks), mode="valid")
    first = int(runs.argmax())
    return inside[(blocks >= first) & (blocks < first + recipe.blocks)]
