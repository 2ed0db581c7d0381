"""port.backdoor: a connection with data to a port that backdoors and hidden services like to use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation

NAMES: Final = {
    1337: "WASTE, backdoors", 4321: "backdoors", 4444: "Metasploit", 5555: "Android debug bridge", 6666: "IRC",
    6667: "IRC", 6668: "IRC", 6669: "IRC", 9001: "Tor", 9050: "Tor", 12345: "NetBus", 31337: "Back Orifice",
}  # fmt: skip
"""What the port is known for."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """A port alone proves nothing, which is why this is information unless an own machine serves there."""

    ports: tuple[int, ...] = tuple(NAMES)
    suppress_s: int = 86_400


class PortBackdoor(KeyedDetector[Thresholds, Recent]):
    """Tells of each pair and port; the port is that of whoever was connected to."""

    rule: ClassVar[Rule] = Rule(
        "port.backdoor",
        211,
        "Connection to a port of backdoors",
        Severity.INFO,
        what="A connection to a listed port carried data both ways. Only the port of the end that was connected to "
        "counts, so that a client's own port never does.",
        benign="Any program may use any port: IRC, Tor, Android development.",
        tune="Change ports, or add your own services to ignore_dst.",
        mitre=("T1571",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("successes",)

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config, Recent)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at the connections of the slice."""
        for success in seen.successes:
            if success.port not in self.config.ports:
                continue
            source, target, port = success.source, success.target, success.port
            recent = self.keys.at((source.entity, target.text, port))
            recent.add(success.moment, f"{source.text} > {target.text}:{port}")
            yield Finding(
                key=(source.entity, target.text, port),
                moment=success.moment,
                summary=f"{source.text} exchanged data with {target.text} port {port} ({NAMES.get(port, 'listed')})",
                value=1,
                threshold=1,
                source=source.text,
                destination=target.text,
                port=port,
                protocol="TCP",
                actor=source.entity,
                victim=target.text,
                severity=Severity.LOW if not source.local and target.local else None,
                confidence=30,
                first_ns=recent.first_ns,
                evidence=(("known for", NAMES.get(port, "listed in the settings")),),
                samples=recent.samples,
                packets=recent.packets,
            )
