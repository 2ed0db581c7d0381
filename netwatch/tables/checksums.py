"""ChecksumSummary: how many checksums were wrong, and whose."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChecksumSummary:
    """What was found of packets that were captured whole."""

    judged: int = 0
    """Checksums that were looked at."""
    ip_bad: int = 0
    tcp_bad: int = 0
    udp_bad: int = 0
    offloaded: int = 0
    """Checksums that the sender's network card had still to fill in: captured on the sender itself."""
    senders: tuple[tuple[str, int], ...] = ()
    """(address, wrong checksums) of those with most."""

    @property
    def bad(self) -> int:
        """All wrong ones."""
        return self.ip_bad + self.tcp_bad + self.udp_bad
