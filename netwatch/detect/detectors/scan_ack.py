"""scan.ack: ACKs of no connection to many ports of one host, answered by RSTs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.probe_detector import ProbeDetector
from netwatch.detect.probe_events import Probe
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.scan_tally import port_numbers
from netwatch.detect.window import Distinct, held
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.detect.surroundings import Party


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


class ScanAck(ProbeDetector[Thresholds, _Pair]):
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
    entry: ClassVar[type] = _Pair

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Match RSTs to the ACKs before them."""
        probes = seen.probes
        if probes is None:
            return
        at = np.flatnonzero((probes.kind == Probe.ACK) | (probes.kind == Probe.RESET))
        if not len(at):
            return
        columns = (
            "number", "time_ns", "src_high", "src_low", "dst_high", "dst_low", "sport", "dport", "kind", "vlan", "mac",
        )  # fmt: skip
        touched: dict[tuple[tuple[int, int], tuple[int, int]], tuple[Moment, Party, Party]] = {}
        for number, time_ns, high, low, to_high, to_low, sport, dport, kind, vlan, mac in self.rows(
            probes, at, columns
        ):
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
                ("answered by RST", f"{held(len(pair.answered))} ports"),
                ("ports", port_numbers(pair.answered)),
            ),
            samples=pair.recent.samples,
            packets=pair.recent.packets,
        )
