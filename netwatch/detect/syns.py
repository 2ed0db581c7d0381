"""Every SYN of a batch, for rules that count them without asking what became of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, TCP_ACK, TCP_RST, TCP_SYN
from netwatch.detect.tcp_events import Syns
from netwatch.track.host_links import mac_addresses

if TYPE_CHECKING:
    from netwatch.decode.batch import PacketBatch


def find_syns(batch: PacketBatch) -> Syns | None:
    """Return every SYN without ACK of `batch`."""
    at = np.flatnonzero((batch.tcp_flags & (TCP_SYN | TCP_ACK | TCP_RST) == TCP_SYN) & (batch.protocol == PROTOCOL_TCP))
    if not len(at):
        return None
    columns = {
        name: getattr(batch, name)[at] for name in ("src_high", "src_low", "dst_high", "dst_low", "dport", "vlan")
    }
    mac = mac_addresses(batch, at)[0]
    return Syns(batch.numbers_at(at), batch.frames.time_ns[at], **columns, mac=mac)
