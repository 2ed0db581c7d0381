"""PacketBatch: a block of frames with the header fields of every frame as numpy columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.capture.frames import Frames

MALFORMED: Final = 1
"""A header contradicts itself or reaches past the end of the frame as it was on the wire."""
CUT_SHORT: Final = 2
"""The capture holds fewer bytes than were on the wire (snaplen), and a header reaches past them."""
CHECKSUM_NOT_READY: Final = 4
"""Copied from Frames.flags: offloaded, so no checksum of this frame may be judged."""
FORWARDED_COPY: Final = 8
"""The same packet came just before on another interface; see forwarded.py. It is listed and counted in the totals, but
no tracker and no detector sees it."""

ETHERTYPE_IPV4: Final = 0x0800
ETHERTYPE_ARP: Final = 0x0806
ETHERTYPE_RARP: Final = 0x8035
ETHERTYPE_VLAN: Final = 0x8100
ETHERTYPE_QINQ: Final = 0x88A8
ETHERTYPE_IPV6: Final = 0x86DD
ETHERTYPE_MPLS: Final = 0x8847
ETHERTYPE_MPLS_UPSTREAM: Final = 0x8848
ETHERTYPE_PPPOE_DISCOVERY: Final = 0x8863
ETHERTYPE_PPPOE_SESSION: Final = 0x8864
ETHERTYPE_LLC: Final = 1
"""Ours, not IEEE's: the frame carries an 802.2 LLC header that is not SNAP with a known type."""
ETHERTYPE_UNKNOWN: Final = 0
"""Ours: the link type is not decoded or the frame ends before the type."""

PROTOCOL_ICMP: Final = 1
PROTOCOL_IPIP: Final = 4
PROTOCOL_TCP: Final = 6
PROTOCOL_UDP: Final = 17
PROTOCOL_IPV6: Final = 41
PROTOCOL_GRE: Final = 47
PROTOCOL_DCCP: Final = 33
PROTOCOL_ICMPV6: Final = 58
PROTOCOL_UDPLITE: Final = 136
PROTOCOL_SCTP: Final = 132
PROTOCOL_NONE: Final = 255
"""Not an IP packet (255 is reserved by IANA)."""

TCP_FIN: Final = 0x01
TCP_SYN: Final = 0x02
TCP_RST: Final = 0x04
TCP_PSH: Final = 0x08
TCP_ACK: Final = 0x10
TCP_URG: Final = 0x20
TCP_ECE: Final = 0x40
TCP_CWR: Final = 0x80

IPV4_MAPPED: Final = 0xFFFF_0000_0000
"""The low half of an address column for IPv4: ::ffff:a.b.c.d (RFC 4291 section 2.5.5.2)."""
MAC_HIGH: Final = 0xFFFF_FFFF_FFFF_FFFF
"""The high half of an address column that holds a 48 bit MAC address because the packet has no IP address."""

FRAGMENT_OFFSET: Final = 0x1FFF
MORE_FRAGMENTS: Final = 0x2000
DONT_FRAGMENT: Final = 0x4000


@dataclass(frozen=True, slots=True, eq=False)
class PacketBatch:
    """Frames plus what their headers say; `n` packets, every column has shape (n,).

    A column keeps its neutral value (0 unless stated) where the packet has no such field. Where a packet is
    tunnelled (GRE, IP in IP, VXLAN, GENEVE, GTP-U, L2TP, Teredo, CAPWAP) the network and transport columns are those of
    the innermost packet, up to four levels deep.
    """

    frames: Frames
    first_number: int
    """The number of packet 0; numbers count from 1 within a capture and never restart."""
    ethertype: NDArray[np.uint16]
    """EtherType of the innermost decoded payload, or ETHERTYPE_LLC / ETHERTYPE_UNKNOWN."""
    vlan: NDArray[np.int32]
    """-1 untagged, else the outermost VLAN identifier in bits 0 to 11, and for QinQ (inner identifier + 1) << 12."""
    src_high: NDArray[np.uint64]
    src_low: NDArray[np.uint64]
    dst_high: NDArray[np.uint64]
    dst_low: NDArray[np.uint64]
    """128 bit addresses in host order: IPv6; IPv4 as ::ffff:a.b.c.d; the protocol addresses of ARP over IPv4 the
    same way; otherwise the MAC address with MAC_HIGH; all 0 where the link type has none."""
    protocol: NDArray[np.uint8]
    """IP protocol number after extension headers, PROTOCOL_NONE where there is no IP header."""
    sport: NDArray[np.uint16]
    dport: NDArray[np.uint16]
    """Ports of TCP, UDP, UDP-Lite, DCCP and SCTP. ICMP and ICMPv6: `sport` is the type, `dport` the code. ARP: `sport`
    is the operation."""
    tcp_flags: NDArray[np.uint8]
    tcp_seq: NDArray[np.uint32]
    tcp_ack: NDArray[np.uint32]
    tcp_window: NDArray[np.uint16]
    """The window field as it is in the header, not scaled."""
    ttl: NDArray[np.uint8]
    """IPv4 time to live, IPv6 hop limit."""
    network_offset: NDArray[np.int32]
    """Where the header that `ethertype` announces begins in `frames.data`."""
    transport_offset: NDArray[np.int32]
    """Where the header that `protocol` announces begins in `frames.data`; `network_offset` where there is none."""
    payload_offset: NDArray[np.int32]
    """Where the bytes after the last decoded header begin in `frames.data`."""
    payload_length: NDArray[np.int32]
    """Bytes of payload as the IP header counts them (padding of the link layer left out), captured or not."""
    payload_captured: NDArray[np.int32]
    """Bytes of that payload that are in `frames.data`."""
    fragment: NDArray[np.uint16]
    """IPv4 flags and fragment offset as in RFC 791 (FRAGMENT_OFFSET in units of 8 bytes, MORE_FRAGMENTS,
    DONT_FRAGMENT); the IPv6 fragment header is written in the same form."""
    tunnel_depth: NDArray[np.uint8]
    """Tunnels around the packet of which the network columns are, 0 for none."""
    status: NDArray[np.uint8]
    """MALFORMED, CUT_SHORT, CHECKSUM_NOT_READY and FORWARDED_COPY, or-ed."""
    numbers: NDArray[np.int64] | None = None
    """The number of each packet, where they do not follow each other as in what a display filter left; else None."""

    def __len__(self) -> int:
        return len(self.frames)

    @property
    def last_number(self) -> int:
        """The number of the last packet; one less than `first_number` when the batch is empty."""
        return self.first_number + len(self) - 1 if self.numbers is None else int(self.numbers[-1])

    def number(self, position: int) -> int:
        """Return the number of the packet at `position`."""
        return self.first_number + position if self.numbers is None else int(self.numbers[position])

    def numbers_at(self, positions: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return the numbers of the packets at `positions`."""
        return positions + self.first_number if self.numbers is None else self.numbers[positions]

    def positions(self, numbers: NDArray[np.int64]) -> NDArray[np.intp]:
        """Return where packets with these numbers, which must be in the batch, are."""
        return numbers - self.first_number if self.numbers is None else np.searchsorted(self.numbers, numbers)

    def numbered(self) -> NDArray[np.int64]:
        """Return the number of every packet, shape (n,)."""
        return self.numbers if self.numbers is not None else np.arange(self.first_number, self.first_number + len(self))

    @property
    def nbytes(self) -> int:
        """Bytes of memory that this batch keeps alive, array objects included."""
        columns: int = sum(getattr(self, name).nbytes for name in COLUMNS)
        return self.frames.data.nbytes + columns + FRAME_BYTES * len(self) + OBJECT_BYTES


COLUMNS: Final = tuple(PacketBatch.__dataclass_fields__)[2:-1]
FRAME_BYTES: Final = 8 + 4 + 4 + 4 + 2 + 2 + 1 + 4 + 1
"""Bytes a packet of the columns of Frames."""
OBJECT_BYTES: Final = 4096
"""Size of the array objects of one batch, measured with sys.getsizeof and rounded up."""
