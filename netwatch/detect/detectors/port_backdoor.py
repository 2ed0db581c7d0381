"""port.backdoor: a connection with data to a port that backdoors and hidden services like to use."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.port_detector import PortDetector, PortThresholds
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.config import Config
    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation

NAMES: Final = {
    1337: "WASTE, backdoors", 4321: "backdoors", 4444: "Metasploit", 5555: "Android debug bridge", 6666: "IRC",
    6667: "IRC", 6668: "IRC", 6669: "IRC", 9001: "Tor", 9050: "Tor", 12345: "NetBus", 31337: "Back Orifice",
}  # fmt: skip
"""What the port is known for; alone it proves nothing, so this is information unless an own machine serves there."""


class PortBackdoor(PortDetector):
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
    defaults: ClassVar[Config] = PortThresholds(ports=tuple(NAMES))

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at the connections of the slice."""
        for success in seen.successes:
            if success.port not in self.config.ports:
                continue
            source, target, port = success.source, success.target, success.port
            known = NAMES.get(port)
            yield self.told(
                success,
                (source.entity, target.text, port),
                f"{source.text} exchanged data with {target.text} port {port} ({known or 'listed'})",
                ("known for", known or "listed in the settings"),
                severity=Severity.LOW if not source.local and target.local else None,
                confidence=30,
            )
