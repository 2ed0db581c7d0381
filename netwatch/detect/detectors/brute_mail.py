"""brute.mail: somebody tries passwords with the mail service."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.guessing import GuessingDetector, GuessThresholds, guessing_rule

if TYPE_CHECKING:
    from netwatch.detect.config import Config
    from netwatch.detect.rule import Rule


class BruteMail(GuessingDetector):
    """Counts failed logins by source and target."""

    protocols: ClassVar[frozenset[str]] = frozenset({"SMTP", "POP", "IMAP"})
    service: ClassVar[str] = "the mail service"
    rule: ClassVar[Rule] = guessing_rule("brute.mail", 203, "with mail")
    defaults: ClassVar[Config] = GuessThresholds(failures=5, window_s=600)
