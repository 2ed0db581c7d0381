"""dhcp.rogue: a second DHCP server offers addresses."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.decode.addresses import address_text
from netwatch.decode.batch import IPV4_MAPPED
from netwatch.detect.config import Config
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.link_events import ACK, OFFER
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.surroundings import is_virtual, mac_text
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.detect.link_events import DhcpEvent
    from netwatch.detect.observation import Observation

MOST_SERVERS: Final = 32
MOST_TRANSACTIONS: Final = 512


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """Elastic's rule looks for two servers that answer one transaction in 30 s."""

    learn_s: int = 86_400
    """Servers that are met within so long after the first are the network's own, unless they give other routers."""
    transaction_s: int = 30
    suppress_s: int = 21_600
    max_keys: int = 256


@dataclass(slots=True)
class _Server:
    first_ns: int
    routers: tuple[int, ...]
    resolvers: tuple[int, ...]


@dataclass(slots=True)
class _Vlan:
    first_ns: int = 0
    servers: dict[tuple[int, int], _Server] = field(default_factory=dict)
    """By server identifier and MAC address, 0 behind a relay."""
    transactions: deque[tuple[int, int, tuple[int, int]]] = field(
        default_factory=lambda: deque(maxlen=MOST_TRANSACTIONS)
    )
    """(time, transaction, server)."""
    recent: Recent = field(default_factory=Recent)


class DhcpRogue(KeyedDetector[Thresholds, _Vlan]):
    """Learns the servers of each VLAN."""

    rule: ClassVar[Rule] = Rule(
        "dhcp.rogue",
        148,
        "Rogue DHCP server",
        Severity.MEDIUM,
        what="A DHCP server that was not known offers addresses, or two servers answer the same question: whoever "
        "gives the addresses also says who is router and resolver, and so can read along.",
        benign="A pair of servers that share a network, a router that somebody plugged in, a virtual network on the "
        "same machine.",
        tune="Add the servers' addresses to ignore_src.",
        mitre=("T1557.003",),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("dhcp",)
    entry: ClassVar[type] = _Vlan

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Compare the servers of the slice with those that are known."""
        for event in seen.dhcp:
            if event.reply and event.type in (OFFER, ACK) and event.server not in (0, 0xFFFF_FFFF):
                yield from self._judge(self.keys.at(event.vlan), event)

    def _judge(self, vlan: _Vlan, event: DhcpEvent) -> Iterator[Finding]:
        now_ns = event.moment.time_ns
        vlan.first_ns = vlan.first_ns or now_ns
        key = event.server, 0 if event.relay or is_virtual(event.frame_source) else event.frame_source
        vlan.recent.add(event.moment, _text(event))
        others = {
            server
            for time_ns, transaction, server in vlan.transactions
            if transaction == event.transaction and now_ns - time_ns <= self.config.transaction_s * SECOND
        }
        vlan.transactions.append((now_ns, event.transaction, key))
        both = {server for server, _ in others} - {event.server}
        others_known = [server for known, server in vlan.servers.items() if known[0] != event.server]
        known = vlan.servers.get(key)
        fresh = known is None and now_ns - vlan.first_ns > self.config.learn_s * SECOND
        if known is None and len(vlan.servers) < MOST_SERVERS:
            vlan.servers[key] = _Server(now_ns, event.routers, event.resolvers)
        if not others_known:
            return
        # One router for all, from several servers, is a pair that shares the work
        differs = all(
            set(event.routers) - set(server.routers) or set(event.resolvers) - set(server.resolvers)
            for server in others_known
        )
        newest = max(server.first_ns for server in vlan.servers.values())
        latest = key in vlan.servers and vlan.servers[key].first_ns == newest
        if latest and differs and (event.routers or event.resolvers):
            yield self._finding(vlan, event, "with another router or resolver", Severity.HIGH)
        elif fresh:
            yield self._finding(vlan, event, "and was not there before", Severity.MEDIUM)
        elif both and latest:
            yield self._finding(vlan, event, "besides another one, to the same client", Severity.INFO)

    def _finding(self, vlan: _Vlan, event: DhcpEvent, what: str, severity: Severity) -> Finding:
        server, mac = _address(event.server), mac_text(event.frame_source)
        known = ", ".join(_address(address) for address, _ in vlan.servers if address != event.server)
        return Finding(
            key=(event.vlan, event.server, event.frame_source),
            moment=event.moment,
            summary=f"DHCP server {server} ({mac}) offers addresses, {what}",
            value=1,
            threshold=1,
            source=server,
            port=67,
            protocol="UDP",
            actor=mac,
            severity=severity,
            first_ns=event.moment.time_ns,
            evidence=(
                ("server", f"{server}, {mac}"),
                ("routers", ", ".join(map(_address, event.routers)) or "none"),
                ("resolvers", ", ".join(map(_address, event.resolvers)) or "none"),
                ("known servers", known or "none"),
            ),
            samples=vlan.recent.samples,
            packets=(event.moment.number,),
        )


def _address(number: int) -> str:
    return address_text(0, IPV4_MAPPED | number)


def _text(event: DhcpEvent) -> str:
    kind = "ACK" if event.type == ACK else "OFFER"
    routers = ", ".join(map(_address, event.routers)) or "none"
    return f"{_address(event.server)}: {kind} of {_address(event.offered)}, routers {routers}"
