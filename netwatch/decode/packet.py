"""What the link layer carries: network, extension and transport headers in the order in which they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.decode.arp import decode_arp
from netwatch.decode.network import decode_network
from netwatch.decode.transport import decode_transport

if TYPE_CHECKING:
    from netwatch.decode.columns import Columns
    from netwatch.decode.window import Rows


def decode_packet(columns: Columns, rows: Rows) -> None:
    """Read the packets that begin at `network_offset` of `rows` and that their `ethertype` announces."""
    decode_network(columns, rows)
    decode_transport(columns, rows)
    # Last, because the transport layer fills its columns for all rows, also for those without such a header
    decode_arp(columns, rows)
