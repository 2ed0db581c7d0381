"""FlowFilter: which packets of a batch belong to one flow, found by their headers alone, in any thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.addresses import address_text
from netwatch.track.flow_fragments import FragmentPorts
from netwatch.track.flow_key import WITH_PORTS, lan_of, ports
from netwatch.track.flow_table import protocol_name

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_columns import FlowColumns


@dataclass(frozen=True, slots=True)
class FlowFilter:
    """Implements PacketFilter for one flow: its key, from its first packet to its last."""

    label: str
    """Its ends and protocol, printable."""
    ends: tuple[tuple[int, int, int], tuple[int, int, int]]
    """High half, low half and port (as `flow_key.ports` has it) of both ends."""
    lan: int
    """Protocol and VLAN as in the last column of a key."""
    first_ns: int
    last_ns: int | None
    """None while no other flow has taken the key over: packets to come belong to this one."""

    def mask(self, batch: PacketBatch) -> NDArray[np.bool_]:
        """Return which packets of `batch` belong to the flow, shape (len(batch),).

        Later fragments do when the first fragment of their datagram is in the same batch.
        """
        time_ns = batch.frames.time_ns
        found: NDArray[np.bool_] = lan_of(batch.vlan, batch.protocol) == self.lan
        found &= time_ns >= self.first_ns
        if self.last_ns is not None:
            found &= time_ns <= self.last_ns
        if found.any():
            sport, dport = FragmentPorts(0).complete(batch, *ports(batch))
            source, destination = (batch.src_high, batch.src_low, sport), (batch.dst_high, batch.dst_low, dport)
            forth = _is(source, self.ends[0]) & _is(destination, self.ends[1])
            found &= forth | (_is(source, self.ends[1]) & _is(destination, self.ends[0]))
        return found


def flow_filter(columns: FlowColumns, row: int) -> FlowFilter:
    """Return the filter of the flow in `row`."""
    rest = int(columns.rest[row])
    ends = (
        (int(columns.high_0[row]), int(columns.low_0[row]), rest >> 48),
        (int(columns.high_1[row]), int(columns.low_1[row]), rest >> 32 & 0xFFFF),
    )
    first = int(columns.initiator[row])
    number = int(columns.protocol[row])
    names = [
        end_text(address_text(high, low), port if number in WITH_PORTS else -1)
        for high, low, port in (ends[first], ends[1 - first])
    ]
    return FlowFilter(
        label=f"{protocol_name(number, int(columns.ethertype[row]))} {names[0]} > {names[1]}",
        ends=ends,
        lan=rest & 0xFFFF_FFFF,
        first_ns=int(columns.first_ns[row]),
        last_ns=None if columns.slot[row] > 0 else int(columns.last_ns[row]),
    )


def filter_of_packet(batch: PacketBatch, position: int) -> FlowFilter:
    """Return the filter of everything that the ends of one packet say to each other, whenever it was."""
    sport, dport = (column[position] for column in FragmentPorts(0).complete(batch, *ports(batch)))
    ends = (
        (int(batch.src_high[position]), int(batch.src_low[position]), int(sport)),
        (int(batch.dst_high[position]), int(batch.dst_low[position]), int(dport)),
    )
    number = int(batch.protocol[position])
    with_ports = number in WITH_PORTS
    names = [end_text(address_text(high, low), port if with_ports else -1) for high, low, port in ends]
    return FlowFilter(
        label=f"{protocol_name(number, int(batch.ethertype[position]))} {names[0]} > {names[1]}",
        ends=ends,
        lan=int(lan_of(batch.vlan[position : position + 1], batch.protocol[position : position + 1])[0]),
        first_ns=-(1 << 63),
        last_ns=None,
    )


def end_text(address: str, port: int) -> str:
    """Return `10.0.0.1:80` or `[2001:db8::1]:80` (RFC 5952 section 6), the address alone where `port` is -1."""
    if port < 0:
        return address
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _is(
    end: tuple[NDArray[np.uint64], NDArray[np.uint64], NDArray[np.uint16]], wanted: tuple[int, int, int]
) -> NDArray[np.bool_]:
    high, low, port = wanted
    found: NDArray[np.bool_] = (end[2] == port) & (end[1] == np.uint64(low)) & (end[0] == np.uint64(high))
    return found
