"""brute.http: somebody tries passwords with the web server."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.guessing import GuessingDetector, GuessThresholds, guessing_rule

if TYPE_CHECKING:
    from netwatch.detect.config import Config
    from netwatch.detect.rule import Rule


class BruteHttp(GuessingDetector):
    """Counts failed logins by source and target."""

    protocols: ClassVar[frozenset[str]] = frozenset({"HTTP"})
    service: ClassVar[str] = "the web server"
    rule: ClassVar[Rule] = guessing_rule(
        "brute.http", 204, "on a web server", more=", or sent many different passwords to a form."
    )
    defaults: ClassVar[Config] = GuessThresholds(failures=20, window_s=60)
