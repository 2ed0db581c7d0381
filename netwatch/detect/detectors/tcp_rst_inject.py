"""tcp.rst_inject: somebody in between ends a connection in the name of one of its ends, which goes on talking."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, TCP_RST, TCP_SYN
from netwatch.detect.config import Config
from netwatch.detect.detector import Detector
from netwatch.detect.finding import Finding
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.waiting_events import WaitingEvents
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.observation import Observation
    from netwatch.track.flow_batch import FlowBatch

MOST_SUSPECTS: Final = 1000
"""Connections with an odd RST that may go on."""
MOST_ODD: Final = 256
"""RSTs of one batch from another distance that are remembered."""
PATIENCE_NS: Final = 60 * SECOND
_SMALLEST: Final = 2048


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 132."""

    ttl_difference: int = 3
    """Hops that the RST has more or fewer before it than the packets of the end that it seems to come from."""


class _Suspect(NamedTuple):
    moment: Moment
    ttl: int
    usual: int


class _Injected(NamedTuple):
    moment: Moment
    suspect: _Suspect
    source: tuple[int, int]
    target: tuple[int, int]
    ports: tuple[int, int]


class TcpRstInject(Detector[Thresholds]):
    """Remembers the TTL of each direction, and RSTs that differ from it."""

    rule: ClassVar[Rule] = Rule(
        "tcp.rst_inject",
        132,
        "Injected reset",
        Severity.MEDIUM,
        what="A RST came from another distance than the first packets of the same end, and that end went on sending "
        "data as if it had never sent it. Somebody in between wants the connection to end.",
        benign="A firewall, a filter of contents or a provider that ends connections in this way; it is no attack on "
        "the network then, but it is still somebody else's packet.",
        tune="Raise ttl_difference, or add the host to ignore_dst.",
        mitre=("T1557",),
        remote_severity=Severity.INFO,  # in the name of a machine elsewhere it is mostly a provider's doing
    )
    defaults: ClassVar[Config] = Thresholds()

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._ttl = np.zeros(_SMALLEST, np.uint8)
        """Of the first packet, by twice the row of the flow, one more for the initiator's direction; 0 for none."""
        self._suspects: OrderedDict[int, _Suspect] = OrderedDict()
        """By the same key."""
        self._injected: WaitingEvents[_Injected] = WaitingEvents()
        self._evicted = 0

    @property
    def held(self) -> int:
        """Connections that may go on."""
        return len(self._suspects)

    @property
    def evicted(self) -> int:
        """Connections that left before it was clear whether they go on."""
        return self._evicted

    def watch(self, batch: PacketBatch, flows: FlowBatch) -> None:
        """Compare RSTs with what came before them, and look for data after those that differ."""
        keys = flows.rows * 2 + flows.from_initiator
        self._forget(flows, int(keys.max(initial=0)))
        tcp = batch.protocol == PROTOCOL_TCP
        resets = np.flatnonzero(tcp & (batch.tcp_flags & (TCP_RST | TCP_SYN) == TCP_RST))
        if len(resets):
            self._suspect(batch, keys, resets)
        if self._suspects:
            self._go_on(batch, keys, tcp & (batch.payload_length > 0))
        new = np.flatnonzero(self._ttl.take(keys) == 0)
        if len(new):
            # Of several packets of a direction the first one stays: it is written last
            new = new[tcp[new] & (batch.tcp_flags[new] & TCP_RST == 0)][::-1]
            self._ttl[keys[new]] = batch.ttl[new]

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Tell of connections that went on."""
        for one in self._injected.take(seen.last):
            source, target = seen.surroundings.party(*one.source), seen.surroundings.party(*one.target)
            yield Finding(
                key=(source.text, one.ports[0], target.text, one.ports[1]),
                moment=one.moment,
                summary=f"a RST in the name of {source.text} to {target.text} came from elsewhere",
                value=1,
                threshold=1,
                source=source.text,
                destination=target.text,
                port=one.ports[1],
                protocol="TCP",
                actor=source.entity,
                victim=target.text,
                severity=self.rule.severity_for(local=source.local),
                confidence=70,
                first_ns=one.suspect.moment.time_ns,
                evidence=(
                    ("TTL", f"{one.suspect.ttl} of the RST, {one.suspect.usual} of the packets before it"),
                    ("then", f"data from {source.text} in packet {one.moment.number}"),
                ),
                packets=(one.suspect.moment.number, one.moment.number),
                source_port=one.ports[0],
            )

    def _forget(self, flows: FlowBatch, most: int) -> None:
        most = max(most, 2 * int(flows.started.max(initial=0)) + 1)
        if most >= len(self._ttl):
            more = max(most + 1, 2 * len(self._ttl)) - len(self._ttl)
            self._ttl = np.concatenate((self._ttl, np.zeros(more, np.uint8)))
        self._ttl[flows.started * 2] = self._ttl[flows.started * 2 + 1] = 0
        if self._suspects and len(flows.started):
            for row in flows.started.tolist():
                self._suspects.pop(2 * row, None)
                self._suspects.pop(2 * row + 1, None)

    def _suspect(self, batch: PacketBatch, keys: NDArray[np.intp], resets: NDArray[np.intp]) -> None:
        """Remember RSTs from another distance; what answers a SYN has nothing before it and is none."""
        usual = self._usual(batch, keys, resets)
        ttl = batch.ttl[resets].astype(np.int16)
        odd = np.flatnonzero((usual > 0) & (np.abs(usual - ttl) >= self.config.ttl_difference))
        self.left_out += max(len(odd) - MOST_ODD, 0)
        odd = odd[:MOST_ODD]
        for position, before in zip(resets[odd].tolist(), usual[odd].tolist(), strict=True):
            moment = Moment(int(batch.frames.time_ns[position]), batch.number(position))
            self._suspects[int(keys[position])] = _Suspect(moment, int(batch.ttl[position]), before)
            if len(self._suspects) > MOST_SUSPECTS:
                self._suspects.popitem(last=False)
                self._evicted += 1

    def _usual(self, batch: PacketBatch, keys: NDArray[np.intp], resets: NDArray[np.intp]) -> NDArray[np.int16]:
        """Return the TTL of the first packet before each RST of the same direction of the same flow; 0 for none."""
        usual = self._ttl[keys[resets]].astype(np.int16)
        unknown = np.flatnonzero(usual == 0)
        if len(unknown):
            others = np.flatnonzero(np.isin(keys, keys[resets[unknown]]) & (batch.tcp_flags & TCP_RST == 0))
            known, at = np.unique(keys[others], return_index=True)
            if len(known):
                place = np.minimum(np.searchsorted(known, keys[resets[unknown]]), len(known) - 1)
                first = others[at[place]]
                found = (known[place] == keys[resets[unknown]]) & (first < resets[unknown])
                usual[unknown[found]] = batch.ttl[first[found]]
        return usual

    def _go_on(self, batch: PacketBatch, keys: NDArray[np.intp], data: NDArray[np.bool_]) -> None:
        """Note the first data of each suspect after its RST, from where its packets usually come."""
        suspected = np.zeros(len(self._ttl), np.bool_)
        suspected[list(self._suspects)] = True
        at = np.flatnonzero(data & suspected[keys])
        for position, key in zip(at.tolist(), keys[at].tolist(), strict=True):
            suspect = self._suspects.get(key)
            moment = Moment(int(batch.frames.time_ns[position]), batch.number(position))
            if suspect is None or moment.number <= suspect.moment.number:
                continue
            del self._suspects[key]
            if moment.time_ns - suspect.moment.time_ns > PATIENCE_NS or int(batch.ttl[position]) != suspect.usual:
                continue
            ends = [
                (int(getattr(batch, f"{end}_high")[position]), int(getattr(batch, f"{end}_low")[position]))
                for end in ("src", "dst")
            ]
            ports = int(batch.sport[position]), int(batch.dport[position])
            self._injected.add((_Injected(moment, suspect, ends[0], ends[1], ports),))
