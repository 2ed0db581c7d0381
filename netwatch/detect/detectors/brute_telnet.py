"""brute.telnet: somebody tries passwords with Telnet."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.guessing import GuessingDetector, GuessThresholds, guessing_rule

if TYPE_CHECKING:
    from netwatch.detect.config import Config
    from netwatch.detect.rule import Rule


class BruteTelnet(GuessingDetector):
    """Counts failed logins by source and target."""

    protocols: ClassVar[frozenset[str]] = frozenset({"TELNET"})
    service: ClassVar[str] = "Telnet"
    rule: ClassVar[Rule] = guessing_rule("brute.telnet", 202, "with Telnet")
    defaults: ClassVar[Config] = GuessThresholds(failures=5, window_s=600)
