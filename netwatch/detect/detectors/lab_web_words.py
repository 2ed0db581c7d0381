"""lab.web_words: the plain rule of a classroom for words of SQL and of scripts in requests."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config, Profile
from netwatch.detect.finding import Finding
from netwatch.detect.http_detector import HttpDetector
from netwatch.detect.http_inspect import target_of
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.web.decode import decoded
from netwatch.track.http_transaction import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation

WORDS: Final = re.compile(
    r"(?P<sql>select\b.{0,200}?\bfrom\b|union\b.{0,40}?\bselect|drop table|insert into|\bor 1 ?= ?1|--(?: |$))"
    r"|(?P<script><script|javascript:|onerror ?=|onload ?=)"
)
"""In decoded requests."""


@dataclass(frozen=True, slots=True)
class Words(Config):
    """No threshold: one request is enough."""


class _Count:
    __slots__ = ("requests",)

    def __init__(self) -> None:
        self.requests = 0


class LabWebWords(HttpDetector[Words, _Count]):
    """Tells of each source and server with such requests."""

    rule: ClassVar[Rule] = Rule(
        "lab.web_words",
        262,
        "Words of an attack in a request",
        Severity.MEDIUM,
        what="A request holds words of SQL or of scripts, wherever they stand.",
        benign="Searches and forms hold such words every day, which is why the balanced profile looks at how they "
        "stand in a value instead.",
        tune="Use the balanced profile.",
        mitre=("T1190",),
    )
    profiles: ClassVar[frozenset[Profile]] = frozenset({Profile.LAB})
    defaults: ClassVar[Config] = Words()
    needs: ClassVar[tuple[str | type, ...]] = (HttpRequest,)
    entry: ClassVar[type] = _Count

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each request."""
        for request in self.budget.requests(seen):
            text = f"{request.uri.decode('utf-8', 'replace')} {request.body.decode('utf-8', 'replace')}"
            found = WORDS.search(decoded(text))
            if found is None:
                continue
            kind = "SQL" if found["sql"] else "a script"
            source, target = (seen.surroundings.party(*end[:2]) for end in (request.client, request.server))
            count = self.keys.at((source.entity, target.text, kind))
            count.requests += 1
            yield Finding(
                key=(source.entity, target.text, kind),
                moment=request.moment,
                summary=f"{source.text} sent words of {kind} to {request.host or target.text}",
                value=count.requests,
                threshold=1,
                source=source.text,
                destination=target.text,
                port=request.server[2],
                protocol="HTTP",
                actor=source.entity,
                victim=target.text,
                confidence=30,
                evidence=(("request", target_of(request)), ("words of", kind)),
                samples=(target_of(request),),
                packets=(request.moment.number,),
                source_port=request.client[2],
            )
