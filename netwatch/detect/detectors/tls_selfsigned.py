"""tls.selfsigned: a server vouches for itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.tls_detector import TlsDetector
from netwatch.track.tls_event import TlsCertificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """One connection is enough."""

    suppress_s: int = 86400
    max_keys: int = 20_000


class TlsSelfsigned(TlsDetector[Thresholds]):
    """Tells of each server and certificate."""

    rule: ClassVar[Rule] = Rule(
        "tls.selfsigned",
        181,
        "Self-signed certificate",
        Severity.LOW,
        what="A server elsewhere shows a certificate that nobody but itself signed. Clients cannot know who it is; "
        "malware talks to its master like this. TLS 1.3 encrypts certificates, so that nothing is known of them.",
        benign="A private server that its clients know; printers and routers have such certificates, which is why "
        "those of this network are told as info only.",
        tune="Add the server to ignore_dst.",
        mitre=("T1587.003",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = (TlsCertificate,)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each certificate."""
        for event in self.bounded(seen.of(TlsCertificate)):
            facts = event.facts
            if not facts.readable or not facts.self_signed:
                continue
            local = seen.surroundings.party(*event.request.server[:2]).local
            finding = self.found(
                event,
                seen,
                key=(*event.request.server, event.fingerprint),
                summary="{server} shows a certificate that it signed itself",
                evidence=(
                    ("subject", facts.subject or "none"),
                    ("names", ", ".join(facts.names[:5]) or "none"),
                    ("key", facts.key),
                    ("fingerprint", event.fingerprint),
                ),
                severity=Severity.INFO if local else None,
            )
            if finding is not None:
                yield finding
