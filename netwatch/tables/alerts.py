"""Alert and AlertTable: what detection found, each alert with everything that explains it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SEVERITIES: Final = ("info", "low", "medium", "high", "critical")
"""The words, by the number of the severity."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One episode: it opens when a threshold is crossed and closes when it is quiet again.

    It is told again when the numbers double. All text is printable.
    """

    serial: int
    """Number of the alert in this capture, from 1."""
    rule: str
    """Such as `scan.vertical`."""
    signature: int
    title: str
    severity: int
    """Index into SEVERITIES."""
    confidence: int
    """0 to 100."""
    state: str
    """`open` or `closed`."""
    revision: int
    """Rises with every update, from 1."""
    episodes: int
    """How often it was open: more than 1 when the same came again soon after it was closed."""
    first_ns: int
    """When what was observed began."""
    opened_ns: int
    """Capture time of the packet with which the threshold was crossed."""
    last_ns: int
    """The newest packet that belongs to it."""
    source: str
    destination: str
    """Addresses; empty for many or none."""
    source_port: int
    port: int
    protocol: str
    actor: str
    victim: str
    """The entities behind source and destination: a MAC address where it is known, else the address."""
    summary: str
    value: float
    threshold: float
    window_s: float
    evidence: tuple[tuple[str, str], ...]
    """(name, value), the most telling first."""
    samples: tuple[str, ...]
    packets: tuple[int, ...]
    """Numbers of packets that show it, ascending; the first and the newest ones."""
    mitre: tuple[str, ...]
    what: str
    benign: str
    tune: str
    """What the rule looks for, what else may look the same, and which thresholds to change."""
    inhibited_by: int = 0
    """Serial of the alert that explains this one, 0 for none."""
    children: int = 0
    """Alerts that this one explains."""
    muted: bool = False
    done: bool = False
    """Marked so by the user."""

    @property
    def word(self) -> str:
        """The severity in words."""
        return SEVERITIES[self.severity]


@dataclass(frozen=True, slots=True, eq=False)
class AlertTable:
    """Alerts in the order that was asked for, n of them."""

    serial: NDArray[np.int64]
    alerts: tuple[Alert, ...]

    def __len__(self) -> int:
        return len(self.alerts)


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """How many alerts there are; muted and inhibited ones and those that are done are left out of the severities."""

    by_severity: tuple[int, ...] = (0, 0, 0, 0, 0)
    """By the number of the severity."""
    opened: int = 0
    """Alerts since the start of the capture, all of them; rises with each new one."""
    urgent: int = 0
    """The same of those that were high or critical when they opened."""
    muted: int = 0
    inhibited: int = 0
    evicted: int = 0
    """Alerts that left because there were too many."""
    newest: tuple[Alert, ...] = ()
    """The five newest, the newest first."""
    urgent_summary: str = ""
    """The newest of `urgent`, in a line."""

    @property
    def shown(self) -> int:
        """Alerts that stand in the pane."""
        return sum(self.by_severity)


@dataclass(frozen=True, slots=True)
class AlertNews:
    """Something that happened to an alert."""

    kind: str
    """`open`, `update` or `reopen`; of an alert that is written at the user's wish its state."""
    alert: Alert
    """As it was then."""


@dataclass(frozen=True, slots=True)
class AlertSummary:
    """What a report holds of alerts."""

    profile: str
    alerts: tuple[Alert, ...]
    """Those that are neither inhibited nor muted, the most severe first, then the oldest."""
    counts: AlertCounts
    skipped: int = 0
    """Events that detectors left out because too many came at once."""
    evicted: int = 0
    """Identities that detectors gave up because they followed too many."""
