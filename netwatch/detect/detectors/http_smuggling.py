"""http.smuggling: requests of which a proxy and the server behind it may read different ends."""

from __future__ import annotations

from typing import ClassVar

from netwatch.detect.rule import Rule, Severity
from netwatch.detect.web.attacks import Attack
from netwatch.detect.web_detector import WebAttackDetector


class HttpSmuggling(WebAttackDetector):
    """Counts such requests by source and server."""

    attack: ClassVar[Attack] = Attack.SMUGGLING
    rule: ClassVar[Rule] = Rule(
        "http.smuggling",
        196,
        "Ambiguous length or host in a request",
        Severity.MEDIUM,
        what="The head of a request has two lengths, a length and a transfer coding, a coding that there is not, or "
        "two hosts. Where a proxy and the server behind it read it differently, the rest of it becomes a request of "
        "its own that the proxy never checked.",
        benign="A faulty client or proxy that sends such heads to everybody. Your own scanner.",
        tune="Raise requests, or add the client to ignore_src.",
        mitre=("T1190",),
    )
