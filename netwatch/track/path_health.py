"""PathWatch: how much of what one end of a connection sends is sent again, second by second, once anything is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment
from netwatch.track.tcp_remarks import Remark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.event_log import EventLog
    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_packets import FlowPackets

WATCHED_NS: Final = 30 * SECOND
"""An end is watched so long after something odd, so that what it sends well counts too."""
MOST_WATCHED: Final = 500
"""Ends; of more that are odd at once those with the most odd packets. Each costs 10 us every tenth of a second."""
MOST_SECONDS: Final = 2000
"""Seconds of ends that are told of one block of packets."""
_ODD: Final = np.uint16(Remark.RETRANSMISSION | Remark.ZERO_WINDOW)


@dataclass(frozen=True, slots=True)
class PathSecond:
    """What one end of a TCP connection sent in one second of packet time, or in a part of it."""

    moment: Moment
    """Of the last of these packets."""
    source: tuple[int, int]
    destination: tuple[int, int]
    """Halves of the addresses as in PacketBatch."""
    flow: int
    """Serial."""
    segments: int
    """With payload."""
    resent: int
    """Those of them that were sent before."""
    opened: bool
    """Some packet took data."""
    shut_ns: int
    """Time of the first packet since then that announced a window of zero; 0 where the newest one takes data."""


class PathWatch:
    """Used by the thread that measures; costs one comparison a packet as long as nothing is odd."""

    def __init__(self, log: EventLog) -> None:
        """Add to `log`."""
        self.skipped = 0
        """Seconds that were not told because too many came at once."""
        self._log = log
        self._watched: dict[int, tuple[int, int]] = {}
        """(serial of the flow, until when it is watched) by end."""

    def take(self, columns: FlowColumns, packets: FlowPackets, remarks: NDArray[np.uint16]) -> None:
        """Look at a block that was measured; `remarks` are those of its packets."""
        odd = np.flatnonzero(remarks & _ODD)
        if not (len(odd) or self._watched):
            return
        ends = packets.rows * 2 + packets.sender
        begins = self._begins(columns, ends, odd, int(packets.time_ns[0]))
        if not begins:
            return
        wanted = np.array(sorted(begins), np.intp)
        since = np.array([begins[end] for end in wanted.tolist()], np.intp)
        place = np.minimum(np.searchsorted(wanted, ends), len(wanted) - 1)
        at = np.flatnonzero((wanted[place] == ends) & packets.segment)
        at = at[at >= since[place[at]]]
        if len(at):
            self._tell(columns, packets, remarks, at[np.argsort(ends[at], kind="stable")])

    def _begins(
        self, columns: FlowColumns, ends: NDArray[np.intp], odd: NDArray[np.intp], from_ns: int
    ) -> dict[int, int]:
        """Return from which position of the block on each end is watched, and remember those that are."""
        kept = {
            end: (serial, until_ns)
            for end, (serial, until_ns) in self._watched.items()
            if until_ns > from_ns and int(columns.serial[end >> 1]) == serial
        }
        begins = dict.fromkeys(kept, 0)
        if len(begins) < MOST_WATCHED:
            new, first, times = np.unique(ends[odd], return_index=True, return_counts=True)
            for place in np.argsort(-times, kind="stable")[:MOST_WATCHED].tolist():
                if len(begins) < MOST_WATCHED:
                    begins.setdefault(int(new[place]), int(odd[first[place]]))
        self._watched = kept
        return begins

    def _tell(
        self, columns: FlowColumns, packets: FlowPackets, remarks: NDArray[np.uint16], at: NDArray[np.intp]
    ) -> None:
        """Add an event for each second of each end; `at` are positions by end, then by arrival."""
        second = packets.time_ns[at] // SECOND
        ends = packets.rows[at] * 2 + packets.sender[at]
        starts = np.flatnonzero((np.diff(ends, prepend=-1) != 0) | (np.diff(second, prepend=-1) != 0))
        if len(starts) > MOST_SECONDS:
            self.skipped += len(starts) - MOST_SECONDS
            at, starts = at[: starts[MOST_SECONDS]], starts[:MOST_SECONDS]
        found = _seconds(columns, packets, remarks, at, starts)
        for end, event in zip(ends[starts].tolist(), found, strict=True):
            if event.resent or event.shut_ns:
                self._watched[end] = event.flow, event.moment.time_ns + WATCHED_NS
        self._log.extend(sorted(found, key=lambda event: event.moment.number))


def _seconds(
    columns: FlowColumns,
    packets: FlowPackets,
    remarks: NDArray[np.uint16],
    at: NDArray[np.intp],
    starts: NDArray[np.intp],
) -> list[PathSecond]:
    """Return an event for each stretch of `at`, positions of one end in one second; `starts` tells where they begin."""
    data = packets.payload[at] > 0
    shut = remarks[at] & np.uint16(Remark.ZERO_WINDOW) != 0
    resent = data & (remarks[at] & np.uint16(Remark.RETRANSMISSION) != 0)
    stops = np.append(starts[1:], len(at))
    # The last packet of each stretch that took data, -1 where none did
    taking = np.maximum.reduceat(np.where(shut, -1, np.arange(len(at))), starts)
    first_shut = np.where(taking < 0, starts, taking + 1)
    shut_ns = np.where(first_shut < stops, packets.time_ns[at[np.minimum(first_shut, len(at) - 1)]], 0)
    first, last = at[starts], at[stops - 1]
    rows = packets.rows[first]
    pairs = zip(
        *(getattr(columns, name)[rows].tolist() for name in ("high_0", "low_0", "high_1", "low_1")), strict=True
    )
    return [
        PathSecond(Moment(*moment), *_turned(pair, sender), *counted)
        for moment, pair, sender, *counted in zip(
            zip(packets.time_ns[last].tolist(), packets.number[last].tolist(), strict=True),
            pairs,
            packets.sender[first].tolist(),
            columns.serial[rows].tolist(),
            np.add.reduceat(data, starts, dtype=np.int64).tolist(),
            np.add.reduceat(resent, starts, dtype=np.int64).tolist(),
            (taking >= 0).tolist(),
            shut_ns.tolist(),
            strict=True,
        )
    ]


def _turned(pair: tuple[int, int, int, int], sender: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the sender's address and the other one."""
    return (pair[2:], pair[:2]) if sender else (pair[:2], pair[2:])
