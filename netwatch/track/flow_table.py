"""Makes FlowTables of rows of FlowColumns, and the keys that flows are sorted by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.addresses import address_text, vlan_text
from netwatch.decode.batch import (
    ETHERTYPE_ARP,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_LLC,
    ETHERTYPE_RARP,
    ETHERTYPE_UNKNOWN,
    IPV4_MAPPED,
    PROTOCOL_NONE,
)
from netwatch.tables.flows import FlowTable
from netwatch.track.community_id import community_id
from netwatch.track.conn_state import CONN_STATES, TCP_STATES, conn_states, tcp_states
from netwatch.track.flow_application import APPLICATIONS
from netwatch.track.flow_columns import HISTORY_LENGTH, RATE_SECONDS
from netwatch.track.flow_history import Kind
from netwatch.track.traffic import PROTOCOL_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns

SECOND: Final = 1_000_000_000
ETHERTYPE_NAMES: Final = {
    ETHERTYPE_ARP: "ARP",
    ETHERTYPE_RARP: "RARP",
    ETHERTYPE_IPV4: "IPv4",
    ETHERTYPE_IPV6: "IPv6",
    ETHERTYPE_LLC: "LLC",
    ETHERTYPE_UNKNOWN: "unknown",
    0x88CC: "LLDP",
    0x888E: "EAPOL",
    0x88E5: "MACsec",
    0x8863: "PPPoE-D",
    0x8864: "PPPoE",
    0x8847: "MPLS",
}


def flow_table(columns: FlowColumns, rows: NDArray[np.intp], now_ns: int) -> FlowTable:
    """Return the flows in `rows`; rates are those at packet time `now_ns`."""
    first = columns.initiator[rows].astype(np.intp)
    ends = np.stack((rows * 2 + first, rows * 2 + 1 - first), axis=1)
    port = _ports(columns, rows)
    port = np.take_along_axis(port, np.stack((first, 1 - first), axis=1), axis=1)
    number, ethertype = columns.protocol[rows], columns.ethertype[rows]
    states, packets, payload = columns.state[rows], columns.packets[ends], columns.payload[ends]
    acked = columns.letters[ends[:, 0]] & (Kind.ACK | Kind.DATA) != 0
    high, low = _addresses(columns, rows, first)
    rates = recent_rates(columns, rows, now_ns)
    return FlowTable(
        serial=columns.serial[rows],
        row=rows,
        source=tuple(map(address_text, high[0], low[0])),
        destination=tuple(map(address_text, high[1], low[1])),
        sport=np.where(number == PROTOCOL_NONE, 0, port[:, 0]).astype(np.uint16),
        dport=np.where(number == PROTOCOL_NONE, 0, port[:, 1]).astype(np.uint16),
        protocol=tuple(map(protocol_name, number.tolist(), ethertype.tolist())),
        number=number,
        application=tuple(APPLICATIONS[name] for name in columns.application[rows].tolist()),
        vlan=tuple(map(vlan_text, columns.vlan[rows].tolist())),
        interface=columns.interface[rows],
        first_ns=columns.first_ns[rows],
        last_ns=columns.last_ns[rows],
        packets=packets,
        bytes=columns.bytes[ends],
        payload=payload,
        flags=columns.flags[ends],
        ttl=columns.ttl[ends],
        rate=smoothed(rates, now_ns),
        peak=columns.rate_peak[rows],
        history_rates=rates,
        state=tuple(TCP_STATES[code] for code in tcp_states(number, states, acked).tolist()),
        conn_state=tuple(CONN_STATES[code] for code in conn_states(number, states, packets, payload).tolist()),
        history=_histories(columns, rows),
        community_id=tuple(map(_community_id, *high, *low, number.tolist(), *port.T.tolist())),
        resumed=columns.resumed[rows],
    )


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


def protocol_name(number: int, ethertype: int) -> str:
    """Return the name of an IP protocol, or of the EtherType where there is no IP header."""
    if number == PROTOCOL_NONE:
        return ETHERTYPE_NAMES.get(ethertype, f"0x{ethertype:04x}")
    return PROTOCOL_NAMES.get(number, f"IP {number}")


def _both(values: NDArray[Any]) -> NDArray[Any]:
    total: NDArray[Any] = values[0::2] + values[1::2]
    return total


SORT_KEYS: Final[dict[str, Callable[[FlowColumns], NDArray[Any]]]] = {
    "serial": lambda columns: columns.serial,
    "packets": lambda columns: _both(columns.packets),
    "bytes": lambda columns: _both(columns.bytes),
    "payload": lambda columns: _both(columns.payload),
    "first": lambda columns: columns.first_ns,
    "last": lambda columns: columns.last_ns,
    "duration": lambda columns: columns.last_ns - columns.first_ns,
    "peak": lambda columns: columns.rate_peak,
    "protocol": lambda columns: columns.protocol,
    "application": lambda columns: columns.application,
    "state": lambda columns: columns.state,
    "interface": lambda columns: columns.interface,
    "vlan": lambda columns: columns.vlan,
    "sport": lambda columns: _port_of(columns, columns.initiator),
    "dport": lambda columns: _port_of(columns, 1 - columns.initiator),
    "source": lambda columns: _address_of(columns, columns.initiator),
    "destination": lambda columns: _address_of(columns, 1 - columns.initiator),
}
"""Columns that flows can be sorted by without making a table of all of them; `rate` depends on the time too."""


def _port_of(columns: FlowColumns, end: NDArray[np.uint8]) -> NDArray[np.uint64]:
    return columns.rest >> np.where(end, np.uint64(32), np.uint64(48)) & np.uint64(0xFFFF)


def _address_of(columns: FlowColumns, end: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return addresses as numbers: exact for IPv4, by their first 52 bits or more for IPv6."""
    high = np.where(end, columns.high_1, columns.high_0).astype(np.float64)
    low = np.where(end, columns.low_1, columns.low_0)
    return high * 2.0**64 + low


def _ports(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.uint16]:
    rest = columns.rest[rows]
    return np.stack((rest >> np.uint64(48), rest >> np.uint64(32) & np.uint64(0xFFFF)), axis=1).astype(np.uint16)


def _addresses(
    columns: FlowColumns, rows: NDArray[np.intp], first: NDArray[np.intp]
) -> tuple[tuple[list[int], list[int]], tuple[list[int], list[int]]]:
    """Return the high halves of initiators and of responders, and the low halves."""
    high = np.stack((columns.high_0[rows], columns.high_1[rows]))
    low = np.stack((columns.low_0[rows], columns.low_1[rows]))
    number = np.arange(len(rows))
    other = 1 - first
    return (
        (high[first, number].tolist(), high[other, number].tolist()),
        (low[first, number].tolist(), low[other, number].tolist()),
    )


def _histories(columns: FlowColumns, rows: NDArray[np.intp]) -> tuple[str, ...]:
    letters = columns.history.reshape(-1, HISTORY_LENGTH)[rows]
    return tuple(line.tobytes().rstrip(b"\0").decode("ascii") for line in letters)


def _community_id(  # seven columns of one flow
    high: int, other_high: int, low: int, other_low: int, number: int, sport: int, dport: int
) -> str:
    if number == PROTOCOL_NONE:
        return ""
    source, destination = _packed(high, low), _packed(other_high, other_low)
    return community_id(source, destination, number, sport, dport)


def _packed(high: int, low: int) -> bytes:
    if high == 0 and low >> 32 == IPV4_MAPPED >> 32:
        return (low & 0xFFFF_FFFF).to_bytes(4, "big")
    return (high << 64 | low).to_bytes(16, "big")
