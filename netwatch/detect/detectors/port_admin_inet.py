"""port.admin_inet: somebody on the internet has a connection to a service for administration here."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.port_detector import PortDetector, PortThresholds
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.config import Config
    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation

SSH: Final = 22
"""Made for the open internet, so that it is information only."""
NAMES: Final = {22: "SSH", 23: "Telnet", 445: "SMB", 3389: "RDP", 5900: "VNC"}
"""Services that worms and intruders look for all day."""


class PortAdminInet(PortDetector):
    """Tells of each service that is reached from elsewhere."""

    rule: ClassVar[Rule] = Rule(
        "port.admin_inet",
        212,
        "Administration reachable from the internet",
        Severity.MEDIUM,
        what="A connection from an address of the internet to a local service for administration carried data both "
        "ways: whoever guesses a password or knows a hole gets in.",
        benign="A service that is meant to be reached, with strong authentication.",
        tune="Change ports, or add the server to ignore_dst.",
        mitre=("T1133",),
    )
    defaults: ClassVar[Config] = PortThresholds(ports=tuple(NAMES), max_keys=5000)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at the connections of the slice."""
        for success in seen.successes:
            source, target, port = success.source, success.target, success.port
            if port not in self.config.ports or source.local or not target.local:
                continue
            name = NAMES.get(port, f"port {port}")
            yield self.told(
                success,
                (target.text, port),
                f"{name} of {target.text} was reached from {source.text}",
                ("service", f"{name}, port {port}"),
                severity=Severity.INFO if port == SSH else None,
            )
