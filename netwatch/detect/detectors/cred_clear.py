"""cred.clear: somebody's password crosses the network unencrypted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.addresses import address_text
from netwatch.detect.config import Config
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.rule import Rule, Severity
from netwatch.track.application_events import CommunitySeen, Login, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.track.stream_reader import Stream

MOST_A_SLICE: Final = 2000
ANONYMOUS: Final = frozenset({"anonymous", "ftp", "guest"})
"""User names whose password is none."""
LOOPBACK: Final = ("127.", "::1")


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """One is enough."""


class _Count:
    __slots__ = ("times",)

    def __init__(self) -> None:
        self.times = 0


class CredClear(KeyedDetector[Thresholds, _Count]):
    """Tells of each source, target, protocol and user."""

    rule: ClassVar[Rule] = Rule(
        "cred.clear",
        210,
        "Password in clear",
        Severity.MEDIUM,
        what="A password, token or community was sent without encryption: everybody on the way can read it and use it. "
        "Netwatch keeps only the first digits of its digest, which tell whether two are the same.",
        benign="A test account; a device that cannot do better. To a host of this network it is told as info only.",
        tune="Use the encrypted form of the protocol; or add the device to ignore_dst.",
        mitre=("T1552",),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = _Count
    needs: ClassVar[tuple[str | type, ...]] = (Login, CommunitySeen)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each login and community."""
        events: list[Login | CommunitySeen] = [*seen.of(Login), *seen.of(CommunitySeen)]
        self.left_out += max(len(events) - MOST_A_SLICE, 0)
        for event in events[:MOST_A_SLICE]:
            if address_text(event.stream.responder_high, event.stream.responder_low).startswith(LOOPBACK):
                continue
            if isinstance(event, CommunitySeen):
                severity = Severity.INFO if event.public else None
                user = "the community public" if event.public else "a community"
                yield self._finding(event.stream, event, seen, f"SNMP {event.version}", user, event.secret, severity)
            elif event.secret and event.user.lower() not in ANONYMOUS:
                how = f"{event.protocol} {event.method}".strip()
                worked = {Outcome.SUCCESS: ", it worked", Outcome.FAILURE: ", it did not work"}.get(event.outcome, "")
                yield self._finding(
                    event.stream, event, seen, how, event.user or "no user name", event.secret, None, worked
                )

    def _finding(
        self,
        stream: Stream,
        event: Login | CommunitySeen,
        seen: Observation,
        how: str,
        user: str,
        secret: str,
        severity: Severity | None,
        worked: str = "",
    ) -> Finding:
        source = seen.surroundings.party(stream.initiator_high, stream.initiator_low)
        target = seen.surroundings.party(stream.responder_high, stream.responder_low)
        key = source.entity, target.text, how.partition(" ")[0], user
        count = self.keys.at(key)
        count.times += 1
        if severity is None:
            severity = Severity.INFO if target.local else self.rule.severity
        evidence = [("user", user), ("how", f"{how}{worked}")]
        if secret:
            evidence.append(("digest of the password", f"{secret}..."))
        return Finding(
            key=key,
            moment=event.moment,
            summary=f"{source.text} sent a password in clear to {target.text}: {how}, {user}",
            value=count.times,
            threshold=1,
            source=source.text,
            destination=target.text,
            port=stream.responder_port,
            protocol=how.partition(" ")[0],
            actor=source.entity,
            victim=target.text,
            severity=severity,
            confidence=95,
            evidence=tuple(evidence),
            packets=(event.moment.number,),
            source_port=stream.initiator_port,
        )
