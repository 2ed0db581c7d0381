"""The Scapy expression of a packet: typed in Scapy's shell, it makes the very bytes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

import pytest

from netwatch.capture.frames import LINKTYPE_ETHERNET
from netwatch.decode.dissect_command import scapy_command
from netwatch.decode.dissect_packets import scapy_names
from tests.frames import ethernet, icmp, ipv4, tcp, udp
from tests.scenes import day

if TYPE_CHECKING:
    from collections.abc import Callable

IPV4: Final = 0x0800
REQUEST: Final = b"GET / HTTP/1.1\r\nX-Last: 1\r\nHost: example.com\r\nAccept: */*\r\n\r\n"
NTP_TIME: Final = struct.pack("!BBbb11I", 0x23, 2, 6, -20, *(0x01234567 + 0x11111111 * at for at in range(11)))
SESSION_SETUP: Final = b"\x00\x00\x00\x30\xffSMB\x73" + bytes(43)

EXAMPLES: Final[dict[str, Callable[[], bytes]]] = {
    "dns": lambda: day(1)[2],
    "http": lambda: ethernet(IPV4, ipv4(6, tcp(REQUEST))),
    "ntp": lambda: ethernet(IPV4, ipv4(17, udp(NTP_TIME, sport=123, dport=123))),
    "igmp": lambda: ethernet(IPV4, ipv4(2, b"\x16\x00\x09\x04\xe0\x00\x00\x16" + bytes(18))),
    "smb": lambda: ethernet(IPV4, ipv4(6, tcp(SESSION_SETUP, dport=445))),
    "vlan": lambda: ethernet(IPV4, ipv4(1, icmp(8, 0)), tags=[(0x88A8, 7), (0x8100, 9)]),
    "padded": lambda: ethernet(IPV4, ipv4(6, tcp())) + bytes(6),
    "cut": lambda: ethernet(IPV4, ipv4(6, tcp()))[:30],
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_it_makes_the_same_bytes(name: str) -> None:
    """Whatever Scapy would write otherwise, or by a name that its shell does not have, is left as bytes."""
    frame = EXAMPLES[name]()
    command = scapy_command(frame, LINKTYPE_ETHERNET)
    assert command.startswith("Ether(dst=")
    assert bytes(eval(command, scapy_names())) == frame


def test_layers_stay_layers() -> None:
    """What Scapy knows well is written field by field, with the addresses and ports that one wants to change."""
    command = scapy_command(EXAMPLES["dns"](), LINKTYPE_ETHERNET)
    assert "/UDP(sport=41800, dport=53" in command
    assert "/DNS(" in command
    assert "Raw(" not in command


def test_what_scapy_does_not_know() -> None:
    """Bytes of an unknown link type, and no bytes."""
    assert scapy_command(b"\x01\x02", 65000) == "Raw(load=b'\\x01\\x02')"
    assert scapy_command(b"", LINKTYPE_ETHERNET) == "Raw(load=b'')"
