"""Makes FlowTables of rows of FlowColumns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.decode.addresses import UNSPECIFIED_IPV6, address_text, vlan_text
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
from netwatch.track.flow_columns import HISTORY_LENGTH
from netwatch.track.flow_health import flow_health
from netwatch.track.flow_history import Kind
from netwatch.track.flow_rate import recent_rates, smoothed
from netwatch.track.traffic import PROTOCOL_NAMES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns

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


class FlowEnds(NamedTuple):
    """Who talks to whom, as in FlowTable."""

    source: tuple[str, ...]
    destination: tuple[str, ...]
    sport: NDArray[np.uint16]
    dport: NDArray[np.uint16]
    application: tuple[str, ...]
    vlan: tuple[str, ...]
    high: tuple[list[int], list[int]]
    low: tuple[list[int], list[int]]
    """Halves of the addresses of initiators and of responders."""


def flow_ends(columns: FlowColumns, rows: NDArray[np.intp]) -> FlowEnds:
    """Return the ends of the flows in `rows`."""
    first = columns.initiator[rows].astype(np.intp)
    port = np.take_along_axis(_ports(columns, rows), np.stack((first, 1 - first), axis=1), axis=1)
    high, low = _addresses(columns, rows, first)
    six = (columns.ethertype[rows] == ETHERTYPE_IPV6) & (columns.protocol[rows] != PROTOCOL_NONE)
    unspecified = np.where(six, UNSPECIFIED_IPV6, "").tolist()
    source, destination = (
        tuple(
            address_text(*address) or instead
            for *address, instead in zip(high[end], low[end], unspecified, strict=True)
        )
        for end in (0, 1)
    )
    return FlowEnds(
        source=source,
        destination=destination,
        sport=port[:, 0],
        dport=port[:, 1],
        application=tuple(APPLICATIONS[name] for name in columns.application[rows].tolist()),
        vlan=tuple(map(vlan_text, columns.vlan[rows].tolist())),
        high=high,
        low=low,
    )


def flow_table(columns: FlowColumns, rows: NDArray[np.intp], now_ns: int) -> FlowTable:
    """Return the flows in `rows`; rates are those at packet time `now_ns`."""
    ends = columns.ends(rows)
    who = flow_ends(columns, rows)
    number, ethertype = columns.protocol[rows], columns.ethertype[rows]
    states, packets, payload = columns.state[rows], columns.packets[ends], columns.payload[ends]
    acked = columns.letters[ends[:, 0]] & (Kind.ACK | Kind.DATA) != 0
    rates = recent_rates(columns, rows, now_ns)
    return FlowTable(
        serial=columns.serial[rows],
        row=rows,
        source=who.source,
        destination=who.destination,
        sport=np.where(number == PROTOCOL_NONE, 0, who.sport).astype(np.uint16),
        dport=np.where(number == PROTOCOL_NONE, 0, who.dport).astype(np.uint16),
        protocol=tuple(map(protocol_name, number.tolist(), ethertype.tolist())),
        number=number,
        application=who.application,
        vlan=who.vlan,
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
        community_id=tuple(
            map(_community_id, *who.high, *who.low, number.tolist(), who.sport.tolist(), who.dport.tolist())
        ),
        resumed=columns.resumed[rows],
        health=flow_health(columns, rows),
    )


def protocol_name(number: int, ethertype: int) -> str:
    """Return the name of an IP protocol, or of the EtherType where there is no IP header."""
    if number == PROTOCOL_NONE:
        return ETHERTYPE_NAMES.get(ethertype, f"0x{ethertype:04x}")
    return PROTOCOL_NAMES.get(number, f"IP {number}")


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
