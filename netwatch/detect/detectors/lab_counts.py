"""lab.ports, lab.syn, lab.port: the plain rules of a classroom for connections; they ask for no failure, no ratio."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple, TypeVar

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.detect.config import Config, Profile
from netwatch.detect.directions import Directions
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.scan_tally import port_numbers
from netwatch.detect.waiting_events import WaitingEvents
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND
from netwatch.track.host_links import mac_addresses
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.observation import Observation
    from netwatch.detect.surroundings import Party
    from netwatch.track.flow_batch import FlowBatch

C = TypeVar("C", bound=Config)
V = TypeVar("V")
MOST_ATTEMPTS: Final = 1000
"""SYNs of one slice of time that are looked at."""
MOST_TIMES: Final = 4096
PORTED: Final = (PROTOCOL_TCP, PROTOCOL_UDP)
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

    def attempts(self, seen: Observation) -> Iterator[tuple[Party, Moment, int, str]]:
        """Yield source, moment, port and target of the SYNs of a slice."""
        syns = seen.syns
        if syns is None:
            return
        self.left_out += max(len(syns) - MOST_ATTEMPTS, 0)
        columns = ("number", "time_ns", "src_high", "src_low", "dst_high", "dst_low", "dport", "vlan", "mac")
        rows = zip(*(getattr(syns, name)[:MOST_ATTEMPTS].tolist() for name in columns), strict=True)
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


class _Met(NamedTuple):
    """A packet to a listed port."""

    moment: Moment
    source: tuple[int, int]
    vlan: int
    mac: int
    target: tuple[int, int]
    port: int
    protocol: int


class LabPort(KeyedDetector[Suspicious, Recent]):
    """Tells of every source and port, over TCP and UDP, whether the beginning was seen or not."""

    rule: ClassVar[Rule] = Rule(
        "lab.port",
        242,
        "Traffic to a listed port",
        Severity.MEDIUM,
        what="Somebody sent packets to a port of the list, by default 22, 23, 3389, 4444 and 31337. The port is that "
        "of whoever was spoken to first, so that a client's own port never counts.",
        benign="Administration uses some of these ports every day.",
        tune="Change ports.",
        mitre=("T1571",),
    )
    profiles: ClassVar[frozenset[Profile]] = LAB
    defaults: ClassVar[Config] = Suspicious()
    entry: ClassVar[type] = Recent

    def __init__(self, config: Suspicious) -> None:
        super().__init__(config)
        self._wanted = np.zeros(1 << 16, np.bool_)
        self._wanted[[port for port in config.ports if 0 <= port < len(self._wanted)]] = True
        self._directions = Directions()
        self._met: WaitingEvents[_Met] = WaitingEvents()

    def watch(self, batch: PacketBatch, flows: FlowBatch) -> None:
        """Note the first packet of each conversation that goes to a listed port."""
        at = self._directions.first(flows)
        at = at[self._wanted[batch.dport[at]] & np.isin(batch.protocol[at], PORTED) & flows.from_initiator[at]]
        self.left_out += max(len(at) - MOST_ATTEMPTS, 0)
        at = at[:MOST_ATTEMPTS]
        names = ("src_high", "src_low", "vlan", "dst_high", "dst_low", "dport", "protocol")
        columns = [getattr(batch, name)[at].tolist() for name in names]
        moments = zip(batch.frames.time_ns[at].tolist(), batch.numbers_at(at).tolist(), strict=True)
        macs = mac_addresses(batch, at)[0].tolist()
        for moment, mac, *rest in zip(moments, macs, *columns, strict=True):
            high, low, vlan, to_high, to_low, port, protocol = rest
            self._met.add((_Met(Moment(*moment), (high, low), vlan, mac, (to_high, to_low), port, protocol),))

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Tell of what was noted."""
        party = seen.surroundings.party
        for one in self._met.take(seen.last):
            source, target = party(*one.source, one.vlan, one.mac), party(*one.target).text
            protocol = "TCP" if one.protocol == PROTOCOL_TCP else "UDP"
            recent = self.keys.at((source.text, target, one.port, protocol))
            recent.add(one.moment, f"{protocol} to {target} port {one.port}")
            summary = f"{source.text} sends to {target} port {one.port} over {protocol}"
            yield _finding(
                1, 0, (source, one.moment, recent), 1, summary,
                key=(source.text, target, one.port, protocol), destination=target, port=one.port, protocol=protocol,
            )  # fmt: skip


def _finding(
    least: int, window_s: int, who: tuple[Party, Moment, Recent], value: int, summary: str, **more: Any
) -> Finding:
    source, moment, recent = who
    fields: dict[str, Any] = {"key": (source.text,), "protocol": "TCP", **more}
    return Finding(
        moment=moment,
        summary=summary,
        value=value,
        threshold=least,
        window_s=window_s,
        source=source.text,
        actor=source.entity,
        confidence=40,
        first_ns=recent.first_ns,
        samples=recent.samples,
        packets=recent.packets,
        **fields,
    )
