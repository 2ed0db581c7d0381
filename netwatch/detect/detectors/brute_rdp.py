"""brute.rdp: somebody tries passwords with remote desktop."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.guessing import GuessingDetector, GuessThresholds
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from netwatch.detect.config import Config


class BruteRdp(GuessingDetector):
    """Counts failed logins by source and target."""

    protocols: ClassVar[frozenset[str]] = frozenset({"RDP"})
    service: ClassVar[str] = "remote desktop"
    rule: ClassVar[Rule] = Rule(
        "brute.rdp",
        205,
        "Password guessing with RDP",
        Severity.MEDIUM,
        what="One source failed to log in many times within minutes. What happens inside is encrypted, so that every "
        "connection counts. People mistype a password twice; programs that go through lists do not stop.",
        benign="A program with an old password that tries again and again.",
        tune="Raise failures, or add the program's host to ignore_src.",
        mitre=("T1110.001",),
    )
    defaults: ClassVar[Config] = GuessThresholds(failures=15, window_s=300)
