"""lab.ports, lab.syn, lab.port: the plain rules of a classroom for connections; they ask for no failure, no ratio."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

import numpy as np

from netwatch.detect.config import Config, Profile
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
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

C = TypeVar("C", bound=Config)
V = TypeVar("V")
MOST_ATTEMPTS: Final = 1000
"""SYNs of one slice of time that are looked at."""
MOST_TIMES: Final = 4096
LAB: Final = frozenset({Profile.LAB})


@dataclass(frozen=True, slots=True)
class Ports(Config):
    """The rule says: more than 15 different destination ports of one source in 30 s."""

    ports: int = 15
    window_s: int = 30


@dataclass(frozen=True, slots=True)
class Syns(Config):
    """The rule says: more than 20 SYNs of one source in 10 s."""

    syns: int = 20
    window_s: int = 10


@dataclass(frozen=True, slots=True)
class Suspicious(Config):
    """The rule says: any traffic to these ports."""

    ports: tuple[int, ...] = (22, 23, 3389, 4444, 31337)


@dataclass(slots=True)
class _Source:
    ports: Distinct = field(default_factory=Distinct)
    times: deque[int] = field(default_factory=lambda: deque(maxlen=MOST_TIMES))
    recent: Recent = field(default_factory=Recent)


class _SynDetector(KeyedDetector[C, V]):
    """Looks at the SYNs of each slice, as many as there may be."""

    needs: ClassVar[tuple[str | type, ...]] = ("syns",)

    def attempts(self, seen: Observation, ports: tuple[int, ...] = ()) -> Iterator[tuple[Party, Moment, int, str]]:
        """Yield source, moment, port and target of the SYNs of a slice, of those to `ports` where there are any."""
        syns = seen.syns
        if syns is None:
            return
        at = np.flatnonzero(np.isin(syns.dport, ports)) if ports else np.arange(len(syns))
        self.left_out += max(len(at) - MOST_ATTEMPTS, 0)
        columns = ("number", "time_ns", "src_high", "src_low", "dst_high", "dst_low", "dport", "vlan", "mac")
        rows = zip(*(getattr(syns, name)[at[:MOST_ATTEMPTS]].tolist() for name in columns), strict=True)
        party = seen.surroundings.party
        for number, time_ns, high, low, to_high, to_low, port, vlan, mac in rows:
            yield party(high, low, vlan, mac), Moment(time_ns, number), port, party(to_high, to_low).text


class LabPorts(_SynDetector[Ports, _Source]):
    """Counts ports by source."""

    rule: ClassVar[Rule] = Rule(
        "lab.ports",
        240,
        "Many destination ports of one source",
        Severity.HIGH,
        what="One source began connections to more than 15 different ports within 30 s.",
        benign="Every browser, resolver and peer-to-peer program does that, which is why the balanced profile counts "
        "failures instead.",
        tune="Raise ports, or use the balanced profile.",
        mitre=("T1046",),
    )
    profiles: ClassVar[frozenset[Profile]] = LAB
    defaults: ClassVar[Config] = Ports()
    entry: ClassVar[type] = _Source

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count the ports of the slice."""
        for source, moment, port, target in self.attempts(seen):
            state = self.keys.at(source.text)
            state.ports.expire(moment.time_ns - self.config.window_s * SECOND)
            if state.ports.add(port, moment.time_ns):
                state.recent.add(moment, f"{target} port {port}")
            if len(state.ports) > self.config.ports:
                yield _finding(
                    self.config.ports,
                    self.config.window_s,
                    (source, moment, state.recent),
                    len(state.ports),
                    f"{source.text} began connections to {len(state.ports):,} ports in {self.config.window_s} s",
                    evidence=(("ports", port_numbers(state.ports)),),
                )


class LabSyn(_SynDetector[Syns, _Source]):
    """Counts SYNs by source."""

    rule: ClassVar[Rule] = Rule(
        "lab.syn",
        241,
        "Many SYNs of one source",
        Severity.HIGH,
        what="One source sent more than 20 SYNs within 10 s.",
        benign="A page with many pictures does that, which is why the balanced profile counts handshakes that are not "
        "completed instead.",
        tune="Raise syns, or use the balanced profile.",
        mitre=("T1499.001",),
    )
    profiles: ClassVar[frozenset[Profile]] = LAB
    defaults: ClassVar[Config] = Syns()
    entry: ClassVar[type] = _Source

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count the SYNs of the slice."""
        for source, moment, port, target in self.attempts(seen):
            state = self.keys.at(source.text)
            state.times.append(moment.time_ns)
            while state.times[0] < moment.time_ns - self.config.window_s * SECOND:
                state.times.popleft()
            state.recent.add(moment, f"SYN to {target} port {port}")
            if len(state.times) > self.config.syns:
                yield _finding(
                    self.config.syns,
                    self.config.window_s,
                    (source, moment, state.recent),
                    len(state.times),
                    f"{source.text} sent {len(state.times):,} SYNs in {self.config.window_s} s",
                )


class LabPort(_SynDetector[Suspicious, Recent]):
    """Tells of every source and port."""

    rule: ClassVar[Rule] = Rule(
        "lab.port",
        242,
        "Traffic to a listed port",
        Severity.MEDIUM,
        what="Somebody began a connection to a port of the list, by default 22, 23, 3389, 4444 and 31337.",
        benign="Administration uses some of these ports every day.",
        tune="Change ports.",
        mitre=("T1571",),
    )
    profiles: ClassVar[frozenset[Profile]] = LAB
    defaults: ClassVar[Config] = Suspicious()
    entry: ClassVar[type] = Recent

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look for the ports among the SYNs of the slice."""
        for source, moment, port, target in self.attempts(seen, self.config.ports):
            recent = self.keys.at((source.text, target, port))
            recent.add(moment, f"SYN to {target} port {port}")
            yield _finding(
                1, 0, (source, moment, recent), 1, f"{source.text} connects to {target} port {port}",
                key=(source.text, target, port), destination=target, port=port,
            )  # fmt: skip


def _finding(
    least: int, window_s: int, who: tuple[Party, Moment, Recent], value: int, summary: str, **more: Any
) -> Finding:
    source, moment, recent = who
    fields: dict[str, Any] = {"key": (source.text,), **more}
    return Finding(
        moment=moment,
        summary=summary,
        value=value,
        threshold=least,
        window_s=window_s,
        source=source.text,
        protocol="TCP",
        actor=source.entity,
        confidence=40,
        first_ns=recent.first_ns,
        samples=recent.samples,
        packets=recent.packets,
        **fields,
    )
