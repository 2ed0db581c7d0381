"""http.rce: commands in requests."""

from __future__ import annotations

from typing import ClassVar

from netwatch.detect.rule import Rule, Severity
from netwatch.detect.web.attacks import Attack
from netwatch.detect.web_detector import WebAttackDetector


class HttpRce(WebAttackDetector):
    """Counts such requests by source and server."""

    attack: ClassVar[Attack] = Attack.REMOTE_EXECUTION
    rule: ClassVar[Rule] = Rule(
        "http.rce",
        193,
        "Remote code execution in a request",
        Severity.MEDIUM,
        what="A value of a request holds a command or a look-up that a vulnerable server executes: shells, "
        "PowerShell, PHP, Log4Shell, Shellshock.",
        benign="An administration page that takes commands on purpose; security training. Your own scanner.",
        tune="Raise requests, or add your own scanner to ignore_src.",
        mitre=("T1190",),
    )
