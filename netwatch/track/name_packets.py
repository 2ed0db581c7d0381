"""Finds the packets of a batch that may tell a name, without looking into more than a few bytes of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, PROTOCOL_UDP
from netwatch.decode.dns_message import RESPONSE
from netwatch.decode.window import headers
from netwatch.track.name_store import NameKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

KINDS: Final = tuple(NameKind)
"""Kinds by the number that packets are marked with, less one."""
PORTS: Final = {
    53: NameKind.DNS, 5353: NameKind.MDNS, 5355: NameKind.LLMNR, 137: NameKind.NBNS, 67: NameKind.DHCP,
    68: NameKind.DHCP, 546: NameKind.DHCPV6, 547: NameKind.DHCPV6,
}  # fmt: skip
"""UDP ports of those who tell names (RFC 1035, RFC 6762, RFC 4795, RFC 1002, RFC 2131, RFC 8415)."""

_DNS = np.dtype([("id", ">u2"), ("flags", ">u2"), ("questions", ">u2"), ("answers", ">u2")])
RESPONSE_CODE: Final = 0x000F
_WITHOUT_FLAGS: Final = (NameKind.DHCP, NameKind.DHCPV6, NameKind.NBNS)
"""Kinds whose messages may tell a name whatever stands where DNS has its flags."""
_SHORTEST: Final = {NameKind.DHCP: 244, NameKind.DHCPV6: 12}
_SHORTEST_DNS: Final = 24
"""Bytes below which no message can hold a name and its address."""


def name_packets(batch: PacketBatch) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    """Return the positions of packets that may tell a name, rising, and their kinds (index into KINDS + 1)."""
    kinds = _BY_PORT.take(batch.sport)
    if not np.count_nonzero(kinds):
        return np.zeros(0, np.intp), kinds[:0]
    return _datagrams(batch, kinds)


def fair_share(kinds: NDArray[np.uint8], budget: int) -> NDArray[np.intp]:
    """Return which of some packets to look at when `budget` is fewer than there are, rising.

    Each kind gets the same share and leaves what it does not need to the others, so that a flood of one protocol
    does not hide the few messages of another; those of a kind are taken at even distances.
    """
    present, counts = np.unique(kinds, return_counts=True)
    chosen = []
    order = np.argsort(counts, kind="stable").tolist()
    for place, number in enumerate(order):
        share = min(int(counts[number]), budget // (len(order) - place))
        budget -= share
        members = np.flatnonzero(kinds == present[number])
        chosen.append(members[np.arange(share) * len(members) // max(share, 1)])
    every: NDArray[np.intp] = np.concatenate(chosen)
    every.sort()
    return every


def _datagrams(batch: PacketBatch, kinds: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.uint8]]:
    at = np.flatnonzero(kinds)
    at = at[(batch.protocol[at] == PROTOCOL_UDP) & (batch.fragment[at] & FRAGMENT_OFFSET == 0)]
    at = at[batch.payload_captured[at] >= _LEAST.take(kinds[at])]
    header = headers(batch.frames.data, batch.payload_offset[at], _DNS)
    answer = (header["flags"] & RESPONSE != 0) & (header["flags"] & RESPONSE_CODE == 0)
    # mDNS may have all in additional records, NetBIOS registers without being asked
    answer &= (header["answers"] != 0) | (kinds[at] == _NUMBERS[NameKind.MDNS])
    answer |= _ANY_FLAGS.take(kinds[at])
    at = at[answer]
    return at, kinds[at]


def _by_port() -> NDArray[np.uint8]:
    table = np.zeros(65536, np.uint8)
    for port, kind in PORTS.items():
        table[port] = _NUMBERS[kind]
    return table


def _least() -> NDArray[np.int32]:
    return np.array([0, *(_SHORTEST.get(kind, _SHORTEST_DNS) for kind in KINDS)], np.int32)


_NUMBERS: Final = {kind: number for number, kind in enumerate(KINDS, 1)}
_ANY_FLAGS: Final = np.isin(np.arange(len(KINDS) + 1), [_NUMBERS[kind] for kind in _WITHOUT_FLAGS])
_BY_PORT: Final = _by_port()
_LEAST: Final = _least()
