"""http.xss: scripts in requests."""

from __future__ import annotations

from typing import ClassVar

from netwatch.detect.rule import Rule, Severity
from netwatch.detect.web.attacks import Attack
from netwatch.detect.web_detector import WebAttackDetector


class HttpXss(WebAttackDetector):
    """Counts such requests by source and server."""

    attack: ClassVar[Attack] = Attack.XSS
    rule: ClassVar[Rule] = Rule(
        "http.xss",
        191,
        "Script in a request",
        Severity.MEDIUM,
        what="A value of a request holds HTML that runs a script: where a page shows the value again, it runs in its "
        "visitors' browsers.",
        benign="An editor of web pages that sends HTML on purpose. Your own scanner.",
        tune="Raise requests, or add your own scanner to ignore_src.",
        mitre=("T1190",),
    )
