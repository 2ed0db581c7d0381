"""icmp.tunnel: data inside echo requests and replies."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from math import log2
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation

HIGH_ENTROPY: Final = 6.0
"""Bits a byte, in 256 bytes or more: of data that is encrypted or compressed."""
STAMP: Final = 24
"""Bytes at the start of an echo of ping that change each time: seconds and microseconds, 16 bytes at most, and what
some systems put before them. Behind it is the same pattern always, of all values of a byte where the echo is large."""
WAITING: Final = 64
"""Requests of one pair whose reply is compared."""
SMALLEST_PACKET: Final = 20


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """ping sends the same bytes each time but for a time stamp, and the reply has to repeat them (RFC 792)."""

    large: int = threshold(10)
    """Echoes of `least_bytes` or more whose content changes and has high entropy, within `window_s`."""
    least_bytes: int = 256
    differing: int = threshold(5)
    """Replies that do not repeat their request."""
    packets: int = threshold(5)
    """Echoes that carry a whole IP packet."""
    window_s: int = 600
    max_keys: int = 2000


@dataclass(slots=True)
class _Pair:
    began_ns: int = 0
    large: set[int] = field(default_factory=set)
    differing: int = 0
    inside: int = 0
    total: int = 0
    requests: OrderedDict[tuple[int, int], bytes] = field(default_factory=OrderedDict)
    recent: Recent = field(default_factory=Recent)


class IcmpTunnel(KeyedDetector[Thresholds, _Pair]):
    """Compares payloads by pair of addresses."""

    rule: ClassVar[Rule] = Rule(
        "icmp.tunnel",
        172,
        "Tunnel in ICMP echoes",
        Severity.MEDIUM,
        what="Echo requests or replies carry data: whole IP packets, replies that do not repeat their request, or "
        "large contents that change and look encrypted. Filters often let echoes pass.",
        benign="Path monitors that fill echoes with random bytes.",
        tune="Raise large, differing or packets, or add the monitor to ignore_src.",
        mitre=("T1095", "T1572"),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("echoes",)
    entry: ClassVar[type] = _Pair

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at the echoes whose content was kept."""
        echoes = seen.echoes
        if echoes is None:
            return
        for index in [index for index, sample in enumerate(echoes.sample) if sample]:
            source = int(echoes.src_high[index]), int(echoes.src_low[index])
            target = int(echoes.dst_high[index]), int(echoes.dst_low[index])
            request = bool(echoes.request[index])
            asker, answerer = (source, target) if request else (target, source)
            pair = self.keys.at((asker, answerer))
            moment = Moment(int(echoes.time_ns[index]), int(echoes.number[index]))
            if moment.time_ns - pair.began_ns > self.config.window_s * SECOND:
                pair = self._anew(asker, answerer, moment)
            self._look(pair, moment, echoes.sample[index], int(echoes.size[index]))
            key = int(echoes.identifier[index]), int(echoes.seq[index])
            self._match(pair, key, echoes.sample[index], request=request)
            if self._crossed(pair):
                yield self._finding(pair, seen, moment, (asker, answerer))

    def _anew(self, asker: tuple[int, int], answerer: tuple[int, int], moment: Moment) -> _Pair:
        self.keys.forget((asker, answerer))
        pair = self.keys.at((asker, answerer))
        pair.began_ns = moment.time_ns
        return pair

    def _look(self, pair: _Pair, moment: Moment, sample: bytes, size: int) -> None:
        pair.total += size
        pair.recent.add(moment, f"{size:,} bytes: {sample[:32].hex()}")
        if _holds_packet(sample, size):
            pair.inside += 1
        if size >= self.config.least_bytes and len(pair.large) < 10_000 and _entropy(sample) >= HIGH_ENTROPY:
            pair.large.add(hash(sample[STAMP:]))

    @staticmethod
    def _match(pair: _Pair, key: tuple[int, int], sample: bytes, *, request: bool) -> None:
        if request:
            pair.requests[key] = sample
            pair.requests.move_to_end(key)
            if len(pair.requests) > WAITING:
                pair.requests.popitem(last=False)
            return
        asked = pair.requests.pop(key, None)
        if asked is not None and asked != sample:
            pair.differing += 1

    def _crossed(self, pair: _Pair) -> bool:
        config = self.config
        large = len(pair.large) >= config.large
        return large or pair.differing >= config.differing or pair.inside >= config.packets

    def _finding(
        self, pair: _Pair, seen: Observation, moment: Moment, ends: tuple[tuple[int, int], tuple[int, int]]
    ) -> Finding:
        source, target = seen.surroundings.party(*ends[0]), seen.surroundings.party(*ends[1])
        value, least = max(
            (len(pair.large), self.config.large),
            (pair.differing, self.config.differing),
            (pair.inside, self.config.packets),
            key=lambda count: count[0] / count[1],
        )
        return Finding(
            key=ends,
            moment=moment,
            summary=f"{source.text} and {target.text} carry {pair.total:,} bytes in ICMP echoes",
            value=value,
            threshold=least,
            window_s=self.config.window_s,
            source=source.text,
            destination=target.text,
            protocol="ICMP",
            actor=source.entity,
            victim=target.text,
            confidence=90 if pair.inside else 75,
            first_ns=pair.recent.first_ns,
            evidence=(
                ("IP packets inside", f"{pair.inside:,}"),
                ("replies unlike requests", f"{pair.differing:,}"),
                ("large and changing", f"{len(pair.large):,}"),
                ("bytes", f"{pair.total:,}"),
            ),
            samples=pair.recent.samples,
            packets=pair.recent.packets,
        )


def _holds_packet(sample: bytes, size: int) -> bool:
    """Return True for content that is an IPv4 packet of just this size, perhaps behind a few bytes of a header."""
    for at in (0, 4, 8):
        head = sample[at : at + SMALLEST_PACKET]
        if len(head) == SMALLEST_PACKET and head[0] == 0x45 and int.from_bytes(head[2:4]) == size - at:
            return True
    return False


def _entropy(data: bytes) -> float:
    total = len(data)
    counts = [data.count(value) for value in set(data)]
    return -sum(count / total * log2(count / total) for count in counts)
