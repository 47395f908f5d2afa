"""Poisson and negative binomial regression of counts, by iteratively reweighted least squares.

The model is log(mean) = offset + design @ coefficients; the variance is mean + overdispersion * mean^2, where
an overdispersion of 0 is Poisson's. Columns of the design should be of like size (standardised), for the
ridge, if any, weighs on all alike but the first, the constant.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from maps.analysis.inputs import FloatArray, check_same_length, read_counts, read_matrix, read_values

MAX_STEPS = 100
SMALLEST_STEP = 1e-9
ROUNDING = 1e-13
LARGEST_COEFFICIENT = 8.0
"""On standardised columns, a rate multiplied by 3 000 at one standard deviation: a separated sample."""
RIDGE = 1.0
"""Where it is needed, the coefficients are drawn to 0 as if a normal law of variance 1 were known of them."""
LOG_OVERDISPERSION = (-14.0, 6.0)


@dataclass(frozen=True, slots=True, eq=False)
class CountModel:
    """Regression of n counts on k columns."""

    coefficients: FloatArray
    """(k,) on the log scale: a rate is multiplied by their exponential for one unit of the column."""
    covariance: FloatArray
    """(k, k) of the coefficients, the overdispersion being taken as known."""
    fitted: FloatArray
    """(n,) expected counts."""
    overdispersion: float
    deviance: float
    null_deviance: float
    """Of the constant alone, with the same overdispersion."""
    log_likelihood: float
    pearson: float
    """Pearson's statistic over its degrees of freedom: near 1 where the variance is well described."""
    ridge: float
    """0 unless the estimate without it runs away, as when no area with some feature has any case."""

    @property
    def errors(self) -> FloatArray:
        """Standard errors of the coefficients."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def explained(self) -> float:
        """Share of the deviance of the constant that the columns take away."""
        return 1 - self.deviance / self.null_deviance if self.null_deviance > 0 else 0.0


def fit_counts(
    cases: ArrayLike, design: ArrayLike, offset: ArrayLike, *, overdispersed: bool = True
) -> CountModel:
    """Fit the counts by maximum likelihood.

    Parameters
    ----------
    cases : (n,) whole numbers >= 0, not all 0
    design : (n, k) finite numbers          of full rank, n > k; the first column is the constant 1
    offset : (n,) finite numbers            log of the exposure
    overdispersed                           False keeps to Poisson's law

    Raises ValueError on anything else, and when no maximum is found even with the ridge.

    Notes: McCullagh and Nelder (1989), Generalized Linear Models, 2.5; negative binomial NB2 of Cameron and
    Trivedi (2013), Regression Analysis of Count Data, 3.3, coefficients and overdispersion in turn.
    """
    counts, columns, known = read_counts(cases), read_matrix(design, "design"), read_values(offset, "offset")
    check_same_length(cases=counts, offset=known, design=columns[:, 0])
    if not counts.any():
        raise ValueError("cases are all 0: there is nothing to explain")
    if counts.size <= columns.shape[1] or np.linalg.matrix_rank(columns) < columns.shape[1]:
        raise ValueError("design must have more rows than columns, and no column that the others give")
    if not (columns[:, 0] == 1).all():
        raise ValueError("the first column of design must be the constant 1")
    for ridge in (0.0, RIDGE):
        found = _fit(_Sample(counts, columns, known, ridge), overdispersed)
        if found is not None:
            return found
    raise ValueError("no maximum of the likelihood was found")


def log_likelihood(counts: FloatArray, mean: FloatArray, overdispersion: float) -> float:
    """Give the log-likelihood of ``counts`` (n,) with ``mean`` (n,) > 0; Poisson's at overdispersion 0."""
    return float(_log_probabilities(counts, mean, overdispersion).sum())


def tails(counts: FloatArray, mean: FloatArray, overdispersion: float) -> tuple[FloatArray, FloatArray]:
    """Give P(fewer than ``counts``) and P(more), half of P(as many) being added to each: they sum to 1."""
    as_many = np.exp(_log_probabilities(counts, mean, overdispersion))
    if overdispersion > 0:
        size = 1 / overdispersion
        success = mean / (size + mean)
        more = special.betainc(counts + 1, size, success)
    else:
        more = special.gammainc(counts + 1, mean)
    above = np.clip(more + as_many / 2, 0, 1)
    return 1 - above, above


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    counts: FloatArray
    columns: FloatArray
    offset: FloatArray
    ridge: float

    def mean(self, coefficients: FloatArray) -> FloatArray:
        return np.exp(self.offset + self.columns @ coefficients)

    def penalty(self) -> FloatArray:
        """Give the ridge of each coefficient: none for the constant."""
        return np.concatenate([[0.0], np.full(self.columns.shape[1] - 1, self.ridge)])

    def information(self, mean: FloatArray, overdispersion: float) -> FloatArray:
        weight = mean / (1 + overdispersion * mean)
        return self.columns.T @ (weight[:, None] * self.columns) + np.diag(self.penalty())

    def objective(self, coefficients: FloatArray, overdispersion: float) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            value = log_likelihood(self.counts, self.mean(coefficients), overdispersion)
            value -= float(self.penalty() @ coefficients**2) / 2
        return value if np.isfinite(value) else -np.inf

    def best(self, overdispersion: float, start: FloatArray) -> FloatArray | None:
        """Give the best coefficients for a known overdispersion; None if they run away.

        A step that loses likelihood is halved until it does not: Fisher scoring then cannot cycle.
        """
        current, value = start, self.objective(start, overdispersion)
        for _ in range(MAX_STEPS):
            mean = self.mean(current)
            score = self.columns.T @ ((self.counts - mean) / (1 + overdispersion * mean))
            score -= self.penalty() * current
            try:
                step = np.linalg.solve(self.information(mean, overdispersion), score)
            except np.linalg.LinAlgError:
                return None
            while self.objective(current + step, overdispersion) < value - ROUNDING * abs(value):
                step = step / 2
                if np.abs(step).max() <= SMALLEST_STEP:
                    break
            current = current + step
            value = self.objective(current, overdispersion)
            if np.abs(step).max() <= SMALLEST_STEP:
                return current
            if np.abs(current[1:]).max(initial=0) > LARGEST_COEFFICIENT:
                return None
        return None


def _fit(sample: _Sample, overdispersed: bool) -> CountModel | None:
    counts, width = sample.counts, sample.columns.shape[1]
    start = np.zeros(width)
    start[0] = np.log(counts.sum()) - special.logsumexp(sample.offset)
    coefficients, overdispersion = sample.best(0.0, start), 0.0
    for _ in range(MAX_STEPS if overdispersed else 0):
        if coefficients is None:
            return None
        before, overdispersion = overdispersion, _overdispersion(counts, sample.mean(coefficients))
        if abs(overdispersion - before) <= 1e-8 * (1 + before):
            break
        coefficients = sample.best(overdispersion, coefficients)
    constant = _Sample(counts, sample.columns[:, :1], sample.offset, 0.0)
    alone = constant.best(overdispersion, start[:1])
    if coefficients is None or alone is None:
        return None
    fitted = sample.mean(coefficients)
    variance = fitted * (1 + overdispersion * fitted)
    return CountModel(
        coefficients=coefficients,
        covariance=np.asarray(np.linalg.inv(sample.information(fitted, overdispersion)), dtype=np.float64),
        fitted=fitted,
        overdispersion=overdispersion,
        deviance=_deviance(counts, fitted, overdispersion),
        null_deviance=_deviance(counts, constant.mean(alone), overdispersion),
        log_likelihood=log_likelihood(counts, fitted, overdispersion),
        pearson=float(((counts - fitted) ** 2 / variance).sum() / (counts.size - width)),
        ridge=sample.ridge,
    )


def _overdispersion(counts: FloatArray, mean: FloatArray) -> float:
    """Give the most likely overdispersion for known means; 0 where Poisson's law is at least as likely."""
    found = optimize.minimize_scalar(
        lambda log: -log_likelihood(counts, mean, float(np.exp(log))),
        bounds=LOG_OVERDISPERSION,
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(np.exp(found.x)) if -found.fun > log_likelihood(counts, mean, 0.0) + 1e-6 else 0.0


def _log_probabilities(counts: FloatArray, mean: FloatArray, overdispersion: float) -> FloatArray:
    logs = special.xlogy(counts, mean) - special.gammaln(counts + 1)
    if overdispersion == 0:
        return logs - mean
    size = 1 / overdispersion
    # in this order the terms of a large size cancel before they are added: the limit is Poisson's
    ways = special.gammaln(size + counts) - special.gammaln(size) - counts * np.log(size)
    return logs + ways - (size + counts) * np.log1p(mean / size)


def _deviance(counts: FloatArray, mean: FloatArray, overdispersion: float) -> float:
    if overdispersion == 0:
        return 2 * float((special.xlogy(counts, counts / mean) - counts + mean).sum())
    size = 1 / overdispersion
    ratio = (size + counts) * np.log((size + counts) / (size + mean))
    return 2 * float((special.xlogy(counts, counts / mean) - ratio).sum())
