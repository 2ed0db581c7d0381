"""`lab dns`: one DNS query to one server, and everything that its answer says."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.errors import UsageError
from netwatch.lab.dns_wire import DnsWire
from netwatch.lab.exchange import Probe, exchange
from netwatch.lab.plan import Plan
from netwatch.lab.ranges import require_within
from netwatch.lab.results import Results
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Hashable

    from netwatch.lab.bench import Bench
    from netwatch.lab.surroundings import Surroundings
    from netwatch.lab.targets import IpAddress

COLUMNS: Final = ("section", "name", "type", "class", "ttl", "data")
TYPES: Final = ("A", "AAAA", "ANY", "CAA", "CNAME", "DNSKEY", "DS", "HTTPS", "MX", "NS", "PTR", "SOA", "SRV", "TXT")
EDNS_SIZE: Final = 1232
"""Bytes of an answer that no path should fragment (DNS flag day 2020)."""
MOST_RECORDS: Final = 200


@dataclass(frozen=True, slots=True)
class DnsOptions:
    """What to ask and how."""

    kind: str
    port: int
    timeout: float
    recursion: bool
    dnssec: bool
    """Ask for signatures (EDNS DO)."""
    tcp: bool


def plan_dns(name: str, server: str, options: DnsOptions, around: Surroundings) -> Plan:
    """Check what `lab dns` was asked for.

    Raises:
        UsageError: a wrong name, server or option.
    """
    require_within("--timeout", options.timeout, 0.01, 60)
    require_within("--port", options.port, 1, 65535)
    _require_name(name)
    targets = around.targets([server])
    if len(targets.addresses) != 1:
        raise UsageError("dns asks one server, not a network")
    address = targets.addresses[0]

    def run(bench: Bench) -> Results:
        return ask(bench, name, address, options)

    return Plan(run, "", around.name, wire=lambda: DnsWire(str(address), options.port, tcp=options.tcp))


def ask(bench: Bench, name: str, server: IpAddress, options: DnsOptions) -> Results:
    """Ask once, once more over TCP if the answer does not fit, and return a row for each record."""
    identifier = int.from_bytes(os.urandom(2), "big")
    query = _query(identifier, name, options)
    over = "TCP" if options.tcp else "UDP"
    words = f"DNS query {printable(name)} {options.kind} to {server}:{options.port} over"

    def match(data: bytes) -> Hashable | None:
        return "answer" if len(data) > 12 and data[:2] == query[:2] and data[2] & 0x80 else None

    answer = exchange(bench, [Probe("answer", query, f"{words} {over}")], match, timeout=options.timeout).first(
        "answer"
    )
    if answer is not None and answer.heard.data[2] & 2 and isinstance(bench.wire, DnsWire) and not options.tcp:
        over = "TCP"
        bench.wire.use_tcp()
        bench.pause(bench.pacer.delay())
        probe = Probe("answer", query, f"{words} TCP, for the answer did not fit")
        answer = exchange(bench, [probe], match, timeout=options.timeout).first("answer") or answer
    if answer is None:
        return Results(COLUMNS, [], {"answered": False}, "no answer" * (not bench.dry), failed=not bench.dry)
    from netwatch.lab.dns_answer import flags_of, records_of

    flags = flags_of(answer.heard.data)
    rows = records_of(answer.heard.data, MOST_RECORDS)
    milliseconds = round(1000 * answer.rtt, 4)
    summary = {"answered": True, "transport": over, "rtt_ms": milliseconds, "bytes": len(answer.heard.data), **flags}
    shown = " ".join(f"{key}={int(value) if isinstance(value, bool) else value}" for key, value in flags.items())
    text = f"{shown}\n{len(answer.heard.data)} bytes from {server} over {over} in {milliseconds:.3f} ms"
    return Results(COLUMNS, rows, summary, text)


def _query(identifier: int, name: str, options: DnsOptions) -> bytes:
    from scapy.layers.dns import DNS, DNSQR, DNSRROPT

    question = DNSQR(qname=name.rstrip(".") + ".", qtype=options.kind)
    extra = [DNSRROPT(rclass=EDNS_SIZE, z=0x8000 if options.dnssec else 0)]
    return bytes(DNS(id=identifier, rd=int(options.recursion), ad=1, qd=[question], ar=extra))


def _require_name(name: str) -> None:
    labels = name.rstrip(".").split(".")
    fits = all(0 < len(label.encode()) < 64 for label in labels) and len(name.encode()) <= 253
    if name != "." and (not fits or not name.isascii() or not name.isprintable() or " " in name):
        raise UsageError(f"{printable(name, 80)} is not a DNS name (RFC 1035 section 2.3.4)")
