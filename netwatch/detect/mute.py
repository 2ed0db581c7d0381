"""Mute: what the user does not want to hear of, for a while or for ever."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netwatch.detect.finding import Finding


@dataclass(frozen=True, slots=True)
class Mute:
    """Matches alerts that fit all of its parts; empty parts fit everything."""

    rule: str = ""
    """Identifier of a rule, or a pattern such as `scan.*`."""
    host: str = ""
    """An address or MAC address at either end."""
    port: int = 0
    until_ns: int = 0
    """Packet time until which it holds, 0 for ever."""

    def matches(self, rule: str, finding: Finding, now_ns: int) -> bool:
        """Return True when an alert of `rule` is not wanted at packet time `now_ns`."""
        if self.until_ns and now_ns > self.until_ns:
            return False
        ends = (finding.source, finding.destination, finding.actor, finding.victim)
        return (
            (not self.rule or fnmatchcase(rule, self.rule))
            and (not self.host or self.host in ends)
            and (not self.port or self.port in (finding.port, finding.source_port))
        )

    @property
    def text(self) -> str:
        """In words, printable as its parts are."""
        parts = [self.rule or "every rule"]
        if self.host:
            parts.append(f"of {self.host}")
        if self.port:
            parts.append(f"on port {self.port}")
        return " ".join(parts)
