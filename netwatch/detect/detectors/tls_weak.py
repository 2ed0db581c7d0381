"""tls.weak: a connection uses a version, cipher or key that is broken."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.tls_detector import ANSWERS, TlsDetector
from netwatch.track.tls_event import TlsCertificate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation
    from netwatch.track.tls_event import DatagramAnswer, TlsAnswer

OLD_VERSIONS: Final = frozenset({"SSL 2.0", "SSL 3.0", "TLS 1.0", "TLS 1.1", "SSL 2", "SSL 3", "DTLS 1.0"})
"""RFC 6176, RFC 7568, RFC 8996."""
BROKEN_CIPHER: Final = re.compile(r"NULL|EXPORT|RC4|RC2|(?<!3)DES_CBC_|DES40|3DES|_anon_|IDEA", re.IGNORECASE)
"""RFC 7465, RFC 9325 section 4.1, CVE-2016-2183."""
_RSA: Final = re.compile(r"RSA (\d{1,6})")


NO_PROTECTION: Final = re.compile(r"NULL|EXPORT|DES40|_anon_|SSL [23]|RC2", re.IGNORECASE)
"""What anybody can read: low. The rest needs effort, and is told as info only."""
WORTHLESS_BITS: Final = 1024
"""Of an RSA key that a single machine can break."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """One connection is enough."""

    suppress_s: int = 86400
    rsa_bits: int = 2048
    """Bits of an RSA key below which it is weak (NIST SP 800-131A)."""
    max_keys: int = 20_000


class TlsWeak(TlsDetector[Thresholds]):
    """Tells of each server and weakness."""

    rule: ClassVar[Rule] = Rule(
        "tls.weak",
        182,
        "Weak encryption",
        Severity.LOW,
        what="A server chose a version of TLS before 1.2, or a cipher that is broken, or its key is too short. Whoever "
        "is in between may read or change what is sent.",
        benign="An old device or server that knows nothing better. What takes effort to break, or is inside this "
        "network, is told as info only.",
        tune="Update the server; or add it to ignore_dst.",
        mitre=("T1573",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = (*ANSWERS, TlsCertificate)

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each answer and certificate."""
        for answer in self.answers(seen):
            version, cipher = answer.response.version, answer.response.cipher
            if version in OLD_VERSIONS:
                yield from self._weak(answer, seen, f"version {version}", (("version", version), ("cipher", cipher)))
            elif BROKEN_CIPHER.search(cipher):
                yield from self._weak(answer, seen, f"the cipher {cipher}", (("version", version), ("cipher", cipher)))
        for event in self.bounded(seen.of(TlsCertificate)):
            bits = _RSA.match(event.facts.key)
            if bits is not None and int(bits[1]) < self.config.rsa_bits:
                evidence = (("key", event.facts.key), ("subject", event.facts.subject))
                yield from self._weak(event, seen, f"an RSA key of {bits[1]} bits", evidence)

    def _weak(
        self,
        event: TlsAnswer | DatagramAnswer | TlsCertificate,
        seen: Observation,
        what: str,
        evidence: tuple[tuple[str, str], ...],
    ) -> Iterator[Finding]:
        local = seen.surroundings.party(*event.request.server[:2]).local
        bits = _RSA.search(what.replace("an RSA key of", "RSA"))
        worthless = NO_PROTECTION.search(what) or (bits is not None and int(bits[1]) < WORTHLESS_BITS)
        finding = self.found(
            event,
            seen,
            key=(*event.request.server, what),
            summary=f"{{server}} uses {what}",
            evidence=(("weak", what), *evidence),
            severity=None if worthless and not local else Severity.INFO,
            confidence=90,
        )
        if finding is not None:
            yield finding
