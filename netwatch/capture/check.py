"""Check: one thing that was looked at, how it stands, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Status(Enum):
    """How something stands."""

    OK = "ok"
    WARN = "warn"
    """Captures work, but not as the user may think."""
    FAIL = "fail"
    """Something cannot be done from here."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `netwatch doctor`; all strings are printable."""

    topic: str
    """rights, system, interfaces, capture, software, terminal or settings."""
    status: Status
    text: str
    mend: str = ""
    """The command that mends it, or what to do instead; never empty unless the status is OK."""


def ok(topic: str, text: str) -> Check:
    """Return a check that found nothing to mend."""
    return Check(topic, Status.OK, text)


def warn(topic: str, text: str, mend: str) -> Check:
    """Return a check that found a limit."""
    return Check(topic, Status.WARN, text, mend)


def fail(topic: str, text: str, mend: str) -> Check:
    """Return a check that found something that does not work."""
    return Check(topic, Status.FAIL, text, mend)
