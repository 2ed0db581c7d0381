"""Conversations of hosts in a scene: TCP connections with their data, look-ups, ARP."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from netwatch.lab.scenarios.scene import ROUND_TRIP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.lab.scenarios.scene import Scene

_OPTIONS = [("MSS", 1460), ("SAckOK", b""), ("NOP", None), ("WScale", 7)]
_SEGMENT = 1400


@dataclass(slots=True)
class Connection:
    """A TCP connection of a client with a server, packet by packet."""

    scene: Scene
    client: str
    server: str
    dport: int
    sport: int = 0
    client_next: int = field(init=False)
    server_next: int = field(init=False)

    def __post_init__(self) -> None:
        self.sport = self.sport or self.scene.port()
        self.client_next = self.scene.draw.getrandbits(31)
        self.server_next = self.scene.draw.getrandbits(31)

    def open(self) -> Connection:
        """Shake hands."""
        self._segment("S", from_client=True, options=_OPTIONS)
        self.client_next += 1
        self.scene.wait(ROUND_TRIP, 0.3)
        self._segment("SA", from_client=False, options=_OPTIONS)
        self.server_next += 1
        self.scene.wait(ROUND_TRIP / 4)
        self._segment("A", from_client=True)
        return self

    def say(self, data: bytes) -> Connection:
        """Let the client send data and the server acknowledge it."""
        return self._talk(data, from_client=True)

    def answer(self, data: bytes) -> Connection:
        """Let the server send data and the client acknowledge it."""
        return self._talk(data, from_client=False)

    def close(self) -> None:
        """End it in good order, the client first."""
        self._segment("FA", from_client=True)
        self.client_next += 1
        self.scene.wait(ROUND_TRIP)
        self._segment("FA", from_client=False)
        self.server_next += 1
        self.scene.wait(ROUND_TRIP / 4)
        self._segment("A", from_client=True)

    def refused(self) -> None:
        """Ask for a connection and be refused."""
        self._segment("S", from_client=True, options=_OPTIONS)
        self.client_next += 1
        self.scene.wait(ROUND_TRIP, 0.3)
        self.server_next = 0
        self._segment("RA", from_client=False)

    def reset(self) -> None:
        """Let the client give up."""
        self._segment("R", from_client=True)

    def _talk(self, data: bytes, *, from_client: bool) -> Connection:
        for start in range(0, max(len(data), 1), _SEGMENT):
            piece = data[start : start + _SEGMENT]
            self.scene.wait(ROUND_TRIP / 4)
            self._segment("PA", from_client=from_client, data=piece)
            if from_client:
                self.client_next += len(piece)
            else:
                self.server_next += len(piece)
        self.scene.wait(ROUND_TRIP / 2)
        self._segment("A", from_client=not from_client)
        return self

    def _segment(self, flags: str, *, from_client: bool, data: bytes = b"", options: Sequence[Any] = ()) -> None:
        from scapy.layers.inet import TCP
        from scapy.packet import Raw

        ends = (self.client, self.server) if from_client else (self.server, self.client)
        ports = (self.sport, self.dport) if from_client else (self.dport, self.sport)
        seq, ack = (self.client_next, self.server_next) if from_client else (self.server_next, self.client_next)
        segment: Any = TCP(
            sport=ports[0],
            dport=ports[1],
            flags=flags,
            seq=seq & 0xFFFFFFFF,
            ack=ack & 0xFFFFFFFF if "A" in flags else 0,
            window=64240,
            options=list(options),
        )
        self.scene.ip(*ends, segment / Raw(data) if data else segment)


def http(scene: Scene, client: str, server: str, request: bytes, answer: bytes, port: int = 80) -> None:
    """Let a client make one request of a web server on a connection of its own."""
    Connection(scene, client, server, port).open().say(request).answer(answer).close()


def look_up(
    scene: Scene,
    client: str,
    server: str,
    name: str,
    *,
    kind: str = "A",
    answer: str | bytes | None = None,
    rcode: int = 0,
) -> None:
    """Let a client ask a DNS server and be answered: with a record, none, or an error."""
    from scapy.layers.dns import DNS, DNSQR, DNSRR

    identifier, port = scene.draw.getrandbits(16), scene.port()
    question = DNSQR(qname=name, qtype=kind)
    scene.udp(client, port, server, 53, bytes(DNS(id=identifier, rd=1, qd=[question])))
    scene.wait(ROUND_TRIP, 0.5)
    records = [DNSRR(rrname=name, type=kind, ttl=60, rdata=answer)] if answer is not None else []
    reply = DNS(id=identifier, qr=1, rd=1, ra=1, rcode=rcode, qd=[DNSQR(qname=name, qtype=kind)], an=records)
    scene.udp(server, 53, client, port, bytes(reply))


def arp(scene: Scene, operation: int, sender: tuple[str, str], target: tuple[str, str], destination: str) -> None:
    """Put an ARP packet on the wire; `sender` and `target` are (MAC, IP)."""
    from scapy.layers.l2 import ARP, Ether

    header = Ether(src=sender[0], dst=destination, type=0x0806)
    scene.frame(header / ARP(op=operation, hwsrc=sender[0], psrc=sender[1], hwdst=target[0], pdst=target[1]))


def arp_exchange(scene: Scene, asker: str, asked: str, mac: str | None = None) -> None:
    """Let a host ask for another's MAC address and be answered, with `mac` instead of its own if that is given."""
    asker_mac, asked_mac = scene.mac(asker), mac or scene.mac(asked)
    arp(scene, 1, (asker_mac, asker), ("00:00:00:00:00:00", asked), "ff:ff:ff:ff:ff:ff")
    scene.wait(0.001)
    arp(scene, 2, (asked_mac, asked), (asker_mac, asker), asker_mac)
