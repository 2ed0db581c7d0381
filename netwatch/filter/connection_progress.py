"""What was seen of each TCP connection by each packet: tcp.completeness and the round trip of its opening."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN
from netwatch.track.flow_order import segments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_order import Segments

UNKNOWN: Final = -1
NEVER: Final = -1
"""In place of the index of an event that did not happen."""


class Complete(IntFlag):
    """What was seen of a connection, as tcp.completeness has it."""

    SYN = 1
    SYN_ACK = 2
    ACK = 4
    DATA = 8
    FIN = 16
    RST = 32


class ConnectionProgress:
    """Follows connections, one a row of a flow table; told only of whole TCP headers, in the order of the capture."""

    def __init__(self, rows: int) -> None:
        self._complete = np.zeros(rows, np.int64)
        self._met = np.zeros(rows, np.bool_)
        """A packet of the connection came before."""
        self._asked = np.zeros(rows, np.bool_)
        self._asked_ns = np.zeros(rows, np.int64)
        """Time of the newest SYN without ACK, of either end, once `_asked`."""
        self._trip_ns = np.zeros(rows, np.int64)
        """From that to the first packet with an ACK; 0 while it is not known."""

    def begin(self, rows: NDArray[np.intp], *, reused: NDArray[np.bool_]) -> None:
        """Forget what was known of `rows`, where others begin; `reused` tells whose ports another had before.

        Of those tshark says with their first SYN already that it was seen.
        """
        self._complete[rows] = reused * int(Complete.SYN)
        self._met[rows] = reused
        self._asked[rows] = False
        self._trip_ns[rows] = 0

    def completeness(self, batch: PacketBatch, rows: NDArray[np.intp], tcp: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return what was seen before each packet where `tcp` holds, else UNKNOWN; shape (n,), as `rows`."""
        found = np.full(len(batch), UNKNOWN, np.int64)
        at = _by_connection(rows, tcp)
        if not len(at):
            return found
        flags, data = batch.tcp_flags[at], batch.payload_length[at] > 0
        syn, acks = flags & TCP_SYN != 0, flags & TCP_ACK != 0
        segments = segments_of(rows[at])
        own = rows[at][segments.starts]
        # Only the first packet can be the SYN that opens, and nothing else is noted of it
        later = np.ones(len(at), np.bool_)
        later[segments.starts] = self._met[own]
        self._met[own] = True
        asks = syn & ~acks & ~later
        seen = {
            Complete.SYN: asks, Complete.SYN_ACK: syn & acks & later, Complete.ACK: acks & ~syn & ~data & later,
            Complete.DATA: data & (asks | acks & ~syn & later), Complete.FIN: acks & (flags & TCP_FIN != 0) & later,
            Complete.RST: (flags & TCP_RST != 0) & later,
        }  # fmt: skip
        before = np.zeros(len(at), np.int64)
        known = self._complete[own]
        for bit, there in seen.items():
            begun = there.astype(np.int64)
            first = (known & int(bit) != 0).astype(np.int64)
            before |= segments.previous(segments.running_max(_at_least(begun, segments, first)), first) * int(bit)
            self._complete[own] |= np.maximum.reduceat(begun, segments.starts) * int(bit)
        found[at] = before
        return found

    def round_trip(self, batch: PacketBatch, rows: NDArray[np.intp], tcp: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Return the opening's round trip as each packet where `tcp` holds has it, in nanoseconds; UNKNOWN for none.

        It is the time from the newest SYN to the first packet that acknowledges anything, itself included, whoever
        sent them (tcp.analysis.initial_rtt): to the RST of a closed port too.
        """
        found = np.full(len(batch), UNKNOWN, np.int64)
        at = _by_connection(rows, tcp)
        if not len(at):
            return found
        flags, time_ns = batch.tcp_flags[at] & (TCP_SYN | TCP_ACK), batch.frames.time_ns[at]
        segments = segments_of(rows[at])
        own, index = rows[at][segments.starts], np.arange(len(at))
        asked = segments.running_max(np.where(flags == TCP_SYN, index, NEVER))
        known = (asked != NEVER) | self._asked[own][segments.number]
        waited = time_ns - np.where(asked == NEVER, self._asked_ns[own][segments.number], time_ns[asked])
        begun = self._trip_ns[own] != 0
        confirms = (flags == TCP_ACK) & known & (waited != 0)
        first = np.minimum.reduceat(np.where(confirms, index, len(at)), segments.starts)
        over = np.flatnonzero(~begun & (first < len(at)))
        self._trip_ns[own[over]] = waited[first[over]]
        trips, since = self._trip_ns[own][segments.number], np.where(begun, 0, first)[segments.number]
        found[at] = np.where((index >= since) & (trips > 0), trips, UNKNOWN)
        newest = asked[segments.ends]
        again = np.flatnonzero(newest != NEVER)
        self._asked[own[again]] = True
        self._asked_ns[own[again]] = time_ns[newest[again]]
        return found


def _by_connection(rows: NDArray[np.intp], tcp: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Return the positions where `tcp` holds, by row, then in their order."""
    at = np.flatnonzero(tcp)
    return at[np.argsort(rows[at], kind="stable")]


def _at_least(values: NDArray[np.int64], segments: Segments, first: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return `values` with the first of each segment no less than `first`."""
    lifted = values.copy()
    lifted[segments.starts] = np.maximum(values[segments.starts], first)
    return lifted
