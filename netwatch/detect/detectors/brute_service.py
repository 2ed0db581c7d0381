"""brute.service: somebody tries passwords with a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.guessing import GuessingDetector, GuessThresholds
from netwatch.detect.rule import Rule, Severity

if TYPE_CHECKING:
    from netwatch.detect.config import Config


class BruteService(GuessingDetector):
    """Counts failed logins by source and target."""

    protocols: ClassVar[frozenset[str]] = frozenset({"MySQL", "PGSQL", "RESP", "MQTT", "LDAP", "SOCKS"})
    service: ClassVar[str] = "a service"
    rule: ClassVar[Rule] = Rule(
        "brute.service",
        207,
        "Password guessing with a service",
        Severity.MEDIUM,
        what="One source failed to log in many times within minutes: a database, a directory, a message broker or a "
        "proxy. People mistype a password twice; programs that go through lists do not stop.",
        benign="A program with an old password that tries again and again.",
        tune="Raise failures, or add the program's host to ignore_src.",
        mitre=("T1110.001",),
    )
    defaults: ClassVar[Config] = GuessThresholds(failures=10, window_s=300)
