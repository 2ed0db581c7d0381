"""RuleSet: signatures ready to be evaluated, and the ones among them that an event may match."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from netwatch.detect.rules.buffers import PAYLOAD, RESPONSE
from netwatch.detect.rules.multi_search import multi_search
from netwatch.detect.rules.search import Search, transformed
from netwatch.detect.rules.signature import fast_pattern

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from netwatch.detect.rules.inspection import Inspection
    from netwatch.detect.rules.multi_search import MultiSearch
    from netwatch.detect.rules.signature import Signature

Searches: TypeAlias = dict[tuple[str, tuple[str, ...]], Search]
"""What is searched of one event, by buffer and transforms."""
COVERS: Final = {
    "tcp": ("tcp", "ip"), "udp": ("udp", "ip"), "icmp": ("icmp", "ip"), "ip": ("ip",), "http": ("http", "tcp", "ip"),
    "dns": ("dns", "udp", "tcp", "ip"), "tls": ("tls", "tcp", "ip"),
}  # fmt: skip
"""Protocols of rules that an event of a protocol may match."""


@dataclass(slots=True)
class _Place:
    """Rules whose fast pattern is looked for in one buffer after the same transforms."""

    patterns: dict[bytes, list[Signature]] = field(default_factory=dict)
    searcher: MultiSearch | None = None
    rules: tuple[tuple[Signature, ...], ...] = ()
    sizes: tuple[int, ...] = ()


class RuleSet:
    """Signatures, grouped by the buffer that their fast pattern is in. Immutable once made, but for counters."""

    def __init__(self, signatures: Iterable[Signature]) -> None:
        self.signatures = tuple(signatures)
        self.gave_up = 0
        """Searches that took too long."""
        self._places: dict[tuple[str, tuple[str, ...]], _Place] = {}
        self._always: dict[str, list[Signature]] = {}
        for signature in self.signatures:
            self._add(signature)
        for place in self._places.values():
            place.searcher = multi_search(tuple(place.patterns))
            place.rules = tuple(map(tuple, place.patterns.values()))
            place.sizes = tuple(map(len, place.patterns))
        self.wants = frozenset(group.buffer for signature in self.signatures for group in signature.buffers)
        """Buffers that any rule looks into."""
        self.wants_http = any(signature.protocol == "http" for signature in self.signatures)
        self.wants_tls = any(signature.protocol == "tls" for signature in self.signatures)
        self.without_pattern_in_payload = tuple(
            signature
            for signature in self.signatures
            if signature.of_packets and signature.buffers and not _fast_in_payload(signature)
        )
        """Rules of packets that have no fast pattern, or one of transformed payloads."""
        self._payload = self._places.get((PAYLOAD, ()), _Place())

    def __len__(self) -> int:
        return len(self.signatures)

    def matching(self, inspection: Inspection) -> Iterator[Signature]:
        """Yield the signatures that an event matches, thresholds not counted."""
        yield from self.of(inspection, self.candidates(inspection.protocol, inspection.buffers))

    def of(self, inspection: Inspection, candidates: Iterable[Signature]) -> Iterator[Signature]:
        """Yield which of the candidates an event matches."""
        searches: Searches = {}
        for signature in candidates:
            if applies(signature, inspection) and self._holds(signature, inspection.buffers, searches):
                yield signature
        self.gave_up += sum(search.gave_up for search in searches.values())

    def any_holds(self, protocol: str, buffers: Mapping[str, bytes]) -> bool:
        """Return whether a signature finds all that it looks for in buffers; whose they are is not asked."""
        searches: Searches = {}
        found = any(self._holds(each, buffers, searches) for each in self.candidates(protocol, buffers))
        self.gave_up += sum(search.gave_up for search in searches.values())
        return found

    def candidates(self, protocol: str, buffers: Mapping[str, bytes]) -> list[Signature]:
        """Return the signatures whose fast pattern is in buffers of a protocol, and those without one."""
        found: dict[int, Signature] = {}
        for (buffer, transforms), place in self._places.items():
            data = buffers.get(buffer)
            if not data or place.searcher is None:
                continue
            for index, _ in place.searcher.find(transformed(data, transforms).lower()):
                for signature in place.rules[index]:
                    found[id(signature)] = signature
        return [*found.values(), *self.without_pattern(protocol)]

    def find_in_payloads(self, data: bytes) -> Iterator[tuple[int, int, int]]:
        """Yield (pattern, begin, size) of every fast pattern of payloads that is in `data`, whatever its case."""
        if self._payload.searcher is not None:
            sizes = self._payload.sizes
            for index, start in self._payload.searcher.find(data.lower()):
                yield index, start, sizes[index]

    def with_pattern(self, index: int) -> tuple[Signature, ...]:
        """Return the rules of packets with a fast pattern of payloads."""
        return self._payload.rules[index]

    def without_pattern(self, protocol: str) -> list[Signature]:
        """Return the signatures of a protocol that have no fast pattern."""
        return [each for name in COVERS[protocol] for each in self._always.get(name, ())]

    def _add(self, signature: Signature) -> None:
        fast = fast_pattern(signature)
        if fast is None:
            self._always.setdefault(signature.protocol, []).append(signature)
            return
        buffer, transforms, data = fast
        self._places.setdefault((buffer, transforms), _Place()).patterns.setdefault(data, []).append(signature)

    def _holds(self, signature: Signature, buffers: Mapping[str, bytes], searches: Searches) -> bool:
        for group in signature.buffers:
            key = group.buffer, group.transforms
            search = searches.get(key)
            if search is None:
                data = buffers.get(group.buffer)
                if data is None:
                    return False
                search = searches[key] = Search(transformed(data, group.transforms))
            if not search.matches(group.tests):
                return False
        return True


def applies(signature: Signature, inspection: Inspection) -> bool:
    """Return True where a signature is about such an event, whatever its buffers hold."""
    if signature.protocol not in COVERS[inspection.protocol]:
        return False
    if {signature.established, inspection.established} == {True, False}:  # None is for any, or not known
        return False
    if signature.to_server is not None and signature.to_server is not inspection.to_server:
        return False
    if inspection.protocol in ("http", "tls") and _of_response(signature) is inspection.to_server:
        return False
    return _ends(signature, inspection) and _packet(signature, inspection)


def _fast_in_payload(signature: Signature) -> bool:
    fast = fast_pattern(signature)
    return fast is not None and fast[:2] == (PAYLOAD, ())


def _of_response(signature: Signature) -> bool:
    """Rules that look into what a server says are asked when it has, all others when the client has."""
    return signature.to_server is False or any(group.buffer in RESPONSE for group in signature.buffers)


def _ends(signature: Signature, inspection: Inspection) -> bool:
    source, destination = inspection.source, inspection.destination
    port, other = inspection.source_port, inspection.destination_port
    if (
        source in signature.source
        and destination in signature.destination
        and port in signature.source_port
        and other in signature.destination_port
    ):
        return True
    return (
        signature.both_ways
        and destination in signature.source
        and source in signature.destination
        and other in signature.source_port
        and port in signature.destination_port
    )


def _packet(signature: Signature, inspection: Inspection) -> bool:
    fields = inspection.packet
    if signature.flags is not None and ("flags" not in fields or not signature.flags.allows(fields["flags"])):
        return False
    return all(name in fields and fields[name] in allowed for name, allowed in signature.packet)
