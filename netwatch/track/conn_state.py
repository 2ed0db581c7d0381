"""Connection states as Zeek defines them: one transition table for both ends of a TCP connection, and its verdicts."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import (
    PROTOCOL_NONE,
    PROTOCOL_TCP,
    PROTOCOL_UDP,
    TCP_ACK,
    TCP_FIN,
    TCP_RST,
    TCP_SYN,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray


class EndState(IntEnum):
    """What one end has done, as Zeek's TCPSessionAdapter keeps it.

    Two states of Zeek are split by how they were reached, which Zeek reads from its history instead.
    """

    INACTIVE = 0
    SYN_SENT = 1
    SYN_SENT_ACKED = 2
    """A SYN, then an ACK, although no SYN-ACK was seen."""
    SYN_ACK_SENT = 3
    PARTIAL = 4
    """Active without a SYN: the capture began in the middle."""
    ESTABLISHED = 5
    CLOSED = 6
    RESET = 7
    RESET_AFTER_SYN = 8
    """A SYN and then a RST without anything between."""
    RESET_AFTER_CLOSE = 9


CONN_STATES: Final = (
    "", "S0", "S1", "SF", "REJ", "S2", "S3", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH",
)  # fmt: skip
"""Zeek's conn_state by the codes used here; empty where the packets are not of IP."""

_SYN_SENT: Final = (EndState.SYN_SENT, EndState.SYN_SENT_ACKED)
_RESET: Final = (EndState.RESET, EndState.RESET_AFTER_SYN, EndState.RESET_AFTER_CLOSE)
_INACTIVE: Final = (EndState.INACTIVE, EndState.PARTIAL)
RESPONDER: Final = 32
NOT_TCP: Final = 64
"""Input code of a packet that changes nothing, whoever sent it."""
_INPUTS: Final = NOT_TCP + RESPONDER + 1
_DATA: Final = 16
_FLAG_BITS: Final = ((TCP_FIN, 1), (TCP_SYN, 2), (TCP_RST, 4), (TCP_ACK, 8))


def packet_input(flags: int, *, data: bool) -> int:
    """Return the input code of a TCP packet of the initiator for `following`; RESPONDER is added for the other end."""
    return sum(bit for flag, bit in _FLAG_BITS if flags & flag) | (_DATA if data else 0)


def following(states: NDArray[np.uint8], code: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Return the states after packets of these input codes; a state byte is `initiator | responder << 4`."""
    at = states * np.intp(_INPUTS)
    at += code
    after: NDArray[np.uint8] = _TRANSITIONS.take(at)
    return after


def conn_states(
    protocol: NDArray[np.uint8],
    states: NDArray[np.uint8],
    packets: NDArray[np.int64],
    payload: NDArray[np.int64],
) -> NDArray[np.uint8]:
    """Return the code in CONN_STATES of each flow.

    `packets` and `payload` have shape (n, 2): sent by the initiator and by the responder.
    """
    silent = (payload == 0).all(axis=1)
    tcp = np.where(silent, _VERDICTS[0].take(states), _VERDICTS[1].take(states))
    answered = packets > 0
    udp = _UDP_VERDICTS[answered[:, 0].astype(np.intp) | answered[:, 1].astype(np.intp) << 1]
    other = np.where(protocol == PROTOCOL_NONE, CONN_STATES.index(""), CONN_STATES.index("OTH"))
    code = np.select([protocol == PROTOCOL_TCP, protocol == PROTOCOL_UDP], [tcp, udp], other)
    verdict: NDArray[np.uint8] = code.astype(np.uint8)
    return verdict


TCP_STATES: Final = ("", "MIDSTREAM", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "CLOSING", "CLOSED", "RESET")
"""States of a connection as people name them (RFC 9293 where it has a name), in the order of its life."""


def tcp_states(
    protocol: NDArray[np.uint8], states: NDArray[np.uint8], initiator_acked: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Return the code in TCP_STATES of each flow, 0 where it is not TCP.

    `initiator_acked`: the initiator sent something after its SYN.
    """
    code = _LIVES.take(states)
    waiting = (code == TCP_STATES.index("ESTABLISHED")) & ~initiator_acked
    code = np.where(waiting, TCP_STATES.index("SYN-RECEIVED"), code)
    return np.where(protocol == PROTOCOL_TCP, code, 0).astype(np.uint8)


def is_over(states: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which TCP connections were closed by both ends or reset."""
    over: NDArray[np.bool_] = _LIVES.take(states) >= TCP_STATES.index("CLOSED")
    return over


def _step(own: EndState, peer: EndState, code: int) -> tuple[EndState, EndState]:
    """Zeek's UpdateStateMachine: the states of the sender and of its peer after a packet."""
    initiator = not code & RESPONDER
    syn, fin, rst, ack = code & 2, code & 1, code & 4, code & 8
    if own == EndState.INACTIVE:
        return _step_inactive(own, peer, code)
    if own in (*_SYN_SENT, EndState.SYN_ACK_SENT):
        if rst:
            return (EndState.RESET_AFTER_SYN if own == EndState.SYN_SENT and initiator else EndState.RESET), peer
        if fin:
            return EndState.CLOSED, peer
        if own == EndState.SYN_SENT and ack and (syn or not code & _DATA):
            return EndState.SYN_SENT_ACKED, peer
    elif own in (EndState.ESTABLISHED, EndState.PARTIAL):
        if rst:
            return EndState.RESET, peer
        if fin:
            # A FIN and then a RST of the peer was a normal end after all
            return EndState.CLOSED, (EndState.CLOSED if peer == EndState.RESET_AFTER_CLOSE else peer)
        if syn and not ack and own == EndState.PARTIAL and peer == EndState.INACTIVE:
            return EndState.SYN_SENT, peer
    elif own == EndState.CLOSED and rst and peer != EndState.CLOSED:
        return EndState.RESET_AFTER_CLOSE, peer
    return own, peer


def _step_inactive(own: EndState, peer: EndState, code: int) -> tuple[EndState, EndState]:
    initiator = not code & RESPONDER
    syn, fin, rst, ack = code & 2, code & 1, code & 4, code & 8
    if syn and initiator:
        own = EndState.SYN_ACK_SENT if ack else EndState.SYN_SENT
    elif syn:
        own = EndState.ESTABLISHED
        peer = EndState.ESTABLISHED if peer in _SYN_SENT else peer
    if fin:
        own = EndState.CLOSED
    if rst:
        own = EndState.RESET
    if own != EndState.INACTIVE:
        return own, peer
    if not initiator and not code & _DATA and peer in _SYN_SENT:
        return own, peer  # some hosts acknowledge a SYN before they answer it
    if ack and peer == EndState.ESTABLISHED:
        return EndState.ESTABLISHED, peer
    return EndState.PARTIAL, peer


def _verdict(initiator: EndState, responder: EndState, *, data: bool) -> str:
    """Zeek's conn_state of a TCP connection (base/protocols/conn/main.zeek)."""
    if responder in _RESET:
        if initiator in (*_SYN_SENT, EndState.SYN_ACK_SENT) or (initiator in _RESET and not data):
            return "REJ"
        return "RSTRH" if initiator in _INACTIVE else "RSTR"
    if initiator in _RESET:
        if responder in _INACTIVE:
            return "RSTOS0" if initiator == EndState.RESET_AFTER_SYN else "OTH"
        return "RSTO"
    if EndState.CLOSED in (initiator, responder):
        if initiator == responder:
            return "SF"
        if initiator == EndState.CLOSED:
            return "SH" if responder in _INACTIVE else "S2"
        return "SHR" if initiator in _INACTIVE else "S3"
    if initiator in _SYN_SENT and responder == EndState.INACTIVE:
        return "S0"
    return "S1" if initiator == responder == EndState.ESTABLISHED else "OTH"


def _life(initiator: EndState, responder: EndState) -> str:
    ends = (initiator, responder)
    if any(end in _RESET for end in ends):
        return "RESET"
    if EndState.CLOSED in ends:
        return "CLOSED" if initiator == responder else "CLOSING"
    if EndState.PARTIAL in ends:
        return "MIDSTREAM"
    if EndState.ESTABLISHED in ends:
        return "ESTABLISHED" if initiator == responder else "SYN-RECEIVED"
    return "SYN-SENT" if initiator in _SYN_SENT else ""


def _transitions() -> NDArray[np.uint8]:
    table = np.arange(256, dtype=np.uint8).repeat(_INPUTS).reshape(256, _INPUTS)
    for initiator in EndState:
        for responder in EndState:
            for code in range(NOT_TCP):
                if code & RESPONDER:
                    second, first = _step(responder, initiator, code)
                else:
                    first, second = _step(initiator, responder, code)
                table[initiator | responder << 4, code] = first | second << 4
    return table.ravel()


def _for_all_states(names: tuple[str, ...], *, data: bool | None = None) -> NDArray[np.uint8]:
    table = np.zeros(256, np.uint8)
    for initiator in EndState:
        for responder in EndState:
            name = _life(initiator, responder) if data is None else _verdict(initiator, responder, data=data)
            table[initiator | responder << 4] = names.index(name)
    return table


_TRANSITIONS: Final = _transitions()
_VERDICTS: Final = (_for_all_states(CONN_STATES, data=False), _for_all_states(CONN_STATES, data=True))
_UDP_VERDICTS: Final = np.array([CONN_STATES.index(name) for name in ("OTH", "S0", "SHR", "SF")], np.uint8)
_LIVES: Final = _for_all_states(TCP_STATES)
