"""One packet as it is shown: its row in a table, and what is in it, layer by layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class PacketRow:
    """One packet as a table shows it; every string is printable."""

    number: int
    time_ns: int
    source: str
    """Address without port."""
    source_port: int
    """-1 when the protocol has no ports."""
    destination: str
    destination_port: int
    protocol: str
    """Short upper-case name such as TCP, DNS, ARP, ICMPv6."""
    kind: str
    """Colour class: tcp, udp, dns, http, tls, icmp, arp, routing, other, syn, reset, malformed."""
    length: int
    """Bytes on the wire."""
    info: str
    ttl: int
    """-1 where there is no IP header."""
    vlan: str
    """Identifiers joined by `.`, empty when untagged."""
    direction: str
    """`in`, `out` or empty."""
    interface: str


@dataclass(frozen=True, slots=True)
class LayerField:
    """One field of a dissected layer; strings are printable."""

    name: str
    value: str
    fields: tuple[LayerField, ...] = ()
    bit: int = -1
    """First bit of the field, counted from the first of the frame; -1 where its place cannot be told."""
    bits: int = 0
    """Length of the field; 0 where its place cannot be told."""


@dataclass(frozen=True, slots=True)
class Layer:
    """One protocol layer of a dissected packet."""

    name: str
    summary: str
    fields: tuple[LayerField, ...]
    offset: int
    """First byte of the layer in the frame, -1 when not known."""
    length: int
    """Bytes of the layer's own header, 0 when not known."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something an expert would remark of a packet; strings are printable."""

    severity: Literal["error", "warning", "note"]
    text: str
    bit: int = -1
    bits: int = 0
    """Where in the frame, as LayerField has it."""
    packet: int = 0
    """Number of another packet that it speaks of, 0 for none."""


Relation = Literal["next", "before", "partner", "handshake"]
"""The next packet of the same flow, the one before, the answer or the request, the beginning of the connection."""


@dataclass(frozen=True, slots=True)
class Dissection:
    """One packet taken apart: the layers from the outside in, and the frame's bytes."""

    row: PacketRow
    layers: tuple[Layer, ...]
    frame: bytes
    note: str = ""
    """What could not be dissected, or why."""
    notes: tuple[Note, ...] = ()
