"""AttemptFollower: every attempt to open a TCP connection, from its first SYN to how it ended, for whole batches.

Facts are the numbers of the first packets of each kind in a connection. What follows from them depends on no batch.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, PROTOCOL_TCP, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN
from netwatch.detect.columns import chosen, joined
from netwatch.detect.due_rows import DueRows
from netwatch.detect.tcp_events import Connections, Ending, Endings
from netwatch.nanoseconds import SECOND
from netwatch.track.host_links import mac_addresses

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.icmp_events import Errors
    from netwatch.track.flow_batch import FlowBatch

ATTEMPT_DELAY_NS: Final = 5_000_000_000
"""Without an answer for so long an attempt has failed (Zeek, tcp_attempt_delay)."""
HALF_OPEN_NS: Final = 10_000_000_000
"""A handshake whose ACK does not come for so long after its SYN is left half open."""
PATIENCE_NS: Final = 60 * SECOND
"""A connection without data is followed for so long."""
NEVER: Final = np.int64(1 << 62)
BARE_HEADER: Final = 20
"""Bytes of a TCP header without options (RFC 9293 section 3.1)."""
FACTS: Final = ("syn_ack", "ack", "forth", "back", "forth_reset", "back_reset", "forth_end", "back_end")
"""First packets of a connection: SYN-ACK, the initiator's ACK, its and the responder's data, RST and FIN."""
_FORTH: Final = FACTS.index("forth")
_CONNECTION: Final = tuple(item.name for item in fields(Connections))[2:]
_KINDS: Final = TCP_SYN | TCP_ACK | TCP_RST


class AttemptFollower:
    """Follows attempts by the rows that the flow tracker gave their flows."""

    def __init__(self, rows: int) -> None:
        """Follow at most `rows` attempts, the rows of the flow table."""
        self._open = np.zeros(rows, np.bool_)
        self._serial = np.zeros(rows, np.int64)
        self._told_silent = np.zeros(rows, np.bool_)
        self._ended = np.zeros(rows, np.int64)
        """Number of the packet with which an attempt was over, NEVER while it is open."""
        self._first = np.zeros((len(FACTS), rows), np.int64)
        self._request_bytes = np.zeros(rows, np.int32)
        """Payload of the first packet of `forth`."""
        self._about: dict[str, NDArray[Any]] = {
            name: np.zeros(rows, kind)
            for name, kind in zip(
                _CONNECTION,
                ("u8", "u8", "u8", "u8", "u2", "u2", "i4", "u8", "u2", "?", "i8", "i8"),
                strict=True,
            )
        }
        self._waiting = DueRows()
        """SYNs that may still be answered."""
        self._unfinished = DueRows()
        """SYNs whose handshake may still be completed."""
        self._resting = DueRows()
        """Connections that may still have data."""

    def follow(
        self, batch: PacketBatch, flows: FlowBatch, serials: NDArray[np.int64]
    ) -> tuple[Connections | None, Connections | None, Endings | None]:
        """Return the attempts that began in `batch`, the handshakes that were completed, and the attempts that ended.

        `serials` are those of the flow table's rows.
        """
        syn = np.flatnonzero(batch.tcp_flags & _KINDS == TCP_SYN)
        began = replaced = None
        if len(syn):
            syn = syn[(batch.protocol[syn] == PROTOCOL_TCP) & flows.from_initiator[syn]]
            began, replaced = self._begin(batch, flows, serials, syn)
        followed = self._open.take(flows.rows)
        if not np.count_nonzero(followed):
            return began, None, replaced
        at = np.flatnonzero(followed)
        at = at[(batch.protocol[at] == PROTOCOL_TCP) & (batch.fragment[at] & FRAGMENT_OFFSET == 0)]
        completed, ended = self._go_on(batch, flows, at, serials)
        return began, completed, _sorted([replaced, ended])

    def expire(self, clock_ns: int, last: int) -> Endings | None:
        """Return the attempts that nobody had answered ATTEMPT_DELAY_NS after their SYN, by packet time `clock_ns`.

        What came after packet `last` is not known yet.
        """
        for rows, serials, _ in self._resting.take(clock_ns - PATIENCE_NS):
            self._open[rows[self._serial[rows] == serials]] = False
        silent = []
        for due, serials, times in self._waiting.take(clock_ns - ATTEMPT_DELAY_NS):
            held = (self._serial[due] == serials) & (self._ended[due] > last) & ~self._told_silent[due]
            rows = due[held]
            if not len(rows):
                continue
            answered = self._seen("syn_ack", rows, last)
            self._resting.add(rows, serials[held], times[held])
            rows, late = rows[~answered], times[held][~answered] + ATTEMPT_DELAY_NS
            self._told_silent[rows] = True
            silent.append(self._endings(rows, self._about["syn_number"][rows], late, Ending.SILENT))
        return _sorted(silent)

    def half_open(self, clock_ns: int, last: int) -> Endings | None:
        """Return the handshakes that were answered, and not completed HALF_OPEN_NS after their SYN.

        They may be completed later; as in expire() otherwise, which comes first.
        """
        found = []
        for rows, serials, times in self._unfinished.take(clock_ns - HALF_OPEN_NS):
            held = (self._serial[rows] == serials) & (self._ended[rows] > last) & ~self._told_silent[rows]
            held &= (
                self._seen("syn_ack", rows, last) & ~self._seen("ack", rows, last) & ~self._seen("forth", rows, last)
            )
            if np.count_nonzero(held):
                at, late = rows[held], times[held] + HALF_OPEN_NS
                found.append(self._endings(at, self._about["syn_number"][at], late, Ending.HALF_OPEN))
        return _sorted(found)

    def asked(self, errors: Errors) -> NDArray[np.bool_]:
        """Return which errors quote a SYN of an attempt that is open: others answer to somebody who pretends."""
        rows = np.flatnonzero(self._open)
        about = self._about
        known = _mixed(*(about[name][rows] for name in _ENDS))
        mask: NDArray[np.bool_] = np.isin(_mixed(*(getattr(errors, name) for name in _ENDS)), known)
        return mask

    def flush(self) -> Endings | None:
        """Return all attempts that nobody has answered yet: the capture is over."""
        rows = np.flatnonzero(self._open & ~self._told_silent & (self._first[0] == 0))
        self._told_silent[rows] = True
        syn = self._about["syn_number"][rows]
        order = np.argsort(syn, kind="stable")
        rows, syn = rows[order], syn[order]
        return _sorted([self._endings(rows, syn, self._about["syn_ns"][rows], Ending.SILENT)]) if len(rows) else None

    def _seen(self, fact: str, rows: NDArray[np.intp], last: int) -> NDArray[np.bool_]:
        """Return in which rows a first packet of a kind came, up to packet `last`."""
        first = self._first[FACTS.index(fact)][rows]
        return np.asarray((first != 0) & (first <= last), np.bool_)

    def _begin(
        self, batch: PacketBatch, flows: FlowBatch, serials: NDArray[np.int64], at: NDArray[np.intp]
    ) -> tuple[Connections | None, Endings | None]:
        """Begin the attempts of flows that are new; what their rows were followed for before ends unanswered."""
        rows = flows.rows[at]
        new = serials[rows] != self._serial[rows]
        at, rows = at[new], rows[new]
        if not len(at):
            return None, None
        _, first = np.unique(rows, return_index=True)
        first.sort()
        at, rows = at[first], rows[first]
        number = batch.numbers_at(at)
        lost = self._open[rows] & ~self._told_silent[rows] & (self._first[0][rows] == 0)
        replaced = None
        if lost.any():
            # There was no room to wait for the answer: taken for failed, so that fast scans are seen
            replaced = self._endings(rows[lost], number[lost], batch.frames.time_ns[at[lost]], Ending.SILENT)
        time_ns = batch.frames.time_ns[at]
        header = batch.payload_offset[at] - batch.transport_offset[at]
        values = (
            batch.src_high[at], batch.src_low[at], batch.dst_high[at], batch.dst_low[at], batch.sport[at],
            batch.dport[at], batch.vlan[at], mac_addresses(batch, at)[0], batch.tcp_window[at], header <= BARE_HEADER,
            number, time_ns,
        )  # fmt: skip
        about: dict[str, NDArray[Any]] = dict(zip(_CONNECTION, values, strict=True))
        for name, value in about.items():
            self._about[name][rows] = value
        self._serial[rows] = serials[rows]
        self._first[:, rows] = 0
        self._request_bytes[rows] = 0
        self._told_silent[rows] = False
        self._open[rows] = True
        self._ended[rows] = NEVER
        self._waiting.add(rows, serials[rows], time_ns)
        self._unfinished.add(rows, serials[rows], time_ns)
        return Connections(number, time_ns, **about), replaced

    def _go_on(
        self, batch: PacketBatch, flows: FlowBatch, at: NDArray[np.intp], serials: NDArray[np.int64]
    ) -> tuple[Connections | None, Endings | None]:
        """Note first packets, and return what was completed and what ended by them."""
        rows = flows.rows[at]
        held = self._open[rows] & (self._serial[rows] == serials[rows])
        at, rows = at[held], rows[held]
        if not len(at):
            return None, None
        flags, forth = batch.tcp_flags[at], flows.from_initiator[at]
        kind = flags & _KINDS
        reset, data = flags & TCP_RST != 0, (batch.payload_length[at] > 0) & (flags & (TCP_SYN | TCP_RST) == 0)
        end = (flags & TCP_FIN != 0) & ~reset
        number = batch.numbers_at(at)
        masks = (
            ~forth & (kind == TCP_SYN | TCP_ACK), forth & (kind == TCP_ACK), forth & data, ~forth & data,
            forth & reset, ~forth & reset, forth & end, ~forth & end,
        )  # fmt: skip
        completed = None
        for fact, mask in enumerate(masks):
            if not np.count_nonzero(mask):
                continue
            new = mask & (self._first[fact][rows] == 0)
            # Of several packets of a row the first one stays: it is written last
            which = np.flatnonzero(new)[::-1]
            self._first[fact][rows[which]] = number[which]
            if fact == _FORTH:
                self._request_bytes[rows[which]] = batch.payload_length[at[which]]
            if fact == FACTS.index("ack") and len(which):
                completed = self._completed(rows[which], batch)
        return completed, self._judge(np.unique(rows), batch)

    def _completed(self, rows: NDArray[np.intp], batch: PacketBatch) -> Connections | None:
        rows = np.unique(rows)
        number = self._first[FACTS.index("ack")][rows]
        order = np.argsort(number, kind="stable")
        rows, number = rows[order], number[order]
        time_ns = batch.frames.time_ns[batch.positions(number)]
        return Connections(number, time_ns, **{name: values[rows] for name, values in self._about.items()})

    def _judge(self, rows: NDArray[np.intp], batch: PacketBatch) -> Endings | None:
        """Return the attempts in `rows` that are over by now."""
        syn_ack, _, forth, back, forth_reset, back_reset, forth_end, back_end = (
            np.where(first == 0, NEVER, first) for first in self._first[:, rows]
        )
        both = np.maximum(forth, back)
        closed = np.maximum(forth, np.maximum(forth_end, back_end))
        fine = np.minimum(both, closed)
        refused = np.where(back_reset < syn_ack, back_reset, NEVER)
        taken_back = np.minimum(forth_reset, forth_end)
        probed = np.where((syn_ack < taken_back) & (taken_back < forth), taken_back, NEVER)
        by = np.stack((fine, refused, probed))
        ending = _ENDINGS[np.argmin(by, axis=0)]
        number = by.min(axis=0)
        other = np.minimum(np.where(back_reset < NEVER, back_reset, NEVER), forth_reset)
        over = np.minimum(number, other)
        self._ended[rows] = over
        self._open[rows[over < NEVER]] = False
        ended = np.flatnonzero((number < NEVER) & (number <= other))
        if not len(ended):
            return None
        order = ended[np.argsort(number[ended], kind="stable")]
        rows, number = rows[order], number[order]
        time_ns = batch.frames.time_ns[batch.positions(number)]
        return self._endings(rows, number, time_ns, ending[order])

    def _endings(
        self,
        rows: NDArray[np.intp],
        number: NDArray[np.int64],
        time_ns: NDArray[np.int64],
        ending: NDArray[np.uint8] | Ending,
    ) -> Endings:
        return Endings(
            number,
            time_ns,
            **{name: values[rows] for name, values in self._about.items()},
            ending=np.full(len(rows), ending, np.uint8) if isinstance(ending, Ending) else ending,
            answered=self._first[0][rows] != 0,
            one_sided=(self._first[0][rows] == 0) & (self._first[1:3, rows] != 0).any(axis=0),
            request_bytes=self._request_bytes[rows],
        )


_ENDS: Final = ("src_high", "src_low", "dst_high", "dst_low", "sport", "dport")
_MIXER: Final = np.uint64(0x9E37_79B9_7F4A_7C15)


def _mixed(*columns: NDArray[Any]) -> NDArray[np.uint64]:
    mixed = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        mixed = (mixed ^ column.astype(np.uint64)) * _MIXER
        mixed ^= mixed >> np.uint64(29)
    return mixed


_ENDINGS: Final = np.array([Ending.OK, Ending.REFUSED, Ending.PROBED], np.uint8)


def _sorted(parts: list[Endings] | list[Endings | None]) -> Endings | None:
    """Return the endings of all parts in the order of their packets."""
    whole = [part for part in parts if part is not None and len(part)]
    if not whole:
        return None
    if len(whole) == 1:
        return whole[0]
    everything = joined(whole)
    return chosen(everything, np.argsort(everything.number, kind="stable"))
