"""The first packets of flows, and who sent them: what tells addresses and MAC addresses apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.detect.columns import Columns
from netwatch.track.host_links import mac_addresses
from netwatch.track.host_scope import GROUP_MAC, is_private, is_public

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch

MOST_SENDERS: Final = 512
"""Senders that are learned from one slice of time."""
MOST_RECEIVERS: Final = 16
FEW_SENDERS: Final = 128
"""Learning of some of them several times costs less than telling them apart."""
FAR, NEAR, TO_FAR, TO_NEAR = (np.uint8(1 << bit) for bit in range(4))
"""Bits of Senders.scope: the sender has an IPv4 address of elsewhere, or a private one and a MAC address of its own;
the receiver has one of elsewhere, or a private one, and the frame went to a single machine."""
_MIXERS: Final = (np.uint64(0x9E37_79B9_7F4A_7C15), np.uint64(0xC2B2_AE3D_27D4_EB4F))


@dataclass(slots=True, eq=False)
class Senders(Columns):
    """Senders of the first packets of flows, those without a MAC address left out."""

    high: NDArray[np.uint64]
    low: NDArray[np.uint64]
    vlan: NDArray[np.int32]
    mac: NDArray[np.uint64]
    to_high: NDArray[np.uint64]
    to_low: NDArray[np.uint64]
    to_mac: NDArray[np.uint64]
    """Where the frame went: for an address elsewhere that is a router."""
    scope: NDArray[np.uint8]
    """What kinds of addresses both have: FAR and the like; told of whole batches, for the slices are many."""

    def receivers(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield (high, low, VLAN, MAC) of receivers elsewhere, some of each slice."""
        far = (self.scope & TO_FAR).nonzero()[0]
        at = far[np.sort(np.unique(self.to_low[far], return_index=True)[1])] if len(far) > MOST_RECEIVERS else far
        at = at[:MOST_RECEIVERS]
        columns = self.to_high, self.to_low, self.vlan, self.to_mac
        return zip(*(column[at].tolist() for column in columns), strict=True)

    def each(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield (high, low, vlan, mac) of each sender once, the first MOST_SENDERS of them."""
        first = self.first_of_each()
        return zip(*(column[first].tolist() for column in (self.high, self.low, self.vlan, self.mac)), strict=True)

    def first_of_each(self) -> NDArray[np.intp] | slice:
        """Return where each sender comes first, ascending, the first MOST_SENDERS of them; of few simply all."""
        if len(self) <= FEW_SENDERS:
            return slice(None)
        mixed = (self.low ^ self.high * _MIXERS[0]) * _MIXERS[1] ^ self.mac * _MIXERS[0]
        mixed ^= self.vlan.astype(np.uint64)
        _, first = np.unique(mixed, return_index=True)
        return np.sort(first)[:MOST_SENDERS]


class FirstPackets:
    """Finds them among the packets of a batch."""

    def __init__(self, rows: int) -> None:
        """Know the rows of a flow table."""
        self._at = np.zeros(rows, np.intp)

    def find(self, flows: FlowBatch) -> NDArray[np.intp]:
        """Return the positions of the packets with which flows began, ascending."""
        if not len(flows.started):
            return flows.started
        # Of several packets of a row the first one stays: it is written last
        self._at[flows.rows[::-1]] = np.arange(len(flows.rows) - 1, -1, -1)
        return np.sort(self._at[flows.started])


def senders(batch: PacketBatch, first: NDArray[np.intp]) -> Senders | None:
    """Return who sent the packets at `first`."""
    if not len(first):
        return None
    mac, to_mac = mac_addresses(batch, first)
    known = mac != 0
    at, mac, to_mac = first[known], mac[known], to_mac[known]
    source, target = (batch.src_high[at], batch.src_low[at]), (batch.dst_high[at], batch.dst_low[at])
    single, to_single = (number & np.uint64(GROUP_MAC) == 0 for number in (mac, to_mac))
    scope = is_public(*source) * FAR
    scope |= (is_private(*source) & single) * NEAR
    scope |= (is_public(*target) & to_single) * TO_FAR
    scope |= (is_private(*target) & to_single) * TO_NEAR
    return Senders(
        batch.numbers_at(at),
        batch.frames.time_ns[at],
        high=source[0],
        low=source[1],
        vlan=batch.vlan[at],
        mac=mac,
        to_high=target[0],
        to_low=target[1],
        to_mac=to_mac,
        scope=scope,
    )
