"""Attempts to open connections grouped by service: success rates and percentiles of round trips."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.tables.handshakes import ServiceTable
from netwatch.tables.query import Page
from netwatch.track.flow_health import handshake_rtt_ns
from netwatch.track.flow_order import POSITION_BITS, Segments
from netwatch.track.flow_sort import sort_keys
from netwatch.track.flow_table import flow_ends
from netwatch.track.handshake_state import Outcome, outcomes
from netwatch.track.paging import page_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.tables.query import TableQuery
    from netwatch.track.flow_columns import FlowColumns

LONGEST_NS: Final = (1 << 44) - 1
"""Round trips are cut to this, five hours."""
OF_FLOWS: Final = {"server": "destination", "port": "dport", "application": "application"}
"""Sort keys that are those of flows, and what they are called there."""


def services_page(
    columns: FlowColumns, rows: NDArray[np.intp], secrets: NDArray[np.uint64], query: TableQuery
) -> Page[ServiceTable]:
    """Return the services to which the attempts `rows` went; `query` sorts by one of OF_FLOWS or of OWN_KEYS.

    `secrets` are three odd numbers that nobody outside knows: they make the serials.

    Raises:
        KeyError: there is no such column.
    """
    services = _Services(columns, rows[outcomes(columns, rows) != Outcome.MID_STREAM], secrets)
    page = page_rows(
        np.arange(len(services.serial)),
        services.serial,
        lambda wanted: services.keys(query.sort, wanted),
        query,
        services.oldest,
    )
    return Page(services.table(page.rows), page.first, page.total, page.order)


class _Services:
    """All services of some attempts; arrays have shape (k,), one value a service."""

    def __init__(self, columns: FlowColumns, rows: NDArray[np.intp], secrets: NDArray[np.uint64]) -> None:
        self._columns = columns
        key = _server(columns, rows)
        mixed = _mixed(key, secrets)
        order, segments = _grouped(key, mixed)
        rows, starts = rows[order], segments.starts
        self._segments = segments
        self._sample = rows[starts]
        """An attempt of each."""
        self.serial = (mixed[order[starts]] >> np.uint64(1)).astype(np.int64)
        self.attempts = np.diff(starts, append=len(rows))
        outcome = outcomes(columns, rows)
        self.counts = {
            kind: np.add.reduceat((outcome == kind).astype(np.int64), starts) if len(rows) else starts
            for kind in (Outcome.COMPLETE, Outcome.INCOMPLETE, Outcome.REFUSED, Outcome.HALF_OPEN)
        }
        serials = columns.serial[rows]
        self.oldest = np.minimum.reduceat(serials, starts) if len(rows) else serials
        """Serial of the first attempt, which no two services share: many may begin in the same microsecond."""
        syn_ns = columns.syn_ns[rows]
        self.first_ns = np.minimum.reduceat(syn_ns, starts) if len(rows) else syn_ns
        self.last_ns = np.maximum.reduceat(syn_ns, starts) if len(rows) else syn_ns
        self.success = self.counts[Outcome.COMPLETE] / self.attempts
        self.rtt = self._percentiles(rows, outcome == Outcome.COMPLETE)
        """Median, 95th percentile and maximum, shape (3, k), NaN for none."""

    def keys(self, column: str, services: NDArray[np.intp]) -> NDArray[Any]:
        """Return what `services` are sorted by."""
        if column in OF_FLOWS:
            return sort_keys(self._columns, OF_FLOWS[column], self._sample[services], 0)
        return OWN_KEYS[column](self)[services]

    def table(self, services: NDArray[np.intp]) -> ServiceTable:
        """Return the table of `services`."""
        ends = flow_ends(self._columns, self._sample[services])
        return ServiceTable(
            serial=self.serial[services],
            server=ends.destination,
            port=ends.dport,
            protocol=("TCP",) * len(services),
            application=ends.application,
            attempts=self.attempts[services],
            complete=self.counts[Outcome.COMPLETE][services],
            incomplete=self.counts[Outcome.INCOMPLETE][services],
            refused=self.counts[Outcome.REFUSED][services],
            half_open=self.counts[Outcome.HALF_OPEN][services],
            success=self.success[services],
            rtt_p50_ns=self.rtt[0, services],
            rtt_p95_ns=self.rtt[1, services],
            rtt_max_ns=self.rtt[2, services],
            first_ns=self.first_ns[services],
            last_ns=self.last_ns[services],
        )

    def _percentiles(self, rows: NDArray[np.intp], complete: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the percentiles, each interpolated between the two nearest as numpy.percentile does."""
        result = np.full((3, len(self.serial)), np.nan)
        times = handshake_rtt_ns(self._columns, rows)
        measured = np.flatnonzero(complete & (times >= 0).all(axis=1))
        if not len(measured):
            return result
        number = self._segments.number[measured]
        # Service and time in one number sort as fast as one of them
        key = np.sort(number << 44 | np.minimum(times[measured].sum(axis=1), LONGEST_NS))
        number, time = key >> 44, key & LONGEST_NS
        starts = np.flatnonzero(np.diff(number, prepend=-1))
        last = np.append(starts[1:], len(number)) - 1
        for index, share in enumerate((0.50, 0.95, 1.0)):
            at = starts + (last - starts) * share
            low = np.floor(at).astype(np.intp)
            high = np.minimum(low + 1, last)
            result[index, number[starts]] = time[low] + (time[high] - time[low]) * (at - low)
        return result


_Key = tuple["NDArray[np.uint64]", "NDArray[np.uint64]", "NDArray[np.uint64]"]


def _server(columns: FlowColumns, rows: NDArray[np.intp]) -> _Key:
    """Return high and low half of the address and port of the responders."""
    second = columns.initiator[rows] == 0
    port = columns.rest[rows] >> np.where(second, np.uint64(32), np.uint64(48)) & np.uint64(0xFFFF)
    return (
        np.where(second, columns.high_1[rows], columns.high_0[rows]),
        np.where(second, columns.low_1[rows], columns.low_0[rows]),
        port,
    )


def _mixed(key: _Key, secrets: NDArray[np.uint64]) -> NDArray[np.uint64]:
    mixed = np.zeros(len(key[0]), np.uint64)
    for part, secret in zip(key, secrets, strict=True):
        mixed = (mixed ^ part) * secret
        mixed ^= mixed >> np.uint64(31)
    return mixed


def _grouped(key: _Key, mixed: NDArray[np.uint64]) -> tuple[NDArray[np.intp], Segments]:
    """Return the positions with equal keys beside each other, and a segment for each key."""
    mask = np.uint64((1 << POSITION_BITS) - 1)
    packed = np.sort(mixed & ~mask | np.arange(len(mixed)).astype(np.uint64))
    order = (packed & mask).astype(np.intp)
    begins = _begins(key, order)
    if (begins[1:] != (packed[1:] > packed[:-1] | mask)).any():
        # Two services share most of their hash; only a full sort brings equal keys together
        order = np.lexsort(key)
        begins = _begins(key, order)
    return order, Segments(np.flatnonzero(begins), len(order))


def _begins(key: _Key, order: NDArray[np.intp]) -> NDArray[np.bool_]:
    begins = np.ones(len(order), np.bool_)
    begins[1:] = False
    for part in key:
        values = part[order]
        begins[1:] |= values[1:] != values[:-1]
    return begins


OWN_KEYS: Final[dict[str, Callable[[_Services], NDArray[Any]]]] = {
    "serial": lambda services: services.serial,
    "attempts": lambda services: services.attempts,
    "complete": lambda services: services.counts[Outcome.COMPLETE],
    "incomplete": lambda services: services.counts[Outcome.INCOMPLETE],
    "refused": lambda services: services.counts[Outcome.REFUSED],
    "half_open": lambda services: services.counts[Outcome.HALF_OPEN],
    "success": lambda services: services.success,
    "rtt_p50": lambda services: services.rtt[0],
    "rtt_p95": lambda services: services.rtt[1],
    "rtt_max": lambda services: services.rtt[2],
    "first": lambda services: services.first_ns,
    "last": lambda services: services.last_ns,
}
"""What else services are sorted by."""
