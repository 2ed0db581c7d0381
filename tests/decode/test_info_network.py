"""ICMP, neighbour discovery, ARP, multicast, routing and tunnels, from whole frames to the line."""

from __future__ import annotations

import struct

import pytest
from packet_bytes import MAC_A, MAC_B, batch_of, ethernet, ipv4, ipv6, tcp, udp

from netwatch.decode.row import packet_row


def line(frame, **columns):
    row = packet_row(batch_of(frame, **columns), 0, "eth0")
    return row.protocol, row.info


def over_ipv4(protocol, payload, **header):
    return line(ethernet(0x0800, ipv4(protocol, payload, **header)))


def over_ipv6(protocol, payload):
    return line(ethernet(0x86DD, ipv6(protocol, payload)))


QUOTED = ipv4(17, udp(b"x" * 4, sport=53, dport=4000))
QUOTED6 = ipv6(6, tcp(sport=443, dport=5000)[:8])
TARGET = bytes.fromhex("fe800000000000000000000000000001")


class TestIcmp:
    @pytest.mark.parametrize(
        ("message", "text"),
        [
            (b"\x08\0\0\0\0\7\0\x09" + bytes(56), "Echo request id=7 seq=9 len=56"),
            (b"\0\0\0\0\0\7\0\x09", "Echo reply id=7 seq=9 len=0"),
            (
                b"\3\3" + bytes(6) + QUOTED,
                "Destination unreachable (port) for udp 10.0.0.1:53 > 10.0.0.2:4000",
            ),
            (
                b"\3\4\0\0\0\0\5\x78" + QUOTED,
                "Destination unreachable (fragmentation needed) mtu=1400 for udp 10.0.0.1:53 > 10.0.0.2:4000",
            ),
            (b"\x0b\0" + bytes(6) + QUOTED[:20], "Time exceeded (in transit) for udp 10.0.0.1 > 10.0.0.2"),
            (b"\5\1\0\0\x0a\0\0\x09" + QUOTED[:28], None),
            (b"\x0d\0\0\0\0\1\0\2" + bytes(12), "Timestamp request id=1 seq=2 len=12"),
            (b"\x63\0" + bytes(6), "type 99"),
            (b"\x08\0", "Echo request"),
        ],
    )
    def test_types(self, message, text):
        protocol, info = over_ipv4(1, message)
        assert protocol == "ICMP"
        assert text is None or info.removesuffix(" [malformed]") == text

    def test_a_redirect_names_the_gateway(self):
        assert "Redirect (host) to 10.0.0.9 for udp" in over_ipv4(1, b"\5\1\0\0\x0a\0\0\x09" + QUOTED)[1]

    def test_a_quoted_echo_has_its_identifier(self):
        quoted = ipv4(1, b"\x08\0\0\0\0\7\0\x09")
        assert over_ipv4(1, b"\x0b\0" + bytes(6) + quoted)[1].endswith("for icmp 10.0.0.1 > 10.0.0.2 id=7 seq=9")


class TestIcmpv6:
    @pytest.mark.parametrize(
        ("message", "text"),
        [
            (b"\x80\0\0\0\0\7\0\x09abcd", "Echo request id=7 seq=9 len=4"),
            (
                b"\1\4" + bytes(6) + QUOTED6,
                "Destination unreachable (port) for tcp [2001:db8::1]:443 > [2001:db8::2]:5000",
            ),
            (b"\2\0\0\0\0\0\5\0" + QUOTED6[:40], "Packet too big mtu=1280 for tcp 2001:db8::1 > 2001:db8::2"),
            (
                b"\x87\0" + bytes(6) + TARGET + b"\1\1" + MAC_A,
                "Neighbor solicitation for fe80::1 from 02:00:00:00:00:01",
            ),
            (
                b"\x88\0\0\0\x60\0\0\0" + TARGET + b"\2\1" + MAC_B,
                "Neighbor advertisement fe80::1 flags=SO at 02:00:00:00:00:02",
            ),
            (
                b"\x86\0\0\0\x40\xc0\7\x08" + bytes(8) + b"\3\4\x40\xc0" + bytes(12) + TARGET + b"\5\1\0\0\0\0\5\xdc",
                "Router advertisement hops=64 lifetime=1800s flags=MO prefix=fe80::1/64 mtu=1500",
            ),
            (b"\x85\0" + bytes(6), "Router solicitation"),
            (b"\x8f\0\0\0\0\0\0\1\4\0\0\0" + TARGET, "Multicast listener report v2 to exclude fe80::1"),
            (b"\x83\0" + bytes(6) + TARGET, "Multicast listener report group=fe80::1"),
        ],
    )
    def test_types(self, message, text):
        assert over_ipv6(58, message) == ("ICMPv6", text)

    def test_an_option_of_length_zero_ends_the_options(self):
        assert over_ipv6(58, b"\x85\0" + bytes(6) + b"\1\0" + bytes(30))[1] == "Router solicitation"


class TestArp:
    def arp(self, operation, sender, target, sender_mac=MAC_A, target_mac=bytes(6)):
        packet = struct.pack("!HHBBH", 1, 0x0800, 6, 4, operation) + sender_mac + sender + target_mac + target
        return line(ethernet(0x0806, packet))

    A, B = bytes([10, 0, 0, 5]), bytes([10, 0, 0, 1])

    def test_sentences(self):
        assert self.arp(1, self.A, self.B) == ("ARP", "Who has 10.0.0.1? Tell 10.0.0.5")
        assert self.arp(2, self.B, self.A) == ("ARP", "10.0.0.1 is at 02:00:00:00:00:01")
        assert self.arp(1, bytes(4), self.B)[1] == "Who has 10.0.0.1? (probe by 02:00:00:00:00:01)"
        assert self.arp(1, self.A, self.A)[1] == "Gratuitous ARP request: 10.0.0.5 is at 02:00:00:00:00:01"
        assert self.arp(3, bytes(4), bytes(4), MAC_A, MAC_B) == (
            "RARP",
            "Who is 02:00:00:00:00:02? Tell 02:00:00:00:00:01",
        )

    def test_addresses_of_other_lengths_are_bounded(self):
        packet = struct.pack("!HHBBH", 1, 0x0800, 200, 200, 2) + bytes(800)
        assert len(line(ethernet(0x0806, packet))[1]) < 200

    def test_a_short_packet(self):
        assert line(ethernet(0x0806, b"\0\1\x08\0\6\4\0\1" + bytes(5)))[1].startswith("Request, cut short")


@pytest.mark.parametrize(
    ("protocol", "payload", "expected"),
    [
        (2, b"\x11\0\0\0\0\0\0\0", ("IGMP", "Membership query v1 general")),
        (2, b"\x16\0\0\0\xe0\0\0\xfb", ("IGMP", "Membership report v2 group=224.0.0.251")),
        (2, b"\x22\0\0\0\0\0\0\1\4\0\0\0\xe0\0\0\xfb", ("IGMP", "Membership report v3 to exclude 224.0.0.251")),
        (50, b"\0\0\x10\1\0\0\0\7" + bytes(20), ("ESP", "spi=0x00001001 seq=7 len=28")),
        (51, b"\6\4\0\0\0\0\0\1\0\0\0\2" + bytes(12) + tcp(), ("TCP", None)),
        (89, b"\2\1\0\x2c\x0a\0\0\1\0\0\0\0" + bytes(32), ("OSPF", "v2 Hello router=10.0.0.1 area=0.0.0.0")),
        (103, b"\x20\0" + bytes(6), ("PIM", "v2 Hello")),
        (112, b"\x21\5\x64\1\0\1\0\0\x0a\0\0\x09", ("VRRP", "v2 advertisement group=5 priority=100 address=10.0.0.9")),
        (88, b"\2\5" + bytes(16) + b"\0\x64", ("EIGRP", "Hello as=100 seq=0 ack=0")),
        (
            132,
            struct.pack("!HHII", 5000, 80, 7, 0) + b"\1\0\0\x14" + bytes(8) + b"\0\x0a\0\x0a" + bytes(4),
            ("SCTP", "5000 > 80 INIT streams=10/10 rwnd=0 tag=0x00000007"),
        ),
        (47, b"\0\0\x88\xbb" + bytes(8), ("GRE", "carries 0x88bb")),
        (47, b"\x30\1\x88\x0b\0\4\0\7\0\0\0\1" + b"\xc0\x21\x09\1", ("GRE", "carries PPP LCP call=7 length=4 seq=1")),
        (33, struct.pack("!HHBBHI", 5000, 80, 3, 0, 0, 1 << 24 | 9), ("DCCP", "5000 > 80 Request seq=9")),
        (200, b"\xde\xad\xbe\xef", ("IP-200", "len=4 deadbeef")),
    ],
)
def test_ip_protocols(protocol, payload, expected):
    found, text = over_ipv4(protocol, payload)
    assert found == expected[0]
    assert expected[1] is None or text == expected[1]


class TestRemarks:
    def test_fragments(self):
        first = ipv4(17, udp(b"x" * 24, sport=9000, dport=9001), fragment=0x2000, identification=0xABCD)
        assert line(ethernet(0x0800, first))[1].endswith(" [first fragment, more follow, id=0xabcd]")
        middle = ipv4(17, bytes(24), fragment=0x2000 | 185)
        assert line(ethernet(0x0800, middle)) == (
            "IPv4",
            "fragment of udp offset=1480 len=24 [more follow, id=0x1234]",
        )
        last = ipv4(17, bytes(24), fragment=370)
        assert line(ethernet(0x0800, last))[1] == "fragment of udp offset=2960 len=24 [last, id=0x1234]"

    def test_ipv6_extension_headers(self):
        chain = b"\x2b\0" + b"\5\2\0\0\1\0" + b"\x11\0\4\1" + bytes(4) + udp(b"hello", sport=7000, dport=7001)
        assert line(ethernet(0x86DD, ipv6(0, chain)))[1].endswith(" [hop-by-hop, routing]")

    def test_an_ipv6_fragment(self):
        chain = b"\x11\0\0\1\0\0\xbe\xef" + udp(b"hello", sport=7000, dport=7001)
        assert line(ethernet(0x86DD, ipv6(44, chain)))[1].endswith(" [first fragment, more follow, id=0xbeef]")

    def test_ipv4_options(self):
        frame = ethernet(0x0800, ipv4(2, b"\x16\0\0\0\xe0\0\0\xfb", options=b"\x94\4\0\0"))
        assert line(frame)[1].endswith(" [router alert]")
        frame = ethernet(0x0800, ipv4(17, udp(b"abc", dport=9), options=b"\x83\7\4\x0a\0\0\1\0"))
        assert line(frame)[1].endswith(" [loose source route]")

    def test_the_tunnel_around_an_inner_packet(self):
        inner = ipv4(1, b"\x08\0\0\0\0\1\0\1", src="192.168.0.1", dst="192.168.0.2")
        gre = ethernet(0x0800, ipv4(47, b"\0\0\x08\0" + inner))
        assert line(gre) == ("ICMP", "Echo request id=1 seq=1 len=0 [in GRE 10.0.0.1 > 10.0.0.2]")
        ipip = ethernet(0x0800, ipv4(4, inner), tags=((0x8100, 5),))
        assert line(ipip)[1].endswith(" [in IPIP 10.0.0.1 > 10.0.0.2]")
        vxlan = udp(b"\x08\0\0\0\0\0\x2a\0" + ethernet(0x0800, inner), dport=4789)
        assert line(ethernet(0x86DD, ipv6(17, vxlan)))[1].endswith(" [in VXLAN vni=42 2001:db8::1 > 2001:db8::2]")

    def test_pppoe_sessions(self):
        packet = ipv4(1, b"\x08\0\0\0\0\1\0\1")
        session = b"\x11\0\0\x2a" + struct.pack("!H", len(packet) + 2) + b"\0\x21" + packet
        assert line(ethernet(0x8864, session))[1] == "Echo request id=1 seq=1 len=0 [PPPoE session 0x002a]"

    def test_a_packet_that_the_capture_cut_short(self):
        frame = ethernet(0x0800, ipv4(6, tcp(bytes(1400))))
        protocol, info = line(frame[:40], wire=len(frame))
        assert protocol == "TCP"
        assert info.endswith(f" [cut short: 40 of {len(frame)}]")

    def test_a_malformed_packet(self):
        frame = ethernet(0x0800, ipv4(6, tcp()[:10]))
        row = packet_row(batch_of(frame), 0, "eth0")
        assert row.info.endswith("[malformed]")
        assert row.kind == "malformed"
