"""How much more the count of each window varies than Poisson's, when risks differ from place to place."""

import numpy as np

from maps.analysis.inputs import FloatArray
from maps.analysis.scan.study import Study
from maps.analysis.scan.windows import Windows


def inflation(study: Study, windows: Windows, variance: float = 0.0) -> FloatArray:
    """Give (Z,) the variance of the count of each window over its mean, less 1; (1,) if it is the same for all.

    ``variance`` is that of the risk of one source. Weighted counts have it in their weights; what their buildings
    share is left.
    """
    if variance > 0:
        return variance * windows.spread(study.risk_spread())
    if study.weighed is None or (shared := study.weighed.buildings.shared) is None:
        return np.zeros(1)
    from maps.analysis.scan.kernels import pairs_of_windows

    buildings, place = study.weighed.buildings, study.weighed.place
    weighted = np.bincount(place, buildings.weighted, study.x.size)
    alone = np.bincount(place, buildings.weighted**2, study.x.size)
    square = np.zeros(study.x.size, np.intp)
    square[place] = shared.square
    pairs = pairs_of_windows(windows.start, windows.order, weighted, alone, square)
    # windows tell what they expect in the unit of the study
    pairs *= shared.variance * study.expected.sum() / weighted.sum()
    return np.divide(pairs, windows.expected, out=np.zeros_like(pairs), where=windows.expected > 0)
