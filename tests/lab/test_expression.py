"""The grammar of packets: what may be written, and that nothing is run or looked up."""

from __future__ import annotations

import socket

import pytest

from netwatch.errors import UsageError
from netwatch.lab.expression import parse_expression, parse_hex


@pytest.fixture(autouse=True)
def no_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any look-up fail the test."""

    def refuse(*words: object, **_: object) -> None:
        pytest.fail(f"asked for {words}")

    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        monkeypatch.setattr(socket, name, refuse)


def test_layers_and_fields() -> None:
    from scapy.layers.inet import IP, TCP

    packet = parse_expression(
        'IP(dst="192.0.2.1", src="192.0.2.2", ttl=0x40)/TCP(dport=80, flags="SA", options=[("MSS", 1460)])/b"x"'
    )
    assert packet[IP].dst == "192.0.2.1"
    assert (packet[TCP].dport, str(packet[TCP].flags), bytes(packet[TCP].payload)) == (80, "SA", b"x")
    assert bytes(packet)[8] == 64
    frame = parse_expression(
        'Ether(dst="02:00:00:00:00:01", src="02:00:00:00:00:02")/Dot1Q(vlan=5)/ARP(op=2, psrc="192.0.2.1")'
    )
    assert frame.vlan == 5
    query = parse_expression('IP(dst="192.0.2.1", src="192.0.2.2")/UDP()/DNS(qd=DNSQR(qname="a.example"))')
    assert b"\x01a\x07example" in bytes(query)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "((((",
        "IP(" * 2000,
        "1",
        "IP\0()",
        '__import__("os").system("id")',
        'IP(dst="192.0.2.1").show()',
        "IP(dst=open)",
        "IP(dst=[x for x in (1,)])",
        "IP(**{})",
        "(lambda: IP())()",
        "IP() + TCP()",
        'IP("192.0.2.1")',
        "Nothing()",
        "IP(nothing=1)",
        'IP(dst="host.example")',
        'IP(src="host.example", dst="192.0.2.1")',
        'IP(dst="192.0.2.0/24")',
        'IP(dst=["192.0.2.1", "192.0.2.2"])',
        "IP(dst=None)",
        'IPv6(dst="host.example")',
        'ARP(pdst="host.example")',
        'ARP(pdst="192.0.2.0/24")',
        'ARP(hwdst="host")',
        'Ether(dst="host.example")',
        'ICMPv6ND_NS(tgt="host.example")',
        'IP(dst="192.0.2.1", ttl="many")',
        'IP(dst="192.0.2.1", src="192.0.2.2", ttl=99999)',
        'IP(dst="192.0.2.1", src="192.0.2.2")/TCP(dport="nothing")',
        'IP(dst=f"{1}")',
        'IP(dst="192.0.2.1")/(1).__class__',
    ],
)
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_expression(text)
    assert "\n" not in str(caught.value)


def test_hexadecimal() -> None:
    assert parse_hex("45 00\n 00ff # the rest is words: zz\n") == b"\x45\0\0\xff"
    for text in ("", "#", "4", "zz", "45 0", "00" * 65536):
        with pytest.raises(UsageError):
            parse_hex(text)
