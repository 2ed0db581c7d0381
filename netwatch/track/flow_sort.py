"""The keys that flows are sorted by: one number a flow for each column of a pane."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.nanoseconds import SECOND
from netwatch.track.conn_state import conn_states, tcp_states
from netwatch.track.flow_health import data_rtt_ns, handshake_rtt_ns
from netwatch.track.flow_history import Kind
from netwatch.track.flow_rate import recent_rates, smoothed
from netwatch.track.tcp_holes import missing_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns

    Key = Callable[[FlowColumns, NDArray[np.intp]], NDArray[Any]]

UNKNOWN: Final = np.nan
"""Sorts behind all numbers, whichever way."""


def sort_keys(columns: FlowColumns, column: str, rows: NDArray[np.intp], now_ns: int) -> NDArray[Any]:
    """Return what `rows` are sorted by for one of SORT_KEYS or `rate`, the bytes per second at packet time `now_ns`.

    Raises:
        KeyError: there is no such column.
    """
    if column == "rate":
        return _rates(columns, rows, now_ns)
    return SORT_KEYS[column](columns, rows)


def _rates(columns: FlowColumns, rows: NDArray[np.intp], now_ns: int) -> NDArray[np.float64]:
    """Look closer only at flows with traffic in the last two seconds."""
    rates = np.zeros(len(rows))
    recent = np.flatnonzero(columns.rate_second[rows] >= now_ns // SECOND - 1)
    rates[recent] = smoothed(recent_rates(columns, rows[recent], now_ns), now_ns)
    return rates


def _plain(name: str) -> Key:
    def key(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[Any]:
        values: NDArray[Any] = getattr(columns, name)[rows]
        return values

    return key


def _both(name: str) -> Key:
    """Return the sum of what is counted for the two ends."""

    def key(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        values: NDArray[Any] = getattr(columns, name)
        total: NDArray[np.int64] = values[rows * 2].astype(np.int64) + values[rows * 2 + 1]
        return total

    return key


def _of_end(name: str, end: int) -> Key:
    def key(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[Any]:
        values: NDArray[Any] = getattr(columns, name)[columns.ends(rows)[:, end]]
        return values

    return key


def _port(end: int) -> Key:
    def key(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.uint64]:
        second = columns.initiator[rows] != end
        return columns.rest[rows] >> np.where(second, np.uint64(32), np.uint64(48)) & np.uint64(0xFFFF)

    return key


def _address(end: int) -> Key:
    """Return addresses as numbers: exact for IPv4, by their first 52 bits or more for IPv6."""

    def key(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        second = columns.initiator[rows] != end
        high = np.where(second, columns.high_1[rows], columns.high_0[rows]).astype(np.float64)
        return high * 2.0**64 + np.where(second, columns.low_1[rows], columns.low_0[rows])

    return key


def _duration(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    return columns.last_ns[rows] - columns.first_ns[rows]


def _state(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    acked = columns.letters[columns.ends(rows)[:, 0]] & (Kind.ACK | Kind.DATA) != 0
    return tcp_states(columns.protocol[rows], columns.state[rows], acked)


def _conn_state(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    ends = columns.ends(rows)
    return conn_states(columns.protocol[rows], columns.state[rows], columns.packets[ends], columns.payload[ends])


def _missing(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    return missing_bytes(columns, rows * 2) + missing_bytes(columns, rows * 2 + 1)


def _longest(times: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the longer of the two times of each row, UNKNOWN where neither is known."""
    longest = times.max(axis=1)
    return np.where(longest < 0, UNKNOWN, longest)


def _handshake_rtt(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the whole round trip, UNKNOWN where a part of it was not seen."""
    times = handshake_rtt_ns(columns, rows)
    return np.where(times.min(axis=1) < 0, UNKNOWN, times.sum(axis=1))


SORT_KEYS: Final[dict[str, Key]] = {
    "serial": _plain("serial"),
    "packets": _both("packets"),
    "bytes": _both("bytes"),
    "payload": _both("payload"),
    "sent": _of_end("bytes", 0),
    "received": _of_end("bytes", 1),
    "sent_packets": _of_end("packets", 0),
    "received_packets": _of_end("packets", 1),
    "first": _plain("first_ns"),
    "last": _plain("last_ns"),
    "duration": _duration,
    "peak": _plain("rate_peak"),
    "protocol": _plain("protocol"),
    "application": _plain("application"),
    "state": _conn_state,
    "tcp": _state,
    "interface": _plain("interface"),
    "vlan": _plain("vlan"),
    "ttl": _of_end("ttl", 0),
    "source": _address(0),
    "destination": _address(1),
    "sport": _port(0),
    "dport": _port(1),
    "rtt": lambda columns, rows: _longest(data_rtt_ns(columns, rows)),
    "handshake_rtt": _handshake_rtt,
    "retransmissions": _both("retransmissions"),
    "fast_retransmissions": _both("fast_retransmissions"),
    "spurious_retransmissions": _both("spurious_retransmissions"),
    "out_of_order": _both("out_of_order"),
    "lost_segments": _both("lost_segments"),
    "duplicate_acks": _both("duplicate_acks"),
    "keep_alives": _both("keep_alives"),
    "zero_windows": _both("zero_windows"),
    "resets": _both("resets"),
    "in_flight": lambda columns, rows: columns.in_flight.reshape(-1, 2)[rows].max(axis=1),
    "missing": _missing,
    "mss": _of_end("mss", 0),
}
"""Columns that flows can be sorted by without making a table of all of them."""
