"""What chance alone gives: maps drawn with the same risk everywhere, and the largest ratio of each.

The replications come in blocks of ``BLOCK``, each with its own seed. A block gives the same maxima wherever
it is computed, so any number of processes or machines may share them out (see ``Spread``).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from maps.analysis.inputs import FloatArray
from maps.analysis.scan.study import Study
from maps.analysis.scan.windows import Windows

BLOCK = 32
HELD_AT_ONCE = 2**28
"""Bytes of drawn counts kept in memory; more blocks are scanned one lot after the other."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some replications: how many, and the seed they are drawn from."""

    seed: np.random.SeedSequence
    size: int = BLOCK


@dataclass(frozen=True, slots=True)
class Replications:
    """The study whose maps are drawn; ``variance`` is that of the risk of one source, 0 for none.

    Above 0 each place gets a gamma risk of mean 1, the same in all periods, of the variance that the mean of
    its sources has: its counts are then negative binomial, as those of buildings that report again and again.
    """

    study: Study
    variance: float = 0.0


Spread = Callable[
    [Callable[[Replications, Sequence[Block]], FloatArray], Replications, Sequence[Block]], FloatArray
]
"""Calls a function on blocks, at once or in parts, here or elsewhere; gives the results end to end, in order."""


def here(
    maxima: Callable[[Replications, Sequence[Block]], FloatArray],
    replications: Replications,
    blocks: Sequence[Block],
) -> FloatArray:
    """Compute all blocks in this process: the default ``Spread``."""
    return maxima(replications, blocks)


def blocks_of(rng: np.random.Generator, replications: int) -> list[Block]:
    """Give the blocks of a number of replications, with seeds spawned from ``rng``."""
    if not 1 <= replications <= 1_000_000:
        raise ValueError(f"replications must lie between 1 and 1 000 000, got {replications}")
    sizes = [BLOCK] * (replications // BLOCK) + [replications % BLOCK] * (replications % BLOCK > 0)
    seeds = rng.bit_generator.seed_seq.spawn(len(sizes))  # type: ignore[attr-defined]
    return [Block(seed, size) for seed, size in zip(seeds, sizes, strict=True)]


def replicate_maxima(replications: Replications, blocks: Sequence[Block]) -> FloatArray:
    """Give the largest log likelihood ratio of each replication, over all windows and shapes.

    With a variance, each ratio is divided by how much larger the variance of its window then is than Poisson's
    (a quasi-likelihood): else the largest would always be those of the few places that vary most.
    The total of the cases is that of the study. The result is exact, and does not depend on which blocks are
    computed together.
    """
    study = replications.study
    bits = 16 if study.total < 2**15 else 32
    cells = study.cases.size + (study.cases.shape[1] > 1) * len(study.cases)
    at_once = max(1, HELD_AT_ONCE // (cells * BLOCK * bits // 8))
    maxima = [np.zeros(0)]
    for first in range(0, len(blocks), at_once):
        lot = blocks[first : first + at_once]
        lanes = [_lanes(draw(replications, block), bits) for block in lot]
        raised = [np.zeros(BLOCK) for _ in lot]
        for windows in study.windows():
            weighing = _weighing(replications, windows)
            for drawn, largest in zip(lanes, raised, strict=True):
                _raise_maxima(study, windows, weighing, drawn, bits, largest)
        maxima += [largest[: block.size] for block, largest in zip(lot, raised, strict=True)]
    return np.concatenate(maxima)


def draw(replications: Replications, block: Block) -> NDArray[np.int32]:
    """Give (block.size, m, T) counts drawn under a constant risk, with the total of the study."""
    from maps.analysis.scan.kernels import draw_counts

    study, rng = replications.study, np.random.default_rng(block.seed)
    places, periods = study.cases.shape
    counts = np.zeros((block.size, places * periods), np.int32)
    if study.weighed is not None:
        for row in counts:
            row[:] = study.weighed.draw(rng, study.total)
        return counts.reshape(block.size, places, periods)
    if study.population < math.inf:
        dwellings = np.rint(study.expected.ravel() * study.population / study.total).astype(np.int64)
        for row in counts:
            row[:] = rng.multivariate_hypergeometric(dwellings, study.total, method="marginals")
    for row in counts if study.population == math.inf else ():
        weights = study.expected
        if replications.variance > 0:
            shape = np.maximum(study.sources, 1e-9) / replications.variance
            weights = weights * np.maximum(rng.gamma(shape, 1 / shape), 1e-300)[:, None]
        draw_counts(weights.ravel(), rng.random(study.total), row)
    return counts.reshape(block.size, places, periods)


def _lanes(counts: NDArray[np.int32], bits: int) -> NDArray[np.uint64]:
    """Pack (size, m, T) counts as words whose lanes are replications: (m, W), or (m, T + 1, W) cumulated."""
    size, places, periods = counts.shape
    if periods > 1:
        cumulated = np.zeros((size, places, periods + 1), np.int32)
        np.cumsum(counts, axis=2, out=cumulated[:, :, 1:])
    else:
        cumulated = counts
    narrow = np.zeros((*cumulated.shape[1:], BLOCK), np.uint16 if bits == 16 else np.uint32)
    narrow[..., :size] = np.moveaxis(cumulated, 0, -1)
    words = narrow.view(np.uint64)
    return words if periods > 1 else words[:, 0]


@dataclass(frozen=True, slots=True, eq=False)
class _Weighing:
    """What the ratio of each window is multiplied by, for the compiled loops."""

    inflation: FloatArray
    factor: FloatArray
    best: FloatArray


def _weighing(replications: Replications, windows: Windows) -> _Weighing:
    from maps.analysis.scan.kernels import BUCKETS

    study, penalty = replications.study, windows.shape.penalty
    if replications.variance == 0:
        return _Weighing(np.zeros(1), np.array([penalty]), np.full(BUCKETS, penalty))
    inflation = replications.variance * windows.spread(study.risk_spread())
    factor = penalty / (1 + inflation)
    best = np.zeros(BUCKETS)
    if study.cases.shape[1] > 1:
        best[:] = penalty  # a part of the time has a smaller inflation than the whole
    else:
        np.maximum.at(best, windows.bucket, factor)
    return _Weighing(inflation, factor, best)


def _raise_maxima(  # noqa: PLR0917 - all of it is needed
    study: Study,
    windows: Windows,
    weighing: _Weighing,
    lanes: NDArray[np.uint64],
    bits: int,
    maxima: FloatArray,
) -> None:
    """Raise the maxima of one block, in place, by the windows of one shape."""
    from maps.analysis.scan.kernels import WORDS, raise_maxima, raise_maxima_over_time

    facts = (bits, float(study.total), study.population, study.min_cases)
    lanes_a_pass = WORDS * 64 // bits
    for part in range(lanes.shape[-1] // WORDS):
        words = np.ascontiguousarray(lanes[..., part * WORDS : (part + 1) * WORDS])
        raised = maxima[part * lanes_a_pass : (part + 1) * lanes_a_pass]
        if lanes.ndim == 2:
            raise_maxima(
                windows.start, windows.order, windows.expected, windows.bucket, windows.scale,
                weighing.factor, weighing.best, words, *facts, raised,
            )  # fmt: skip
        else:
            raise_maxima_over_time(
                windows.start, windows.order, windows.bucket, study.cumulated(study.expected), study.spans,
                windows.scale, weighing.inflation, weighing.best, words, *facts, raised,
            )  # fmt: skip


def monte_carlo_p(ratio: float, maxima: FloatArray) -> float:
    """Give (1 + replications at least as extreme) / (1 + replications)."""
    return float((1 + np.count_nonzero(maxima >= ratio - 1e-9 * max(ratio, 1))) / (1 + maxima.size))


def gumbel_p(ratio: float, maxima: FloatArray) -> float:
    """Give the p value of a Gumbel law of the same mean and deviation as ``maxima``.

    It goes below 1 / (replications + 1), where the Monte-Carlo one stops; it is an approximation (Abrams,
    Kulldorff and Kleinman 2010, International Journal of Health Geographics 9, 61).
    """
    if maxima.size < 2 or (deviation := float(maxima.std(ddof=1))) == 0:
        return monte_carlo_p(ratio, maxima)
    scale = deviation * math.sqrt(6) / math.pi
    location = float(maxima.mean()) - np.euler_gamma * scale
    return -math.expm1(-math.exp(-(ratio - location) / scale))
