"""dns.tunnel: one client sends too much information below one domain for names to be what it is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from netwatch.decode.addresses import address_text
from netwatch.detect.config import Config, threshold
from netwatch.detect.dns_detector import DnsDetector
from netwatch.detect.dns_roles import query_type
from netwatch.detect.dns_tunnel_names import (
    ALLOWED,
    CARRYING_TYPES,
    MARKED_LABEL,
    ODD_TYPES,
    Subdomains,
    alphabet,
    below,
    has_top_level,
    is_service_name,
)
from netwatch.detect.finding import MOST_SAMPLES, Finding
from netwatch.detect.names.prepare import prepared
from netwatch.detect.names.suffixes import public_suffixes
from netwatch.detect.names.trigrams import Trigrams
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import Keys
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.detect.surroundings import Party
    from netwatch.track.dns_event import DnsEvent

SHORTEST: Final = 8
"""Bytes below a domain with which following it begins; `www` and `mail` say nothing."""
FEW_CLIENTS: Final = 2
"""A domain that more clients than these send much to is a service."""
SLOW_WINDOW_S: Final = 3600
REMEMBERED: Final = 8192
"""Names of which it is remembered what they are made of."""
MOST_ENTRIES: Final = 200_000
"""Names of all domains together that are held."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 6.3; 2,500 bytes an hour is the slowest rate that arXiv 2307.02614 tells from other traffic."""

    names: int = threshold(100)
    """Fast: different names below one domain within `window_s`."""
    mean_bytes: int = 30
    """Bytes of each that are below the domain, on average."""
    window_s: int = 300
    slow_bytes: int = threshold(2500)
    """Slow: bytes of different names within an hour, in at least `slow_names` of them."""
    slow_names: int = threshold(50)
    score: float = 4.5
    """Bits a letter of these names on average: words are below."""
    odd_types: int = threshold(5)
    """Queries of type NULL or 65399, or names marked `dnscat`, within `window_s`."""
    long_names: int = threshold(10)
    """Queries for TXT, KEY, SRV or CNAME with names of 100 bytes or more within `window_s`."""
    answer_bytes: int = 544
    """Mean size of responses, of `slow_names` different names."""
    allowed: tuple[str, ...] = ()
    """Domains of services that use names to carry data; they need ten times as much."""
    max_keys: int = 50_000


class Verdict(NamedTuple):
    """Why something is a tunnel."""

    how: str
    value: float
    threshold: float
    severity: Severity
    window_s: int


class DnsTunnel(DnsDetector[Thresholds, Subdomains]):
    """Counts what is below each registrable domain, by client."""

    rule: ClassVar[Rule] = Rule(
        "dns.tunnel",
        162,
        "Data carried in DNS names",
        Severity.HIGH,
        what="One client asked for very many different names below one domain, or for such that carry data instead of "
        "meaning. Every resolver passes them on to whoever owns the domain, and brings the answers back.",
        benign="Reputation services of mail filters and virus scanners ask like this; the known ones need ten times as "
        "much. A content network may too.",
        tune="Add the domain to allowed, or raise names and slow_bytes.",
        mitre=("T1071.004", "T1572", "T1048.003"),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = Subdomains

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._suffixes = public_suffixes()
        self._trigrams = Trigrams()
        self._clients: Keys[set[str]] = Keys(config.max_keys, set)
        """Clients of each domain, up to one more than FEW_CLIENTS."""
        self._allowed = (*ALLOWED, *(f".{name.lower().strip('.')}" for name in config.allowed))
        self._entries = 0
        self._left = 0
        self._split: dict[str, tuple[str, str]] = {}
        """What parts() said of names: most are asked for over and over."""

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each message."""
        for event in self.roles.messages(seen):
            domain, sub = self._parts(event.name)
            if not sub:
                continue
            kind = query_type(event.message)
            if len(sub) < SHORTEST and kind not in ODD_TYPES:
                continue
            party = seen.surroundings.party(*event.client)
            yield from self._count(event, party, domain or address_text(*event.server), sub, kind)

    def _parts(self, asked: str) -> tuple[str, str]:
        """Return the domain of a name and what is below it, which is empty where a name tells nothing.

        What is sent straight to a tunnel's own server needs no domain: it is empty then.
        """
        found = self._split.get(asked)
        if found is None:
            if len(self._split) >= REMEMBERED:
                self._split.clear()
            name, domain, sub = prepared(asked), "", ""
            if name and not is_service_name(name):
                domain = self._suffixes.delegated(name) if has_top_level(name) else ""
                sub = below(name, domain) if domain else "" if has_top_level(name) else name
            found = self._split[asked] = domain, sub
        return found

    def _count(self, event: DnsEvent, party: Party, domain: str, sub: str, kind: int) -> Iterator[Finding]:
        self._make_room()
        names = self.keys.at((party.entity, domain))
        before = len(names)
        now_ns = event.moment.time_ns
        names.expire(now_ns - SLOW_WINDOW_S * SECOND)
        new = sub not in names and names.add(
            sub,
            now_ns,
            score=self._score(sub),
            odd=kind in ODD_TYPES or sub.startswith(MARKED_LABEL),
            carrying=kind in CARRYING_TYPES and len(event.name) >= names.LONG,
            kind=kind,
        )
        if event.is_response:
            names.add_answer(len(event.message))
        names.packets.append(event.moment.number)
        self._entries += len(names) - before
        clients = self._clients.at(domain)
        if len(clients) <= FEW_CLIENTS:
            clients.add(party.entity)
        verdict = self._verdict(names, domain, len(clients), now_ns) if new and names.due() else None
        if verdict is not None:
            yield self._finding(verdict, names, event, party, domain)

    def _score(self, sub: str) -> float:
        label = max(sub.split("."), key=len)
        return self._trigrams.score(label)

    def _verdict(self, names: Subdomains, domain: str, clients: int, now_ns: int) -> Verdict | None:
        config = self.config
        recent = names.since(now_ns - config.window_s * SECOND)
        allowed = f".{domain}".endswith(self._allowed)
        least = config.names * (10 if allowed else 1)
        if recent.names >= least and recent.size >= config.mean_bytes * recent.names:
            return Verdict("many long names", recent.names, least, Severity.HIGH, config.window_s)
        if allowed:
            return None
        if recent.odd >= config.odd_types:
            return Verdict("types or labels of tunnels", recent.odd, config.odd_types, Severity.HIGH, config.window_s)
        if recent.carrying >= config.long_names:
            return Verdict("long names", recent.carrying, config.long_names, Severity.HIGH, config.window_s)
        hour = names.since(now_ns - SLOW_WINDOW_S * SECOND)
        if hour.names < config.slow_names:
            return None
        if names.mean_answer >= config.answer_bytes:
            return Verdict("large answers", names.mean_answer, config.answer_bytes, Severity.HIGH, SLOW_WINDOW_S)
        if hour.size >= config.slow_bytes and hour.score > config.score * hour.names and clients <= FEW_CLIENTS:
            return Verdict("a slow stream", hour.size, config.slow_bytes, Severity.MEDIUM, SLOW_WINDOW_S)
        return None

    @property
    def evicted(self) -> int:
        """Domains of clients that left."""
        return self._left

    def _make_room(self) -> None:
        """Let the domains that were idle longest go when there are too many, or all together hold too many names."""
        while len(self.keys) > 1 and (self._entries > MOST_ENTRIES or len(self.keys) >= self.config.max_keys):
            key, names = next(iter(self.keys.items()))
            self._entries -= len(names)
            self._left += 1
            self.keys.forget(key)

    def _finding(self, verdict: Verdict, names: Subdomains, event: DnsEvent, party: Party, domain: str) -> Finding:
        seconds = max((event.moment.time_ns - names.first_ns) / SECOND, 1.0)
        samples = tuple(f"{sub}.{domain}" if has_top_level(domain) else sub for sub in names.samples)
        return Finding(
            key=(party.entity, domain),
            moment=event.moment,
            summary=f"{party.text} sent {names.total_size:,} bytes in {names.total:,} names below {domain}",
            value=verdict.value,
            threshold=verdict.threshold,
            window_s=verdict.window_s,
            source=party.text,
            destination=domain,
            protocol="DNS",
            actor=party.entity,
            victim=domain,
            severity=verdict.severity,
            first_ns=names.first_ns,
            evidence=(
                ("why", verdict.how),
                ("domain", domain),
                ("names", f"{names.total:,} different, {names.total_size / max(names.total, 1):.0f} bytes each"),
                ("rate", f"{names.total_size / seconds:.1f} bytes a second"),
                ("query types", names.types_text()),
                ("letters", alphabet(names.samples)),
                ("answers", f"{names.mean_answer:.0f} bytes on average" if names.mean_answer else "none seen"),
            ),
            samples=samples,
            packets=tuple(names.packets)[-MOST_SAMPLES:],
        )
