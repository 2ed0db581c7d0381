"""dns.doh: a client looks names up over TLS, where nobody here sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.tls_detector import HELLOS, TlsDetector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.finding import Finding
    from netwatch.detect.observation import Observation

PROVIDERS: Final = (
    "dns.google", "dns.google.com", "dns64.dns.google", "8888.google", "cloudflare-dns.com", "one.one.one.one",
    "1dot1dot1dot1.cloudflare-dns.com", "dns.quad9.net", "doh.opendns.com", "dns.opendns.com",
    "dns.umbrella.com", "dns.nextdns.io", "cleanbrowsing.org", "dns.adguard.com", "adguard-dns.com",
    "adguard-dns.io", "dns.alidns.com", "doh.pub", "dot.pub", "doh.360.cn", "dns.sb", "doh.sb", "doh.li",
    "dns.switch.ch", "doh.dns.sb", "freedns.controld.com", "dns.controld.com", "doh.applied-privacy.net",
    "dnsforge.de", "dns.digitale-gesellschaft.ch", "doh.libredns.gr", "doh.mullvad.net", "dns.mullvad.net",
    "doh.xfinity.com", "dns0.eu", "dns.njal.la", "doh.dnscrypt.ca", "doh.tiar.app", "dns.twnic.tw",
    "doh.crypto.sx", "family.cloudflare-dns.com", "security.cloudflare-dns.com", "mozilla.cloudflare-dns.com",
    "chrome.cloudflare-dns.com",
)  # fmt: skip
"""Names of public resolvers over HTTPS or TLS, as their operators publish them; their addresses prove nothing."""
PROTOCOLS: Final = frozenset({"dot", "doq"})
"""ALPN of RFC 7858 and RFC 9250."""
PORT: Final = 853


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """One connection is enough."""

    suppress_s: int = 86400
    providers: tuple[str, ...] = ()
    """More names of such resolvers."""
    max_keys: int = 5000


class DnsDoh(TlsDetector[Thresholds]):
    """Tells of each client and provider."""

    rule: ClassVar[Rule] = Rule(
        "dns.doh",
        166,
        "Look-ups over TLS",
        Severity.INFO,
        what="A client looks names up over HTTPS, TLS or QUIC with a public resolver. What it asks is hidden, from a "
        "listener as well as from whoever has to protect this network.",
        benign="Browsers and telephones do so by themselves.",
        tune="Set severity to low where your rules forbid it, or add the client to ignore_src.",
        mitre=("T1071.004", "T1572"),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = HELLOS

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._suffixes = tuple(f".{name.lower().strip('.')}" for name in (*PROVIDERS, *config.providers))

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each hello."""
        for event in self.hellos(seen):
            request = event.request
            listed = f".{request.name}".endswith(self._suffixes)
            if not listed and request.server[2] != PORT and PROTOCOLS.isdisjoint(request.protocols):
                continue
            source, target = (seen.surroundings.party(*end[:2]) for end in (request.client, request.server))
            why = "name of a known resolver" if listed else f"port or protocol of DNS over {request.kind.name}"
            finding = self.found(
                event,
                seen,
                key=(source.entity, request.name or target.text),
                summary=f"{{client}} looks names up over {request.kind.name} with {{server}}",
                evidence=(("told by", why), ("protocols", ", ".join(request.protocols) or "none offered")),
            )
            if finding is not None:
                yield finding
