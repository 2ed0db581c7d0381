"""Timestamps of pcapng: any resolution and offset to nanoseconds, in exact integers, clipped to what int64 holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from numpy.typing import NDArray

MICROSECONDS: Final = 6
"""The if_tsresol of an interface that has none."""
_MAX: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class TimeScale:
    """How an interface of a pcapng file counts time (draft-ietf-opsawg-pcapng, section 4.2)."""

    resolution: int = MICROSECONDS
    """if_tsresol: ticks per second are 10 to this power or, with bit 7 set, 2 to the power of the other bits."""
    offset_s: int = 0
    """if_tsoffset: seconds to add."""

    def to_ns(self, ticks: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return `ticks` as nanoseconds since the epoch; what int64 cannot hold becomes its largest or smallest."""
        exponent = self.resolution & 0x7F
        if self.resolution & 0x80:
            # rare, and products exceed 64 bits: Python's integers
            exact = [min(int(tick) * SECOND >> exponent, _MAX) for tick in ticks]
            result = np.array(exact, np.int64)
        elif exponent <= 9:
            factor = 10 ** (9 - exponent)
            most = np.uint64(_MAX // factor)
            result = np.minimum(ticks, most).astype(np.int64) * factor
            result[ticks > most] = _MAX
        else:
            divisor = 10 ** (exponent - 9)
            quotient = ticks // np.uint64(divisor) if divisor < 1 << 64 else np.zeros_like(ticks)
            result = np.minimum(quotient, np.uint64(_MAX)).astype(np.int64)
        return self._shifted(result) if self.offset_s else result

    def _shifted(self, time_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        offset = self.offset_s * SECOND
        if abs(offset) > _MAX:
            return np.array([max(-_MAX, min(int(time) + offset, _MAX)) for time in time_ns], np.int64)
        if offset > 0:
            return np.minimum(time_ns, _MAX - offset) + offset
        return time_ns + offset  # times are not negative before this, so nothing can underflow
