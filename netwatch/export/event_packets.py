"""One EVE record of the type `packet` for each packet of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_NONE, PROTOCOL_TCP
from netwatch.decode.info.tcp import FLAGS
from netwatch.export.direction_texts import DirectionTexts
from netwatch.export.eve import Ends, endpoints, identity, line, timestamps, vlans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.flow_columns import FlowColumns

_NO_FLAGS: Final = 256
_TAILS: Final = (*(f',"flags":"{text}"}}' for text in FLAGS), "}")
_LIVES: Final = tuple(f',"ttl":{ttl},"length":' for ttl in range(256))


class PacketLines:
    """Makes EVE lines of packets; what a flow's packets have in common is made once and kept."""

    def __init__(self, columns: FlowColumns) -> None:
        """Name flows as `columns` has them."""
        self._common = DirectionTexts(columns, self._describe)
        self._interfaces: Sequence[str] = ()

    def lines(self, batch: PacketBatch, flows: FlowBatch, interfaces: Sequence[str]) -> list[str]:
        """Return a line for each packet of `batch`."""
        if not len(batch):
            return []
        self._interfaces = interfaces
        tails = np.where(batch.protocol == PROTOCOL_TCP, batch.tcp_flags.astype(np.int16), _NO_FLAGS)
        return [
            f'{{"timestamp":"{time}",{text},"pcap_cnt":{number}{_LIVES[ttl]}{length}{_TAILS[tail]}'
            for number, time, text, ttl, length, tail in zip(
                batch.numbered().tolist(),
                timestamps(batch.frames.time_ns),
                self._common.of(batch, flows),
                batch.ttl.tolist(),
                batch.frames.wire_length.tolist(),
                tails.tolist(),
                strict=True,
            )
        ]

    def _describe(self, batch: PacketBatch, rows: NDArray[np.intp]) -> list[str]:
        return [
            line(self._named(identity(ends), interface, vlan) | {"event_type": "packet"} | endpoints(ends))[1:-1]
            for ends, interface, vlan in zip(
                packet_ends(batch, rows),
                batch.frames.interface[rows].tolist(),
                batch.vlan[rows].tolist(),
                strict=True,
            )
        ]

    def _named(self, found: dict[str, Any], interface: int, vlan: int) -> dict[str, Any]:
        if interface < len(self._interfaces) and self._interfaces[interface]:
            found["in_iface"] = self._interfaces[interface]
        if vlan >= 0:
            found["vlan"] = vlans(vlan)
        return found


def packet_ends(batch: PacketBatch, rows: NDArray[np.intp]) -> list[Ends]:
    """Return who sends each of the packets at `rows` to whom."""
    ip = batch.protocol[rows] != PROTOCOL_NONE
    return [
        Ends((source_high, source_low), sport, (high, low), dport, protocol, ethertype)
        for source_high, source_low, sport, high, low, dport, protocol, ethertype in zip(
            batch.src_high[rows].tolist(),
            batch.src_low[rows].tolist(),
            (batch.sport[rows] * ip).tolist(),
            batch.dst_high[rows].tolist(),
            batch.dst_low[rows].tolist(),
            (batch.dport[rows] * ip).tolist(),
            batch.protocol[rows].tolist(),
            batch.ethertype[rows].tolist(),
            strict=True,
        )
    ]
