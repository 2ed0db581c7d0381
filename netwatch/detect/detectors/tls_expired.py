"""tls.expired: a server shows a certificate outside the time in which it is valid."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.tls_detector import TlsDetector
from netwatch.nanoseconds import SECOND
from netwatch.plural import counted
from netwatch.track.tls_event import TlsCertificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation

FAR_OFF: Final = 365
"""Days before its first one: nobody installs a certificate so early."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """One connection is enough."""

    suppress_s: int = 86400
    max_keys: int = 20_000


class TlsExpired(TlsDetector[Thresholds]):
    """Tells of each server and certificate."""

    rule: ClassVar[Rule] = Rule(
        "tls.expired",
        180,
        "Certificate out of its time",
        Severity.LOW,
        what="A server shows a certificate that expired, or is not valid yet. Whoever accepts it anyway accepts any "
        "other too. With TLS 1.3 certificates are encrypted, so that nothing is known of them.",
        benign="Somebody forgot to renew it; a device whose clock is wrong.",
        tune="Renew it; or add the device to ignore_dst. To a host of this network it is told as info only.",
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = (TlsCertificate,)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each certificate."""
        for event in self.bounded(seen.of(TlsCertificate)):
            facts, now = event.facts, event.moment.time_ns // SECOND
            if not facts.readable or facts.not_before <= now <= facts.not_after:
                continue
            early = now < facts.not_before
            limit = _day(facts.not_before if early else facts.not_after)
            days = abs(now - (facts.not_before if early else facts.not_after)) // 86400
            what = "is not valid before" if early else "expired on"
            local = seen.surroundings.party(*event.request.server[:2]).local
            odd_clock = early and days > FAR_OFF
            finding = self.found(
                event,
                seen,
                key=(*event.request.server, event.fingerprint),
                summary=f"the certificate of {{server}} {what} {limit}, {counted(days, 'days')} off",
                evidence=(
                    ("subject", facts.subject or "none"),
                    ("issuer", facts.issuer or "none"),
                    ("valid", f"{_day(facts.not_before)} to {_day(facts.not_after)}"),
                    ("fingerprint", event.fingerprint),
                    *([("but", "more likely the clock of this capture is wrong")] if odd_clock else []),
                ),
                severity=Severity.INFO if local or odd_clock else None,
                confidence=20 if odd_clock else 95,
            )
            if finding is not None:
                yield finding


def _day(seconds: int) -> str:
    try:
        return datetime.fromtimestamp(seconds, UTC).date().isoformat()
    except (ValueError, OverflowError, OSError):
        return f"second {seconds}"
