"""Scene: the made-up network of a scenario, its clock, and the packets and labels that scenarios put on it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from ipaddress import IPv4Network
    from typing import Self

START: Final = 1_767_225_600.0
"""2026-01-01 00:00:00 UTC: the same capture each time."""
MOST_PACKETS: Final = 200_000
"""Packets of one scenario."""
ROUND_TRIP: Final = 0.004
"""Seconds between a packet and its answer."""
OUTSIDE: Final = ("203.0.113.5", "203.0.113.10", "198.51.100.20", "198.51.100.44", "203.0.113.80", "198.51.100.99")
"""Servers of the Internet, in the networks for documentation (RFC 5737)."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a detector should say of some packets."""

    detectors: tuple[str, ...]
    """Any of these finds it."""
    source: str
    destination: str
    """Empty when there are many."""
    first: int
    """Number of its first packet, from 1."""
    last: int
    start: float
    """Seconds since the epoch of its first packet."""
    end: float
    what: str
    hosts: tuple[str, ...] = ()
    """What else names the hosts: their MAC addresses."""
    also: tuple[str, ...] = ()
    """Detectors, or families of them such as `tcp.*`, that rightly find the same packets too."""


@dataclass(slots=True)
class Scene:
    """Collects packets in the order of time; all that is random comes from the seed."""

    network: IPv4Network
    seed: int
    draw: random.Random = field(init=False)
    now: float = START
    packets: list[tuple[float, bytes]] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    _identification: int = 0

    def __post_init__(self) -> None:
        self.draw = random.Random(self.seed)  # noqa: S311 - the same traffic for the same seed is the point

    def host(self, number: int) -> str:
        """Return an address of the network."""
        return str(self.network[number])

    @property
    def attacker(self) -> str:
        """The host that does wrong."""
        return self.host(66)

    @property
    def victim(self) -> str:
        """The host that it is done to."""
        return self.host(10)

    @property
    def client(self) -> str:
        """A host whose user does what users do."""
        return self.host(20)

    @property
    def gateway(self) -> str:
        """The router and DNS server."""
        return self.host(1)

    def mac(self, address: str) -> str:
        """Return the locally administered MAC address of a host; what is outside is behind the gateway."""
        import ipaddress

        parsed = ipaddress.ip_address(address)
        offset = int(parsed) - int(self.network.network_address) if parsed in self.network else 1
        return f"02:4e:57:00:{offset >> 8 & 255:02x}:{offset & 255:02x}"

    def wait(self, seconds: float, spread: float = 0.0) -> None:
        """Let time pass, give or take a share `spread` of it."""
        self.now += seconds * (1 + spread * (2 * self.draw.random() - 1))

    def frame(self, frame: Any) -> None:
        """Put a frame, a Scapy packet, on the wire now."""
        if len(self.packets) < MOST_PACKETS:
            self.packets.append((round(self.now, 6), bytes(frame)))

    def ip(self, source: str, destination: str, payload: Any, ttl: int = 64) -> None:
        """Put an IPv4 packet on the wire now."""
        from scapy.layers.inet import IP
        from scapy.layers.l2 import Ether

        self._identification = self._identification % 65535 + 1
        header = Ether(src=self.mac(source), dst=self.mac(destination), type=0x0800)
        self.frame(header / IP(src=source, dst=destination, id=self._identification, ttl=ttl, flags="DF") / payload)

    def udp(self, source: str, sport: int, destination: str, dport: int, data: bytes) -> None:
        """Put a UDP datagram on the wire now."""
        from scapy.layers.inet import UDP
        from scapy.packet import Raw

        self.ip(source, destination, UDP(sport=sport, dport=dport) / Raw(data))

    def port(self) -> int:
        """Return an ephemeral port."""
        return self.draw.randrange(32768, 60999)

    def label(self, detectors: Sequence[str], source: str, destination: str, what: str, *also: str) -> Marker:
        """Return a context that labels every packet put on the wire inside it."""
        return Marker(self, tuple(detectors), source, destination, what, also)

    def in_order(self) -> Iterator[tuple[float, bytes]]:
        """Yield the packets by time."""
        yield from sorted(self.packets, key=lambda packet: packet[0])


@dataclass(slots=True)
class Marker:
    """Labels the packets between its beginning and its end."""

    scene: Scene
    detectors: tuple[str, ...]
    source: str
    destination: str
    what: str
    also: tuple[str, ...]
    first: int = 0

    def __enter__(self) -> Self:
        self.first = len(self.scene.packets)
        return self

    def __exit__(self, *_: object) -> None:
        packets = self.scene.packets[self.first :]
        if packets:
            times = [time for time, _ in packets]
            self.scene.labels.append(
                Label(
                    detectors=self.detectors,
                    source=self.source,
                    destination=self.destination,
                    first=self.first + 1,
                    last=self.first + len(packets),
                    start=min(times),
                    end=max(times),
                    what=self.what,
                    hosts=tuple(self.scene.mac(host) for host in (self.source, self.destination) if host),
                    also=(*self.also, "lab.*"),  # the plain rules of the profile lab rightly see it too
                )
            )
