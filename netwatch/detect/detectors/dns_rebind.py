"""dns.rebind: a name that was elsewhere is suddenly inside this network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.detect.config import Config
from netwatch.detect.dns_detector import DnsDetector
from netwatch.detect.dns_roles import NO_ERROR
from netwatch.detect.finding import Finding
from netwatch.detect.names.prepare import prepared
from netwatch.detect.rule import Rule, Severity
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation
    from netwatch.track.dns_event import DnsEvent

HOUSEHOLD: Final = (
    ".plex.direct", ".ts.net", ".sslip.io", ".nip.io", ".xip.io", ".routerlogin.net", ".routerlogin.com", ".fritz.box",
    ".tplinkwifi.net", ".tplinklogin.net", ".myfritz.net", ".local.lgtvsdp.com", ".router.asus.com",
)  # fmt: skip
"""Domains of services that give private addresses names on purpose."""
A, AAAA = 1, 28
SHARED: Final = (IPv4Address("100.64.0.0"), IPv4Address("100.127.255.255"))
"""RFC 6598, neither public nor private."""
_UNSPECIFIED: Final = (IPv4Address(0), IPv6Address(0))


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 6.4."""

    window_s: int = 600
    """Seconds between the two answers."""
    allowed: tuple[str, ...] = ()
    """Domains that may be inside and outside, such as one's own."""
    max_keys: int = 20_000


class _Public:
    """The newest public answer about a name."""

    __slots__ = ("address", "number", "time_ns")

    def __init__(self) -> None:
        self.address = ""
        self.time_ns = self.number = 0


class DnsRebind(DnsDetector[Thresholds, _Public]):
    """Remembers public answers by client and name."""

    rule: ClassVar[Rule] = Rule(
        "dns.rebind",
        164,
        "A name moved into this network",
        Severity.MEDIUM,
        what="A name was answered with a public address, and within minutes with a private one. A web page that came "
        "from the first may then talk to the second as if it were its own server: routers, printers, cameras.",
        benign="Names that are answered differently inside and outside; a client that changed networks.",
        tune="Add your own domains to allowed.",
        mitre=("T1189",),
    )
    defaults: ClassVar[Config] = Thresholds()
    entry: ClassVar[type] = _Public

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._allowed = (*HOUSEHOLD, *(f".{name.lower().strip('.')}" for name in config.allowed))

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at each response with addresses."""
        for event in self.roles.messages(seen):
            if not event.is_response or event.rcode != NO_ERROR:
                continue
            name = prepared(event.name)
            if not name or f".{name}".endswith(self._allowed):
                continue
            public, private = _addresses(event)
            if not public and not private:
                continue
            party = seen.surroundings.party(*event.client)
            key = (party.entity, name)
            before = self.keys.get(key)
            if private and not public:
                window_ns = self.config.window_s * SECOND
                if before is not None and event.moment.time_ns - before.time_ns <= window_ns:
                    yield Finding(
                        key=key,
                        moment=event.moment,
                        summary=f"{name} was {before.address} and is now {private} for {party.text}",
                        value=1,
                        threshold=1,
                        source=party.text,
                        destination=private,
                        protocol="DNS",
                        actor=party.entity,
                        victim=name,
                        first_ns=before.time_ns,
                        evidence=(
                            ("name", name),
                            ("public answer", before.address),
                            ("private answer", private),
                            ("seconds between", f"{(event.moment.time_ns - before.time_ns) / SECOND:.1f}"),
                        ),
                        packets=(before.number, event.moment.number),
                    )
            elif public:
                known = self.keys.at(key)
                known.address, known.time_ns, known.number = public, event.moment.time_ns, event.moment.number


def _addresses(event: DnsEvent) -> tuple[str, str]:
    """Return the first public and the first private address of the answers, empty for none."""
    public = private = ""
    for record in event.answers():
        if record.number in (A, AAAA):
            text, everywhere = _scope(event.message[record.at : record.at + record.size])
            public, private = (public or text, private) if everywhere else (public, private or text)
    return public, private


@lru_cache(4096)
def _scope(data: bytes) -> tuple[str, bool]:
    """Return an address as text, empty where it says nothing, and whether it is public."""
    if len(data) not in (4, 16):
        return "", False
    address = ip_address(data)
    shared = isinstance(address, IPv4Address) and SHARED[0] <= address <= SHARED[1]
    if address in _UNSPECIFIED:  # what filters of advertisements answer
        return "", False
    if address.is_global:
        return str(address), True
    return ("" if address.is_multicast or shared else str(address)), False
