"""Ports for later fragments, which have none: those of the first fragment of the same datagram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import ETHERTYPE_IPV6, FRAGMENT_OFFSET, MORE_FRAGMENTS
from netwatch.track.flow_order import grouped, segments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch

SLOTS: Final = 4096
"""Datagrams that are remembered at most; a newer one takes the slot of an older one."""
IDENTIFICATION_V4: Final = 4
"""Offset of the identification in an IPv4 header (RFC 791)."""
IDENTIFICATION_V6: Final = -4
"""Offset of the identification before what follows an IPv6 fragment header (RFC 8200 section 4.5)."""


class FragmentPorts:
    """The ports of the newest first fragments, by a keyed hash of addresses, protocol, VLAN and identification."""

    def __init__(self, seed: int) -> None:
        secrets = np.random.default_rng(seed).integers(0, 1 << 64, 7, dtype=np.uint64) | np.uint64(1)
        self._keys = [int(secret) for secret in secrets]
        self._tags = np.zeros(SLOTS, np.uint64)
        self._ports = np.zeros((SLOTS, 2), np.uint16)

    def complete(
        self, batch: PacketBatch, sport: NDArray[np.uint16], dport: NDArray[np.uint16]
    ) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
        """Return the ports of `batch` with those of later fragments filled in as far as they are known."""
        pieces = batch.fragment & (FRAGMENT_OFFSET | MORE_FRAGMENTS)
        if not pieces.any():
            return sport, dport
        positions = np.flatnonzero(pieces)
        tags = self._tag(batch, positions)
        order, slots = grouped((tags >> np.uint64(52)).astype(np.intp))
        positions, tags = positions[order], tags[order]
        later = batch.fragment[positions] & FRAGMENT_OFFSET != 0
        index = np.arange(len(positions))
        newest = segments_of(slots).running_max(np.where(later, -1, index))
        ports = np.stack((sport[positions], dport[positions]), axis=1)
        here = (newest >= 0) & (tags[newest] == tags)
        known = np.where(here[:, None], ports[newest], self._ports[slots])
        found = later & (here | ((newest < 0) & (self._tags[slots] == tags)))
        self._tags[slots[~later]] = tags[~later]
        self._ports[slots[~later]] = ports[~later]
        sport, dport = sport.copy(), dport.copy()
        sport[positions[found]] = known[found, 0]
        dport[positions[found]] = known[found, 1]
        return sport, dport

    def _tag(self, batch: PacketBatch, positions: NDArray[np.intp]) -> NDArray[np.uint64]:
        six = batch.ethertype[positions] == ETHERTYPE_IPV6
        at = np.where(
            six,
            batch.transport_offset[positions] + IDENTIFICATION_V6,
            batch.network_offset[positions] + IDENTIFICATION_V4,
        )
        data = batch.frames.data
        mixed = np.zeros(len(positions), np.uint64)
        for byte in range(4):
            # The identification of IPv4 has two bytes only
            value = np.where(six | (byte < 2), data[at + byte], 0).astype(np.uint64)
            mixed = mixed << np.uint64(8) | value
        columns: tuple[NDArray[Any], ...] = (batch.src_high, batch.src_low, batch.dst_high, batch.dst_low)
        for key, column in zip(self._keys, (*columns, batch.vlan, batch.protocol), strict=False):
            mixed = (mixed ^ column[positions].astype(np.uint64)) * np.uint64(key)
            mixed ^= mixed >> np.uint64(29)
        mixed *= np.uint64(self._keys[-1])
        return mixed
