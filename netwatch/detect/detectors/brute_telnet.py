"""brute.telnet: somebody tries passwords with Telnet."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.guessing import GuessingDetector, GuessThresholds
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from netwatch.detect.config import Config


class BruteTelnet(GuessingDetector):
    """Counts failed logins by source and target."""

    protocols: ClassVar[frozenset[str]] = frozenset({"TELNET"})
    service: ClassVar[str] = "Telnet"
    rule: ClassVar[Rule] = Rule(
        "brute.telnet",
        202,
        "Password guessing with Telnet",
        Severity.MEDIUM,
        what="One source failed to log in many times within minutes. People mistype a password twice; programs that "
        "go through lists do not stop.",
        benign="A program with an old password that tries again and again.",
        tune="Raise failures, or add the program's host to ignore_src.",
        mitre=("T1110.001",),
    )
    defaults: ClassVar[Config] = GuessThresholds(failures=5, window_s=600)
