"""What an SSH connection was about, told by the sizes of its segments: failed passwords, or a session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_SEGMENTS: Final = 64
"""Segments with payload after which a connection is a session."""
LEAST_CLIENT: Final = 6
"""Segments of a client before its first password has an answer: banner, key exchange, service, password."""
MOST_CLIENT: Final = 9
"""The same with one password; with a session there are more."""
CLIENT_BYTES: Final = 7700
SERVER_BYTES: Final = 12_200
"""NEMEA's ranges for failed logins, and 1.2 kB more for keys that quantum computers do not break."""
LONGEST_NS: Final = 60 * SECOND
LARGEST_REFUSAL: Final = 160
"""Bytes of a server's segment that says that a password is wrong."""
LEAST_RUN: Final = 3
"""Refusals of the same size in a row that show passwords tried in one connection."""
AROUND: Final = 10
"""Segments of a client in such a connection that are not passwords."""
_SMALLEST: Final = 1024


SESSION: Final = -1


class Stops(NamedTuple):
    """Connections that ended, or are sessions for sure, in the order of their packets; those without a try left out."""

    at: NDArray[np.intp]
    """Index of the packet among those that were given."""
    failures: NDArray[np.int64]
    """Passwords that failed, SESSION for a session."""


class SshShapes:
    """Counts segments by row of the flow table, all of a batch at once; Python looks only at connections that end."""

    def __init__(self) -> None:
        self._counts = np.zeros((_SMALLEST, len(_Sums._fields)), np.int64)
        self._last = np.zeros(_SMALLEST, np.int32)
        """Size of the newest segment of the server."""
        self._begun = np.zeros(_SMALLEST, np.int64)
        self._open = np.zeros(_SMALLEST, np.bool_)
        """Connections of SSH that are still of interest."""

    def begin(self, rows: NDArray[np.intp], ssh: NDArray[np.intp]) -> None:
        """Forget what was in these rows before; those that are also in `ssh`, in any order, are to be followed."""
        self._make_room(int(rows.max()) + 1)
        self._counts[rows] = self._last[rows] = self._begun[rows] = 0
        self._open[rows] = np.isin(rows, ssh)

    def undecided(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Return which packets are of connections that are still of interest, given the row of each."""
        self._make_room(int(rows.max(initial=0)) + 1)
        followed = self._open.take(rows)
        return np.flatnonzero(followed) if np.count_nonzero(followed) else np.zeros(0, np.intp)

    def add(
        self,
        rows: NDArray[np.intp],
        from_client: NDArray[np.bool_],
        size: NDArray[np.int64],
        time_ns: NDArray[np.int64],
        ending: NDArray[np.bool_],
    ) -> Stops:
        """Take packets in their order; return the connections that they end, or show to be sessions."""
        order = np.argsort(rows, kind="stable")
        row = rows[order]
        sent, client, stamp = size[order], from_client[order], time_ns[order]
        first = np.concatenate(([True], row[1:] != row[:-1]))
        starts = np.flatnonzero(first)
        group = np.cumsum(first) - 1
        fresh = starts[self._begun[row[starts]] == 0]
        self._begun[row[fresh]] = stamp[fresh]
        payload = sent > 0
        sums = self._sums(row, sent, client & payload, ~client & payload, starts, group)
        long = stamp - self._begun[row] > LONGEST_NS
        session = (sums.client + sums.server > MOST_SEGMENTS) | (sums.client_bytes > CLIENT_BYTES)
        session |= (sums.server_bytes > SERVER_BYTES) | long
        stops = np.flatnonzero(session | ending[order])
        stops = stops[np.concatenate(([True], group[stops][1:] != group[stops][:-1]))[: len(stops)]]
        self._open[row[stops]] = False
        ends = np.concatenate((starts[1:], [len(row)])) - 1
        self._counts[row[ends]] = np.stack(sums, axis=1)[ends]
        failures = _failures(session[stops], sums.client[stops], sums.again[stops])
        told = np.flatnonzero(failures != 0)
        told = told[np.argsort(order[stops[told]])]
        return Stops(order[stops[told]], failures[told])

    def _sums(
        self,
        row: NDArray[np.intp],
        sent: NDArray[np.int64],
        asks: NDArray[np.bool_],
        answers: NDArray[np.bool_],
        starts: NDArray[np.intp],
        group: NDArray[np.intp],
    ) -> _Sums:
        """Return what each connection holds up to and with each packet."""
        again = np.zeros(len(row), np.int64)
        said = np.flatnonzero(answers)
        if len(said):
            before = np.concatenate(([0], sent[said][:-1]))
            opens = np.concatenate(([True], row[said][1:] != row[said][:-1]))
            before[opens] = self._last[row[said][opens]]
            again[said] = (sent[said] == before) & (sent[said] <= LARGEST_REFUSAL)
            self._last[row[said]] = sent[said]
        steps = (asks.astype(np.int64), answers.astype(np.int64), sent * asks, sent * answers, again)
        held = self._counts[row[starts]]
        columns: list[NDArray[np.int64]] = []
        for number, step in enumerate(steps):
            total = np.cumsum(step)
            base = held[:, number] - (total[starts] - step[starts])
            columns.append(np.asarray(total + base[group], np.int64))
        return _Sums(*columns)

    def _make_room(self, most: int) -> None:
        if most > len(self._open):
            size = max(most, 2 * len(self._open))
            for name in ("_counts", "_last", "_begun", "_open"):
                old = getattr(self, name)
                grown = np.zeros((size, *old.shape[1:]), old.dtype)
                grown[: len(old)] = old
                setattr(self, name, grown)


class _Sums(NamedTuple):
    client: NDArray[np.int64]
    server: NDArray[np.int64]
    """Segments with payload."""
    client_bytes: NDArray[np.int64]
    server_bytes: NDArray[np.int64]
    again: NDArray[np.int64]
    """Segments of the server that are small and as large as the one before."""


def _failures(session: NDArray[np.bool_], client: NDArray[np.int64], again: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many passwords failed in connections that ended: 0 for none tried, or SESSION."""
    run = again + 1
    several = np.where((run >= LEAST_RUN) & (client <= run + AROUND), run, SESSION)
    failures = np.where(client < LEAST_CLIENT, 0, np.where(client <= MOST_CLIENT, 1, several))
    return np.where(session, SESSION, failures)
