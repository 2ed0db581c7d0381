"""c2.long: a connection to somewhere else stays open for hours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import numpy as np

from netwatch.detect.config import Config, threshold
from netwatch.detect.detector import Detector
from netwatch.detect.finding import Finding
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.waiting_events import WaitingEvents
from netwatch.nanoseconds import SECOND
from netwatch.track.host_scope import is_public
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.observation import Observation
    from netwatch.track.flow_batch import FlowBatch

HOUR: Final = 3600
_SMALLEST: Final = 1024
_NEVER: Final = int(np.iinfo(np.int64).max)
"""A time in which no packet comes; times in a damaged file may be so late that what is due then is behind it."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 171."""

    low_h: int = threshold(4)
    """Hours after which it is told as low."""
    medium_h: int = threshold(12)
    """And after which as medium."""
    suppress_s: int = 24 * HOUR
    max_keys: int = 20_000


class _Long(NamedTuple):
    moment: Moment
    client: tuple[int, int]
    server: tuple[int, int]
    ports: tuple[int, int]
    hours: int
    began_ns: int


class C2Long(Detector[Thresholds]):
    """Remembers when the flow in each row of the flow table began; looks at nothing until one can be old enough."""

    rule: ClassVar[Rule] = Rule(
        "c2.long",
        171,
        "Connection of many hours",
        Severity.LOW,
        what="A machine has held one connection to an address elsewhere for hours. Programs that control a machine "
        "from outside do so, and so do tunnels.",
        benign="A VPN, a chat, push messages, a terminal that nobody closed, a stream of music.",
        tune="Raise low_h and medium_h, or add the server to ignore_dst.",
        mitre=("T1095",),
    )
    defaults: ClassVar[Config] = Thresholds()

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._began = np.zeros(_SMALLEST, np.int64)
        self._due = np.zeros(_SMALLEST, np.int64)
        """When each flow is to be looked at next."""
        self._newest = np.zeros(_SMALLEST, np.int64)
        """When each flow began or was seen in a batch with new ones, to find when those began."""
        self._next_ns = 0
        """No flow is due before."""
        self._long: WaitingEvents[_Long] = WaitingEvents()

    def watch(self, batch: PacketBatch, flows: FlowBatch) -> None:
        """Note which flows began, and look at those that are due."""
        times = batch.frames.time_ns
        low_ns = self.config.low_h * HOUR * SECOND
        if len(flows.started):
            self._begin(batch, flows)
        self._next_ns = self._next_ns or int(times[0]) + low_ns
        if int(times[-1]) < self._next_ns:
            return
        due = self._due.take(flows.rows)
        while len(rows := np.flatnonzero((times >= due) & (due != _NEVER))):
            rows = rows[np.unique(flows.rows[rows], return_index=True)[1]]
            self._note(batch, flows, np.sort(rows))
            due = self._due.take(flows.rows)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Tell of what was found in this slice."""
        for one in self._long.take(seen.last):
            source, target = seen.surroundings.party(*one.client), seen.surroundings.party(*one.server)
            if not source.local:
                continue
            yield Finding(
                key=(source.entity, target.text, one.ports[1]),
                moment=one.moment,
                summary=f"{source.text} has been connected to {target.text} port {one.ports[1]} for {one.hours} hours",
                value=one.hours,
                threshold=self.config.low_h,
                source=source.text,
                destination=target.text,
                port=one.ports[1],
                actor=source.entity,
                victim=target.text,
                severity=Severity.MEDIUM if one.hours >= self.config.medium_h else None,
                confidence=40,
                first_ns=one.began_ns,
                evidence=(("hours", str(one.hours)),),
                packets=(one.moment.number,),
                source_port=one.ports[0],
            )

    def _begin(self, batch: PacketBatch, flows: FlowBatch) -> None:
        most = int(flows.rows.max()) + 1
        if most > len(self._began):
            self._began, self._due, self._newest = (
                np.concatenate((column, np.zeros(max(most, 2 * len(column)) - len(column), np.int64)))
                for column in (self._began, self._due, self._newest)
            )
        # Of several packets of a row the first one stays: it is written last
        self._newest[flows.rows[::-1]] = batch.frames.time_ns[::-1]
        began = self._newest[flows.started]
        low_ns = self.config.low_h * HOUR * SECOND
        self._began[flows.started], self._due[flows.started] = began, np.minimum(began, _NEVER - low_ns) + low_ns

    def _note(self, batch: PacketBatch, flows: FlowBatch, at: np.ndarray[tuple[int], np.dtype[np.intp]]) -> None:
        """Note flows that are due, given a packet of each, and when each is due again."""
        config = self.config
        for row, position in zip(flows.rows[at].tolist(), at.tolist(), strict=True):
            began_ns, time_ns = int(self._began[row]), int(batch.frames.time_ns[position])
            hours = (time_ns - began_ns) // (HOUR * SECOND)
            again = config.medium_h if hours < config.medium_h else 2 * hours
            self._due[row] = min(began_ns + again * HOUR * SECOND, _NEVER)
            ends = [
                (int(getattr(batch, f"{end}_high")[position]), int(getattr(batch, f"{end}_low")[position]))
                for end in ("src", "dst")
            ]
            ports = [int(batch.sport[position]), int(batch.dport[position])]
            if not flows.from_initiator[position]:
                ends.reverse()
                ports.reverse()
            far = np.array([ends[1][0]], np.uint64), np.array([ends[1][1]], np.uint64)
            if not is_public(*far)[0]:
                continue
            if len(self._long) >= config.max_keys:
                self.left_out += 1
                continue
            moment = Moment(time_ns, batch.number(position))
            self._long.add((_Long(moment, ends[0], ends[1], (ports[0], ports[1]), hours, began_ns),))
