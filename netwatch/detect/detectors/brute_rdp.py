"""brute.rdp: somebody tries passwords with remote desktop."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.guessing import GuessingDetector, GuessThresholds, guessing_rule

if TYPE_CHECKING:
    from netwatch.detect.config import Config
    from netwatch.detect.rule import Rule


class BruteRdp(GuessingDetector):
    """Counts failed logins by source and target."""

    protocols: ClassVar[frozenset[str]] = frozenset({"RDP"})
    service: ClassVar[str] = "remote desktop"
    rule: ClassVar[Rule] = guessing_rule(
        "brute.rdp",
        205,
        "with RDP",
        more=". What happens inside is encrypted, so that every connection counts.",
    )
    defaults: ClassVar[Config] = GuessThresholds(failures=15, window_s=300)
