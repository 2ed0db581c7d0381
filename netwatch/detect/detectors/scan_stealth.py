"""scan.stealth: segments with flags that no system sends, to several ports of one host."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.probe_detector import ProbeDetector
from netwatch.detect.probe_events import IS_STEALTHY, PROBE_NAMES, Probe
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.scan_tally import port_numbers
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.detect.surroundings import Party

FIRST_EPHEMERAL: Final = 32768
"""A server that ends connections whose beginning was not captured sends FIN+ACK to such ports."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """nmap sends such segments with -sN, -sF, -sX and -sM."""

    ports: int = threshold(3)
    """Different ports of one host within `window_s`."""
    maimon_ports: int = threshold(10)
    """The same when there is only FIN+ACK, with which connections end whose beginning was not captured."""
    window_s: int = 60


@dataclass(slots=True)
class _Pair:
    ports: Distinct = field(default_factory=Distinct)
    kinds: Counter[int] = field(default_factory=Counter)
    recent: Recent = field(default_factory=Recent)


class ScanStealth(ProbeDetector[Thresholds, _Pair]):
    """Counts ports by source entity and target."""

    rule: ClassVar[Rule] = Rule(
        "scan.stealth",
        106,
        "Stealth scan (NULL, FIN, Xmas, Maimon)",
        Severity.MEDIUM,
        what="TCP segments with combinations of flags that no system sends, or that end connections which never began, "
        "went to several ports of one host. They pass filters that only look for SYNs.",
        benign="A broken network stack or middlebox; connections that end just after the capture began.",
        tune="Raise ports or maimon_ports.",
        mitre=("T1046",),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = _Pair

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count the segments of the slice, then judge every pair that had one."""
        probes = seen.probes
        if probes is None:
            return
        wanted = IS_STEALTHY[probes.kind]
        wanted &= (probes.kind != Probe.FIN_ACK) | (probes.dport < FIRST_EPHEMERAL)
        at = np.flatnonzero(wanted)
        if not len(at):
            return
        touched: dict[tuple[str, str], tuple[Moment, Party, Party]] = {}
        columns = ("number", "time_ns", "src_high", "src_low", "dst_high", "dst_low", "dport", "kind", "vlan", "mac")
        for number, time_ns, high, low, to_high, to_low, port, kind, vlan, mac in self.rows(probes, at, columns):
            source, target = seen.surroundings.party(high, low, vlan, mac), seen.surroundings.party(to_high, to_low)
            moment = Moment(time_ns, number)
            pair = self.keys.at((source.entity, target.text))
            if pair.ports.add(port, time_ns):
                pair.kinds[kind] += 1
                pair.recent.add(moment, f"{target.text} port {port}: {PROBE_NAMES[kind]}")
            touched[source.entity, target.text] = moment, source, target
        for key, (moment, source, target) in touched.items():
            pair = self.keys.at(key)
            pair.ports.expire(moment.time_ns - self.config.window_s * SECOND)
            only_maimon = pair.kinds.keys() == {Probe.FIN_ACK}
            least = self.config.maimon_ports if only_maimon else self.config.ports
            if len(pair.ports) >= least:
                yield self._finding(key, pair, (moment, source, target), least)

    def _finding(self, key: tuple[str, str], pair: _Pair, last: tuple[Moment, Party, Party], least: int) -> Finding:
        moment, source, target = last
        names = ", ".join(f"{PROBE_NAMES[kind]} {count:,}" for kind, count in pair.kinds.most_common())
        return Finding(
            key=key,
            moment=moment,
            summary=f"{source.text} probed {pair.ports.total:,} ports of {target.text} with {names}",
            value=pair.ports.total,
            threshold=least,
            window_s=self.config.window_s,
            source=source.text,
            destination=target.text,
            protocol="TCP",
            actor=source.entity,
            victim=target.text,
            severity=self.rule.severity_for(local=source.local),
            confidence=90,
            first_ns=pair.recent.first_ns,
            evidence=(("flags", names), ("ports", port_numbers(pair.ports))),
            samples=pair.recent.samples,
            packets=pair.recent.packets,
        )
