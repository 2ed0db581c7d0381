"""PendingFlows: what hosts sent since they were last brought up to date, counted by flow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import ETHERTYPE_IPV4
from netwatch.track.host_links import mac_addresses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch

MOST_PACKETS: Final = 1 << 16
"""Packets after which it is time to bring hosts up to date, at the latest."""
VLAN_TAG_BYTES: Final = 4
LATEST: Final = np.iinfo(np.int64).max
EARLIEST: Final = np.iinfo(np.int64).min


class Meetings(NamedTuple):
    """Packets that show who talks to whom, in the order of their arrival; arrays have shape (n,)."""

    ends: NDArray[np.intp]
    """The sender's end of the flow: row << 1, | 1 for the initiator."""
    time_ns: NDArray[np.int64]
    source_high: NDArray[np.uint64]
    source_low: NDArray[np.uint64]
    destination_high: NDArray[np.uint64]
    destination_low: NDArray[np.uint64]
    sender: NDArray[np.uint64]
    receiver: NDArray[np.uint64]
    """MAC addresses as `mac_addresses` has them."""
    direct: NDArray[np.bool_]
    """An IPv4 packet that is not in a tunnel."""


class Traffic(NamedTuple):
    """What the ends of some flows sent; arrays have shape (n,)."""

    ends: NDArray[np.intp]
    packets: NDArray[np.int64]
    bytes: NDArray[np.int64]
    first_ns: NDArray[np.int64] | None
    """Earliest times, LATEST where it is not earlier than what is known; None when time never went back."""
    last_ns: NDArray[np.int64]


class PendingFlows:
    """Counters by the end of a flow, and the first packets of new flows, until somebody takes them."""

    def __init__(self, most_flows: int) -> None:
        """Hold the first packets of some more than `most_flows` flows, which also is the size of a piece of them."""
        self._most_flows = most_flows
        self._flows = 0
        """Flows that began."""
        self._counts = np.zeros(0, np.int64)
        """Packets by end, as all that follows but `_position`."""
        self._sizes = np.zeros(0, np.int64)
        """Bytes."""
        self._last = np.zeros(0, np.int64)
        self._first = np.zeros(0, np.int64)
        self._position = np.zeros(0, np.int32)
        """Scratch: where the first packet of a flow is in the batch, by row."""
        self._meetings: list[Meetings] = []
        self._packets = 0
        self._went_back = False
        self._now_ns = EARLIEST

    @property
    def full(self) -> bool:
        """True when it is time to take what is here."""
        return self._packets >= MOST_PACKETS or self._flows >= self._most_flows

    def add(self, batch: PacketBatch, flow_batch: FlowBatch, ends: NDArray[np.intp]) -> None:
        """Count the packets of `batch`, sent by `ends` of flows, which is (row << 1 | from the initiator)."""
        self._fit(int(ends.max()) + 2)
        if len(flow_batch.started):
            # The first packet of each flow is written last
            self._position[flow_batch.rows[::-1]] = np.arange(len(batch) - 1, -1, -1, dtype=np.int32)
            at = self._position[flow_batch.started].astype(np.intp)
            self._meetings.append(meetings(batch, at, ends))
            self._flows += len(at)
        self._packets += len(batch)
        np.add.at(self._counts, ends, 1)
        np.add.at(self._sizes, ends, wire_sizes(batch))
        time = batch.frames.time_ns
        if int(time[0]) >= self._now_ns and bool((time[1:] >= time[:-1]).all()):
            self._last[ends] = time
            self._now_ns = int(time[-1])
        else:
            self._went_back = True
            np.minimum.at(self._first, ends, time)
            np.maximum.at(self._last, ends, time)
            self._now_ns = max(self._now_ns, int(time.max()))

    def take_meetings(self) -> list[Meetings]:
        """Return the first packets of the flows that began, the oldest first, in few pieces, and forget them."""
        taken, self._meetings, self._flows = self._meetings, [], 0
        if not taken:
            return []
        columns: list[NDArray[Any]] = [np.concatenate(parts) for parts in zip(*taken, strict=True)]
        most = self._most_flows
        pieces = range(0, len(columns[0]), most)
        return [Meetings._make(column[start : start + most] for column in columns) for start in pieces]

    def take_traffic(self) -> Traffic:
        """Return what was counted, and begin anew."""
        ends = np.flatnonzero(self._counts)
        first = self._first[ends] if self._went_back else None
        taken = Traffic(ends, self._counts[ends], self._sizes[ends], first, self._last[ends])
        self._counts[ends] = 0
        self._sizes[ends] = 0
        self._last[ends] = EARLIEST
        if self._went_back:
            self._first[ends] = LATEST
        self._packets = 0
        self._went_back = False
        return taken

    def _fit(self, ends: int) -> None:
        if ends <= len(self._counts):
            return
        size = max(ends + ends % 2, 2 * len(self._counts))
        for name, fill in _COLUMNS.items():
            before = getattr(self, name)
            after = np.full(size, fill, before.dtype)
            after[: len(before)] = before
            setattr(self, name, after)


def meetings(batch: PacketBatch, at: NDArray[np.intp], ends: NDArray[np.intp]) -> Meetings:
    """Return the packets at positions `at` of `batch`, whose senders' ends are `ends` (one a packet of the batch)."""
    sender, receiver = mac_addresses(batch, at)
    return Meetings(
        ends[at],
        batch.frames.time_ns[at],
        batch.src_high[at],
        batch.src_low[at],
        batch.dst_high[at],
        batch.dst_low[at],
        sender,
        receiver,
        (batch.ethertype[at] == ETHERTYPE_IPV4) & (batch.tunnel_depth[at] == 0),
    )


def wire_sizes(batch: PacketBatch) -> NDArray[np.int64]:
    """Return the bytes of each packet on the wire, a tag that the kernel took out included; shape (n,)."""
    sizes = batch.frames.wire_length.astype(np.int64)
    tags = batch.frames.stripped_tag
    if np.count_nonzero(tags):
        sizes += np.where(tags != 0, VLAN_TAG_BYTES, 0)
    return sizes


_COLUMNS: Final = {"_counts": 0, "_sizes": 0, "_last": EARLIEST, "_first": LATEST, "_position": 0}
"""Arrays of PendingFlows and what they hold where nothing was counted."""
