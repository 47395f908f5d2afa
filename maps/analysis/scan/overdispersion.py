"""How much the risk varies from place to place beyond chance, clusters left aside."""

from numpy.typing import ArrayLike

from maps.analysis.inputs import check_same_length, read_counts, read_values


def risk_variance(cases: ArrayLike, expected: ArrayLike) -> float:
    """Give the variance of the gamma risk, of mean 1, that explains the spread of the counts; 0 if chance does.

    cases (n,) whole numbers >= 0; expected (n,) > 0, up to a factor. Raises ValueError on anything else.

    By moments: the squared deviations of the counts, less their Poisson part, over the squared expectations.
    """
    counts, awaited = read_counts(cases), read_values(expected, "expected")
    check_same_length(cases=counts, expected=awaited)
    if (awaited <= 0).any():
        raise ValueError("expected must be positive")
    if not counts.any():
        return 0.0
    awaited = awaited * (counts.sum() / awaited.sum())
    excess = float(((counts - awaited) ** 2 - awaited).sum())
    return max(excess / float((awaited**2).sum()), 0.0)
