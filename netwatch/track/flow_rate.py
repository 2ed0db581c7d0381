"""The rate of each flow: bytes in each of its newest seconds and the most in any second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.nanoseconds import SECOND
from netwatch.track.flow_columns import RATE_SECONDS
from netwatch.track.flow_order import segments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_order import FlowOrder
    from netwatch.track.flow_packets import FlowPackets

SECOND_BITS: Final = 36
"""Bits that tell seconds apart; 63 bits of nanoseconds hold 34 bits of them."""


def _kept() -> NDArray[np.int64]:
    """Return 0 for the slots that fall away when the newest second moves on, 1 for the others.

    The row is `seconds moved on (at most RATE_SECONDS) * RATE_SECONDS + slot of the newest second before`.
    """
    table = np.ones((RATE_SECONDS + 1, RATE_SECONDS, RATE_SECONDS), np.int64)
    for moved in range(RATE_SECONDS + 1):
        for newest in range(RATE_SECONDS):
            table[moved, newest, [(newest + step) % RATE_SECONDS for step in range(1, moved + 1)]] = 0
    return table.reshape(-1, RATE_SECONDS)


_KEPT: Final = _kept()


def count_rate(columns: FlowColumns, order: FlowOrder, packets: FlowPackets, *, in_time: bool) -> None:
    """Add the bytes of `packets`, whose flow order is `order`, to the seconds of their flows.

    A packet that is older than its flow's newest second counts in that second, so time never goes back; `in_time`
    when none is older than any packet before it.
    """
    starts = order.segments.starts
    rows = order.rows[starts]
    time = packets.time_ns
    size = order.of(packets.size)
    before = columns.rate_second[rows]
    only = int(time[0]) // SECOND
    if in_time and int(time[-1]) // SECOND == only:
        # Weights are added as doubles, exact up to 2**53 bytes a block
        total = np.bincount(order.segments.number, weights=size).astype(np.int64)
        _count_second(columns, rows, before, only, total)
        return
    second = order.of(time) // SECOND
    second[starts] = np.maximum(second[starts], before)
    second = order.segments.running_max(second)
    runs = segments_of(order.rows << SECOND_BITS | second & (1 << SECOND_BITS) - 1).starts
    total = np.add.reduceat(size, runs)
    _count_seconds(columns, rows, before, second[order.segments.ends], (order.rows[runs], second[runs], total))


def recent_rates(columns: FlowColumns, rows: NDArray[np.intp], now_ns: int) -> NDArray[np.int64]:
    """Return the bytes of the last RATE_SECONDS seconds of `rows`, oldest first; shape (len(rows), RATE_SECONDS)."""
    newest = columns.rate_second[rows][:, None]
    second = np.arange(1 - RATE_SECONDS, 1) + max(now_ns // SECOND, 0)
    table = columns.rate_bytes.reshape(-1, RATE_SECONDS)
    held = np.take_along_axis(table[rows], np.broadcast_to(second % RATE_SECONDS, (len(rows), RATE_SECONDS)), axis=1)
    return np.where((second <= newest) & (second > newest - RATE_SECONDS), held, 0)


def smoothed(rates: NDArray[np.int64], now_ns: int) -> NDArray[np.float64]:
    """Return bytes per second: the running second and the part of the one before that lies less than a second back."""
    share: NDArray[np.float64] = rates[:, -1] + rates[:, -2] * (1 - now_ns % SECOND / SECOND)
    return share


def _count_second(
    columns: FlowColumns,
    rows: NDArray[np.intp],
    before: NDArray[np.int64],
    second: int,
    total: NDArray[np.int64],
) -> None:
    """Add `total` bytes to `rows` in one `second`; their newest one was `before` and is not later than this one."""
    _move_on(columns, rows, before, np.full(len(rows), second))
    slots = rows * RATE_SECONDS + second % RATE_SECONDS
    total = columns.rate_bytes[slots] + total
    columns.rate_bytes[slots] = total
    columns.rate_peak[rows] = np.maximum(columns.rate_peak[rows], total)


def _count_seconds(
    columns: FlowColumns,
    rows: NDArray[np.intp],
    before: NDArray[np.int64],
    after: NDArray[np.int64],
    runs: tuple[NDArray[np.intp], NDArray[np.int64], NDArray[np.int64]],
) -> None:
    """Add `runs` of (row, second, bytes); the newest second of `rows` moves from `before` to `after`."""
    run_rows, second, total = runs
    slot = run_rows * RATE_SECONDS + second % RATE_SECONDS
    # The second that was newest goes on where its run is the first of the row
    going_on = columns.rate_second[run_rows] == second
    np.maximum.at(columns.rate_peak, run_rows, total + np.where(going_on, columns.rate_bytes[slot], 0))
    _move_on(columns, rows, before, after)
    kept = second > columns.rate_second[run_rows] - RATE_SECONDS
    np.add.at(columns.rate_bytes, slot[kept], total[kept])


def _move_on(columns: FlowColumns, rows: NDArray[np.intp], before: NDArray[np.int64], after: NDArray[np.int64]) -> None:
    """Empty the slots of seconds that fall away when the newest second of `rows` moves from `before` to `after`."""
    moved = (after > before).nonzero()[0]
    if not len(moved):
        return
    rows, before, after = rows[moved], before[moved], after[moved]
    steps = np.minimum(after - before, RATE_SECONDS)
    table = columns.rate_bytes.reshape(-1, RATE_SECONDS)
    table[rows] *= _KEPT.take(steps * RATE_SECONDS + before % RATE_SECONDS, axis=0)
    columns.rate_second[rows] = after
