"""scan.ack: ACKs of no connection to many ports of one host, answered by RSTs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.probe_events import Probe
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.scan_tally import many
from netwatch.detect.window import SECOND, Distinct
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.detect.surroundings import Party

MOST_PROBES: Final = 1000
"""Segments of one slice of time that are looked at."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """nmap -sA finds out so what a filter lets through."""

    ports: int = threshold(20)
    """Different ports of one host that answered with a RST within `window_s`."""
    window_s: int = 300


@dataclass(slots=True)
class _Pair:
    asked: Distinct = field(default_factory=Distinct)
    answered: Distinct = field(default_factory=Distinct)
    recent: Recent = field(default_factory=Recent)


class ScanAck(KeyedDetector[Thresholds, _Pair]):
    """Counts ports by the addresses of both ends."""

    rule: ClassVar[Rule] = Rule(
        "scan.ack",
        107,
        "ACK scan of one host",
        Severity.LOW,
        what="ACKs that belong to no connection went to many ports of one host, which answered with RSTs: that tells "
        "which ports a packet filter lets through.",
        benign="Connections of before the capture, after the host has restarted.",
        tune="Raise ports.",
        mitre=("T1046",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("probes",)

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config, _Pair)
        self._skipped = 0

    @property
    def skipped(self) -> int:
        """Segments that were not looked at."""
        return self._skipped

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Match RSTs to the ACKs before them."""
        probes = seen.probes
        if probes is None:
            return
        at = np.flatnonzero((probes.kind == Probe.ACK) | (probes.kind == Probe.RESET))
        self._skipped += max(len(at) - MOST_PROBES, 0)
        columns = (
            "number", "time_ns", "src_high", "src_low", "dst_high", "dst_low", "sport", "dport", "kind", "vlan", "mac",
        )  # fmt: skip
        touched: dict[tuple[tuple[int, int], tuple[int, int]], tuple[Moment, Party, Party]] = {}
        rows = zip(*(getattr(probes, name)[at[:MOST_PROBES]].tolist() for name in columns), strict=True)
        for number, time_ns, high, low, to_high, to_low, sport, dport, kind, vlan, mac in rows:
            moment = Moment(time_ns, number)
            if kind == Probe.ACK:
                pair = self.keys.at(((high, low), (to_high, to_low)))
                pair.asked.add(dport, time_ns)
                continue
            key = (to_high, to_low), (high, low)
            found = self.keys.get(key)
            if found is None or sport not in found.asked or not found.answered.add(sport, time_ns):
                continue
            source = seen.surroundings.party(to_high, to_low)
            target = seen.surroundings.party(high, low, vlan, mac)
            found.recent.add(moment, f"{target.text} port {sport}: RST")
            touched[key] = moment, source, target
        for key, (moment, source, target) in touched.items():
            pair = self.keys.at(key)
            for ports in (pair.asked, pair.answered):
                ports.expire(moment.time_ns - self.config.window_s * SECOND)
            if len(pair.answered) >= self.config.ports:
                yield self._finding(pair, moment, source, target)

    def _finding(self, pair: _Pair, moment: Moment, source: Party, target: Party) -> Finding:
        return Finding(
            key=(source.entity, target.text),
            moment=moment,
            summary=f"{source.text} sent ACKs of no connection to {pair.answered.total:,} ports of {target.text}",
            value=pair.answered.total,
            threshold=self.config.ports,
            window_s=self.config.window_s,
            source=source.text,
            destination=target.text,
            protocol="TCP",
            actor=source.entity,
            victim=target.text,
            first_ns=pair.recent.first_ns,
            evidence=(
                ("answered by RST", f"{len(pair.answered):,} ports"),
                ("ports", many(sorted(int(str(port)) for port in pair.answered))),
            ),
            samples=pair.recent.samples,
            packets=pair.recent.packets,
        )
