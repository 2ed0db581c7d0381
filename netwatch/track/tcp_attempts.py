"""Attempts to open TCP connections, taken through the events of a block all at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import TCP_ACK, TCP_RST, TCP_SYN
from netwatch.track.flow_order import segments_of
from netwatch.track.tcp_columns import MANY
from netwatch.track.tcp_events import Openings, Step
from netwatch.track.tcp_options import Option, offers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_packets import FlowPackets
    from netwatch.track.tcp_events import Events

NEVER: Final = 1 << 62
"""Index of an event that did not happen in this block."""
FURTHEST_ACK: Final = 1 << 30
"""The initiator's ACK may acknowledge data as well, but not more than this."""


class Attempts:
    """The attempts that some events belong to, one for each row; arrays of their state have shape (k,)."""

    def __init__(self, columns: FlowColumns, packets: FlowPackets, events: Events) -> None:
        self._columns = columns
        self._packets = packets
        self._events = events
        self._segments = segments_of(events.rows)
        self._number = self._segments.number
        self._index = np.arange(len(events))
        self._rows = events.rows[self._segments.starts]
        self._step = columns.step[self._rows]
        self._isn = columns.isn[self._rows]
        self._peer_isn = columns.peer_isn[self._rows]
        self._peer_known = columns.peer_known[self._rows]
        flags = events.flags
        self._syn = flags & (TCP_SYN | TCP_ACK | TCP_RST) == TCP_SYN
        self._syn_ack = flags & (TCP_SYN | TCP_ACK | TCP_RST) == TCP_SYN | TCP_ACK
        self._acks = flags & (TCP_ACK | TCP_RST) == TCP_ACK
        is_open = (self._step == Step.SYN_SENT) | (self._step == Step.ANSWERED) | (self._step == Step.UNREACHABLE)
        self._since = np.where(is_open, -1, NEVER)
        """Index of the SYN that began each attempt: -1 for those begun before, NEVER for rows without an attempt."""
        self._changed = np.zeros(len(self._rows), np.bool_)
        self._confirmed_at = np.full(len(self._rows), NEVER)

    def begin(self) -> None:
        """Begin the attempts of rows that have none with their first SYN; keep SYN-ACKs that came before it."""
        events, columns = self._events, self._columns
        idle = self._step == Step.NONE
        first = self._first(self._syn & events.forth & idle[self._number])
        early = self._first(self._syn_ack & ~events.forth & idle[self._number] & (self._index < first[self._number]))
        early = np.where(self._peer_known, NEVER, early)
        self._answer_early(early)
        began = np.flatnonzero(first < NEVER)
        at, rows = first[began], self._rows[began]
        joined = self._peer_known[began] & (self._isn[began] == events.seq[at])
        self._peer_known[began] &= joined
        columns.syn_ack_ns[rows] *= joined
        columns.syn_acks[rows] *= joined
        self._isn[began] = events.seq[at]
        columns.isn[rows] = events.seq[at]
        columns.syn_payload[rows] = np.minimum(events.length[at], MANY)
        columns.syn_ns[rows] = events.time_ns[at]
        self._step[began] = np.where(joined, Step.ANSWERED, Step.SYN_SENT)
        self._since[began] = at
        self._offer(began, at)

    def go_on(self) -> None:
        """Take the attempts through the events after their SYN."""
        events, columns, number = self._events, self._columns, self._number
        after = self._index > self._since[number]
        crossing = np.minimum(
            self._first(self._syn & ~events.forth & after), np.where(columns.simultaneous[self._rows], -1, NEVER)
        )
        beyond = events.ack - self._isn[number] - np.uint32(1)
        fits = beyond <= columns.syn_payload[self._rows][number]
        answers = ~events.forth & self._acks & (self._syn_ack | (self._index > crossing[number]))
        answered = self._first(answers & fits & after)
        waiting = (self._step == Step.SYN_SENT) | (self._step == Step.UNREACHABLE)
        fresh = np.flatnonzero((answered < NEVER) & waiting)
        answered = np.where(self._step == Step.ANSWERED, -1, answered)
        known = self._know_peer(np.minimum(crossing, answered))
        further = events.ack - self._peer_isn[number] - np.uint32(1)
        confirms = events.forth & self._acks & (~self._syn_ack | (self._index > crossing[number]))
        confirms &= (further < FURTHEST_ACK - 1) & after & (self._index > known[number])
        confirmed = np.where(columns.ack_ns[self._rows] != 0, -1, self._first(confirms))
        error = self._first((events.icmp >= 0) & (events.seq == self._isn[number]) & after)
        error = np.where(error < answered, error, NEVER)
        reset = self._first((events.flags & TCP_RST != 0) & after & self._may_reset())
        # An initiator that gives up after an ICMP error changes nothing of why
        given_up = events.forth[np.where(reset < NEVER, reset, 0)]
        given_up &= ((self._step == Step.UNREACHABLE) | (error < reset)) & (answered == NEVER)
        reset = np.where(given_up, NEVER, reset)
        complete = np.maximum(answered, confirmed)
        end = np.minimum(complete, reset)
        self._note(crossing, answered, confirmed, end)
        self._count(after, answers & fits, end)
        self._forgive(answered)
        self._finish(complete, reset, answered)
        self._complain(np.where(end < NEVER, NEVER, error))
        fresh = fresh[answered[fresh] <= end[fresh]]
        self._offer(fresh, answered[fresh])
        took_data = self._rows[fresh[beyond[answered[fresh]] > 0]]
        columns.options[took_data * 2 + (1 - columns.initiator[took_data])] |= np.uint8(Option.FAST_OPEN)

    def store(self) -> Openings:
        """Write the state back and return what changed."""
        columns = self._columns
        columns.step[self._rows] = self._step
        columns.peer_isn[self._rows] = self._peer_isn
        columns.peer_known[self._rows] = self._peer_known
        confirmed = np.flatnonzero(self._confirmed_at < NEVER)
        at = self._events.position[self._confirmed_at[confirmed]]
        return Openings(self._rows[self._changed], self._rows[confirmed], at)

    def _may_reset(self) -> NDArray[np.bool_]:
        """Return which events would end the attempt if they were a RST.

        The initiator also resets older connections of the same ports, which the responder still acknowledges
        (RFC 9293 section 3.5.1); the number of such a RST is far from the SYN's.
        """
        events, number = self._events, self._number
        own = events.seq - self._isn[number] <= self._columns.syn_payload[self._rows][number] + np.uint32(1)
        return ~events.forth | own

    def _first(self, mask: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Return the index of the first event of each attempt for which `mask` holds."""
        return np.minimum.reduceat(np.where(mask, self._index, NEVER), self._segments.starts)

    def _answer_early(self, early: NDArray[np.intp]) -> None:
        """Keep what a SYN-ACK tells whose SYN was not seen yet."""
        found = np.flatnonzero(early < NEVER)
        at, rows = early[found], self._rows[found]
        self._isn[found] = self._events.ack[at] - np.uint32(1)
        self._peer_isn[found] = self._events.seq[at]
        self._peer_known[found] = True
        self._columns.isn[rows] = self._isn[found]
        self._columns.syn_ack_ns[rows] = self._events.time_ns[at]
        self._columns.syn_acks[rows] = 1

    def _know_peer(self, at: NDArray[np.intp]) -> NDArray[np.intp]:
        """Take the responder's sequence number from the events `at`; return since when it is known."""
        learned = np.flatnonzero(~self._peer_known & (at >= 0) & (at < NEVER))
        since = np.where(self._peer_known, -1, at)
        self._peer_isn[learned] = self._events.seq[at[learned]]
        self._peer_known[learned] = True
        return since

    def _note(
        self,
        crossing: NDArray[np.intp],
        answered: NDArray[np.intp],
        confirmed: NDArray[np.intp],
        end: NDArray[np.intp],
    ) -> None:
        """Note the times of steps that were seen before the attempt was over."""
        columns, time = self._columns, self._events.time_ns
        for at, column in ((answered, columns.syn_ack_ns), (confirmed, columns.ack_ns)):
            seen = np.flatnonzero((at >= 0) & (at < NEVER) & (at <= end))
            column[self._rows[seen]] = time[at[seen]]
            self._changed[seen] = True
        self._confirm(confirmed, end)
        both = np.flatnonzero((crossing >= 0) & (crossing < NEVER) & (crossing <= end))
        columns.simultaneous[self._rows[both]] = True
        self._offer(both, crossing[both])
        self._changed[both] = True

    def _confirm(self, confirmed: NDArray[np.intp], end: NDArray[np.intp]) -> None:
        """Note the round trip of attempts whose SYN-ACK was acknowledged: from the newest SYN before that."""
        columns, events = self._columns, self._events
        seen = np.flatnonzero((confirmed >= 0) & (confirmed < NEVER) & (confirmed <= end))
        if not len(seen):
            return
        self._confirmed_at[seen] = confirmed[seen]
        asked = self._syn & events.forth & (self._index >= self._since[self._number])
        asked &= self._index < confirmed[self._number]
        last = np.maximum.reduceat(np.where(asked, self._index, -1), self._segments.starts)[seen]
        rows = self._rows[seen]
        asked_ns = np.where(last >= 0, events.time_ns[last], columns.newest_syn_ns[rows])
        columns.initial_rtt_ns[rows] = events.time_ns[confirmed[seen]] - asked_ns

    def _count(self, after: NDArray[np.bool_], answers: NDArray[np.bool_], end: NDArray[np.intp]) -> None:
        """Count SYNs and SYN-ACKs until the attempt was over."""
        events, columns, number = self._events, self._columns, self._number
        before = self._index <= end[number]
        retried = self._syn & events.forth & (self._index >= self._since[number]) & before
        syn_ack = self._syn_ack & ~events.forth & after & before
        for mask, column in (
            (retried, columns.syns),
            (syn_ack & answers, columns.syn_acks),
            (syn_ack & ~answers, columns.wrong_acks),
        ):
            count = np.add.reduceat(mask.astype(np.int64), self._segments.starts)
            some = np.flatnonzero(count)
            rows = self._rows[some]
            column[rows] = np.minimum(column[rows] + count[some], MANY)
            self._changed[some] = True
        last = np.flatnonzero(retried)
        columns.newest_syn_ns[events.rows[last]] = events.time_ns[last]

    def _forgive(self, answered: NDArray[np.intp]) -> None:
        """Let an answer outdo an ICMP error before it: such errors are no reason to give up (RFC 1122 4.2.3.9)."""
        rows = self._rows[(self._step == Step.UNREACHABLE) & (answered < NEVER)]
        self._columns.ended_ns[rows] = 0
        self._columns.icmp[rows] = 0

    def _complain(self, error: NDArray[np.intp]) -> None:
        """Note the first ICMP error, at the indices `error`, of attempts that nothing else has answered."""
        refused = np.flatnonzero((error < NEVER) & (self._step == Step.SYN_SENT))
        self._step[refused] = Step.UNREACHABLE
        self._columns.ended_ns[self._rows[refused]] = self._events.time_ns[error[refused]]
        self._columns.icmp[self._rows[refused]] = self._events.icmp[error[refused]]
        self._changed[refused] = True

    def _finish(self, complete: NDArray[np.intp], reset: NDArray[np.intp], answered: NDArray[np.intp]) -> None:
        """Give each attempt that went on its step; the arguments are the indices of completion, RST and SYN-ACK."""
        events = self._events
        end = np.minimum(complete, reset)
        over = np.flatnonzero(end < NEVER)
        rows = self._rows[over]
        self._columns.ended_ns[rows] = events.time_ns[end[over]]
        self._changed[over] = True
        is_open = self._since < NEVER
        self._step = np.where(is_open & (answered < NEVER), np.uint8(Step.ANSWERED), self._step)
        by_responder = np.where(answered[over] < reset[over], Step.DROPPED, Step.REFUSED)
        by = np.where(events.forth[end[over]], Step.ABORTED, by_responder)
        self._step[over] = np.where(end[over] == complete[over], Step.COMPLETE, by)

    def _offer(self, which: NDArray[np.intp], at: NDArray[np.intp]) -> None:
        """Keep the options of the events `at` of the attempts `which`, as far as they are a SYN or SYN-ACK."""
        with_syn = (self._syn | self._syn_ack)[at]
        which, at = which[with_syn], at[with_syn]
        if not len(which):
            return
        events, rows = self._events, self._rows[which]
        ends = rows * 2 + (self._columns.initiator[rows] ^ ~events.forth[at])
        offered = offers(self._packets.options, events.position[at], events.flags[at])
        self._columns.mss[ends] = offered.mss
        self._columns.window_scale[ends] = offered.window_scale
        self._columns.options[ends] = offered.options
