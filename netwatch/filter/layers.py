"""Where the headers of each protocol are in a batch: from the columns; in tunnels and ICMP errors one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.capture import frames as link_types
from netwatch.capture.frame_bytes import frame_bytes
from netwatch.decode import batch as columns
from netwatch.filter.applications import APPLICATIONS
from netwatch.filter.walk import ICMP_ERRORS, ICMPV6_ERRORS, walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """The k headers of one protocol in a batch; arrays have shape (k,)."""

    rows: NDArray[np.intp]
    begin: NDArray[np.int64]
    """Where each begins in the block."""
    end: NDArray[np.int64]
    """Where the captured part of what it heads ends."""
    wire_end: NDArray[np.int64]
    """Where that would end had all of it been captured."""


PROTOCOL_NUMBERS: Final = {
    "icmp": 1, "igmp": 2, "tcp": 6, "udp": 17, "gre": 47, "esp": 50, "icmpv6": 58, "eigrp": 88, "ospf": 89,
    "pim": 103, "vrrp": 112, "sctp": 132, "udplite": 136, "dccp": 33,
}  # fmt: skip
"""Layers that the IP protocol number announces."""
ETHERTYPES: Final = {
    "arp": columns.ETHERTYPE_ARP, "rarp": columns.ETHERTYPE_RARP, "lldp": 0x88CC, "eapol": 0x888E,
    "pppoed": columns.ETHERTYPE_PPPOE_DISCOVERY,
}  # fmt: skip
"""Layers that the EtherType announces."""
LINK_TYPES: Final = {
    "eth": (link_types.LINKTYPE_ETHERNET,),
    "sll": (link_types.LINKTYPE_LINUX_SLL, link_types.LINKTYPE_LINUX_SLL2),
    "wlan": (link_types.LINKTYPE_IEEE802_11, link_types.LINKTYPE_IEEE802_11_RADIOTAP),
    "radiotap": (link_types.LINKTYPE_IEEE802_11_RADIOTAP,),
}
SHIMS: Final = (0x8847, 0x8848, 0x8864)
"""EtherTypes of MPLS, unicast and multicast, and of a PPPoE session."""
ETHERNET, TAG, TWO_TAGS = 14, 4, 0x1000
LEAST: Final = 4
"""Bytes of a transport header without which it is not there."""
WALKED: Final = frozenset(
    {"eth", "sll", "vlan", "arp", "ip", "ipv6", "tcp", "udp", "icmp", "icmpv6", "gre", "vxlan", "mpls", "pppoes", "ppp"}
)
"""Layers that `walk` tells."""


class LayerTable:
    """The headers of a batch, found when they are asked for."""

    def __init__(self, batch: PacketBatch) -> None:
        self._batch = batch
        self._known: dict[str, Layers] = {}
        self._many: NDArray[np.bool_] | None = None
        self._walked: dict[str, list[tuple[int, int, int, int]]] = {}

    def __getitem__(self, layer: str) -> Layers:
        """Return the headers of `layer`.

        Raises:
            KeyError: there is no such layer.
        """
        if layer not in self._known:
            self._known[layer] = self._find(layer)
        return self._known[layer]

    def _find(self, layer: str) -> Layers:
        batch = self._batch
        if layer == "frame":
            every = np.arange(len(batch))
            begin = batch.frames.offset.astype(np.int64)
            wire = begin + np.minimum(batch.frames.wire_length, 1 << 30).astype(np.int64)
            return Layers(every, begin, begin + batch.frames.captured, wire)
        many = self._with_many_headers()
        mask, place = _columnar(layer)(batch)
        if layer in WALKED:
            mask = mask & ~many
        rows = np.flatnonzero(mask)
        if layer in LINK_TYPES:
            frames = batch.frames
            start = frames.offset[rows].astype(np.int64)
            end, wire = start + frames.captured[rows], start + np.minimum(frames.wire_length, 1 << 30)[rows]
        else:
            payload = batch.payload_offset[rows].astype(np.int64)
            end = payload + batch.payload_captured[rows]
            wire = payload + batch.payload_length[rows]
        simple = Layers(rows, place[rows].astype(np.int64), end, wire)
        walked = self._walked.get(layer)
        return _joined(simple, np.array(walked, np.int64)) if walked else simple

    def _with_many_headers(self) -> NDArray[np.bool_]:
        """Return which packets have headers that the columns do not tell, after reading all headers of those."""
        if self._many is not None:
            return self._many
        batch = self._batch
        many: NDArray[np.bool_] = batch.tunnel_depth != 0
        for protocol, kinds in ((columns.PROTOCOL_ICMP, ICMP_ERRORS), (columns.PROTOCOL_ICMPV6, ICMPV6_ERRORS)):
            present = batch.protocol == protocol
            if present.any():
                many = many | (present & np.isin(batch.sport, list(kinds)))
        unread = (batch.protocol == 4) | (batch.protocol == 41) | (batch.protocol == 47)
        many = many | unread | _with_shims(batch)
        self._many = many
        for row in np.flatnonzero(many).tolist():
            frames = batch.frames
            begin = frames.offset.item(row)
            stripped = frames.stripped_tag.item(row) != 0
            frame = frame_bytes(frames, row)
            shift = begin - 4 * stripped
            for header in walk(frame, frames.link_type.item(row), frames.wire_length.item(row) + 4 * stripped):
                # The tag that the kernel took out is not in the block; what lies behind it is 4 bytes further on
                place = (row, shift + header.begin, shift + header.end, shift + header.wire_end)
                if header.layer in ("eth", "vlan") and stripped:
                    place = (row, begin, begin + len(frame) - 4, shift + header.wire_end)
                self._walked.setdefault(header.layer, []).append(place)
        return many


def _with_shims(batch: PacketBatch) -> NDArray[np.bool_]:
    """Return which packets have MPLS labels or PPPoE in front of what the columns tell of, or nothing behind them."""
    frames = batch.frames
    found: NDArray[np.bool_] = (batch.ethertype >= SHIMS[0]) & (batch.ethertype <= SHIMS[-1])
    tags = np.where(batch.vlan < 0, 0, np.where(batch.vlan >= TWO_TAGS, 2, 1)) - (frames.stripped_tag != 0)
    usual = frames.offset + ETHERNET + TAG * tags
    late = frames.link_type == link_types.LINKTYPE_ETHERNET
    late &= (batch.network_offset > usual) & (frames.captured >= ETHERNET + TAG * tags)
    rows = np.flatnonzero(late)
    if len(rows):
        at = usual[rows] - 2
        kind = frames.data[at].astype(np.int64) << 8 | frames.data[at + 1]
        found[rows] |= np.isin(kind, SHIMS)
    return found


def _columnar(layer: str) -> Callable[[PacketBatch], tuple[NDArray[np.bool_], NDArray[np.int32]]]:
    """Return what tells, of each packet, whether it has the layer and where."""
    if layer in PROTOCOL_NUMBERS:
        return lambda batch: (_transport(batch, PROTOCOL_NUMBERS[layer]), batch.transport_offset)
    if layer in ETHERTYPES:
        return lambda batch: (batch.ethertype == ETHERTYPES[layer], batch.network_offset)
    if layer == "wlan":
        return _wireless
    if layer in LINK_TYPES:
        return lambda batch: (np.isin(batch.frames.link_type, LINK_TYPES[layer]), batch.frames.offset)
    return _OTHERS.get(layer) or APPLICATIONS[layer]


def _wireless(batch: PacketBatch) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    """Return 802.11 headers; of a radiotap header before one bytes 2 and 3 are the length (radiotap.org)."""
    frames = batch.frames
    found = np.isin(frames.link_type, LINK_TYPES["wlan"])
    begin = frames.offset.copy()
    behind = np.flatnonzero((frames.link_type == link_types.LINKTYPE_IEEE802_11_RADIOTAP) & (frames.captured >= LEAST))
    at = begin[behind]
    length = frames.data[at + 2].astype(np.int64) | frames.data[at + 3].astype(np.int64) << 8
    found[behind] = length < frames.captured[behind]
    begin[behind[found[behind]]] += length[found[behind]].astype(begin.dtype)
    return found, begin


def _transport(batch: PacketBatch, protocol: int) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = batch.protocol == protocol
    found &= batch.fragment & columns.FRAGMENT_OFFSET == 0
    end = batch.payload_offset + batch.payload_captured
    found &= end - batch.transport_offset >= LEAST
    return found


def _internet(batch: PacketBatch, ethertype: int) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    found = (batch.ethertype == ethertype) & (batch.protocol != columns.PROTOCOL_NONE)
    return found, batch.network_offset


def _tagged(batch: PacketBatch) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    return batch.vlan >= 0, batch.frames.offset


def _none(batch: PacketBatch) -> tuple[NDArray[np.bool_], NDArray[np.int32]]:
    return np.zeros(len(batch), np.bool_), batch.network_offset


_OTHERS: Final[dict[str, Callable[[PacketBatch], tuple[NDArray[np.bool_], NDArray[np.int32]]]]] = {
    "ip": lambda batch: _internet(batch, columns.ETHERTYPE_IPV4),
    "ipv6": lambda batch: _internet(batch, columns.ETHERTYPE_IPV6),
    "vlan": _tagged,
    "vxlan": _none,
    "mpls": _none,
    "pppoes": _none,
    "ppp": _none,
}


def _joined(simple: Layers, walked: NDArray[np.int64]) -> Layers:
    rows, begin, end, wire = walked.T
    return Layers(
        np.concatenate((simple.rows, rows.astype(np.intp))),
        np.concatenate((simple.begin, begin)),
        np.concatenate((simple.end, end)),
        np.concatenate((simple.wire_end, wire)),
    )
