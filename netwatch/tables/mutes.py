"""Mute: what the user does not want to hear of, for a while or for ever; MuteTable: all of them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


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

    def matches(self, rule: str, ends: tuple[str, ...], ports: tuple[int, ...], now_ns: int) -> bool:
        """Return True when an alert of `rule` is not wanted at packet time `now_ns`."""
        if self.until_ns and now_ns > self.until_ns:
            return False
        return (
            (not self.rule or fnmatchcase(rule, self.rule))
            and (not self.host or self.host in ends)
            and (not self.port or self.port in ports)
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


@dataclass(frozen=True, slots=True, eq=False)
class MuteTable:
    """Mutes, n of them; `serial` counts from 1 in the order in which they were made."""

    serial: NDArray[np.int64]
    mutes: tuple[Mute, ...]
    matched: NDArray[np.int64]
    """Alerts that each of them hides now."""

    def __len__(self) -> int:
        return len(self.mutes)
