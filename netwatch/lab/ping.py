"""`lab ping`: ICMP echo to a host, or to each address of a network."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from netwatch.lab.exchange import Exchange, Probe, exchange
from netwatch.lab.pace import Pacer
from netwatch.lab.plan import Plan
from netwatch.lab.ranges import require_within
from netwatch.lab.results import Results
from netwatch.lab.rtt import rtt_figures

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from netwatch.lab.bench import Bench
    from netwatch.lab.exchange import Answer
    from netwatch.lab.surroundings import Surroundings
    from netwatch.lab.targets import IpAddress, Targets

MOST_ECHOES: Final = 10_000
LARGEST_PAYLOAD: Final = 1452
"""Bytes that fit in an Ethernet frame behind the headers of IPv6 and ICMPv6, so that nothing is fragmented."""
LISTEN: Final = "icmp or icmp6"
COLUMNS: Final = (
    *("target", "sent", "received", "loss_percent", "min_ms", "avg_ms", "median_ms", "max_ms", "stddev_ms"),
    *("ttl", "error"),
)


@dataclass(frozen=True, slots=True)
class PingOptions:
    """How to ping."""

    count: int
    interval: float
    """Seconds between two echoes to the same target."""
    timeout: float
    """Seconds to wait for the answer to each."""
    size: int = 56
    """Bytes of payload, ping's default."""


def plan_ping(texts: Sequence[str], options: PingOptions, around: Surroundings) -> Plan:
    """Check what `lab ping` was asked for.

    Raises:
        UsageError: wrong targets or options.
    """
    require_within("--count", options.count, 1, MOST_ECHOES)
    require_within("--interval", options.interval, 0.001, 3600)
    require_within("--timeout", options.timeout, 0.001, 60)
    require_within("--size", options.size, 0, LARGEST_PAYLOAD)
    targets = around.targets(texts)

    def run(bench: Bench) -> Results:
        return ping(bench, targets, options, around)

    only = around.interface_towards(targets.addresses[0]).name if len(targets.addresses) == 1 else around.name
    return Plan(run, LISTEN, only)


def ping(bench: Bench, targets: Targets, options: PingOptions, around: Surroundings) -> Results:
    """Ping every target and return a row for each; of a network only for those that answer."""
    addresses = targets.addresses
    # the same interval for each target, and the packets of all spread evenly over it
    bench.pacer = Pacer(min(bench.pacer.rate, len(addresses) / options.interval), bench.clock)
    identifier = int.from_bytes(os.urandom(2), "big")
    echoes = Echoes(identifier, options.size, around)
    single = len(addresses) == 1

    def tell(key: Hashable, answer: Answer) -> None:
        if single and isinstance(key, tuple):
            bench.say(echoes.line(key, answer))

    done = exchange(
        bench,
        (echoes.probe(address, round_) for round_ in range(options.count) for address in addresses),
        echoes.match,
        timeout=options.timeout,
        total=options.count * len(addresses),
        on_answer=tell,
    )
    names = {address: name for name, address in targets.names}
    rows = [_row(address, names.get(str(address)), done, echoes, options.count) for address in addresses]
    answering = sum(1 for row in rows if row["received"])
    shown = [row for row in rows if row["received"]] if targets.network is not None else rows
    summary = {"targets": len(rows), "answering": answering, "sent": len(done.sent)}
    return Results(COLUMNS, shown, summary, f"{answering} of {len(rows)} targets answer; {len(done.sent)} echoes sent")


class Echoes:
    """Makes echo requests of one identifier and recognises what answers them."""

    def __init__(self, identifier: int, size: int, around: Surroundings) -> None:
        self._identifier = identifier
        self._payload = bytes(index & 0xFF for index in range(size))
        self._around = around
        self._sources: dict[IpAddress, str] = {}
        self._keys: dict[int, tuple[IpAddress, int]] = {}
        """What each sequence number stands for; more than 65,536 echoes begin again."""
        self._next = 0
        self.errors: dict[Hashable, str] = {}

    def probe(self, address: IpAddress, round_: int) -> Probe:
        """Return the echo request of a round."""
        from scapy.layers.inet import ICMP, IP
        from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6

        source = self._sources.get(address) or self._sources.setdefault(address, self._around.source(address))
        sequence = self._next & 0xFFFF
        self._next += 1
        key = (address, round_)
        self._keys[sequence] = key
        text = str(address).partition("%")[0]
        if address.version == 4:
            header = IP(src=source, dst=text, id=sequence or 1) / ICMP(id=self._identifier, seq=sequence)
        else:
            header = IPv6(src=source, dst=text) / ICMPv6EchoRequest(id=self._identifier, seq=sequence)
        return Probe(key, bytes(header / self._payload), f"{source} > {address} ICMP echo request seq {round_ + 1}")

    def match(self, data: bytes) -> Hashable | None:
        """Return which echo a packet answers: an echo reply, or an ICMP error that quotes the request."""
        from scapy.layers.inet import ICMP, IP, ICMPerror
        from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6EchoRequest, IPerror6, IPv6

        packet = IP(data) if data[0] >> 4 == 4 else IPv6(data)
        reply = packet.getlayer(ICMPv6EchoReply)
        if reply is None and ICMP in packet and packet[ICMP].type == 0:
            reply = packet[ICMP]
        if reply is not None:
            key = self._keys.get(reply.seq) if reply.id == self._identifier else None
            return key if key is not None and packet.src == str(key[0]).partition("%")[0] else None
        quoted = packet.getlayer(ICMPerror)
        if quoted is None and IPerror6 in packet:
            quoted = packet[IPerror6].getlayer(ICMPv6EchoRequest)
        if quoted is None or getattr(quoted, "id", None) != self._identifier:
            return None
        key = self._keys.get(quoted.seq)
        if key is not None:
            error = packet.getlayer(ICMP) or packet.payload
            self.errors[key] = f"{error.sprintf('%type% %code%')} from {packet.src}"
        return key

    def line(self, key: tuple[IpAddress, int], answer: Answer) -> str:
        """Return what ping prints of an answer."""
        if key in self.errors:
            return f"seq={key[1] + 1} {self.errors[key]}"
        size, ttl = len(answer.heard.data), answer.heard.data[8 if key[0].version == 4 else 7]
        return f"{size} bytes from {key[0]}: seq={key[1] + 1} ttl={ttl} time={1000 * answer.rtt:.3f} ms"


def _row(address: IpAddress, name: str | None, done: Exchange, echoes: Echoes, count: int) -> dict[str, Any]:
    keys = [key for round_ in range(count) if (key := (address, round_)) in done.sent]
    answers = [answer for key in keys if key not in echoes.errors and (answer := done.first(key))]
    errors = [echoes.errors[key] for key in keys if key in echoes.errors]
    row: dict[str, Any] = {"target": f"{name} ({address})" if name else str(address)}
    ttl = answers[-1].heard.data[8 if address.version == 4 else 7] if answers else None
    figures = rtt_figures([answer.rtt for answer in answers], len(keys))
    return row | figures | {"ttl": ttl, "error": errors[-1] if errors else None}
