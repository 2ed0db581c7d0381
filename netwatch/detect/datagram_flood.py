"""The base of the floods of datagrams: UDP and ICMP differ in their words only."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, ClassVar

from netwatch.decode.addresses import address_text
from netwatch.detect.burst_tally import BurstTally, each
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.gather_times import TICKS_A_SECOND
from netwatch.detect.keyed import KeyedDetector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.burst_tally import Burst
    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class FloodThresholds(Config):
    """Video calls and games reach hundreds of packets a second, and get answers."""

    pps: int = threshold(1000)
    """Packets a second to one destination, for `duration_s`."""
    duration_s: int = 5
    reply_ratio: float = 0.05
    """Packets that the destination sends for each that it gets, at most."""
    usual_factor: float = 10.0
    """Times as many as the median of the ten minutes before."""
    fast_pps: int = threshold(8000)
    """So many a second are a flood after one second."""
    suppress_s: int = 600
    max_keys: int = 2000


class DatagramFlood(KeyedDetector[FloodThresholds, BurstTally]):
    """Counts packets of one protocol by destination."""

    defaults: ClassVar[Config] = FloodThresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("bursts",)
    protocols: ClassVar[tuple[int, ...]]
    word: ClassVar[str]
    entry: ClassVar[type] = BurstTally

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Judge every destination with a burst."""
        if seen.bursts is None:
            return
        for burst in each(seen.bursts):
            if burst.protocol not in self.protocols:
                continue
            tally = self.keys.at(burst.target)
            tally.add(burst)
            yield from self._judge(tally, burst)

    def _judge(self, tally: BurstTally, burst: Burst) -> Iterator[Finding]:
        config = self.config
        last = tally.within(config.duration_s)
        second = tally.within(1)
        fast = sum(each.packets for each in second) >= config.fast_pps
        packets, replies = sum(each.packets for each in last), sum(each.replies for each in last)
        lasting = len(last) >= config.duration_s * TICKS_A_SECOND - 1 and packets >= config.pps * config.duration_s
        if not (fast or lasting) or replies > config.reply_ratio * packets:
            return
        before = list(tally.bursts)[: -len(last)]
        usual = median(each.packets for each in before) if len(before) > len(last) else 0
        if usual and packets / len(last) < config.usual_factor * usual and not self._lasts(before, usual):
            return
        yield self._finding(tally, burst, packets / max(len(last), TICKS_A_SECOND) * TICKS_A_SECOND)

    def _lasts(self, before: list[Burst], usual: float) -> bool:
        """Return True when what is usual by now is the flood itself, which began shortly before."""
        return usual * TICKS_A_SECOND >= self.config.pps and sum(each.replies for each in before) == 0

    def _finding(self, tally: BurstTally, burst: Burst, rate: float) -> Finding:
        target = address_text(*burst.target)
        total = sum(each.packets for each in tally.bursts)
        sources = max(each.sources for each in tally.within(self.config.duration_s))
        one = burst.source if sources == 1 else ""
        return Finding(
            key=(burst.target,),
            moment=burst.moment,
            summary=f"{rate:,.0f} {self.word} packets a second from {one or f'{sources:,} sources'} to {target}, "
            "hardly any answered",
            value=total,
            threshold=self.config.pps * self.config.duration_s,
            window_s=self.config.duration_s,
            source=one,
            destination=target,
            port=burst.port,
            protocol=self.word,
            actor=one,
            victim=target,
            first_ns=tally.recent.first_ns,
            evidence=(
                ("packets", f"{total:,} so far"),
                ("sources", f"{sources:,} in {1000 // TICKS_A_SECOND} ms"),
                ("replies", f"{sum(each.replies for each in tally.bursts):,}"),
            ),
            samples=tally.recent.samples,
            packets=tally.recent.packets,
        )
