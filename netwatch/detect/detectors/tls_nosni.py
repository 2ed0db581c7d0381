"""tls.nosni: a client does not say which name it wants of a server elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config, threshold
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.tls_detector import HELLOS, TlsDetector
from netwatch.track.web_transaction import WebKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md section 3."""

    connections: int = threshold(3)
    """Without a name, of one client to one server."""
    max_keys: int = 20_000


class TlsNosni(TlsDetector[Thresholds]):
    """Counts connections by client and server."""

    rule: ClassVar[Rule] = Rule(
        "tls.nosni",
        184,
        "TLS without a server name",
        Severity.INFO,
        what="A client opened TLS to a server elsewhere, several times, and never said which name it wants. Browsers "
        "always do; programs that were given an address only do not.",
        benign="VPNs, messengers, and programs that bring their own certificates.",
        tune="Raise connections, or add the server to ignore_dst.",
        mitre=("T1573.002",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = HELLOS

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each hello."""
        for event in self.hellos(seen):
            request = event.request
            if request.kind == WebKind.DTLS:
                continue  # calls in a browser (WebRTC) never name a server
            hidden = any("ech" in note.lower() or "encrypted client" in note.lower() for note in request.notes)
            if request.name or hidden or seen.surroundings.party(*request.server[:2]).local:
                continue
            source = seen.surroundings.party(*request.client[:2])
            finding = self.found(
                event,
                seen,
                key=(source.entity, *request.server[:2]),
                summary=f"{{client}} talks {request.kind.name} to {{server}} without a server name",
                evidence=(("JA4", request.ja4), ("version", request.version)),
                least=self.config.connections,
                confidence=50,
            )
            if finding is not None:
                yield finding
