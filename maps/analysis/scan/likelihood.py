"""How much more likely a window is with a raised risk inside than with the same risk everywhere."""

import math

from numba import njit


@njit(cache=True, inline="always")
def log_ratio(observed: float, expected: float, total: float, population: float) -> float:
    """Give the log likelihood ratio of a window, 0 when it has no more cases than expected.

    ``expected`` is scaled so that the whole map expects ``total`` cases. ``population`` is infinite for
    Poisson counts (Kulldorff 1997, Commun. Stat. Theory Methods 26(6), 1481-1496) and the number of persons
    or dwellings, cases included, for Bernoulli ones: the same four terms then hold for those who are no case.

    It grows with ``observed`` and falls with ``expected``: the thresholds of the replications rest on that.
    """
    if observed <= expected:
        return 0.0
    ratio = _term(observed, expected) + _term(total - observed, total - expected)
    if population < math.inf:
        spared = expected * population / total - observed
        spared_expected = expected * (population / total - 1)
        if spared < -1e-6:
            return math.inf  # more cases than dwellings: asked for by the thresholds only
        ratio += _term(spared, spared_expected)
        ratio += _term(population - total - spared, population - total - spared_expected)
    return ratio


@njit(cache=True, inline="always")
def _term(observed: float, expected: float) -> float:
    if observed <= 0:
        return 0.0
    return observed * math.log(observed / expected) if expected > 0 else math.inf
