"""nr.poison: a machine answers for names that are not its own (LLMNR, NetBIOS, mDNS), as Responder does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.addresses import address_text
from netwatch.decode.batch import IPV4_MAPPED
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.window import Distinct
from netwatch.nanoseconds import SECOND
from netwatch.text import printable
from netwatch.track.dns_event import DnsEvent
from netwatch.track.dns_packets import KIND_NAMES, DnsKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.observation import Observation

BAITS: Final = ("wpad", "isatap")
"""Names that Windows looks for by itself; nobody should have them."""
ADDRESS, ADDRESS6, NETBIOS = 1, 28, 0x20
"""Types of records with an address: A, AAAA and NB (RFC 1002 section 4.2.1.3)."""
NETBIOS_ADDRESS: Final = slice(2, 6)
"""Where the address is in an NB record."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """A machine answers for its own name, perhaps for two."""

    names: int = threshold(3)
    """Different names that one machine answered with its own address within `window_s`."""
    window_s: int = 600
    max_keys: int = 2000


@dataclass(slots=True)
class _Responder:
    names: Distinct = field(default_factory=Distinct)
    recent: Recent = field(default_factory=Recent)
    protocols: dict[str, None] = field(default_factory=dict)


class NrPoison(KeyedDetector[Thresholds, _Responder]):
    """Counts names by responder."""

    rule: ClassVar[Rule] = Rule(
        "nr.poison",
        150,
        "Name poisoning (LLMNR, NetBIOS, mDNS)",
        Severity.HIGH,
        what="One machine answered questions for several different names with its own address, or for wpad or "
        "isatap: it makes others log in to it. Answers go to the asker only, so that a host sees those to itself.",
        benign="A router that answers everything by mistake; a server with several names of its own.",
        tune="Raise names, or add the server's address to ignore_src.",
        mitre=("T1557.001",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = (DnsEvent,)
    entry: ClassVar[type] = _Responder

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Look at the answers that were logged."""
        for event in seen.dns.answers_of_others():
            if not event.name or not _with_own_address(event):
                continue
            name = event.name.split(".")[0].split("<")[0].strip().lower()
            responder = self.keys.at(event.server)
            now_ns = event.moment.time_ns
            responder.names.expire(now_ns - self.config.window_s * SECOND)
            responder.names.add(name, now_ns)
            responder.protocols[KIND_NAMES[event.kind]] = None
            responder.recent.add(event.moment, f"{KIND_NAMES[event.kind]} {printable(event.name, 80)}")
            bait = name in BAITS and event.kind != DnsKind.MDNS
            if bait or len(responder.names) >= self.config.names:
                yield self._finding(event, responder, seen, bait=bait)

    def _finding(self, event: DnsEvent, responder: _Responder, seen: Observation, *, bait: bool) -> Finding:
        source = seen.surroundings.party(*event.server)
        router = seen.surroundings.is_gateway(*event.server)
        names = ", ".join(printable(str(name), 40) for name in list(responder.names)[-5:])
        return Finding(
            key=(source.entity,),
            moment=event.moment,
            summary=f"{source.text} answers for {names}, as if every name were its own",
            value=len(responder.names),
            threshold=1 if bait else self.config.names,
            window_s=self.config.window_s,
            source=source.text,
            destination=address_text(*event.client),
            protocol="UDP",
            actor=source.entity,
            severity=Severity.MEDIUM if router else Severity.HIGH,
            first_ns=responder.recent.first_ns,
            evidence=(("names", names), ("protocols", ", ".join(responder.protocols))),
            samples=responder.recent.samples,
            packets=responder.recent.packets,
        )


def _with_own_address(event: DnsEvent) -> bool:
    """Return True for an answer with the address of whoever sent it."""
    high, low = event.server
    own = (low & 0xFFFF_FFFF).to_bytes(4) if high == 0 and low & ~0xFFFF_FFFF == IPV4_MAPPED else b""
    own6 = high.to_bytes(8) + low.to_bytes(8)
    for record in event.answers():
        data = event.message[record.at : record.at + record.size]
        if record.number == ADDRESS and own and data == own:
            return True
        if record.number == ADDRESS6 and data == own6:
            return True
        if event.kind == DnsKind.NBNS and record.number == NETBIOS and own and data[NETBIOS_ADDRESS] == own:
            return True
    return False
