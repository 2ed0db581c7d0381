"""Percentiles of latencies by name or server, out of the transactions that are held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_NS: Final = (1 << 44) - 1
"""Latencies are cut to this, five hours."""
SHARES: Final = (0.50, 0.95, 1.0)


def percentiles(groups: NDArray[Any], times_ns: NDArray[np.int64], wanted: NDArray[Any]) -> NDArray[np.float64]:
    """Return median, 95th percentile and maximum of the times of each of `wanted`, shape (3, len(wanted)).

    `groups` says to which each time belongs; those that are not wanted do not count. NaN stands for no times; between
    two times it is interpolated as numpy.percentile does.
    """
    result = np.full((3, len(wanted)), np.nan)
    if not len(wanted) or not len(groups):
        return result
    order = np.argsort(wanted)
    ordered = wanted[order]
    at = np.minimum(np.searchsorted(ordered, groups), len(ordered) - 1)
    there = ordered[at] == groups
    # Group and time in one number sort as fast as one of them
    key = np.sort(at[there].astype(np.int64) << 44 | np.clip(times_ns[there], 0, LONGEST_NS))
    number, time = key >> 44, key & LONGEST_NS
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    last = np.append(starts[1:], len(number)) - 1
    for index, share in enumerate(SHARES):
        place = starts + (last - starts) * share
        low = np.floor(place).astype(np.intp)
        high = np.minimum(low + 1, last)
        result[index, order[number[starts]]] = time[low] + (time[high] - time[low]) * (place - low)
    return result
