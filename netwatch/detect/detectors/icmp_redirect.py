"""icmp.redirect: somebody who is no router tells a machine to use another way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.link_events import REDIRECT
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.track.host_scope import can_have_name
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 151."""

    redirects: int = threshold(1)
    """Redirects by one sender."""
    max_keys: int = 256


class _Sender:
    __slots__ = ("count", "recent")

    def __init__(self) -> None:
        self.count = 0
        self.recent = Recent()


class IcmpRedirect(KeyedDetector[Thresholds, _Sender]):
    """Counts redirects by sender, those of known routers left out."""

    rule: ClassVar[Rule] = Rule(
        "icmp.redirect",
        151,
        "Redirect by a machine that is no router",
        Severity.MEDIUM,
        what="A machine that is not known as a router told another one to send its packets a different way (ICMP "
        "redirect). Whoever wants to read what others send does that.",
        benign="A router whose packets and answers to ARP were not seen yet, such as at the begin of a capture.",
        tune="Raise redirects, or add the router to ignore_src.",
        mitre=("T1557",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("errors", "neighbours")
    entry: ClassVar[type] = _Sender

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each redirect of the slice."""
        for sender, told, target, moment in sorted(_redirects(seen), key=lambda each: each[3]):
            if not can_have_name(*sender):  # hosts believe only their router (RFC 1122 section 3.2.2.2)
                continue
            mac = seen.surroundings.mac_of(*sender)
            if seen.surroundings.is_gateway(*sender) or seen.surroundings.is_router(mac):
                continue
            if seen.forwarders.sends_on(mac, sender):
                continue
            source, victim, beyond = (seen.surroundings.party(*end) for end in (sender, told, target))
            state = self.keys.at(source.entity)
            state.count += 1
            state.recent.add(moment, f"{victim.text} is to reach {beyond.text} another way")
            if state.count >= self.config.redirects:
                yield Finding(
                    key=(source.entity,),
                    moment=moment,
                    summary=f"{source.text}, no router, redirected packets of {victim.text} to {beyond.text}",
                    value=state.count,
                    threshold=self.config.redirects,
                    source=source.text,
                    destination=victim.text,
                    protocol="ICMP",
                    actor=source.entity,
                    victim=victim.text,
                    first_ns=state.recent.first_ns,
                    evidence=(("redirects", str(state.count)), ("destination", beyond.text)),
                    samples=state.recent.samples,
                    packets=state.recent.packets,
                )


def _redirects(seen: Observation) -> Iterator[tuple[tuple[int, int], tuple[int, int], tuple[int, int], Moment]]:
    """Yield (sender, who is told, whose packets go elsewhere, packet) of ICMP and ICMPv6 (RFC 792, RFC 4861)."""
    errors = seen.errors
    if errors is not None:
        at = errors.redirect.nonzero()[0]
        columns = ("number", "time_ns", "reporter_high", "reporter_low", "src_high", "src_low", "dst_high", "dst_low")
        for number, time_ns, *ends in zip(*(getattr(errors, name)[at].tolist() for name in columns), strict=True):
            yield (ends[0], ends[1]), (ends[2], ends[3]), (ends[4], ends[5]), Moment(time_ns, number)
    for event in seen.neighbours:
        if event.type == REDIRECT:
            yield event.source, event.destination, event.target, event.moment
