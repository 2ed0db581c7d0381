from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from packet_bytes import (
    MAC_A,
    MAC_B,
    batch_of,
    dns_message,
    dns_name,
    ethernet,
    frames_of,
    ipv4,
    ipv6,
    tcp,
    tcp_frame,
    udp,
    udp_frame,
)

from netwatch.capture.frames import DIRECTION_IN, DIRECTION_OUT
from netwatch.decode.batch import IPV4_MAPPED, PROTOCOL_TCP, PacketBatch
from netwatch.decode.row import packet_row
from netwatch.dissection import PacketRow

SYN_OPTIONS = b"\2\4\x05\xb4\4\2\x08\x0a\0\0\0\1\0\0\0\0\1\3\3\7"


def row(frame, interface="eth0", **columns):
    return packet_row(batch_of(frame, **columns), 0, interface)


def test_a_whole_row():
    frame = ethernet(
        0x0800,
        ipv4(
            6,
            tcp(sport=43948, dport=8006, seq=123, flags=2, options=SYN_OPTIONS),
            src="192.168.16.34",
            dst="192.168.16.100",
        ),
        tags=((0x8100, 12),),
    )
    assert row(frame, first_number=7, time_ns=1_700_000_000_000_000_001, direction=DIRECTION_IN) == PacketRow(
        number=7,
        time_ns=1_700_000_000_000_000_001,
        source="192.168.16.34",
        source_port=43948,
        destination="192.168.16.100",
        destination_port=8006,
        protocol="TCP",
        kind="syn",
        length=len(frame),
        info="43948 > 8006 [S] seq=123 win=64240 len=0 mss=1460 sackok tsval=1 tsecr=0 ws=128",
        ttl=64,
        vlan="12",
        direction="in",
        interface="eth0",
    )


def test_a_batch_made_by_hand():
    """The contract of PacketBatch alone, without the decoder."""
    packet = tcp(b"hello", sport=1000, dport=2000, seq=5, ack=6, flags=0x18, window=7)
    columns = {name: np.zeros(1, dtype) for name, dtype in COLUMNS.items()}
    columns |= {
        "ethertype": np.array([0x0800], np.uint16),
        "vlan": np.array([-1], np.int32),
        "src_low": np.array([IPV4_MAPPED | 0x0A000001], np.uint64),
        "dst_low": np.array([IPV4_MAPPED | 0x0A000002], np.uint64),
        "protocol": np.array([PROTOCOL_TCP], np.uint8),
        "sport": np.array([1000], np.uint16),
        "dport": np.array([2000], np.uint16),
        "tcp_flags": np.array([0x18], np.uint8),
        "tcp_seq": np.array([5], np.uint32),
        "tcp_ack": np.array([6], np.uint32),
        "tcp_window": np.array([7], np.uint16),
        "ttl": np.array([9], np.uint8),
        "network_offset": np.array([14], np.int32),
        "transport_offset": np.array([34], np.int32),
        "payload_offset": np.array([54], np.int32),
        "payload_length": np.array([5], np.int32),
        "payload_captured": np.array([5], np.int32),
    }
    batch = PacketBatch(frames_of(ethernet(0x0800, ipv4(6, packet))), 3, **columns)
    made = packet_row(batch, 0, "lo")
    assert (made.number, made.source, made.source_port, made.ttl) == (3, "10.0.0.1", 1000, 9)
    assert made.info == "1000 > 2000 [PA] seq=5 ack=6 win=7 len=5"


COLUMNS = {
    "ethertype": np.uint16, "vlan": np.int32, "src_high": np.uint64, "src_low": np.uint64, "dst_high": np.uint64,
    "dst_low": np.uint64, "protocol": np.uint8, "sport": np.uint16, "dport": np.uint16, "tcp_flags": np.uint8,
    "tcp_seq": np.uint32, "tcp_ack": np.uint32, "tcp_window": np.uint16, "ttl": np.uint8, "network_offset": np.int32,
    "transport_offset": np.int32, "payload_offset": np.int32, "payload_length": np.int32,
    "payload_captured": np.int32, "fragment": np.uint16, "tunnel_depth": np.uint8, "status": np.uint8,
}  # fmt: skip


@pytest.mark.parametrize(
    ("flags", "kind"),
    [(0x02, "syn"), (0x12, "syn"), (0x11, "syn"), (0x10, "tcp"), (0x18, "tcp"), (0x14, "reset"), (0x06, "reset")],
)
def test_tcp_flags_decide_the_colour(flags, kind):
    assert row(tcp_frame(flags=flags)).kind == kind


@pytest.mark.parametrize(
    ("frame", "protocol", "kind"),
    [
        (tcp_frame(b"GET / HTTP/1.1\r\n\r\n"), "HTTP", "http"),
        (tcp_frame(b"\x17\x03\x03\0\x05hello", dport=443), "TLS", "tls"),
        (udp_frame(dns_message(1, 0x100, [dns_name(b"a") + b"\0\1\0\1"])), "DNS", "dns"),
        (udp_frame(b"xyz", sport=40001, dport=40002), "UDP", "udp"),
        (udp_frame(b"\x23" + bytes(47), dport=123), "NTP", "udp"),
        (ethernet(0x0800, ipv4(1, b"\x08\0" + bytes(6))), "ICMP", "icmp"),
        (ethernet(0x0806, b"\0\1\x08\0\6\4\0\1" + bytes(20)), "ARP", "arp"),
        (ethernet(0x0800, ipv4(89, b"\2\1" + bytes(42))), "OSPF", "routing"),
        (ethernet(0x0800, ipv4(47, b"\0\0\x88\xbb")), "GRE", "other"),
        (tcp_frame(b"SSH-2.0-x\r\n", dport=22), "SSH", "tcp"),
        (tcp_frame(b"GET / HTTP/1.1\r\n\r\n", flags=0x19), "HTTP", "syn"),
    ],
)
def test_protocols_and_colours(frame, protocol, kind):
    made = row(frame)
    assert (made.protocol, made.kind) == (protocol, kind)


class TestAddresses:
    def test_ipv6(self):
        made = row(ethernet(0x86DD, ipv6(17, udp(b"x", dport=9), src="fe80::1", dst="ff02::fb", hops=255)))
        assert (made.source, made.destination, made.ttl) == ("fe80::1", "ff02::fb", 255)

    def test_the_unspecified_address(self):
        made = row(ethernet(0x86DD, ipv6(58, b"\x87\0" + bytes(22), src="::", dst="ff02::1:ff00:1")))
        assert made.source == "::"

    def test_frames_without_ip_have_mac_addresses_and_no_hops(self):
        made = row(ethernet(0x88B8, b"x"))
        assert (made.source, made.destination) == (MAC_A.hex(":"), MAC_B.hex(":"))
        assert (made.source_port, made.destination_port, made.ttl) == (-1, -1, -1)

    def test_link_types_without_addresses(self):
        made = row(b"\1\2\3\4", link_type=195)
        assert (made.source, made.destination) == ("", "")


class TestPorts:
    def test_icmp_has_none(self):
        made = row(ethernet(0x0800, ipv4(1, b"\x08\0" + bytes(6))))
        assert (made.source_port, made.destination_port) == (-1, -1)

    def test_sctp_has_ports(self):
        made = row(ethernet(0x0800, ipv4(132, b"\x13\x88\0\x50" + bytes(8))))
        assert (made.source_port, made.destination_port) == (5000, 80)

    def test_later_fragments_have_none(self):
        made = row(ethernet(0x0800, ipv4(17, bytes(24), fragment=3)))
        assert (made.source_port, made.destination_port) == (-1, -1)

    def test_a_header_cut_after_the_ports_keeps_them(self):
        frame = tcp_frame()
        made = row(frame[:38], wire=len(frame))
        assert (made.source_port, made.destination_port) == (40000, 80)

    def test_a_header_cut_before_the_ports_has_none(self):
        frame = tcp_frame()
        made = row(frame[:36], wire=len(frame))
        assert (made.source_port, made.destination_port) == (-1, -1)


class TestOtherColumns:
    def test_a_tag_that_the_kernel_took_out_counts_and_is_shown(self):
        frame = tcp_frame()
        made = row(frame, tag=0x8100_0064)
        assert made.vlan == "100"
        assert made.length == len(frame) + 4

    def test_the_length_is_that_on_the_wire(self):
        assert row(tcp_frame(), wire=1514).length == 1514

    @pytest.mark.parametrize(("direction", "word"), [(0, ""), (DIRECTION_IN, "in"), (DIRECTION_OUT, "out")])
    def test_directions(self, direction, word):
        assert row(tcp_frame(), direction=direction).direction == word

    def test_interface_names_are_printable(self):
        assert row(tcp_frame(), "eth\x1b[0m").interface == "eth\\x1b[0m"

    def test_rows_of_a_batch_are_numbered(self):
        batch = batch_of(tcp_frame(), tcp_frame(), first_number=10)
        assert [packet_row(batch, position, "").number for position in range(2)] == [10, 11]


def test_importing_rows_loads_neither_scapy_nor_textual_nor_the_readers():
    code = (
        "import sys, netwatch.decode.row, netwatch.decode.dissect;"
        "print([name for name in sys.modules if name.startswith(('scapy', 'textual')) or name.endswith('.registry')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
