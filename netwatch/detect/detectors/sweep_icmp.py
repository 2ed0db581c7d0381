"""sweep.icmp: one source pings many hosts, most of which do not answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND
from netwatch.track.host_scope import is_group
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.detect.surroundings import Party

MOST_ECHOES: Final = 1000
"""Requests and replies of one slice of time that are looked at."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Zeek's and Elastic's numbers for sweeps are 25 and 100 hosts."""

    hosts: int = threshold(25)
    """Different hosts that were asked within `window_s`."""
    window_s: int = 60
    unanswered: float = 0.5
    """Share of them that did not answer."""


@dataclass(slots=True)
class _Source:
    asked: Distinct = field(default_factory=Distinct)
    answered: Distinct = field(default_factory=Distinct)
    recent: Recent = field(default_factory=Recent)


class SweepIcmp(KeyedDetector[Thresholds, _Source]):
    """Counts hosts by source address: replies go to an address, not to an entity."""

    rule: ClassVar[Rule] = Rule(
        "sweep.icmp",
        108,
        "Ping sweep",
        Severity.MEDIUM,
        what="One source sent echo, timestamp or address mask requests to many hosts, and most of them did not answer: "
        "it does not know who is there.",
        benign="A monitoring system whose hosts are off; an inventory of your own.",
        tune="Raise hosts, or add your own monitoring to ignore_src.",
        mitre=("T1018",),
        remote_severity=Severity.LOW,
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("echoes",)
    entry: ClassVar[type] = _Source

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count requests and replies of the slice, then judge every source that asked."""
        echoes = seen.echoes
        if echoes is None:
            return
        at = np.flatnonzero(~is_group(echoes.dst_high, echoes.dst_low))
        self.left_out += max(len(at) - MOST_ECHOES, 0)
        columns = ("number", "time_ns", "src_high", "src_low", "dst_high", "dst_low", "vlan", "mac", "request")
        touched: dict[tuple[int, int], tuple[Moment, Party]] = {}
        rows = zip(*(getattr(echoes, name)[at[:MOST_ECHOES]].tolist() for name in columns), strict=True)
        for number, time_ns, high, low, to_high, to_low, vlan, mac, request in rows:
            if not request:
                asker = self.keys.get((to_high, to_low))
                if asker is not None:
                    asker.answered.add((high, low), time_ns)
                continue
            asker = self.keys.at((high, low))
            moment = Moment(time_ns, number)
            if asker.asked.add((to_high, to_low), time_ns):
                asker.recent.add(moment, seen.surroundings.party(to_high, to_low).text)
            touched[high, low] = moment, seen.surroundings.party(high, low, vlan, mac)
        for key, (moment, source) in touched.items():
            asker = self.keys.at(key)
            for hosts in (asker.asked, asker.answered):
                hosts.expire(moment.time_ns - self.config.window_s * SECOND)
            silent = sum(host not in asker.answered for host in asker.asked)
            if len(asker.asked) >= self.config.hosts and silent >= self.config.unanswered * len(asker.asked):
                yield self._finding(asker, moment, source, silent)

    def _finding(self, asker: _Source, moment: Moment, source: Party, silent: int) -> Finding:
        total = asker.asked.total
        return Finding(
            key=(source.entity,),
            moment=moment,
            summary=f"{source.text} pinged {total:,} hosts, {silent:,} of the last {len(asker.asked):,} did not answer",
            value=total,
            threshold=self.config.hosts,
            window_s=self.config.window_s,
            source=source.text,
            protocol="ICMP",
            actor=source.entity,
            severity=self.rule.severity_for(local=source.local),
            first_ns=asker.recent.first_ns,
            evidence=(
                ("hosts", f"{len(asker.asked):,} in {self.config.window_s} s, {total:,} in all"),
                ("silent", f"{silent:,}"),
            ),
            samples=asker.recent.samples,
            packets=asker.recent.packets,
        )
