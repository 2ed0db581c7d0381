"""brute.smb: somebody tries passwords with SMB."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.guessing import GuessingDetector, GuessThresholds
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from netwatch.detect.config import Config


class BruteSmb(GuessingDetector):
    """Counts failed logins by source and target."""

    protocols: ClassVar[frozenset[str]] = frozenset({"SMB"})
    service: ClassVar[str] = "SMB"
    rule: ClassVar[Rule] = Rule(
        "brute.smb",
        206,
        "Password guessing with SMB",
        Severity.MEDIUM,
        what="One source failed to log in many times within minutes. People mistype a password twice; programs that "
        "go through lists do not stop.",
        benign="A program with an old password that tries again and again.",
        tune="Raise failures, or add the program's host to ignore_src.",
        mitre=("T1110.001",),
    )
    defaults: ClassVar[Config] = GuessThresholds(failures=10, window_s=300)
