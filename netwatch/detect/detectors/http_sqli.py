"""http.sqli: SQL injection in requests."""

from __future__ import annotations

from typing import ClassVar

from netwatch.detect.rule import Rule, Severity
from netwatch.detect.web.attacks import Attack
from netwatch.detect.web_detector import WebAttackDetector


class HttpSqli(WebAttackDetector):
    """Counts such requests by source and server."""

    attack: ClassVar[Attack] = Attack.SQL_INJECTION
    rule: ClassVar[Rule] = Rule(
        "http.sqli",
        190,
        "SQL injection in a request",
        Severity.MEDIUM,
        what="A value of a request holds SQL that breaks out of a query: the application may run it, and read or "
        "change its whole database.",
        benign="A developer's or administrator's tool that takes SQL; a page about SQL whose search was asked for an "
        "example. Your own scanner.",
        tune="Raise requests, or add your own scanner to ignore_src.",
        mitre=("T1190",),
    )
