"""The state and the class of each attempt to open a TCP connection, from how far it came (DESIGN.md section 5)."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP
from netwatch.track.tcp_events import Step

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns

OVERDUE_NS: Final = 10_000_000_000
"""Packet time after which an attempt that is still open is overdue."""


class Outcome(IntEnum):
    """Classes of attempts; MID_STREAM is none."""

    MID_STREAM = 0
    COMPLETE = 1
    INCOMPLETE = 2
    REFUSED = 3
    HALF_OPEN = 4


class State(IntEnum):
    """States of attempts, in the order of what a person wants to look at last."""

    MID_STREAM = 0
    COMPLETE = 1
    SYN_SENT = 2
    SYN_ACK_SEEN = 3
    RETRYING = 4
    HALF_OPEN = 5
    ABORTED = 6
    REFUSED_BY_RST = 7
    REFUSED_BY_ICMP = 8


STATE_NAMES: Final = (
    "mid-stream", "complete", "SYN sent", "SYN-ACK seen", "retrying", "half-open", "aborted",
    "refused by RST", "refused by ICMP",
)  # fmt: skip
OUTCOME_NAMES: Final = tuple(outcome.name.lower() for outcome in Outcome)


def attempts(columns: FlowColumns) -> NDArray[np.intp]:
    """Return all rows that are attempts or were met in the middle: TCP, and no connection that only went on."""
    all_rows = slice(columns.high_water)
    tcp = (columns.protocol[all_rows] == PROTOCOL_TCP) & (columns.serial[all_rows] != 0)
    found: NDArray[np.intp] = (tcp & ~columns.resumed[all_rows]).nonzero()[0]
    return found


def among_attempts(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return those of `rows` that are among `attempts`."""
    kept: NDArray[np.intp] = rows[(columns.protocol[rows] == PROTOCOL_TCP) & ~columns.resumed[rows]]
    return kept


def outcomes(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Return the Outcome of each attempt."""
    answered = columns.syn_ack_ns[rows] != 0
    found: NDArray[np.uint8] = _OUTCOMES[columns.step[rows], answered.astype(np.intp)]
    return found


def states(columns: FlowColumns, rows: NDArray[np.intp], now_ns: int) -> NDArray[np.uint8]:
    """Return the State of each attempt at packet time `now_ns`."""
    state = _STATES[columns.step[rows]]
    retrying = (state == State.SYN_SENT) & (columns.syns[rows] > 1)
    state = np.where(retrying, State.RETRYING, state)
    state = np.where((state == State.SYN_ACK_SEEN) & overdue(columns, rows, now_ns), State.HALF_OPEN, state)
    return state.astype(np.uint8)


def overdue(columns: FlowColumns, rows: NDArray[np.intp], now_ns: int) -> NDArray[np.bool_]:
    """Return which attempts are still open OVERDUE_NS after their first SYN."""
    step = columns.step[rows]
    is_open = (step == Step.SYN_SENT) | (step == Step.ANSWERED)
    late: NDArray[np.bool_] = is_open & (now_ns - columns.syn_ns[rows] >= OVERDUE_NS)
    return late


_STATES: Final = np.zeros(len(Step), np.uint8)
_STATES[[Step.SYN_SENT, Step.ANSWERED, Step.COMPLETE]] = State.SYN_SENT, State.SYN_ACK_SEEN, State.COMPLETE
_STATES[[Step.REFUSED, Step.UNREACHABLE]] = State.REFUSED_BY_RST, State.REFUSED_BY_ICMP
_STATES[[Step.ABORTED, Step.DROPPED]] = State.ABORTED
_OUTCOMES: Final = np.zeros((len(Step), 2), np.uint8)
"""By step and by whether a SYN-ACK was seen."""
_OUTCOMES[[Step.SYN_SENT, Step.ABORTED, Step.DROPPED]] = Outcome.INCOMPLETE, Outcome.HALF_OPEN
_OUTCOMES[Step.ANSWERED] = Outcome.HALF_OPEN
_OUTCOMES[Step.COMPLETE] = Outcome.COMPLETE
_OUTCOMES[[Step.REFUSED, Step.UNREACHABLE]] = Outcome.REFUSED
