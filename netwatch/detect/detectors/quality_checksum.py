"""quality.checksum: a machine elsewhere sends packets with wrong checksums, while those of all others are right."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.packet_budget import PacketBudget
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.waiting_events import WaitingEvents
from netwatch.track.checksums import ChecksumCounter, received
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.observation import Observation
    from netwatch.track.flow_batch import FlowBatch

LOOKED_AT: Final = 8
"""Packets of each second of packet time that are judged, the first ones: to add one up costs some microseconds."""
OFFLOADED: Final = (1000, 0.1)
"""After so many packets of an interface with more than this share wrong, its capture is what is wrong (Suricata)."""
MOST_INTERFACES: Final = 64


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 9.1."""

    bad: int = threshold(20)
    """Packets of one sender with a wrong checksum, of those that were judged."""
    share: float = 0.05
    """Of that sender's packets since the first wrong one."""
    others: int = 50
    """Packets of other senders of which hardly any is wrong: without them the capture itself may be at fault."""
    others_share: float = 0.01


@dataclass(slots=True)
class _Interface:
    judged: int = 0
    bad: int = 0
    off: bool = False


@dataclass(slots=True)
class _Sender:
    judged: int = 0
    bad: int = 0
    recent: Recent = field(default_factory=Recent)


@dataclass(frozen=True, slots=True)
class _Crossed:
    moment: Moment
    sender: tuple[int, int]
    target: tuple[int, int]
    judged: int
    bad: int
    others: int
    others_bad: int
    first_ns: int
    packets: tuple[int, ...]


class QualityChecksum(KeyedDetector[Thresholds, _Sender]):
    """Judges some packets of each second; frames that a card had yet to finish are none of them."""

    rule: ClassVar[Rule] = Rule(
        "quality.checksum",
        231,
        "Wrong checksums from one sender",
        Severity.INFO,
        what="Many packets of one sender have a wrong IP, TCP or UDP checksum, while those of the others are right: "
        "they are changed or broken on the way, or made by a tool that wants only some systems to take them.",
        benign="A broken card, cable or router on the way; a capture made on the sending machine, whose card fills "
        "checksums in later, though such packets are known and left out.",
        tune="Raise bad or share, or add the sender to ignore_src.",
        remote_severity=Severity.LOW,
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = _Sender

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._budget = PacketBudget(LOOKED_AT)
        self._sums = ChecksumCounter()
        self._interfaces: dict[int, _Interface] = {}
        self._crossed: WaitingEvents[_Crossed] = WaitingEvents()

    def watch(self, batch: PacketBatch, _flows: FlowBatch) -> None:
        """Judge the packets of the batch that are looked at."""
        rows = received(batch, self._budget.take(batch.frames.time_ns))
        if not len(rows):
            return
        wanted = np.zeros(len(batch), np.bool_)
        wanted[rows] = True
        wrong = np.zeros(len(batch), np.bool_)
        wrong[self._sums.wrong(batch, wanted)] = True
        for number in np.unique(batch.frames.interface[rows]).tolist():
            if number in self._interfaces or len(self._interfaces) < MOST_INTERFACES:
                interface = self._interfaces.setdefault(number, _Interface())
                self._count(batch, rows[batch.frames.interface[rows] == number], wrong, interface)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Tell of senders that crossed the threshold."""
        for one in self._crossed.take(seen.last):
            source, target = seen.surroundings.party(*one.sender), seen.surroundings.party(*one.target)
            yield Finding(
                key=(source.entity,),
                moment=one.moment,
                summary=f"{one.bad:,} of {one.judged:,} packets from {source.text} have a wrong checksum",
                value=one.bad,
                threshold=self.config.bad,
                source=source.text,
                destination=target.text,
                actor=source.entity,
                severity=self.rule.severity_for(local=source.local),
                confidence=60,
                first_ns=one.first_ns,
                evidence=(
                    ("wrong", f"{one.bad:,} of {one.judged:,} packets that were looked at"),
                    ("of the others", f"{one.others_bad:,} of {one.others:,}"),
                ),
                packets=one.packets,
            )

    def _count(
        self, batch: PacketBatch, rows: NDArray[np.intp], wrong: NDArray[np.bool_], interface: _Interface
    ) -> None:
        """Count in the order of the packets, Python for senders only of which something was wrong."""
        before = interface.judged
        interface.judged += len(rows)
        matters = wrong[rows]
        if len(self.keys):
            followed = np.array([key[1] for key in self.keys if isinstance(key, tuple)], np.uint64)
            matters |= np.isin(batch.src_low[rows], followed)
        elif not matters.any():
            return
        else:
            matters |= np.isin(batch.src_low[rows], batch.src_low[rows[matters]])
        if interface.off:
            return
        for place in np.flatnonzero(matters).tolist():
            self._judge(batch, int(rows[place]), bool(wrong[rows[place]]), before + place + 1, interface)

    def _judge(self, batch: PacketBatch, at: int, bad: bool, judged: int, interface: _Interface) -> None:
        key = batch.src_high.item(at), batch.src_low.item(at)
        sender = self.keys.get(key)
        if sender is None and not bad:
            return
        sender = self.keys.at(key)
        sender.judged += 1
        if not bad:
            return
        sender.bad += 1
        interface.bad += 1
        interface.off |= judged >= OFFLOADED[0] and interface.bad > OFFLOADED[1] * judged
        moment = Moment(batch.frames.time_ns.item(at), batch.number(at))
        sender.recent.add(moment)
        others, others_bad = judged - sender.judged, interface.bad - sender.bad
        config = self.config
        if (
            not interface.off
            and sender.bad >= max(config.bad, config.share * sender.judged)
            and others >= config.others
            and others_bad <= config.others_share * others
        ):
            target = batch.dst_high.item(at), batch.dst_low.item(at)
            counts = sender.judged, sender.bad, others, others_bad
            crossed = _Crossed(moment, key, target, *counts, sender.recent.first_ns, sender.recent.packets)
            self._crossed.add((crossed,))
