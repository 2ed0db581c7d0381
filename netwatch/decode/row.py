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
from netwatch.dissection import PacketRow
from netwatch.text import printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    protocol = batch.protocol.item(position)
    reading = describe(batch, position)
    with_ports = protocol in _WITH_PORTS and _has_ports(batch, position)
    unspecified = (
        UNSPECIFIED_IPV6 if protocol != PROTOCOL_NONE and batch.ethertype.item(position) == ETHERTYPE_IPV6 else ""
    )
    return PacketRow(
        number=batch.first_number + position,
        time_ns=frames.time_ns.item(position),
        source=address_text(batch.src_high.item(position), batch.src_low.item(position)) or unspecified,
        source_port=batch.sport.item(position) if with_ports else NONE,
        destination=address_text(batch.dst_high.item(position), batch.dst_low.item(position)) or unspecified,
        destination_port=batch.dport.item(position) if with_ports else NONE,
        protocol=reading.protocol,
        kind=reading.kind,
        length=frames.wire_length.item(position) + (TAG_BYTES if frames.stripped_tag.item(position) else 0),
        info=reading.text,
        ttl=batch.ttl.item(position) if protocol != PROTOCOL_NONE else NONE,
        vlan=vlan_text(batch.vlan.item(position)),
        direction=_DIRECTIONS.get(frames.direction.item(position), ""),
        interface=printable(interface_name),
    )


def shown_lengths(batch: PacketBatch, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the lengths of the packets at `rows` as they were on the wire, with tags that the kernel took out."""
    frames = batch.frames
    found: NDArray[np.int64] = frames.wire_length[rows] + TAG_BYTES * (frames.stripped_tag[rows] != 0)
    return found


def _has_ports(batch: PacketBatch, position: int) -> bool:
    """Return True for a first fragment or a whole packet of which at least the ports were captured."""
    header = batch.payload_offset.item(position) - batch.transport_offset.item(position)
    return header >= 4 and not batch.fragment.item(position) & FRAGMENT_OFFSET
