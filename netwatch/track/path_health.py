"""PathWatch: how much of what one end of a connection sends is sent again, second by second, once anything is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.track.stream_reader import Moment
from netwatch.track.tcp_remarks import Remark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.event_log import EventLog
    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_packets import FlowPackets

SECOND: Final = 1_000_000_000
WATCHED_NS: Final = 30 * SECOND
"""An end is watched so long after something odd, so that what it sends well counts too."""
MOST_WATCHED: Final = 1000
MOST_SECONDS: Final = 2000
"""Seconds of ends that are told of one block of packets."""
_ODD: Final = np.uint8(Remark.RETRANSMISSION | Remark.ZERO_WINDOW)


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

    def take(self, columns: FlowColumns, packets: FlowPackets, remarks: NDArray[np.uint8]) -> None:
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
        for end, position in zip(ends[odd].tolist(), odd.tolist(), strict=True):
            if end in begins or len(begins) < MOST_WATCHED:
                begins.setdefault(end, position)
        self._watched = kept
        return begins

    def _tell(
        self, columns: FlowColumns, packets: FlowPackets, remarks: NDArray[np.uint8], at: NDArray[np.intp]
    ) -> None:
        """Add an event for each second of each end; `at` are positions by end, then by arrival."""
        ends = packets.rows[at] * 2 + packets.sender[at]
        time_ns = packets.time_ns[at]
        second = time_ns // SECOND
        starts = np.flatnonzero((np.diff(ends, prepend=-1) != 0) | (np.diff(second, prepend=-1) != 0))
        self.skipped += max(len(starts) - MOST_SECONDS, 0)
        found = []
        for start, stop in zip(starts.tolist(), np.append(starts[1:], len(at)).tolist(), strict=True):
            here = at[start:stop]
            event = _second(columns, packets, remarks, here)
            end, last_ns = int(ends[start]), int(time_ns[stop - 1])
            if event.resent or event.shut_ns:
                self._watched[end] = event.flow, last_ns + WATCHED_NS
            found.append(event)
            if len(found) == MOST_SECONDS:
                break
        self._log.extend(sorted(found, key=lambda event: event.moment.number))


def _second(columns: FlowColumns, packets: FlowPackets, remarks: NDArray[np.uint8], at: NDArray[np.intp]) -> PathSecond:
    row, sender, last = int(packets.rows[at[0]]), int(packets.sender[at[0]]), int(at[-1])
    data = packets.payload[at] > 0
    shut = remarks[at] & np.uint8(Remark.ZERO_WINDOW) != 0
    taking = np.flatnonzero(~shut)
    first_shut = int(taking[-1]) + 1 if len(taking) else 0
    pair = (
        (int(columns.high_0[row]), int(columns.low_0[row])),
        (int(columns.high_1[row]), int(columns.low_1[row])),
    )
    return PathSecond(
        moment=Moment(int(packets.time_ns[last]), int(packets.number[last])),
        source=pair[sender],
        destination=pair[1 - sender],
        flow=int(columns.serial[row]),
        segments=int(np.count_nonzero(data)),
        resent=int(np.count_nonzero(data & (remarks[at] & np.uint8(Remark.RETRANSMISSION) != 0))),
        opened=bool(len(taking)),
        shut_ns=int(packets.time_ns[at[first_shut]]) if first_shut < len(at) else 0,
    )
