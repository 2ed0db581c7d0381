"""trace.route: somebody asks which routers lie on the way to a host."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from netwatch.decode.addresses import address_text
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Zeek's detect-traceroute."""

    routers: int = threshold(3)
    """Different routers that let packets of one pair of hosts expire within `window_s`."""
    window_s: int = 180
    max_keys: int = 2000


@dataclass(slots=True)
class _Path:
    routers: Distinct = field(default_factory=Distinct)
    recent: Recent = field(default_factory=Recent)


class TraceRoute(KeyedDetector[Thresholds, _Path]):
    """Counts routers that say that time was exceeded, by the ends of the packets that they quote."""

    rule: ClassVar[Rule] = Rule(
        "trace.route",
        110,
        "Route traced",
        Severity.INFO,
        what="Several routers said that packets from one host to another had expired: somebody sends them with small "
        "TTLs to learn the way.",
        benign="traceroute and mtr, which administrators use all day; a loop between routers.",
        tune="Raise routers, or add the host to ignore_src.",
        mitre=("T1016",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("errors",)
    entry: ClassVar[type] = _Path

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each such error."""
        errors = seen.errors
        if errors is None:
            return
        at = errors.exceeded.nonzero()[0]
        columns = ("number", "time_ns", "src_high", "src_low", "dst_high", "dst_low", "reporter_high", "reporter_low")
        for number, time_ns, *ends in zip(*(getattr(errors, name)[at].tolist() for name in columns), strict=True):
            source, target = (seen.surroundings.party(*ends[begin : begin + 2]) for begin in (0, 2))
            path = self.keys.at((source.entity, target.text))
            path.routers.expire(time_ns - self.config.window_s * SECOND)
            router, moment = address_text(*ends[4:]), Moment(time_ns, number)
            if path.routers.add(router, time_ns):
                path.recent.add(moment, router)
            if len(path.routers) >= self.config.routers:
                yield Finding(
                    key=(source.entity, target.text),
                    moment=moment,
                    summary=f"{source.text} traced the route to {target.text}, {len(path.routers)} routers so far",
                    value=len(path.routers),
                    threshold=self.config.routers,
                    window_s=self.config.window_s,
                    source=source.text,
                    destination=target.text,
                    protocol="ICMP",
                    actor=source.entity,
                    victim=target.text,
                    first_ns=path.recent.first_ns,
                    evidence=(("routers", ", ".join(str(one) for one in path.routers)[:300]),),
                    samples=path.recent.samples,
                    packets=path.recent.packets,
                )
