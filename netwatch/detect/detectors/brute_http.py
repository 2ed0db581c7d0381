"""brute.http: somebody tries passwords with the web server."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.guessing import GuessingDetector, GuessThresholds
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from netwatch.detect.config import Config


class BruteHttp(GuessingDetector):
    """Counts failed logins by source and target."""

    protocols: ClassVar[frozenset[str]] = frozenset({"HTTP"})
    service: ClassVar[str] = "the web server"
    rule: ClassVar[Rule] = Rule(
        "brute.http",
        204,
        "Password guessing on a web server",
        Severity.MEDIUM,
        what="One source failed to log in many times within minutes, or sent many different passwords to a form. "
        "People mistype a password twice; programs that go through lists do not stop.",
        benign="A program with an old password that tries again and again.",
        tune="Raise failures, or add the program's host to ignore_src.",
        mitre=("T1110.001",),
    )
    defaults: ClassVar[Config] = GuessThresholds(failures=20, window_s=60)
