"""The scan done the slow way: every window listed, its likelihoods written out, no table and no lane."""

import math

import numpy as np


def poisson_ratio(c, e, total):
    """Give the log of L(raised risk inside) / L(one risk), straight from the two likelihoods."""
    if c <= e:
        return 0.0
    return c * math.log(c / e) + ((total - c) * math.log((total - c) / (total - e)) if c < total else 0)


def bernoulli_ratio(c, n, total, population):
    """Give the same for n dwellings of which c are cases, as maximised binomial likelihoods."""

    def likelihood(cases, of):
        return sum(k * math.log(k / of) for k in (cases, of - cases) if k > 0)

    if c / n <= (total - c) / (population - n):
        return 0.0
    return likelihood(c, n) + likelihood(total - c, population - n) - likelihood(total, population)


def windows(x, y, exposure, *, share=0.5, radius=math.inf, neighbours=None, ratio=1.0, angle_deg=0.0):
    """Give the sets of areas around each area, as index arrays, ties entering together; exact arithmetic on
    whole coordinates."""
    angle = math.radians(angle_deg)
    along = x * math.cos(angle) + y * math.sin(angle)
    across = ratio * (y * math.cos(angle) - x * math.sin(angle))
    found = set()
    for i in range(len(x)):
        apart = np.hypot(along - along[i], across - across[i]).round(6)
        for reach in np.unique(apart):
            inside = np.flatnonzero(apart <= reach)
            if (
                reach <= radius
                and len(inside) <= (neighbours or len(x))
                and exposure[inside].sum() <= share * exposure.sum() * (1 + 1e-9)
            ):
                found.add(tuple(inside))
    return found


def largest_ratio(found, cases, exposure, *, bernoulli=False, penalty=1.0, least=2):
    """Give the largest ratio of one map over a set of windows."""
    total, exposed = cases.sum(), exposure.sum()
    best = 0.0
    for window in found:
        inside = list(window)
        c, n = cases[inside].sum(), exposure[inside].sum()
        if c >= least and n > 0:
            value = (
                bernoulli_ratio(c, n, total, exposed)
                if bernoulli
                else poisson_ratio(c, n / exposed * total, total)
            )
            best = max(best, penalty * value)
    return best
