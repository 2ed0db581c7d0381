"""HandshakeTotals: how the attempts of flows that left the table ended, in memory that does not grow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.tables.handshakes import RTT_EDGES_MS, HandshakeCounts
from netwatch.track.flow_health import handshake_rtt_ns
from netwatch.track.handshake_state import Outcome, among_attempts, attempts, outcomes, overdue

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns

STEPS: Final = 32
"""Bins of an octave in the histogram of round trips: percentiles are exact to 2 % once flows were evicted."""
BINS: Final = 63 * STEPS
PERCENTILES: Final = (50, 95)


class HandshakeTotals:
    """Counts of each Outcome, and a histogram of round trips."""

    def __init__(self) -> None:
        self._outcomes = np.zeros(len(Outcome), np.int64)
        self._round_trips = np.zeros(BINS, np.int64)
        """Of whole handshakes; bin b holds times of 2**(b / STEPS) nanoseconds and up."""

    def add(self, columns: FlowColumns, rows: NDArray[np.intp]) -> None:
        """Keep what `rows` tell, which are about to leave."""
        rows = among_attempts(columns, rows)
        outcome = outcomes(columns, rows)
        self._outcomes += np.bincount(outcome, minlength=len(Outcome))
        self._round_trips += _histogram(_round_trips(columns, rows[outcome == Outcome.COMPLETE]))

    def counts(self, columns: FlowColumns, now_ns: int) -> HandshakeCounts:
        """Return how all attempts ended: those that left, and those that are in the table."""
        rows = attempts(columns)
        outcome = outcomes(columns, rows)
        total = self._outcomes + np.bincount(outcome, minlength=len(Outcome))
        times = _round_trips(columns, rows[outcome == Outcome.COMPLETE])
        median, high = _percentiles(self._round_trips, times)
        return HandshakeCounts(
            complete=int(total[Outcome.COMPLETE]),
            incomplete=int(total[Outcome.INCOMPLETE]),
            refused=int(total[Outcome.REFUSED]),
            half_open=int(total[Outcome.HALF_OPEN]),
            mid_stream=int(total[Outcome.MID_STREAM]),
            overdue=int(np.count_nonzero(overdue(columns, rows, now_ns))),
            rtt_p50_ns=median,
            rtt_p95_ns=high,
            rtt_bins=_bins(self._round_trips, times),
        )


def _round_trips(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the known round trips of whole handshakes."""
    times = handshake_rtt_ns(columns, rows)
    known: NDArray[np.int64] = times[np.all(times >= 0, axis=1)].sum(axis=1)
    return known


def _histogram(times: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.bincount((np.log2(np.maximum(times, 1)) * STEPS).astype(np.intp), minlength=BINS)


def _percentiles(kept: NDArray[np.int64], times: NDArray[np.int64]) -> tuple[float, float]:
    """Return the percentiles of `times` and the `kept` ones; exact while nothing was kept, -1 when there is none."""
    if not kept.any():
        if not len(times):
            return -1.0, -1.0
        median, high = np.percentile(times, PERCENTILES).tolist()
        return median, high
    below = np.cumsum(kept + _histogram(times))
    at = np.searchsorted(below, [below[-1] * percentile / 100 for percentile in PERCENTILES])
    median, high = (2.0 ** ((at + 0.5) / STEPS)).tolist()
    return median, high


def _bins(kept: NDArray[np.int64], times: NDArray[np.int64]) -> tuple[int, ...]:
    """Return how many of `times` and the `kept` ones lie between RTT_EDGES_MS."""
    found = np.bincount(np.searchsorted(_EDGES_NS, times, side="right"), minlength=len(_EDGES_NS) + 1)
    places = np.searchsorted(_EDGES_NS, _BIN_NS, side="right")
    found = found + np.bincount(places, weights=kept, minlength=len(_EDGES_NS) + 1)
    return tuple(found.astype(np.int64).tolist())


_EDGES_NS: Final = np.array(RTT_EDGES_MS, np.int64) * 1_000_000
_BIN_NS: Final = 2.0 ** ((np.arange(BINS) + 0.5) / STEPS)
"""The time that stands for each bin of a histogram."""
