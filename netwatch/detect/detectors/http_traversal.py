"""http.traversal: paths out of their folder in requests."""

from __future__ import annotations

from typing import ClassVar

from netwatch.detect.rule import Rule, Severity
from netwatch.detect.web.attacks import Attack
from netwatch.detect.web_detector import WebAttackDetector


class HttpTraversal(WebAttackDetector):
    """Counts such requests by source and server."""

    attack: ClassVar[Attack] = Attack.TRAVERSAL
    rule: ClassVar[Rule] = Rule(
        "http.traversal",
        192,
        "Path traversal in a request",
        Severity.MEDIUM,
        what="A value of a request climbs out of its folder to a file of the system, such as the list of users.",
        benign="A file manager that is asked for such a file on purpose. Your own scanner.",
        tune="Raise requests, or add your own scanner to ignore_src.",
        mitre=("T1190",),
    )
