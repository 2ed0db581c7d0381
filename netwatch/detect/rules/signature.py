"""Signature: one rule in a form that can be evaluated; frozen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.detect.rules.content import Content
from netwatch.detect.rules.expression import Expression

if TYPE_CHECKING:
    from netwatch.detect.rules.numbers import Comparison
    from netwatch.detect.rules.ranges import Ranges

SHORTEST_FAST: Final = 3
"""Bytes that a content needs for a search that comes before evaluation; shorter ones are everywhere."""


@dataclass(frozen=True, slots=True)
class Size:
    """The size of the buffer."""

    allowed: Comparison


@dataclass(frozen=True, slots=True)
class HasData:
    """There are at least so many bytes, or not."""

    size: int
    negated: bool
    relative: bool


Test = Content | Expression | Size | HasData


@dataclass(frozen=True, slots=True)
class BufferTests:
    """What must hold in one buffer, in order."""

    buffer: str
    transforms: tuple[str, ...]
    tests: tuple[Test, ...]


@dataclass(frozen=True, slots=True)
class FlagTest:
    """Which TCP flags a packet has: `mode` is empty for exactly these, + for at least, * for any, ! for none."""

    flags: int
    mode: str
    ignored: int

    def allows(self, flags: int) -> bool:
        """Return True where `flags` fit."""
        flags &= ~self.ignored
        match self.mode:
            case "+":
                return flags & self.flags == self.flags
            case "*":
                return bool(flags & self.flags)
            case "!":
                return not flags & self.flags
            case _:
                return flags == self.flags


@dataclass(frozen=True, slots=True)
class Limit:
    """How often a rule may tell, or must match before it tells (Suricata user guide, Thresholding Keywords)."""

    kind: str
    """limit, threshold, both or detection_filter."""
    track: str
    """by_src, by_dst, by_both or by_rule."""
    count: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Signature:
    """One rule; texts are printable."""

    number: int
    """The `sid`."""
    generator: int
    revision: int
    message: str
    text: str
    """The rule as it was written."""
    origin: str
    """File and line."""
    protocol: str
    """tcp, udp, icmp, ip, http, dns or tls."""
    source: Ranges
    source_port: Ranges
    destination: Ranges
    destination_port: Ranges
    both_ways: bool
    classtype: str
    priority: int
    """1 is the worst, 4 the least."""
    references: tuple[str, ...]
    metadata: tuple[tuple[str, str], ...]
    established: bool | None
    to_server: bool | None
    """None where the rule does not say."""
    buffers: tuple[BufferTests, ...]
    packet: tuple[tuple[str, Comparison], ...]
    """Fields of a packet: dsize, itype, icode, ttl, ip_proto, window."""
    flags: FlagTest | None
    limit: Limit | None
    """Of the rule itself."""
    filter: Limit | None
    """`detection_filter`."""

    @property
    def of_packets(self) -> bool:
        """True where only single packets can tell."""
        return self.protocol in ("tcp", "udp", "icmp", "ip") and all(each.buffer == "pkt_data" for each in self.buffers)

    @property
    def of_headers(self) -> bool:
        """True where nothing is said but protocol, addresses, ports and direction."""
        return self.of_packets and not self.buffers and self.flags is None and not self.packet

    def techniques(self) -> tuple[str, ...]:
        """Return the identifiers of MITRE ATT&CK techniques that the author named."""
        return tuple(value for name, value in self.metadata if name == "mitre_technique_id")


def fast_pattern(signature: Signature) -> tuple[str, tuple[str, ...], bytes] | None:
    """Return (buffer, transforms, lower-case bytes) of the content that is searched for first, None for none.

    It is the one that the author marked, else the longest; a negated one or a very short one cannot be it.
    """
    best: tuple[tuple[bool, int], str, tuple[str, ...], bytes] | None = None
    for group in signature.buffers:
        for test in group.tests:
            if isinstance(test, Content) and not test.negated and len(test.data) >= SHORTEST_FAST:
                rank = test.fast, len(test.data)
                if best is None or rank > best[0]:
                    best = rank, group.buffer, group.transforms, test.data.lower()
    return None if best is None else best[1:]
