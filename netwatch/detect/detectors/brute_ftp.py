"""brute.ftp: somebody tries passwords with FTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.guessing import GuessingDetector, GuessThresholds, guessing_rule

if TYPE_CHECKING:
    from netwatch.detect.config import Config
    from netwatch.detect.rule import Rule


class BruteFtp(GuessingDetector):
    """Counts failed logins by source and target."""

    protocols: ClassVar[frozenset[str]] = frozenset({"FTP"})
    service: ClassVar[str] = "FTP"
    rule: ClassVar[Rule] = guessing_rule("brute.ftp", 201, "with FTP")
    defaults: ClassVar[Config] = GuessThresholds(failures=10, window_s=300)
