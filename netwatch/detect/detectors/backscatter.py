"""backscatter: answers to connections that a host never opened, from many others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from netwatch.decode.addresses import address_text
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.probe_detector import ProbeDetector
from netwatch.detect.probe_events import PROBE_NAMES, Probe
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation

MOST_REMOTES: Final = 1024


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Whoever floods others in somebody's name makes their answers go there."""

    remotes: int = threshold(50)
    """Different senders of SYN+ACK or RST that nobody asked for, within `window_s`."""
    window_s: int = 60
    flood: int = threshold(500)
    """So many such segments within a second are a reflected flood: medium."""
    max_keys: int = 2000


@dataclass(slots=True)
class _Victim:
    remotes: Distinct = field(default_factory=lambda: Distinct(MOST_REMOTES))
    recent: Recent = field(default_factory=Recent)
    second: int = 0
    in_second: int = 0
    total: int = 0


class Backscatter(ProbeDetector[Thresholds, _Victim]):
    """Counts senders by the address that they answer to."""

    rule: ClassVar[Rule] = Rule(
        "backscatter",
        124,
        "Answers that nobody asked for",
        Severity.INFO,
        what="Many hosts answer connections that this address never opened: somebody uses it as the sender of a flood. "
        "Thousands a second are a reflected flood against the address itself.",
        benign="The capture began while connections were opened, or sees one direction only.",
        tune="Raise remotes or flood.",
        mitre=("T1498.002",),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = _Victim

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count the segments of the slice."""
        probes = seen.probes
        if probes is None:
            return
        at = np.flatnonzero(probes.alone & ((probes.kind == Probe.SYN_ACK) | (probes.kind == Probe.RESET)))
        if not len(at):
            return
        columns = ("number", "time_ns", "src_high", "src_low", "dst_high", "dst_low", "sport", "kind")
        touched: dict[tuple[int, int], Moment] = {}
        for number, time_ns, high, low, to_high, to_low, sport, kind in self.rows(probes, at, columns):
            victim = self.keys.at((to_high, to_low))
            moment = Moment(time_ns, number)
            victim.total += 1
            if time_ns // SECOND != victim.second:
                victim.second, victim.in_second = time_ns // SECOND, 0
            victim.in_second += 1
            if victim.remotes.add((high, low), time_ns):
                victim.recent.add(moment, f"{address_text(high, low)} port {sport}: {PROBE_NAMES[kind]}")
            touched[to_high, to_low] = moment
        for key, moment in touched.items():
            victim = self.keys.at(key)
            victim.remotes.expire(moment.time_ns - self.config.window_s * SECOND)
            if len(victim.remotes) >= self.config.remotes and not seen.surroundings.one_way:
                yield self._finding(key, victim, moment)

    def _finding(self, key: tuple[int, int], victim: _Victim, moment: Moment) -> Finding:
        target = address_text(*key)
        flooded = victim.in_second >= self.config.flood
        return Finding(
            key=(key,),
            moment=moment,
            summary=f"{len(victim.remotes):,} hosts answer {target}, which did not ask them",
            value=victim.remotes.total,
            threshold=self.config.remotes,
            window_s=self.config.window_s,
            destination=target,
            protocol="TCP",
            victim=target,
            severity=Severity.MEDIUM if flooded else None,
            first_ns=victim.recent.first_ns,
            evidence=(
                ("senders", f"{len(victim.remotes):,} in {self.config.window_s} s"),
                ("segments", f"{victim.total:,}, {victim.in_second:,} in this second"),
            ),
            samples=victim.recent.samples,
            packets=victim.recent.packets,
        )
