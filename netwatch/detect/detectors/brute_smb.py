"""brute.smb: somebody tries passwords with SMB."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.guessing import GuessingDetector, GuessThresholds, guessing_rule

if TYPE_CHECKING:
    from netwatch.detect.config import Config
    from netwatch.detect.rule import Rule


class BruteSmb(GuessingDetector):
    """Counts failed logins by source and target."""

    protocols: ClassVar[frozenset[str]] = frozenset({"SMB"})
    service: ClassVar[str] = "SMB"
    rule: ClassVar[Rule] = guessing_rule("brute.smb", 206, "with SMB")
    defaults: ClassVar[Config] = GuessThresholds(failures=10, window_s=300)
