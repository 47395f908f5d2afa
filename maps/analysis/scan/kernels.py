"""The compiled loops of the scan: the best window of each centre, and the maxima of the replications.

Replications go side by side as lanes of 64-bit words, 16 or 32 bits each, so that one addition serves all.
A window is worth a logarithm only if one lane passes the least count that could raise the lowest maximum so
far: that count depends on the expected number alone and is read from a table. Nothing is approximated.

Arrays shared by the loops, for m centres, Z windows and T periods:

start     (m + 1,)  windows of centre i are start[i] to start[i + 1]; window k adds one place to k - 1
order     (Z,)      the place that a window adds
expected  (Z,)      cases expected in a window over all periods
bucket    (Z,)      entry of the window in the table of thresholds, CLOSED_OUT where places as near follow
"""

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from maps.analysis.scan.likelihood import log_ratio

WORDS = 8
BUCKETS = 4096
CLOSED_OUT = BUCKETS - 1
STRIDES = (4096, 256, 16, 1)
"""Centres are taken in rounds, a few first: the maxima of a round set the threshold of the next."""


@njit(cache=True, nogil=True)
def best_windows(start, order, bucket, cases, expected, spans, cuts, total, population, least, factor):
    """Give, for each cut and centre, the largest ratio, its number of places and its span of periods.

    ``cases`` and ``expected`` (m, T + 1) are cumulated over the periods from 0; ``spans`` (S, 2) are first
    and past-the-last period; ``cuts``, increasing, bound the cases expected by the places over all periods.
    """
    centres, columns = start.size - 1, cases.shape[1]
    value = np.zeros((cuts.size, centres))
    places = np.zeros((cuts.size, centres), np.int64)
    span = np.zeros((cuts.size, centres), np.int64)
    seen, awaited = np.empty(columns), np.empty(columns)
    for i in range(centres):
        seen[:] = 0
        awaited[:] = 0
        cut, best, best_places, best_span = 0, 0.0, 0, 0
        for z in range(start[i], start[i + 1]):
            for t in range(columns):
                seen[t] += cases[order[z], t]
                awaited[t] += expected[order[z], t]
            while cut < cuts.size and awaited[columns - 1] > cuts[cut]:
                value[cut, i], places[cut, i], span[cut, i] = best, best_places, best_span
                cut += 1
            if bucket[z] == CLOSED_OUT:
                continue
            for s in range(spans.shape[0]):
                c = seen[spans[s, 1]] - seen[spans[s, 0]]
                e = awaited[spans[s, 1]] - awaited[spans[s, 0]]
                if c > e and c >= least:
                    ratio = factor * log_ratio(c, e, total, population)
                    if ratio > best:
                        best, best_places, best_span = ratio, z + 1 - start[i], s
        while cut < cuts.size:
            value[cut, i], places[cut, i], span[cut, i] = best, best_places, best_span
            cut += 1
    return value, places, span


@njit(cache=True, nogil=True)
def raise_maxima(
    start, order, expected, bucket, scale, factor, best_factor, lanes, bits, total, population, least, maxima
):
    """Raise each of ``maxima`` to the largest ratio of its replication over all windows, in place.

    ``lanes`` (m, WORDS) are the cases of each place, one replication a lane; ``bits`` is 16 or 32 and
    ``total`` < 2 ** (bits - 1). A ratio is multiplied by the ``factor`` of its window, (Z,), or the same for
    all, (1,); ``best_factor`` (BUCKETS,) is the largest of each bucket.
    """
    centres = start.size - 1
    ones, top = _ones(bits), _ones(bits) << np.uint64(bits - 1)
    margin = np.empty(BUCKETS, np.uint64)
    seen = np.empty(WORDS, np.uint64)
    done = 0
    for stride in STRIDES:
        _fill_margins(margin, bits, scale, best_factor, maxima.min(), total, population, least)
        for i in range(0, centres, stride):
            if done and i % done == 0:
                continue
            seen[:] = 0
            for z in range(start[i], start[i + 1]):
                place = order[z]
                needed = margin[bucket[z]] * ones
                passed = np.uint64(0)
                for w in range(WORDS):
                    count = seen[w] + lanes[place, w]
                    seen[w] = count
                    passed |= count + needed
                if passed & top:
                    own = factor[z] if factor.size > 1 else factor[0]
                    _raise(maxima, seen, needed, top, bits, expected[z], total, population, own)
        done = stride


@njit(cache=True, nogil=True)
def raise_maxima_over_time(
    start, order, bucket, expected, spans, scale, inflation, best_factor, lanes, bits, total, population,
    least, maxima,
):  # fmt: skip
    """Do the same over cylinders; ``lanes`` (m, T + 1, WORDS) and ``expected`` (m, T + 1) are cumulated.

    ``inflation`` (Z,) or (1,) is what the factor of a window is divided by, less 1, over all periods: risks
    last, so a part of the time has as large a part of it.
    """
    centres, columns = start.size - 1, expected.shape[1]
    ones, top = _ones(bits), _ones(bits) << np.uint64(bits - 1)
    margin = np.empty(BUCKETS, np.uint64)
    seen = np.empty((columns, WORDS), np.uint64)
    inside = np.empty(WORDS, np.uint64)
    awaited = np.empty(columns)
    done = 0
    for stride in STRIDES:
        _fill_margins(margin, bits, scale, best_factor, maxima.min(), total, population, least)
        for i in range(0, centres, stride):
            if done and i % done == 0:
                continue
            seen[:] = 0
            awaited[:] = 0
            for z in range(start[i], start[i + 1]):
                place = order[z]
                for t in range(columns):
                    awaited[t] += expected[place, t]
                    for w in range(WORDS):
                        seen[t, w] += lanes[place, t, w]
                if bucket[z] == CLOSED_OUT:
                    continue
                for s in range(spans.shape[0]):
                    first, past = spans[s]
                    e = awaited[past] - awaited[first]
                    needed = margin[int(math.sqrt(max(e, 0.0)) * scale)] * ones
                    passed = np.uint64(0)
                    for w in range(WORDS):
                        passed |= seen[past, w] - seen[first, w] + needed
                    if passed & top:
                        for w in range(WORDS):
                            inside[w] = seen[past, w] - seen[first, w]
                        more = inflation[z] if inflation.size > 1 else inflation[0]
                        own = best_factor[0] / (1 + more * e / awaited[columns - 1])
                        _raise(maxima, inside, needed, top, bits, e, total, population, own)
        done = stride


@njit(cache=True)
def _ones(bits):
    return np.uint64(0x0001000100010001) if bits == 16 else np.uint64(0x0000000100000001)


@njit(cache=True)
def _fill_margins(margin, bits, scale, best_factor, low, total, population, least):
    """Set what brings the top bit of a lane out when its count may have a ratio above ``low``.

    A bucket is judged at its lower end and by its best factor, where the ratio is the largest, so that none
    is missed. The least count is looked for from that of the bucket before.
    """
    limit = 1 << (bits - 1)
    count = least
    for b in range(BUCKETS - 1):
        if best_factor[b] == 0:  # no window there
            margin[b] = 0
            continue
        e = (b / scale) ** 2 * (1 - 1e-9)
        level = low / best_factor[b]
        smallest = max(least, int(e) + 1)
        count = min(max(count, smallest), int(total) + 1)
        while count > smallest and log_ratio(count - 1, e, total, population) > level:
            count -= 1
        while count <= total and log_ratio(count, e, total, population) <= level:
            count += 1
        margin[b] = limit - count if count <= total else 0
    margin[CLOSED_OUT] = 0


@njit(cache=True)
def _raise(maxima, seen, needed, top, bits, expected, total, population, factor):
    per_word = 64 // bits
    lane = np.uint64((1 << bits) - 1)
    for w in range(WORDS):
        passed = (seen[w] + needed) & top
        if passed:
            for position in range(per_word):
                shift = np.uint64(position * bits)
                if (passed >> shift) & lane:
                    count = float((seen[w] >> shift) & lane)
                    ratio = factor * log_ratio(count, expected, total, population)
                    maxima[w * per_word + position] = max(maxima[w * per_word + position], ratio)


@njit(cache=True, nogil=True)
def draw_counts(
    weights: NDArray[np.float64], uniforms: NDArray[np.float64], counts: NDArray[np.int32]
) -> None:
    """Add to ``counts`` one case for each uniform of [0, 1), in a cell drawn in proportion to ``weights``.

    The search starts from a table of as many entries as cells, so it takes a step or two whatever their
    number (Chen and Asau 1974, AIIE Trans. 6(2), 163-166).
    """
    cells = weights.size
    limit = np.cumsum(weights)
    limit /= limit[-1]
    first = np.empty(cells, np.int64)
    cell = 0
    for entry in range(cells):
        while limit[cell] <= entry / cells:
            cell += 1
        first[entry] = cell
    for uniform in uniforms:
        cell = first[int(uniform * cells)]
        while limit[cell] <= uniform:
            cell += 1
        counts[cell] += 1
