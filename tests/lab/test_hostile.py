"""Answers from the network can be anything: cut short, changed, made up; no tool may fail on them."""

from __future__ import annotations

import ipaddress
import random
from typing import TYPE_CHECKING, Any

import pytest

from netwatch.lab.bench import Bench
from netwatch.lab.dns_answer import flags_of, records_of
from netwatch.lab.exchange import Exchange, Probe, exchange
from netwatch.lab.link import claim_of
from netwatch.lab.pace import Pacer
from netwatch.lab.ping import Echoes
from netwatch.lab.scan import SynProbes
from netwatch.lab.send import SendOptions, _Copies
from netwatch.lab.sent_log import SentLog
from netwatch.lab.surroundings import Surroundings
from netwatch.lab.trace import TraceOptions
from netwatch.lab.trace_probes import TraceProbes
from netwatch.lab.wire import Heard, SilentWire

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OWN, HOST, OWN6, HOST6 = "127.0.0.1", "127.0.0.2", "::1", "::2"


class Around(Surroundings):
    """Knows where everything is without asking the kernel."""

    def source(self, address: Any) -> str:
        return OWN if address.version == 4 else OWN6


AROUND = Around((), None, False, False)


def changed(valid: list[bytes]) -> list[bytes]:
    """Return truncated, changed and random packets, the same each time."""
    draw = random.Random(11)
    found = [packet[:length] for packet in valid for length in range(1, len(packet), 3)]
    for packet in valid:
        for _ in range(60):
            data = bytearray(packet)
            for _ in range(draw.randrange(1, 6)):
                data[draw.randrange(len(data))] = draw.getrandbits(8)
            found.append(bytes(data))
    found += [bytes([draw.choice((0x45, 0x4F, 0x60))]) + draw.randbytes(draw.randrange(90)) for _ in range(100)]
    return found


def answers_to(probe: bytes) -> list[bytes]:
    """Return what a host may answer to a probe, valid: ICMP errors that quote it, and its own kind turned round."""
    from scapy.layers.inet import ICMP, IP
    from scapy.layers.inet6 import ICMPv6DestUnreach, ICMPv6TimeExceeded, IPv6

    if probe[0] >> 4 == 4:
        turned = bytearray(probe)
        turned[12:20] = probe[16:20] + probe[12:16]
        quoting = [bytes(IP(src="192.0.2.1", dst=OWN) / ICMP(type=kind) / probe) for kind in (3, 5, 11, 12)]
        return [bytes(turned), *quoting]
    turned = bytearray(probe)
    turned[8:40] = probe[24:40] + probe[8:24]
    errors = (ICMPv6DestUnreach(), ICMPv6TimeExceeded())
    return [bytes(turned), *(bytes(IPv6(src="2001:db8::1", dst=OWN6) / error / probe) for error in errors)]


class Hostile(SilentWire):
    """Delivers packets, whatever they are."""

    def __init__(self, packets: list[bytes]) -> None:
        super().__init__(frames=True)
        self.left = packets[::-1]

    def receive(self, timeout: float) -> Heard | None:
        return Heard(self.left.pop(), 1.0, outgoing=False) if self.left else None


def through_an_exchange(match: Callable[[bytes], Any], packets: list[bytes], log: Path) -> Exchange:
    """Let all packets arrive while a probe waits, and then let time pass."""
    wire = Hostile(packets)
    with SentLog(log) as sent:
        bench = Bench(wire, sent, Pacer(), clock=lambda: 0.0 if wire.left else 10.0)
        return exchange(bench, [Probe("probe", b"probe", "probe")], match, timeout=1.0, several=True)


def matchers() -> dict[str, tuple[Callable[[bytes], object], list[bytes]]]:
    four, six = ipaddress.ip_address(HOST), ipaddress.ip_address(HOST6)
    found: dict[str, tuple[Callable[[bytes], object], list[bytes]]] = {}
    for address in (four, six):
        echoes, syns = Echoes(7, 8, AROUND), SynProbes(4000, AROUND)
        found[f"ping {address}"] = (echoes.match, answers_to(echoes.probe(address, 0).packet))
        found[f"scan {address}"] = (syns.match, answers_to(syns.probe(address, 80).packet))
        for method in ("icmp", "udp", "tcp"):
            source = OWN if address.version == 4 else OWN6
            probes = TraceProbes(source, address, 4000, TraceOptions(method, 33434, 30, 3, 1.0))
            found[f"trace {method} {address}"] = (probes.match, answers_to(probes.probe(3, 1).packet))
    return found


@pytest.mark.parametrize("name", sorted(matchers()))
def test_no_answer_breaks_a_probe(name: str, tmp_path: Path) -> None:
    match, valid = matchers()[name]
    assert any(match(packet) is not None for packet in valid), "a valid error is recognised"
    done = through_an_exchange(match, changed(valid), tmp_path / "log")
    assert done.unreadable > 0


def test_no_frame_breaks_discovery(tmp_path: Path) -> None:
    from scapy.layers.inet6 import ICMPv6EchoReply, ICMPv6ND_NA, ICMPv6NDOptDstLLAddr, IPv6
    from scapy.layers.l2 import ARP, Ether

    ether = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    six = IPv6(src="fe80::1", dst="fe80::2", hlim=255)
    valid = [
        bytes(ether / ARP(op=2, psrc="192.0.2.1", hwsrc="02:00:00:00:00:01", pdst="192.0.2.2")),
        bytes(ether / six / ICMPv6ND_NA(tgt="fe80::1") / ICMPv6NDOptDstLLAddr(lladdr="02:00:00:00:00:01")),
        bytes(ether / six / ICMPv6EchoReply(id=7)),
    ]
    assert [str(claim[0]) for frame in valid if (claim := claim_of(frame, 7))] == ["192.0.2.1", "fe80::1", "fe80::1"]

    def match(frame: bytes) -> str | None:
        claim = claim_of(frame, 7)
        if claim is not None:
            macs.append(claim[1])
        return "probe" if claim is not None else None

    macs: list[str] = []
    done = through_an_exchange(match, changed(valid), tmp_path / "log")
    assert done.unreadable > 0
    assert len(macs) == len(done.answers["probe"])
    assert all(len(bytes.fromhex(mac.replace(":", ""))) == 6 for mac in macs)


def test_no_message_breaks_a_dns_answer() -> None:
    from scapy.layers.dns import DNS, DNSQR, DNSRR, DNSRRMX, DNSRROPT, DNSRRSOA

    records = [DNSRR(rrname="a.example", rdata="192.0.2.1"), DNSRRMX(rrname="a.example"), DNSRRSOA(rrname="a.example")]
    records.append(DNSRR(rrname="a.example", type="TXT", rdata=[b"x\x1b[2J", b"y"]))
    whole = DNS(id=1, qr=1, qd=[DNSQR(qname="a.example")], an=records, ar=[DNSRROPT(rclass=1232)])
    shown = records_of(bytes(whole), 100)
    assert [row["type"] for row in shown] == ["A", "A", "MX", "SOA", "TXT", "OPT"]
    assert shown[4]["data"] == '"x\\x1b[2J" "y"'
    assert records_of(bytes(whole)[:20], 100)[0]["section"] in ("malformed", "question")
    for message in changed([bytes(whole)]):
        if len(message) > 12:
            flags_of(message)
            assert all("\x1b" not in str(row["data"]) for row in records_of(message, 100))


def test_no_answer_breaks_a_packet_of_ones_own(tmp_path: Path) -> None:
    from scapy.layers.inet import IP, UDP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import ARP, Ether

    packets = [
        IP(src=OWN, dst=HOST) / UDP(sport=4000, dport=9) / "x",
        IPv6(src=OWN6, dst=HOST6) / UDP(sport=4000, dport=9),
        Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02") / ARP(psrc=OWN, pdst=HOST),
    ]
    for packet in packets:
        copies = _Copies(packet, SendOptions(1, None, 1.0, live=True), lambda: 0.0)
        valid = answers_to(copies.data) if packet.name != "Ethernet" else [copies.data]
        list(copies.probes())
        done = through_an_exchange(copies.match, changed(valid), tmp_path / "log")
        assert all(copies.shown(answer) for answers in done.answers.values() for answer in answers)


def test_a_silent_wire_hears_nothing() -> None:
    bench = Bench(SilentWire(frames=False), None, Pacer(), say=lambda _: None)
    assert bench.transmit(b"x", "a packet")
    assert bench.wire.receive(0) is None
    assert (bench.dry, bench.packets, bench.octets) == (True, 1, 1)
