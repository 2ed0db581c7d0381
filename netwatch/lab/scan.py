"""`lab scan`: which TCP ports are open, by SYN; a handshake is completed only where a banner is asked for."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import UsageError
from netwatch.lab.exchange import Probe, exchange_again
from netwatch.lab.plan import Plan
from netwatch.lab.ranges import require_within
from netwatch.lab.reserved_port import reserved_port
from netwatch.lab.results import Results

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from netwatch.lab.bench import Bench
    from netwatch.lab.exchange import Exchange
    from netwatch.lab.surroundings import Surroundings
    from netwatch.lab.targets import IpAddress

LISTEN: Final = "tcp or icmp or icmp6"
COLUMNS: Final = ("target", "port", "service", "state", "reason", "rtt_ms", "banner")
MOST_PROBES: Final = 65536
"""Ports of all targets together."""
_SYN_ACK: Final = 0x12
_RST: Final = 0x04


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """How to scan."""

    ports: tuple[int, ...]
    timeout: float
    """Seconds to wait for each answer."""
    retries: int
    """How often silent ports are asked again."""
    banner: bool
    """Connect to open ports and read what they say first."""
    every: bool = False
    """List closed and filtered ports too, however many."""


def plan_scan(texts: Sequence[str], options: ScanOptions, around: Surroundings) -> Plan:
    """Check what `lab scan` was asked for.

    Raises:
        UsageError: wrong targets, ports or options.
    """
    require_within("--timeout", options.timeout, 0.01, 60)
    require_within("--retries", options.retries, 0, 10)
    targets = around.targets(texts)
    if len(targets.addresses) * len(options.ports) > MOST_PROBES:
        raise UsageError(f"{len(targets.addresses)} targets with {len(options.ports)} ports are over {MOST_PROBES:,}")
    if len({address.version for address in targets.addresses}) > 1:
        raise UsageError("scan IPv4 and IPv6 targets one after the other")
    only = around.interface_towards(targets.addresses[0]).name if len(targets.addresses) == 1 else around.name

    def run(bench: Bench) -> Results:
        with reserved_port(targets.addresses[0].version, socket.SOCK_STREAM) as sport:
            return scan(bench, targets.addresses, sport, options, around)

    return Plan(run, LISTEN, only)


def scan(
    bench: Bench, addresses: Sequence[IpAddress], sport: int, options: ScanOptions, around: Surroundings
) -> Results:
    """Send a SYN to every port and return what the answers say of it."""
    probes = SynProbes(sport, around)
    keys = [(address, port) for port in options.ports for address in addresses]

    def asked(done: Exchange) -> Iterator[Probe]:
        return (probes.probe(*key) for key in keys if key not in done.answers)

    done = exchange_again(bench, asked, probes.match, timeout=options.timeout, retries=options.retries, total=len(keys))
    rows = [_row(key, done, probes) for key in keys if key in done.sent]
    if options.banner and not bench.dry:
        from netwatch.lab.banner import read_banner

        for row in rows:
            if row["state"] == "open" and not bench.stop.wanted:
                row["banner"] = read_banner(bench, row["target"], row["port"], options.timeout)
    return _results(rows, options)


class SynProbes:
    """Makes SYNs from one port and recognises what answers them."""

    def __init__(self, sport: int, around: Surroundings) -> None:
        self._sport = sport
        self._around = around
        self._sources: dict[IpAddress, str] = {}
        self._secret = int.from_bytes(os.urandom(4), "big")
        self._keys: dict[tuple[str, int], tuple[IpAddress, int]] = {}
        self.reasons: dict[Hashable, tuple[str, str]] = {}
        """(state, reason) of each port that answered."""

    def probe(self, address: IpAddress, port: int) -> Probe:
        """Return the SYN for a port."""
        from scapy.layers.inet import IP, TCP
        from scapy.layers.inet6 import IPv6

        source = self._sources.get(address) or self._sources.setdefault(address, self._around.source(address))
        text = str(address).partition("%")[0]
        self._keys[text, port] = (address, port)
        header = IP(src=source, dst=text, id=port) if address.version == 4 else IPv6(src=source, dst=text)
        options = [("MSS", 1460)]
        syn = TCP(sport=self._sport, dport=port, flags="S", seq=self._sequence(port), window=1024, options=options)
        return Probe((address, port), bytes(header / syn), f"{source}:{self._sport} > {address}:{port} TCP SYN")

    def match(self, data: bytes) -> Hashable | None:
        """Return which port a packet tells of; its state is in `reasons` then."""
        from scapy.layers.inet import ICMP, IP, TCP, IPerror, TCPerror
        from scapy.layers.inet6 import IPerror6, IPv6

        packet: Any = IP(data) if data[0] >> 4 == 4 else IPv6(data)
        tcp = packet.getlayer(TCP)
        if tcp is not None and TCPerror not in packet:
            key = self._keys.get((packet.src, tcp.sport))
            if key is None or tcp.dport != self._sport or tcp.ack != (self._sequence(tcp.sport) + 1) & 0xFFFFFFFF:
                return None
            return self._note(key, int(tcp.flags))
        quoted, inner = packet.getlayer(TCPerror), packet.getlayer(IPerror) or packet.getlayer(IPerror6)
        if quoted is None or inner is None or quoted.sport != self._sport:
            return None
        key = self._keys.get((inner.dst, quoted.dport))
        if key is not None:
            error = packet.getlayer(ICMP) or packet.payload
            self.reasons[key] = ("filtered", f"{error.sprintf('%type% %code%')} from {packet.src}")
        return key

    def _note(self, key: tuple[IpAddress, int], flags: int) -> Hashable | None:
        if flags & _SYN_ACK == _SYN_ACK:
            self.reasons[key] = ("open", "SYN-ACK")
        elif flags & _RST:
            self.reasons[key] = ("closed", "RST")
        else:
            return None
        return key

    def _sequence(self, port: int) -> int:
        return (self._secret + port * 64007) & 0xFFFFFFFF


def _row(key: tuple[IpAddress, int], done: Exchange, probes: SynProbes) -> dict[str, Any]:
    state, reason = probes.reasons.get(key, ("filtered", "no answer"))
    answer = done.first(key)
    return {
        "target": str(key[0]),
        "port": key[1],
        "service": _service(key[1]),
        "state": state,
        "reason": reason,
        "rtt_ms": round(1000 * answer.rtt, 4) if answer is not None else None,
        "banner": None,
    }


def _results(rows: list[dict[str, Any]], options: ScanOptions) -> Results:
    states = [row["state"] for row in rows]
    summary = {state: states.count(state) for state in ("open", "closed", "filtered")}
    shown = rows
    text = ", ".join(f"{count} {state}" for state, count in summary.items())
    # as nmap does: a state that hundreds of ports are in is said once
    if not options.every:
        crowded = {state for state, count in summary.items() if state != "open" and count > 25}
        shown = [row for row in rows if row["state"] not in crowded]
        if crowded:
            text += f"; {' and '.join(sorted(crowded))} ports are not listed (--all lists them)"
    return Results(COLUMNS, shown, summary, text)


def _service(port: int) -> str | None:
    try:
        return socket.getservbyport(port, "tcp")
    except OSError:
        return None
