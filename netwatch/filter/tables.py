"""Tables: what the trackers of a whole capture know of the flows and ends of single packets."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.filter.values import Kind, Values, nothing
from netwatch.tables.query import TableQuery
from netwatch.track.flow_fragments import FragmentPorts
from netwatch.track.flow_key import FlowHash, ports
from netwatch.track.handshake_state import OUTCOME_NAMES, outcomes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.tables.alerts import Alert
    from netwatch.track.analysis import Analysis

    Ask = Callable[[Callable[[Analysis], Any]], Any]
    """Has a question answered by the thread that owns the trackers of the whole capture."""

REFRESH: Final = 1.0
"""Seconds after which flows are looked at again."""
PAGE: Final = 2000
"""Flows asked for at once, where each costs Python work."""
MOST_FLOWS: Final = 20_000
"""Flows whose processes are looked up."""
TCP: Final = 6


@dataclass(frozen=True, slots=True, eq=False)
class FlowFacts:
    """Flows by hash of their key, then by their beginning; arrays have shape (k,)."""

    seed: int
    hash: NDArray[np.uint64]
    first_ns: NDArray[np.int64]
    serial: NDArray[np.int64]
    outcome: NDArray[np.int64]
    """Index in OUTCOME_NAMES, -1 where the flow is not of TCP."""

    def find(self, batch: PacketBatch) -> NDArray[np.intp]:
        """Return the index of the flow of each packet, -1 for none; shape (n,)."""
        if not len(self.hash):
            return np.full(len(batch), -1)
        keys = FlowHash(self.seed).keys(batch, *FragmentPorts(0).complete(batch, *ports(batch)))
        at = np.searchsorted(self.hash, keys.hash, side="right") - 1
        time_ns = batch.frames.time_ns
        same = (at >= 0) & (self.hash[at] == keys.hash)
        for _ in range(len(self.hash)):
            # Of several flows with one key the packet is of the last that had begun
            early = same & (at > 0) & (self.first_ns[at] > time_ns) & (self.hash[at - 1] == keys.hash)
            if not early.any():
                break
            at = at - early
        return np.where(same, at, -1)


def flow_facts(analysis: Analysis) -> FlowFacts:
    """Return what the flow tracker knows now; to be called by the thread that owns it."""
    flows = analysis.flows
    flows.measure()
    columns, rows = flows.columns, flows.rows()
    order = np.lexsort((columns.first_ns[rows], columns.hash[rows]))
    rows = rows[order]
    outcome = np.where(columns.protocol[rows] == TCP, outcomes(columns, rows).astype(np.int64), -1)
    return FlowFacts(flows.seed, columns.hash[rows], columns.first_ns[rows], columns.serial[rows], outcome)


class Tables:
    """Answers for one run of a filter, asked by its thread."""

    def __init__(
        self,
        ask: Ask,
        processes: Callable[[TableQuery], Any] | None = None,
        alerts: Callable[[], tuple[Alert, ...]] = tuple,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Put questions to trackers by `ask`; `processes` gives pages of flows with the owners of their sockets.

        `alerts` gives those of the whole capture.
        """
        self._ask = ask
        self._processes = processes
        self._ask_alerts = alerts
        self._alerts: tuple[Alert, ...] = ()
        self._alerts_at: float | None = None
        self._clock = clock
        self._facts: FlowFacts | None = None
        self._asked_at = 0.0
        self._names: dict[tuple[int, int], str] = {}
        self._owners: dict[int, str] = {}

    def read(self, name: str, batch: PacketBatch, wanted: NDArray[np.bool_]) -> Values:
        """Return the values of one of fields_table.FIELDS."""
        if name.startswith("alert"):
            return self._alerts_of(name, batch)
        if name == "host.name":
            return self._host_names(batch, wanted)
        self._look(owners=name == "process.name")
        facts = self._facts
        if facts is None:
            return nothing(Kind.NUMBER)
        found = facts.find(batch)
        rows = np.flatnonzero(wanted & (found >= 0))
        at = found[rows]
        if name == "flow.id":
            return Values(rows, facts.serial[at])
        if name == "handshake.state":
            tcp = facts.outcome[at] >= 0
            return Values(rows[tcp], [OUTCOME_NAMES[code] for code in facts.outcome[at[tcp]].tolist()])
        return _texts(rows, (self._owners.get(serial, "") for serial in facts.serial[at].tolist()))

    def _alerts_of(self, name: str, batch: PacketBatch) -> Values:
        """Return what the alerts say whose packets, as far as these are listed, are in the batch."""
        now = self._clock()
        if self._alerts_at is None or now - self._alerts_at >= REFRESH:
            self._alerts, self._alerts_at = self._ask_alerts(), now
        numbers = batch.numbered()
        rows: list[int] = []
        found: list[Alert] = []
        for alert in self._alerts:
            at = np.searchsorted(numbers, alert.packets)
            for place, number in zip(at.tolist(), alert.packets, strict=True):
                if place < len(numbers) and numbers[place] == number:
                    rows.append(place)
                    found.append(alert)
        index = np.array(rows, np.intp)
        if name == "alert.id":
            return Values(index, np.array([alert.serial for alert in found], np.int64))
        if name == "alert":
            return Values(index, index)
        return Values(index, [alert.rule if name == "alert.rule" else alert.word for alert in found])

    def _look(self, *, owners: bool) -> None:
        now = self._clock()
        if self._facts is not None and now - self._asked_at < REFRESH:
            return
        self._facts, self._asked_at = self._ask(flow_facts), now
        if owners and self._processes is not None:
            for first in range(0, MOST_FLOWS, PAGE):
                page = self._processes(TableQuery("last", first=first, count=PAGE))
                self._owners.update(zip(page.table.serial.tolist(), page.table.process or (), strict=False))
                if first + PAGE >= page.total:
                    break

    def _host_names(self, batch: PacketBatch, wanted: NDArray[np.bool_]) -> Values:
        now = self._clock()
        if now - self._asked_at >= REFRESH:
            self._names, self._asked_at = {}, now
        rows = np.flatnonzero(wanted)
        ends = [
            list(zip(high[rows].tolist(), low[rows].tolist(), strict=True))
            for high, low in ((batch.src_high, batch.src_low), (batch.dst_high, batch.dst_low))
        ]
        unknown = [end for end in {*ends[0], *ends[1]} if end not in self._names]
        if unknown:
            names = self._ask(lambda analysis: [analysis.names.best(*end) for end in unknown])
            self._names.update(zip(unknown, names, strict=True))
        both = np.concatenate((rows, rows))
        return _texts(both, (self._names[end] for side in ends for end in side))


def _texts(rows: NDArray[np.intp], values: Iterator[str]) -> Values:
    """Return the texts that are not empty."""
    kept = [(row, value) for row, value in zip(rows.tolist(), values, strict=True) if value]
    return Values(np.array([row for row, _ in kept], np.intp), [value for _, value in kept])
