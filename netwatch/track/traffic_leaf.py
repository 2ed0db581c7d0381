"""Leaves: every packet belongs to one, which is its network protocol with the application or else the transport.

All counts by protocol are sums over leaves, so that a packet is classified only once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_LLC,
    ETHERTYPE_UNKNOWN,
    PROTOCOL_NONE,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
)
from netwatch.decode.info.numbers import ETHERTYPES, IP_PROTOCOLS
from netwatch.track.traffic_service import APPLICATIONS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

ETHERTYPE_OTHER: Final = -1
"""EtherTypes without a name share a leaf."""


class Leaf(NamedTuple):
    """What the packets of a leaf have in common."""

    ethertype: int
    """As PacketBatch.ethertype, or ETHERTYPE_OTHER."""
    protocol: int
    """As PacketBatch.protocol; PROTOCOL_NONE where the network header is not IP or could not be read."""
    application: str
    """Empty where none is known."""


_KNOWN: Final = (ETHERTYPE_UNKNOWN, ETHERTYPE_LLC, *sorted(ETHERTYPES))
_VERSIONS: Final = (ETHERTYPE_IPV4, ETHERTYPE_IPV6)


def _leaves() -> tuple[Leaf, ...]:
    """Both IP versions: applications of TCP, of UDP, all protocols; then what is not IP."""
    within = [(number, name) for number in (PROTOCOL_TCP, PROTOCOL_UDP) for name in APPLICATIONS]
    within += [(number, "") for number in range(256)]
    leaves = [Leaf(version, *rest) for version in _VERSIONS for rest in within]
    leaves += [Leaf(ethertype, PROTOCOL_NONE, "") for ethertype in (*_KNOWN, ETHERTYPE_OTHER)]
    return tuple(leaves)


LEAVES: Final = _leaves()

_PROTOCOLS_AT: Final = 2 * len(APPLICATIONS)
_VERSION_STRIDE: Final = _PROTOCOLS_AT + 256
_NOT_IP_AT: Final = 2 * _VERSION_STRIDE

_OF_PROTOCOL: Final = np.arange(256) + _PROTOCOLS_AT
_OF_PROTOCOL[[PROTOCOL_TCP, PROTOCOL_UDP]] = 0, len(APPLICATIONS)
_OF_ETHERTYPE: Final = np.full(65536, len(LEAVES) - 1, np.intp)
_OF_ETHERTYPE[list(_KNOWN)] = np.arange(len(_KNOWN)) + _NOT_IP_AT


def leaves_of(batch: PacketBatch, application: NDArray[np.uint32], not_ip: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the leaf of each packet as its place in LEAVES.

    `application` is that of Services, `not_ip` the positions of packets whose protocol is PROTOCOL_NONE.
    """
    leaf: NDArray[np.intp] = _OF_PROTOCOL.take(batch.protocol)
    leaf += application
    version6 = batch.ethertype == ETHERTYPE_IPV6
    if np.count_nonzero(version6):
        leaf += version6 * _VERSION_STRIDE
    if len(not_ip):
        leaf[not_ip] = _OF_ETHERTYPE.take(batch.ethertype[not_ip])
    return leaf


def protocol_label(number: int) -> str:
    """Return the name of an IP protocol, in words where it has none."""
    return IP_PROTOCOLS.get(number) or f"IP protocol {number}"
