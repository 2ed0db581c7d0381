"""sig.payload: what packets, requests, names and certificates hold matches a signature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from netwatch.detect.config import Config
from netwatch.detect.detector import Detector
from netwatch.detect.finding import Finding
from netwatch.detect.http_inspect import HttpBudget
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.rules.buffers import HTTP_RESPONSE
from netwatch.detect.rules.candidate_memory import CandidateMemory
from netwatch.detect.rules.event_inspection import (
    TLS_EVENTS,
    TlsEvent,
    of_http,
    of_query,
    of_tls,
    query_buffers,
    tls_buffers,
    tls_texts,
)
from netwatch.detect.rules.http_buffers import request_buffers, request_text, response_buffers
from netwatch.detect.rules.limits import Limits
from netwatch.detect.rules.packet_rules import Hit, PacketRules
from netwatch.detect.rules.rule_file import OUR_FILES, load_rules
from netwatch.detect.rules.rule_set import RuleSet
from netwatch.detect.rules.variables import variables
from netwatch.detect.waiting_events import WaitingEvents
from netwatch.detect.window import Keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.beginning import Beginning
    from netwatch.detect.observation import Observation
    from netwatch.detect.rules.inspection import Inspection
    from netwatch.detect.rules.rule_file import LoadedRules
    from netwatch.track.flow_batch import FlowBatch
    from netwatch.track.http_transaction import HttpRequest
    from netwatch.track.stream_reader import Moment

T = TypeVar("T")

MOST_NAMES: Final = 4000
"""Queries, and hellos, of one slice of time of a live capture that are searched."""
MOST_REMEMBERED: Final = 10_000
"""Names of queries, and texts of hellos and certificates, of which it is known whether a rule is about them."""
MOST_REQUESTS: Final = 1024
"""Requests of which it is known; one takes 12 kB at most, mostly less than one."""
MOST_WAITING: Final = 10_000
"""Matches in packets that wait for the end of their slice of time."""
_SEVERITIES: Final = {1: Severity.HIGH, 2: Severity.MEDIUM, 3: Severity.LOW}


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Rules have their own thresholds."""

    rules: tuple[str, ...] = ()
    """Files in the Suricata rule language, or of patterns when their name ends in signatures.txt."""
    variables: tuple[str, ...] = ()
    """What $HOME_NET and the like mean, each as NAME=VALUE."""
    shipped: bool = True
    """Use the small set that comes with netwatch as well."""
    max_keys: int = 50_000


class _Count:
    __slots__ = ("matches",)

    def __init__(self) -> None:
        self.matches = 0


class SigPayload(Detector[Thresholds]):
    """Tells of each rule, source and destination."""

    rule: ClassVar[Rule] = Rule(
        "sig.payload",
        195,
        "Signature",
        Severity.MEDIUM,
        what="A packet, request, name or certificate matches a signature; its text says what it looks for. The "
        "severity is that of the rule's class.",
        benign="Whatever the author of the rule did not think of; text about an attack looks like one.",
        tune="Leave the rule out of its file, mute it, or add hosts to ignore_src.",
    )
    defaults: ClassVar[Config] = Thresholds()

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        loaded = loaded_rules(config.rules, config.variables, shipped=config.shipped)
        self._rules = RuleSet(loaded.signatures.values())
        self._packets = PacketRules(self._rules)
        self._limits = Limits()
        self._counts: Keys[_Count] = Keys(config.max_keys, _Count)
        self._budget = HttpBudget()
        self._waiting: WaitingEvents[Hit] = WaitingEvents(MOST_WAITING)
        rules = self._rules
        self._names: CandidateMemory[str] = CandidateMemory(
            MOST_REMEMBERED, lambda name: name, lambda name: rules.any_holds("dns", query_buffers(name))
        )
        self._hellos: CandidateMemory[TlsEvent] = CandidateMemory(
            MOST_REMEMBERED,
            lambda event: tuple(tls_texts(event).items()),
            lambda event: bool(rules.candidates("tls", tls_buffers(event))),
        )
        self._requests: CandidateMemory[HttpRequest] = CandidateMemory(
            MOST_REQUESTS, request_text, lambda request: bool(rules.candidates("http", request_buffers(request)))
        )
        self._names_skipped = 0
        self._most_names: int | None = MOST_NAMES

    def begin(self, beginning: Beginning) -> None:
        """Search everything of a file, however long that takes."""
        self._packets.bounded = beginning.live
        if not beginning.live:
            self._budget.most = self._most_names = None

    def watch(self, batch: PacketBatch, flows: FlowBatch) -> None:
        """Search packets."""
        self._waiting.add(self._packets.search(batch, flows))

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Search requests, responses and names, and tell all matches in the order of their packets."""
        here = self._waiting.take(seen.last)
        for moment, inspection in self._applications(seen):
            here += [Hit(moment, inspection, signature) for signature in self._rules.matching(inspection)]
        here.sort(key=lambda hit: hit.moment.number)
        for hit in here:
            if self._limits.allow(hit.signature, hit.inspection):
                yield self._finding(hit, seen)

    @property
    def held(self) -> int:
        """Rules by source and destination that are followed, and counts of thresholds."""
        return len(self._counts) + len(self._limits)

    @property
    def evicted(self) -> int:
        """Those that left."""
        return self._counts.evicted + self._limits.evicted

    @property
    def skipped(self) -> int:
        """Packets, requests and names that were not searched, and searches that took too long."""
        return (
            self._packets.skipped
            + self._budget.skipped
            + self._names_skipped
            + self._waiting.left_out
            + self._rules.gave_up
        )

    def _applications(self, seen: Observation) -> Iterator[tuple[Moment, Inspection]]:
        if "dns.query" in self._rules.wants:
            queries, left_out = seen.dns.queries(self._most_names, self._names.concerns)
            self._names_skipped += left_out
            for query in queries:
                yield query.moment, of_query(query)
        if self._rules.wants_tls:
            for kind in TLS_EVENTS:
                for event in filter(self._hellos.concerns, self._some(seen.of(kind))):
                    yield event.moment, of_tls(event)
        if not self._rules.wants_http:
            return
        for request in filter(self._requests.concerns, self._budget.requests(seen)):
            yield request.moment, of_http(request, request.moment, request_buffers(request), to_server=True)
        if self._rules.wants.isdisjoint(HTTP_RESPONSE):
            return
        for transaction in self._budget.transactions(seen):
            if transaction.request is not None:
                buffers = response_buffers(transaction)
                yield transaction.moment, of_http(transaction.request, transaction.moment, buffers, to_server=False)

    def _some(self, events: Sequence[T]) -> Sequence[T]:
        """Return as many events as may be searched, and count the others."""
        some = events[: self._most_names]
        self._names_skipped += len(events) - len(some)
        return some

    def _finding(self, hit: Hit, seen: Observation) -> Finding:
        signature, inspection = hit.signature, hit.inspection
        source, target = (
            seen.surroundings.party(end >> 64, end & _LOW) for end in (inspection.source, inspection.destination)
        )
        count = self._counts.at((signature.number, source.entity, target.text))
        count.matches += 1
        evidence = [
            ("rule", f"{signature.number} revision {signature.revision}, {signature.origin}"),
            ("class", signature.classtype or "none"),
            ("text", signature.text[:400]),
        ]
        if signature.techniques():
            evidence.append(("ATT&CK", ", ".join(signature.techniques())))
        if signature.references:
            evidence.append(("references", ", ".join(signature.references)))
        return Finding(
            key=(signature.number, source.entity, target.text),
            moment=hit.moment,
            summary=f"{signature.message}: {source.text} to {target.text}",
            value=count.matches,
            threshold=1,
            source=source.text,
            destination=target.text,
            port=inspection.destination_port,
            protocol=inspection.protocol.upper(),
            actor=source.entity,
            victim=target.text,
            severity=_SEVERITIES.get(signature.priority, Severity.INFO),
            confidence=60,
            evidence=tuple(evidence),
            packets=(hit.moment.number,),
            source_port=inspection.source_port,
            title=signature.message,
        )


_LOW: Final = (1 << 64) - 1


@lru_cache(2)
def loaded_rules(files: tuple[str, ...], chosen: tuple[str, ...], *, shipped: bool) -> LoadedRules:
    """Return the rules of files, read once for a check of the settings and for the captures after it.

    Raises:
        NetwatchError: a file cannot be read, or a variable is written wrongly.
    """
    return load_rules([*(OUR_FILES if shipped else ()), *files], variables(chosen))
