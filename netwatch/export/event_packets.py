"""One EVE record of the type `packet` for each packet of a batch."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.addresses import UNSPECIFIED_IPV6, address_text
from netwatch.decode.batch import PROTOCOL_NONE, PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.decode.info.tcp import FLAGS
from netwatch.export.direction_texts import DirectionTexts
from netwatch.export.eve import (
    ZONE,
    Ends,
    endpoints,
    identity,
    is_ipv4,
    line,
    number_pieces,
    quoted,
    time_pieces,
    vlans,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.flow_columns import FlowColumns

_NO_FLAGS: Final = 256
_TAILS: Final = np.array([*(f',"flags":"{text}"}}\n' for text in FLAGS), "}\n"], object)
_LIVES: Final = np.array([f',"ttl":{ttl},"length":' for ttl in range(256)], object)
_BEGIN: Final = '{"timestamp":"'
_PIECES: Final = 9
"""Of a line."""
_USUAL_LENGTHS: Final = 1 << 16
_PROTOCOLS: Final = {PROTOCOL_TCP: "TCP", PROTOCOL_UDP: "UDP"}


class PacketLines:
    """Makes EVE lines of packets; what a flow's packets have in common is made once and kept."""

    def __init__(self, columns: FlowColumns) -> None:
        """Name flows as `columns` has them."""
        self._common = DirectionTexts(columns, self._describe)
        self._interfaces: Sequence[str] = ()

    def lines(self, batch: PacketBatch, flows: FlowBatch, interfaces: Sequence[str]) -> str:
        """Return a line for each packet of `batch`, the last one without its end.

        The pieces of all lines are joined at once: to make a string of each line takes twice as long.
        """
        if not len(batch):
            return ""
        self._interfaces = interfaces
        tails = np.where(batch.protocol == PROTOCOL_TCP, batch.tcp_flags.astype(np.int16), _NO_FLAGS)
        pieces = [""] * (len(batch) * _PIECES)
        pieces[0::_PIECES], pieces[1::_PIECES], pieces[2::_PIECES] = time_pieces(batch.frames.time_ns, _BEGIN)
        pieces[3::_PIECES] = self._common.of(batch, flows)
        pieces[4::_PIECES], pieces[5::_PIECES] = number_pieces(batch.numbered())
        pieces[6::_PIECES] = _LIVES[batch.ttl].tolist()
        pieces[7::_PIECES] = _lengths(batch.frames.wire_length)
        pieces[8::_PIECES] = _TAILS[tails].tolist()
        pieces[-1] = pieces[-1].removesuffix("\n")
        return "".join(pieces)

    def _describe(self, batch: PacketBatch, rows: NDArray[np.intp]) -> list[str]:
        """Return what stands between the time and the number."""
        return [
            f'{ZONE}",{_members(ends, self._place(interface, vlan))},"pcap_cnt":'
            for ends, interface, vlan in zip(
                packet_ends(batch, rows),
                batch.frames.interface[rows].tolist(),
                batch.vlan[rows].tolist(),
                strict=True,
            )
        ]

    def _place(self, interface: int, vlan: int) -> str:
        """Return where a packet was seen as members of an object, each with a comma behind it."""
        named = interface < len(self._interfaces) and self._interfaces[interface]
        name = f'"in_iface":{quoted(self._interfaces[interface])},' if named else ""
        return f'{name}"vlan":[{",".join(map(str, vlans(vlan)))}],' if vlan >= 0 else name


def _members(ends: Ends, place: str) -> str:
    """Return `identity`, `place` and `endpoints` as members of an object.

    Of TCP and UDP, which most packets are, it is written at once: objects that are merged and encoded take four times
    as long.
    """
    if ends.protocol not in _PROTOCOLS:
        conversation = line(identity(ends))[1:-1]
        rest = line({"event_type": "packet"} | endpoints(ends))[1:-1]
        return f"{conversation}{',' if conversation else ''}{place}{rest}"
    number, community = identity(ends).values()
    version = 4 if is_ipv4(*ends.source) or is_ipv4(*ends.destination) else 6
    source, destination = (address_text(*each) or UNSPECIFIED_IPV6 for each in (ends.source, ends.destination))
    return (
        f'"flow_id":{number},"community_id":"{community}",{place}"event_type":"packet","src_ip":"{source}",'
        f'"dest_ip":"{destination}","src_port":{ends.source_port},"dest_port":{ends.destination_port},'
        f'"proto":"{_PROTOCOLS[ends.protocol]}","ip_v":{version}'
    )


@cache
def _length_texts() -> NDArray[np.object_]:
    return np.array([str(length) for length in range(_USUAL_LENGTHS)], object)


def _lengths(lengths: NDArray[np.uint32]) -> list[str]:
    """Return numbers as text; few strings are made."""
    if lengths.max() >= _USUAL_LENGTHS:
        return list(map(str, lengths.tolist()))
    found: list[str] = _length_texts()[lengths].tolist()
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
