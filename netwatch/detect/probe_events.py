"""TCP segments that belong to no connection, and those with flags that no system sends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import (
    CUT_SHORT,
    FRAGMENT_OFFSET,
    MALFORMED,
    PROTOCOL_TCP,
    TCP_ACK,
    TCP_FIN,
    TCP_PSH,
    TCP_RST,
    TCP_SYN,
    TCP_URG,
)
from netwatch.detect.columns import Directed, directed
from netwatch.track.host_links import mac_addresses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch


class Probe(IntEnum):
    """Kinds of segments."""

    NONE = 0
    NULL = 1
    FIN = 2
    """A FIN without ACK."""
    XMAS = 3
    """FIN, PSH and URG without ACK."""
    SYN_FIN = 4
    SYN_RST = 5
    FIN_ACK = 6
    """Of no connection that was seen: Maimon's probe, as nmap -sM sends it."""
    ACK = 7
    """The first segment of its flow."""
    SYN_ACK = 8
    """The first segment of its flow: nobody asked, or the SYN was not captured."""
    RESET = 9
    """Any RST."""


STEALTHY: Final = (Probe.NULL, Probe.FIN, Probe.XMAS, Probe.SYN_FIN, Probe.SYN_RST, Probe.FIN_ACK)
"""What passes filters that look for SYNs; no system begins with them."""
IS_STEALTHY: Final = np.zeros(len(Probe), np.bool_)
"""The same by Probe: looking it up costs less than looking for it."""
IS_STEALTHY[list(STEALTHY)] = True
PROBE_NAMES: Final = ("", "NULL", "FIN", "Xmas", "SYN+FIN", "SYN+RST", "Maimon (FIN+ACK)", "ACK", "SYN+ACK", "RST")


@dataclass(slots=True, eq=False)
class Probes(Directed):
    """Segments; `src` sent them."""

    sport: NDArray[np.uint16]
    dport: NDArray[np.uint16]
    vlan: NDArray[np.int32]
    mac: NDArray[np.uint64]
    """Where the frame came from."""
    kind: NDArray[np.uint8]
    """Probe."""
    alone: NDArray[np.bool_]
    """The first segment of its flow."""


def find_probes(batch: PacketBatch, first: NDArray[np.intp]) -> Probes | None:
    """Return such segments of `batch`; `first` are the positions of the packets with which flows began."""
    kind = _KINDS.take(batch.tcp_flags)
    kind *= batch.protocol == PROTOCOL_TCP
    found = np.count_nonzero(kind)
    if not found and not len(first):
        return None
    at = np.flatnonzero(kind)
    alone = np.zeros(0, np.intp)
    if len(first):
        alone = first[(batch.protocol[first] == PROTOCOL_TCP) & (_ALONE.take(batch.tcp_flags[first]) != 0)]
        kind[alone] = _ALONE.take(batch.tcp_flags[alone])
        at = np.union1d(at, alone)
    at = at[(batch.fragment[at] & FRAGMENT_OFFSET == 0) & (batch.status[at] & (MALFORMED | CUT_SHORT) == 0)]
    if not len(at):
        return None
    return Probes(
        **directed(batch, at),
        sport=batch.sport[at],
        dport=batch.dport[at],
        vlan=batch.vlan[at],
        mac=mac_addresses(batch, at)[0],
        kind=kind[at],
        alone=np.isin(at, first),
    )


def _kind(flags: int) -> Probe:
    """Return what a segment with these flags is, whatever came before it."""
    flags &= TCP_FIN | TCP_SYN | TCP_RST | TCP_PSH | TCP_ACK | TCP_URG
    if flags & TCP_RST:
        return Probe.SYN_RST if flags & TCP_SYN else Probe.RESET
    if flags & TCP_SYN:
        return Probe.SYN_FIN if flags & TCP_FIN else Probe.NONE
    if flags & TCP_ACK:
        return Probe.NONE
    if flags & TCP_FIN:
        return Probe.XMAS if flags & (TCP_PSH | TCP_URG) == TCP_PSH | TCP_URG else Probe.FIN
    return Probe.NONE if flags else Probe.NULL


def _kind_alone(flags: int) -> Probe:
    """Return what else a segment may be with which a flow begins."""
    plain = flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK)
    by_flags = {TCP_FIN | TCP_ACK: Probe.FIN_ACK, TCP_ACK: Probe.ACK, TCP_SYN | TCP_ACK: Probe.SYN_ACK}
    return by_flags.get(plain, _kind(flags))


_KINDS: Final = np.array([_kind(flags) for flags in range(256)], np.uint8)
_ALONE: Final = np.array([_kind_alone(flags) for flags in range(256)], np.uint8)
