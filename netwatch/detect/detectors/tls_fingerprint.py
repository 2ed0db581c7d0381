"""tls.fingerprint: a client says hello like a program on the user's list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from netwatch.detect.config import Config
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.tls_detector import HELLOS, TlsDetector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Nothing is listed unless the user does."""

    fingerprints: tuple[str, ...] = ()
    """JA3 or JA4 of clients, each alone or as `FINGERPRINT NAME`."""


class TlsFingerprint(TlsDetector[Thresholds]):
    """Tells of each client and fingerprint."""

    rule: ClassVar[Rule] = Rule(
        "tls.fingerprint",
        183,
        "Listed TLS client",
        Severity.LOW,
        what="A client said hello with a JA3 or JA4 that is on your list. Programs are told by it as people by their "
        "handwriting: several may have the same, and one may have several.",
        benign="Another program that uses the same library.",
        tune="Take the fingerprint off the list, or add the client to ignore_src.",
        mitre=("T1071.001",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = HELLOS

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        parts = [entry.split(None, 1) for entry in config.fingerprints if entry.strip()]
        self._listed = {part[0].lower(): part[1] if len(part) > 1 else part[0] for part in parts}

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each hello."""
        if not self._listed:
            return
        for event in self.hellos(seen):
            for fingerprint in (event.request.ja3, event.request.ja4):
                if fingerprint.lower() not in self._listed:
                    continue
                source = seen.surroundings.party(*event.request.client[:2])
                name = self._listed[fingerprint.lower()]
                finding = self.found(
                    event,
                    seen,
                    key=(source.entity, fingerprint),
                    summary=f"{{client}} says hello to {{server}} like {name}",
                    evidence=(("fingerprint", fingerprint), ("listed as", name)),
                    confidence=50,
                )
                if finding is not None:
                    yield finding
