"""Handshakes: attempts to open TCP connections as the flow tracker saw them, with their diagnosis, and by service."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

from netwatch.tables.handshakes import HandshakeTable
from netwatch.tables.query import Page
from netwatch.track.flow_filter import end_text
from netwatch.track.flow_find import MOST_WORDS, matches_word
from netwatch.track.flow_health import handshake_rtt_ns
from netwatch.track.flow_sort import sort_keys
from netwatch.track.flow_table import flow_ends
from netwatch.track.handshake_diagnosis import attempt_of, diagnose
from netwatch.track.handshake_services import services_page
from netwatch.track.handshake_state import (
    OUTCOME_NAMES,
    STATE_NAMES,
    State,
    attempts,
    outcomes,
    overdue,
    states,
)
from netwatch.track.paging import page_rows
from netwatch.track.tcp_options import Option

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.tables.handshakes import HandshakeCounts, ServiceTable
    from netwatch.tables.query import TableQuery
    from netwatch.track.flow import FlowTracker
    from netwatch.track.flow_columns import FlowColumns

    Key: TypeAlias = Callable[[FlowColumns, NDArray[np.intp], int], NDArray[Any]]
    """Takes also the rows and the packet time, nanoseconds."""

NEGOTIATED: Final = (
    (Option.SACK, "SACK"),
    (Option.TIMESTAMPS, "timestamps"),
    (Option.ECN, "ECN"),
    (Option.FAST_OPEN, "Fast Open"),
    (Option.MULTIPATH, "multipath"),
)
SCALE: Final = 128
"""Stands for the window scale; a bit that no Option has."""
OF_FLOWS: Final = frozenset(
    {"serial", "source", "destination", "sport", "dport", "application", "vlan", "interface", "first", "last"}
)
"""Sort keys that are those of flows."""


class Handshakes:
    """A view of what a FlowTracker holds; it has no state of its own."""

    def __init__(self, flows: FlowTracker) -> None:
        self._flows = flows
        self._secrets = np.random.default_rng(flows.seed).integers(0, 1 << 64, 3, dtype=np.uint64) | np.uint64(1)

    @property
    def held(self) -> int:
        """Attempts in the table."""
        return len(attempts(self._flows.columns))

    def page(self, query: TableQuery) -> Page[HandshakeTable]:
        """Return the attempts that `query` asks for; it sorts by one of OF_FLOWS or of OWN_KEYS.

        A word of its quick filter is a class or state (`refused`, `half-open`, `overdue`, `RST`) or a word for flows.

        Raises:
            KeyError: there is no such column.
        """
        rows = self._find(query.text)
        columns, now_ns = self._flows.columns, self._flows.now_ns
        page = page_rows(rows, columns.serial[rows], partial(_keys, columns, query.sort, now_ns), query)
        return Page(_table(columns, page.rows, now_ns), page.first, page.total, page.order)

    def services(self, query: TableQuery) -> Page[ServiceTable]:
        """Return the services to which the attempts that match the quick filter went; see services_page."""
        rows = self._find(query.text)
        return services_page(self._flows.columns, rows, self._secrets, query)

    def counts(self) -> HandshakeCounts:
        """Return how all attempts ended."""
        return self._flows.handshake_counts()

    def _find(self, text: str) -> NDArray[np.intp]:
        flows = self._flows
        flows.measure()
        rows = attempts(flows.columns)
        for word in text.lower().split()[:MOST_WORDS]:
            found = _in_state(flows.columns, rows, word, flows.now_ns)
            if found is None:
                found = matches_word(flows.columns, rows, word, flows.find_addresses)
            rows = rows[found]
        return rows


def _in_state(columns: FlowColumns, rows: NDArray[np.intp], word: str, now_ns: int) -> NDArray[np.bool_] | None:
    """Return which of `rows` are in the class or state that `word` names, None when it names none."""
    plain = word.replace("-", "_")
    if plain in OUTCOME_NAMES:
        in_class: NDArray[np.bool_] = outcomes(columns, rows) == OUTCOME_NAMES.index(plain)
        return in_class
    if word == "overdue":
        return overdue(columns, rows, now_ns)
    holding = np.array([word in name.lower() for name in STATE_NAMES])
    if not holding.any():
        return None
    in_state: NDArray[np.bool_] = holding[states(columns, rows, now_ns)]
    return in_state


def _keys(columns: FlowColumns, column: str, now_ns: int, rows: NDArray[np.intp]) -> NDArray[Any]:
    if column in OF_FLOWS:
        return sort_keys(columns, column, rows, now_ns)
    return OWN_KEYS[column](columns, rows, now_ns)


def _rtt(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return the round trips of both sides, NaN where not known: no number comes last."""
    times = handshake_rtt_ns(columns, rows)
    return np.where(times < 0, np.nan, times)


def _began(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    syn_ns = columns.syn_ns[rows]
    return np.where(syn_ns > 0, syn_ns, columns.first_ns[rows])


def _refused_options(columns: FlowColumns, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Return the bits of options that were offered and not accepted; SCALE for the window scale."""
    ends = columns.ends(rows)
    offered, accepted = columns.options[ends].T
    refused = offered & ~accepted
    scale = columns.window_scale[ends]
    refused |= np.where((scale[:, 0] > 0) & (scale[:, 1] == 0), SCALE, 0).astype(np.uint8)
    answered = columns.syn_ack_ns[rows] != 0
    return np.where(answered, refused, 0).astype(np.uint8)


def _mismatch(refused: int) -> str:
    names = ["window scaling"] if refused & SCALE else []
    names += [name for option, name in NEGOTIATED if refused & option]
    return f"not accepted: {', '.join(names)}" if names else ""


def _table(columns: FlowColumns, rows: NDArray[np.intp], now_ns: int) -> HandshakeTable:
    ends = flow_ends(columns, rows)
    state = states(columns, rows, now_ns)
    retries = np.maximum(columns.syns[rows].astype(np.int64) - 1, 0)
    rtt = handshake_rtt_ns(columns, rows)
    servers = map(end_text, ends.destination, ends.dport.tolist())
    diagnoses = (
        diagnose(attempt_of(columns, row, server, now_ns, (client_ns, server_ns)))
        for row, server, (client_ns, server_ns) in zip(rows.tolist(), servers, rtt.tolist(), strict=True)
    )
    return HandshakeTable(
        serial=columns.serial[rows],
        row=rows,
        source=ends.source,
        destination=ends.destination,
        sport=ends.sport,
        dport=ends.dport,
        application=ends.application,
        vlan=ends.vlan,
        interface=columns.interface[rows],
        outcome=tuple(OUTCOME_NAMES[code] for code in outcomes(columns, rows).tolist()),
        state=tuple(map(_state_text, state.tolist(), retries.tolist())),
        overdue=overdue(columns, rows, now_ns),
        syn_ns=_began(columns, rows),
        syn_ack_ns=columns.syn_ack_ns[rows],
        ack_ns=columns.ack_ns[rows],
        ended_ns=columns.ended_ns[rows],
        server_rtt_ns=rtt[:, 1],
        client_rtt_ns=rtt[:, 0],
        rtt_ns=np.where((rtt < 0).any(axis=1), -1, rtt.sum(axis=1)),
        retries=retries,
        syn_acks=columns.syn_acks[rows].astype(np.int64),
        mismatch=tuple(map(_mismatch, _refused_options(columns, rows).tolist())),
        diagnosis=tuple(diagnoses),
    )


def _state_text(state: int, retries: int) -> str:
    if state == State.RETRYING:
        return f"retrying {retries} time{'s' if retries > 1 else ''}"
    return STATE_NAMES[state]


OWN_KEYS: Final[dict[str, Key]] = {
    "outcome": lambda columns, rows, _: outcomes(columns, rows),
    "state": states,
    "overdue": overdue,
    "syn": lambda columns, rows, _: _began(columns, rows),
    "rtt": lambda columns, rows, _: _rtt(columns, rows).sum(axis=1),
    "client_rtt": lambda columns, rows, _: _rtt(columns, rows)[:, 0],
    "server_rtt": lambda columns, rows, _: _rtt(columns, rows)[:, 1],
    "retries": lambda columns, rows, _: columns.syns[rows],
    "syn_acks": lambda columns, rows, _: columns.syn_acks[rows],
    "mismatch": lambda columns, rows, _: np.bitwise_count(_refused_options(columns, rows)),
}
"""What else handshakes are sorted by."""
