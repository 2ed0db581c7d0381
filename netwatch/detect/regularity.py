"""How regular a series of numbers is, from 0 to 1: the measure of RITA for beacons.

Source: RITA, version 5 (activecm/rita), its timestamp score: the mean of 1 - |Bowley skewness| and
(median - MAD) / median. No values need to be left out: quartiles and medians do not follow a few that stray.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEAST_SPREAD: Final = 10.0
"""Between quartiles; with less there is no skewness worth the name."""


def regularity(values: Sequence[float] | NDArray[np.float64]) -> float:
    """Return 1 for values that are all the same, towards 0 for ones that stray; at least one value, none negative."""
    series = np.asarray(values, np.float64)
    low, middle, high = (float(value) for value in np.percentile(series, (25, 50, 75)))
    spread = high - low
    skewness = 0.0 if spread < LEAST_SPREAD or middle in (low, high) else (low + high - 2 * middle) / spread
    deviation = float(np.median(np.abs(series - middle)))
    steadiness = max((middle - deviation) / middle, 0.0) if middle > 0 else float(deviation == 0)
    return (1 - abs(skewness) + steadiness) / 2
