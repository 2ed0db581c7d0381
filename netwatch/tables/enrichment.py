"""What a look at the host of an alert sends: for the tool that sends it and for the screen that asks first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from netwatch.plural import counted

ECHOES: Final = 3
DEFAULT_PORTS: Final = (22, 80, 443, 445, 3389)


@dataclass(frozen=True, slots=True)
class Look:
    """How far a look goes."""

    ports: tuple[int, ...] = DEFAULT_PORTS
    """TCP ports that get a SYN each."""
    timeout: float = 0.5
    """Seconds that each part of it may wait."""
    resolve: bool = True
    """Ask the system's resolver for the name of the host."""
    max_hops: int = 8

    def sends(self, address: str) -> str:
        """Return in words what is sent to look at `address`."""
        names = "a reverse DNS look-up, " if self.resolve else ""
        probes = f"{ECHOES} echo requests, up to {self.max_hops} hops of a trace"
        return f"to {address}: {names}{probes}, {self._ports_said()}"

    def _ports_said(self) -> str:
        if len(self.ports) > len(DEFAULT_PORTS):
            return f"SYNs to {counted(len(self.ports), 'ports')}"
        return f"SYNs to the ports {', '.join(map(str, self.ports))}"
