"""Conversations of UDP that are nothing but tunnels: tshark counts them beside what is inside, we show the inside."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import PROTOCOL_ICMP, PROTOCOL_ICMPV6, PROTOCOL_UDP
from netwatch.decode.columns import Columns
from netwatch.decode.link import decode_link
from netwatch.decode.packet import decode_packet
from netwatch.decode.window import EVERY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

NOT_COUNTED = (PROTOCOL_UDP, PROTOCOL_ICMP, PROTOCOL_ICMPV6)
"""The facts leave out every frame with ICMP."""
Pair = frozenset[tuple[int, int, int]]


def udp_carriers(batches: Iterable[PacketBatch]) -> int:
    """Return how many pairs of ends tunnel something else than UDP to each other, and send nothing else."""
    carriers, others = set[Pair](), set[Pair]()
    for batch in batches:
        udp = batch.protocol == PROTOCOL_UDP
        others |= _pairs(batch, udp)
        inside = (batch.tunnel_depth > 0) & ~np.isin(batch.protocol, NOT_COUNTED)
        if inside.any():
            columns = Columns.blank(batch.frames)
            decode_link(columns)
            decode_packet(columns, EVERY)
            outer = columns.finished(1)
            carriers |= _pairs(outer, inside & (outer.protocol == PROTOCOL_UDP))
    return len(carriers - others)


def _pairs(batch: PacketBatch, wanted: NDArray[np.bool_]) -> set[Pair]:
    rows = np.flatnonzero(wanted)
    source = zip(batch.src_high[rows].tolist(), batch.src_low[rows].tolist(), batch.sport[rows].tolist(), strict=True)
    other = zip(batch.dst_high[rows].tolist(), batch.dst_low[rows].tolist(), batch.dport[rows].tolist(), strict=True)
    return set(map(frozenset, zip(source, other, strict=True)))
