"""Rule: what a detector looks for, in the words that an alert explains itself with."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

FIRST_SIGNATURE: Final = 1_900_000
"""The signature identifier of a rule is this plus its number: in the range 1,000,000 to 1,999,999 for local rules."""


class Severity(IntEnum):
    """How much an alert matters; the words are those of reports."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    @property
    def word(self) -> str:
        """The name in lower case."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Rule:
    """One detection; all text is ours and printable."""

    id: str
    """Such as `scan.vertical`; families are the part before the first dot."""
    number: int
    title: str
    """A few words for a row."""
    severity: Severity
    """For an actor on this network."""
    what: str
    """One or two sentences: what is counted and why that is suspicious."""
    benign: str
    """What else may look the same."""
    tune: str
    """Which thresholds to change, and when."""
    mitre: tuple[str, ...] = ()
    """Techniques of MITRE ATT&CK, version 18.1."""
    remote_severity: Severity | None = None
    """For an actor elsewhere; None for the same."""

    @property
    def signature(self) -> int:
        """The signature identifier in EVE."""
        return FIRST_SIGNATURE + self.number

    @property
    def family(self) -> str:
        """The part of the identifier before the first dot."""
        return self.id.partition(".")[0]

    def severity_for(self, *, local: bool) -> Severity:
        """Return the severity for an actor that is local or not."""
        return self.severity if local or self.remote_severity is None else self.remote_severity


def raised(severity: Severity, steps: int = 1) -> Severity:
    """Return a severity so many steps higher, or lower, within the range."""
    return Severity(min(max(severity + steps, Severity.INFO), Severity.CRITICAL))
