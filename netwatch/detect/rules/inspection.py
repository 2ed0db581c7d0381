"""Inspection: what one event offers to rules: its ends, its direction and the parts of protocols that it holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Inspection:
    """One packet, request, response, query or handshake."""

    protocol: str
    """tcp, udp, icmp, ip, or of what is inside: http, dns or tls."""
    source: int
    destination: int
    """Addresses of 128 bit, IPv4 mapped into them; the source sent what is inspected."""
    source_port: int
    destination_port: int
    time_ns: int
    buffers: Mapping[str, bytes]
    established: bool | None = None
    to_server: bool | None = None
    """None where nobody knows."""
    packet: Mapping[str, int] = field(default_factory=dict)
    """dsize, itype, icode, ttl, ip_proto, window and flags, as far as it is about a packet that has them."""
