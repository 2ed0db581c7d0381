"""Checksums: wrong ones are found wherever a packet lies, offloaded ones are no errors, and tshark agrees."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode
from netwatch.track.checksums import FEW, ChecksumCounter
from tests.frames import ethernet, frames, ipv4, ipv6, tcp, udp

DEV = Path(__file__).resolve().parents[2] / "../shared/pcaps/dev"


def summed(data: bytes) -> int:
    """Return the checksum of RFC 1071, the plain way."""
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def filled(packet: bytes, segment: int, at: int, pseudo: bytes) -> bytes:
    """Return a packet whose transport checksum, `at` in its segment, is right."""
    body = bytearray(packet)
    body[segment + at : segment + at + 2] = struct.pack("!H", summed(pseudo + bytes(body[segment:])) or 0xFFFF)
    return bytes(body)


def right_ipv4(protocol: int, content: bytes, at: int) -> bytes:
    """Return an IPv4 packet in Ethernet with both checksums right."""
    packet = bytearray(ipv4(protocol, content))
    packet[10:12] = struct.pack("!H", summed(bytes(packet[:20])))
    pseudo = bytes(packet[12:20]) + struct.pack("!BBH", 0, protocol, len(content))
    return ethernet(0x0800, filled(bytes(packet), 20, at, pseudo))


def right_ipv6(protocol: int, content: bytes, at: int) -> bytes:
    """Return the same over IPv6."""
    packet = ipv6(protocol, content)
    pseudo = packet[8:40] + struct.pack("!II", len(content), protocol)
    return ethernet(0x86DD, filled(packet, 40, at, pseudo))


RIGHT = [
    maker(protocol, content, at)
    for size in (0, 1, 2, 33, 34)
    for protocol, content, at in ((6, tcp(b"x" * size), 16), (17, udp(b"y" * size), 6))
    for maker in (right_ipv4, right_ipv6)
]


def judged(packets: list[bytes], between: bytes = b"") -> ChecksumCounter:
    """Return what was counted of packets, with some bytes between them in the block."""
    counter = ChecksumCounter()
    counter.feed(decode(frames(packets, between=between), 1))
    return counter


@pytest.mark.parametrize("between", [b"", b"\xff", b"\xff\xfe\xfd"])
def test_right_ones_are_right_at_odd_and_even_places(between: bytes) -> None:
    """IPv4 and IPv6, odd lengths and even ones."""
    summary = judged(RIGHT, between).summary()
    assert (summary.bad, summary.offloaded, summary.senders) == (0, 0, ())
    assert summary.judged == len(RIGHT) * 3 // 2


@pytest.mark.parametrize("between", [b"", b"\xff"])
def test_every_changed_byte_is_found(between: bytes) -> None:
    """In the IPv4 header, in the transport header, in the payload."""
    for packet in RIGHT:
        start = 14
        version4 = packet[12:14] == b"\x08\x00"
        for place in range(start + (24 if version4 else 44), len(packet)):
            changed = bytearray(packet)
            changed[place] ^= 0x10
            kind = packet[start + (9 if version4 else 6)]
            if kind == 17 and place in range(start + (24 if version4 else 44), start + (28 if version4 else 48)):
                continue  # length and checksum of UDP: another length is another packet
            if kind == 6 and place == start + (32 if version4 else 52):
                continue  # the header length: another header
            summary = judged([bytes(changed)], between).summary()
            assert summary.tcp_bad + summary.udp_bad == 1, (packet.hex(), place)
    broken = bytearray(RIGHT[0])
    broken[22] ^= 1  # time to live
    summary = judged([bytes(broken)], between).summary()
    assert (summary.ip_bad, summary.senders) == (1, (("10.0.0.1", 1),))


@pytest.mark.parametrize("between", [b"", b"\xff"])
def test_a_few_packets_of_many_are_judged_as_all_are(between: bytes) -> None:
    """Those are added up another way: with every byte right, and with one that is not, at odd and even places."""
    for place in (-1, -2, 18):
        packets = [bytearray(packet) for packet in RIGHT * FEW]
        for packet in packets[:: FEW + 1]:
            packet[place] ^= 0x10
        batch = decode(frames([bytes(packet) for packet in packets], between=between), 1)
        everything, some = np.ones(len(batch), np.bool_), np.zeros(len(batch), np.bool_)
        some[:: FEW + 3] = True
        expected = ChecksumCounter().wrong(batch, everything)
        wrong = ChecksumCounter().wrong(batch, some)
        assert 0 < len(wrong) < len(expected)
        assert sorted(set(wrong.tolist())) == sorted({*expected.tolist()} & {*np.flatnonzero(some).tolist()})


def test_what_the_card_fills_in_is_no_error() -> None:
    """The sum of the pseudo-header in the field, an IPv4 header without a sum, and a UDP datagram without one."""
    content = bytearray(tcp(b"hello"))
    pseudo = bytes((10, 0, 0, 1, 10, 0, 0, 2)) + struct.pack("!BBH", 0, 6, len(content))
    content[16:18] = struct.pack("!H", ~summed(pseudo) & 0xFFFF)
    summary = judged([ethernet(0x0800, ipv4(6, bytes(content)))]).summary()
    assert (summary.bad, summary.offloaded) == (0, 2)
    summary = judged([ethernet(0x0800, ipv4(17, udp(b"none")))]).summary()
    assert (summary.udp_bad, summary.judged) == (0, 1)


def test_what_was_not_captured_whole_is_not_judged() -> None:
    """Nor are fragments."""
    cut = [packet[:-1] for packet in RIGHT if len(packet) > 80]
    counter = ChecksumCounter()
    counter.feed(decode(frames(cut, wire=[len(packet) + 1 for packet in cut]), 1))
    assert counter.tcp_bad + counter.udp_bad == 0
    counter = judged([ethernet(0x0800, ipv4(6, tcp(b"x"), fragment=0x2000))])
    assert counter.tcp_bad == 0
    counter.feed(decode(frames([]), 1))


@pytest.mark.skipif(not DEV.is_dir() or not shutil.which("tshark"), reason="needs tshark and the captures beside")
def test_tshark_agrees() -> None:
    """On captures with wrong ones, offloaded ones counted as wrong as tshark does."""
    names = ("nfstream__pcaps_dnscrypt-v2-doh", "iot_sentinel__HueBridge_Setup-C-1-STA", "OpenVPN")
    paths = [path for path in sorted(DEV.rglob("*.pcap*")) if any(name in path.name for name in names)]
    assert paths
    for path in paths:
        counter, source = ChecksumCounter(), FileSource([str(path)])
        while True:
            try:
                block = source.read(1)
            except EOFError:
                break
            assert block is not None
            counter.feed(decode(block, 1))
        source.close()
        options = [word for kind in ("ip", "tcp", "udp") for word in ("-o", f"{kind}.check_checksum:TRUE")]
        fields = [word for kind in ("ip", "tcp", "udp") for word in ("-e", f"{kind}.checksum.status")]
        words = ["tshark", *options, "-r", str(path), "-T", "fields", *fields]
        lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
        wrong = sum(cell.split(",").count("0") for line in lines for cell in line.split("\t"))
        found = counter.summary()
        assert found.bad + found.offloaded == wrong, path.name
        assert isinstance(found.ip_bad, int)
        assert np.isscalar(found.judged)
