"""brute.service: somebody tries passwords with a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.guessing import GuessingDetector, GuessThresholds, guessing_rule

if TYPE_CHECKING:
    from netwatch.detect.config import Config
    from netwatch.detect.rule import Rule


class BruteService(GuessingDetector):
    """Counts failed logins by source and target."""

    protocols: ClassVar[frozenset[str]] = frozenset({"MySQL", "PGSQL", "RESP", "MQTT", "LDAP", "SOCKS"})
    service: ClassVar[str] = "a service"
    rule: ClassVar[Rule] = guessing_rule(
        "brute.service",
        207,
        "with a service",
        more=": a database, a directory, a message broker or a proxy.",
    )
    defaults: ClassVar[Config] = GuessThresholds(failures=10, window_s=300)
