"""One packet of a batch as a row of the packet table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.capture.frames import DIRECTION_IN, DIRECTION_OUT
from netwatch.decode.addresses import UNSPECIFIED_IPV6, address_text, vlan_text
from netwatch.decode.batch import (
    ETHERTYPE_IPV6,
    FRAGMENT_OFFSET,
    PROTOCOL_DCCP,
    PROTOCOL_NONE,
    PROTOCOL_SCTP,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    PROTOCOL_UDPLITE,
)
from netwatch.snapshot import PacketRow
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch

NONE: Final = -1
"""Port or time to live of a packet that has none."""
TAG_BYTES: Final = 4
"""Length of the VLAN tag that the kernel took out of a frame and did not count."""

_WITH_PORTS = frozenset({PROTOCOL_TCP, PROTOCOL_UDP, PROTOCOL_SCTP, PROTOCOL_DCCP, PROTOCOL_UDPLITE})
_DIRECTIONS = {DIRECTION_IN: "in", DIRECTION_OUT: "out"}


def packet_row(batch: PacketBatch, position: int, interface_name: str) -> PacketRow:
    """Return the packet at `position` of `batch`, captured on the interface called `interface_name`.

    Never raises on what the packet holds; every string of the row is printable.
    """
    from netwatch.decode.info.describe import describe  # 50 readers, 0.1 s: nobody waits for them at the start

    frames = batch.frames
    protocol = int(batch.protocol[position])
    reading = describe(batch, position)
    with_ports = protocol in _WITH_PORTS and _has_ports(batch, position)
    unspecified = UNSPECIFIED_IPV6 if protocol != PROTOCOL_NONE and batch.ethertype[position] == ETHERTYPE_IPV6 else ""
    return PacketRow(
        number=batch.first_number + position,
        time_ns=int(frames.time_ns[position]),
        source=address_text(int(batch.src_high[position]), int(batch.src_low[position])) or unspecified,
        source_port=int(batch.sport[position]) if with_ports else NONE,
        destination=address_text(int(batch.dst_high[position]), int(batch.dst_low[position])) or unspecified,
        destination_port=int(batch.dport[position]) if with_ports else NONE,
        protocol=reading.protocol,
        kind=reading.kind,
        length=int(frames.wire_length[position]) + (TAG_BYTES if frames.stripped_tag[position] else 0),
        info=reading.text,
        ttl=int(batch.ttl[position]) if protocol != PROTOCOL_NONE else NONE,
        vlan=vlan_text(int(batch.vlan[position])),
        direction=_DIRECTIONS.get(int(frames.direction[position]), ""),
        interface=printable(interface_name),
    )


def _has_ports(batch: PacketBatch, position: int) -> bool:
    """Return True for a first fragment or a whole packet of which at least the ports were captured."""
    header = int(batch.payload_offset[position]) - int(batch.transport_offset[position])
    return header >= 4 and not int(batch.fragment[position]) & FRAGMENT_OFFSET
