"""The history of a flow as Zeek writes it: a letter for each kind of packet when an end first sends it."""

from __future__ import annotations

from enum import IntFlag
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP, TCP_ACK, TCP_FIN, TCP_RST, TCP_SYN
from netwatch.track.conn_state import NOT_TCP, RESPONDER, following, packet_input
from netwatch.track.flow_columns import HISTORY_LENGTH
from netwatch.track.flow_order import grouped, segments_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns
    from netwatch.track.flow_order import FlowOrder
    from netwatch.track.flow_packets import FlowPackets

LOWER: Final = 0x20
"""Added to an ASCII capital; the letters of the responder are lower case."""


class Kind(IntFlag):
    """Kinds of packets that have a letter, as bits of FlowColumns.letters."""

    SYN = 1
    FIN = 2
    RST = 4
    MULTIPLE = 8
    """SYN with FIN or RST."""
    FIN_RST = 16
    DATA = 32
    ACK = 64
    """ACK without anything else."""


MARKS: Final = Kind.SYN | Kind.FIN | Kind.RST
"""Kinds that are noted again when their sequence number changes."""


def _kind_and_letter(flags: int, *, data: bool) -> tuple[int, str]:
    """Zeek's update_history (TCPSessionAdapter.cc)."""
    marks = flags & (TCP_SYN | TCP_FIN | TCP_RST)
    if marks.bit_count() > 1:
        return (Kind.FIN_RST, "I") if marks & TCP_FIN and marks & TCP_RST else (Kind.MULTIPLE, "Q")
    if marks == TCP_SYN:
        return Kind.SYN, "H" if flags & TCP_ACK else "S"
    if marks:
        return (Kind.FIN, "F") if marks == TCP_FIN else (Kind.RST, "R")
    if data:
        return Kind.DATA, "D"
    return (Kind.ACK, "A") if flags & TCP_ACK else (Kind(0), "\0")


_TCP: Final = [_kind_and_letter(flags, data=data) for data in (False, True) for flags in range(256)]
_OTHER, _UDP = [(Kind(0), "\0")] * 512, [(Kind.DATA, "D")] * 512
_ALL: Final = [*_OTHER, *_UDP, *_TCP]
_BASE: Final = np.zeros(256, np.intp)
"""Where the entries of each protocol begin in the tables below, whose index is `base + flags + 256 if data`."""
_BASE[PROTOCOL_UDP], _BASE[PROTOCOL_TCP] = 512, 1024
_KIND: Final = np.array([kind for kind, _ in _ALL], np.uint8)
_LETTER: Final = np.array([ord(letter) for _, letter in _ALL], np.uint8)
_INPUT: Final = np.full(len(_ALL), NOT_TCP, np.intp)
_INPUT[1024:] = [packet_input(flags, data=data) for data in (False, True) for flags in range(256)]


def note_history(columns: FlowColumns, order: FlowOrder, packets: FlowPackets) -> None:
    """Append the letters of `packets`, whose flow order is `order`, and follow the connection states."""
    code = _BASE.take(packets.protocol)
    code += packets.flags
    code += (packets.payload > 0).astype(np.intp) << 8
    code = order.of(code)
    kind = _KIND.take(code)
    ends = order.ends
    new = kind & ~columns.letters[ends] != 0
    again = None
    if (kind & MARKS).any():
        marked = np.flatnonzero(kind & MARKS)
        again = np.zeros(len(kind), np.bool_)
        again[marked] = _changed_marks(columns, order.chosen(marked), packets, kind[marked])
        new |= again
    if new.any():
        events = np.flatnonzero(new)
        repeated = np.zeros(len(events), np.bool_) if again is None else again[events]
        _append(columns, order.chosen(events), repeated, kind[events], _LETTER.take(code[events]))
    code = _INPUT.take(code)
    code += (
        order.sender != columns.initiator[order.rows[order.segments.starts]].take(order.segments.number)
    ) * RESPONDER
    _follow(columns, order, code)


def append_letters(
    columns: FlowColumns, rows: NDArray[np.intp], letters: NDArray[np.uint8], from_responder: NDArray[np.bool_]
) -> None:
    """Append letters to the histories of `rows`, in the order given for each row, as far as there is room."""
    order, rows = grouped(rows)
    segments = segments_of(rows)
    at = columns.history_length[rows] + (np.arange(len(rows)) - segments.starts[segments.number])
    letters = np.where(from_responder, letters + LOWER, letters)[order]
    fits = at < HISTORY_LENGTH
    columns.history[rows[fits] * HISTORY_LENGTH + at[fits]] = letters[fits]
    ends = segments.ends
    columns.history_length[rows[ends]] = np.minimum(at[ends] + 1, HISTORY_LENGTH)


def _changed_marks(
    columns: FlowColumns, marked: FlowOrder, packets: FlowPackets, kind: NDArray[np.uint8]
) -> NDArray[np.bool_]:
    """Return which SYN, FIN and RST packets have another sequence number than the one of that kind before them."""
    changed = np.zeros(len(marked), np.bool_)
    number = marked.of(packets.seq)
    number += np.where(kind == Kind.FIN, marked.of(packets.payload), 0).astype(np.uint32)
    ends = marked.ends
    for bit, remembered in (
        (Kind.SYN, columns.history_syn),
        (Kind.FIN, columns.history_fin),
        (Kind.RST, columns.history_rst),
    ):
        these = np.flatnonzero(kind == bit)
        if not len(these):
            continue
        order, at = grouped(ends[these])
        these = these[order]
        starts = segments_of(at).starts
        before = np.empty(len(these), np.uint32)
        before[1:] = number[these[:-1]]
        before[starts] = remembered[at[starts]]
        changed[these] = before != number[these]
        remembered[at] = number[these]
    return changed


def _append(
    columns: FlowColumns,
    events: FlowOrder,
    again: NDArray[np.bool_],
    kind: NDArray[np.uint8],
    letter: NDArray[np.uint8],
) -> None:
    """Append the letter of each event that is the first of its kind and end, or noted `again`."""
    ends = events.ends
    keys, index = grouped(ends << 8 | kind)[::-1]
    keep = again.copy()
    keep[index[segments_of(keys).starts]] = True
    np.bitwise_or.at(columns.letters, ends[keep], kind[keep])
    rows, sender = events.rows[keep], events.sender[keep]
    append_letters(columns, rows, letter[keep], sender != columns.initiator[rows])


def _follow(columns: FlowColumns, order: FlowOrder, code: NDArray[np.intp]) -> None:
    """Move each connection through its states; one round for each change, of which a connection has at most six."""
    rows, segments = order.rows, order.segments
    segment = segments.number
    states = columns.state[rows[segments.starts]].take(segment)
    after = following(states, code)
    changing = np.flatnonzero(after != states)
    if not len(changing):
        return
    index = np.arange(len(rows))
    while len(changing):
        # The first change of each row is real; those behind it were judged by a state that is out of date
        first = changing[segments_of(rows[changing]).starts]
        columns.state[rows[first]] = after[first]
        begins = np.full(len(segments.starts), len(rows), np.intp)
        begins[segment[first]] = first
        behind = np.flatnonzero(index > begins.take(segment))
        states = columns.state[rows[behind]]
        after[behind] = following(states, code[behind])
        changing = behind[after[behind] != states]
