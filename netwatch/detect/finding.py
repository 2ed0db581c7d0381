"""Finding: what a detector says when a threshold is crossed, and each time that it still is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.detect.rule import Severity
    from netwatch.track.stream_reader import Moment

MOST_SAMPLES: Final = 20
"""Samples and packets that an alert keeps."""
LONGEST_SAMPLE: Final = 512


@dataclass(frozen=True, slots=True)
class Finding:
    """One crossing of a threshold.

    A detector may report the same identity as often as it likes: the engine keeps one alert of it and tells only news.
    All text is made printable when it is taken.
    """

    key: tuple[Hashable, ...]
    """The identity, within the detector."""
    moment: Moment
    """The packet with which the threshold was crossed, or is still exceeded."""
    summary: str
    """One line: who does what to whom, with the numbers."""
    value: float
    threshold: float
    """What was observed, and how much of it is an alert; each doubling is news. A detector that does not count has 1
    and 1."""
    window_s: float = 0.0
    """The window in which `value` was observed, 0 for none."""
    source: str = ""
    destination: str = ""
    """Addresses as text; empty for many or none."""
    port: int = 0
    """The destination's, 0 where there is none or many."""
    protocol: str = ""
    """TCP, UDP, ICMP, ARP and so on."""
    actor: str = ""
    """The entity behind `source`, see Surroundings.party; what inhibition compares."""
    victim: str = ""
    """The same of the target."""
    severity: Severity | None = None
    """None for the rule's own."""
    confidence: int = 80
    """0 to 100."""
    first_ns: int = 0
    """When what was observed began, 0 for the moment itself."""
    evidence: tuple[tuple[str, str], ...] = ()
    """(name, value), the most telling first."""
    samples: tuple[str, ...] = ()
    packets: tuple[int, ...] = ()
    """Numbers of packets that show it; the newest MOST_SAMPLES are kept."""
    source_port: int = 0
    """With it and `port` the packets are those of one connection."""
    title: str = ""
    """What was found in a few words, where the rule's own title says too little."""
