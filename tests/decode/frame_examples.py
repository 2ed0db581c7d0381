"""A whole frame of every kind that the decoder reads, as link type and bytes."""

from __future__ import annotations

from netwatch.capture import frames as link_types
from tests.frames import (
    arp,
    authentication_header,
    cooked,
    cooked2,
    ethernet,
    ethernet_llc,
    extension,
    fragment_header,
    gre,
    icmp,
    ipv4,
    ipv6,
    mpls,
    nflog,
    ppi,
    pppoe,
    radiotap,
    sctp,
    snap,
    tcp,
    udp,
    vxlan,
    wireless,
)

SEGMENT = tcp(b"hello", options=b"\x02\x04\x05\xb4")
PACKET = ipv4(6, SEGMENT)
PACKET6 = ipv6(17, udp(b"hello"))
FRAME = ethernet(0x0800, PACKET)

IN_ETHERNET = {
    "tcp": FRAME,
    "udp": ethernet(0x0800, ipv4(17, udp(b"hello"))),
    "udp-lite": ethernet(0x0800, ipv4(136, udp(b"hello"))),
    "icmp": ethernet(0x0800, ipv4(1, icmp(8, 0, b"\0\1\0\1ping"))),
    "sctp": ethernet(0x0800, ipv4(132, sctp(b"chunk"))),
    "dccp": ethernet(0x0800, ipv4(33, sctp(b"hello"))),
    "ospf": ethernet(0x0800, ipv4(89, b"hello")),
    "options": ethernet(0x0800, ipv4(6, SEGMENT, options=b"\x94\x04\0\0")),
    "first fragment": ethernet(0x0800, ipv4(17, udp(b"hello", length=2000), fragment=0x2000)),
    "later fragment": ethernet(0x0800, ipv4(17, b"hello", fragment=0x00B9)),
    "ah": ethernet(0x0800, ipv4(51, authentication_header(6, SEGMENT))),
    "padded": ethernet(0x0800, ipv4(6, tcp())) + bytes(6),
    "ipv6": ethernet(0x86DD, PACKET6),
    "icmpv6": ethernet(0x86DD, ipv6(58, icmp(135, 0, b"solicit"))),
    "extensions": ethernet(
        0x86DD, ipv6(0, extension(60, extension(43, extension(51, authentication_header(6, SEGMENT)), units=2)))
    ),
    "ipv6 first fragment": ethernet(0x86DD, ipv6(44, fragment_header(17, udp(b"hello", length=2000), more=True))),
    "ipv6 later fragment": ethernet(0x86DD, ipv6(44, fragment_header(17, b"hello", offset=10))),
    "arp": ethernet(0x0806, arp(1)) + bytes(18),
    "rarp": ethernet(0x8035, arp(3)),
    "vlan": ethernet(0x0800, PACKET, tags=[(0x8100, 0x2064)]),
    "qinq": ethernet(0x0800, PACKET, tags=[(0x88A8, 100), (0x8100, 200)]),
    "llc": ethernet_llc(b"\x42\x42\x03bpdu"),
    "snap": ethernet_llc(snap(0x0800, PACKET)),
    "mpls": ethernet(0x8847, mpls(3, PACKET)),
    "pppoe": ethernet(0x8864, pppoe(b"\0\x21" + PACKET)),
    "pppoe lcp": ethernet(0x8864, pppoe(b"\xc0\x21\1\1\0\4")),
    "lldp": ethernet(0x88CC, b"\x02\x07\x04device"),
    "ip in ip": ethernet(0x0800, ipv4(4, PACKET)),
    "6in4": ethernet(0x0800, ipv4(41, PACKET6)),
    "4in6": ethernet(0x86DD, ipv6(4, PACKET)),
    "gre": ethernet(0x0800, ipv4(47, gre(0x0800, PACKET))),
    "gre with all fields": ethernet(0x0800, ipv4(47, gre(0x86DD, PACKET6, flags=0xB000, fields=bytes(12)))),
    "gre bridging": ethernet(0x0800, ipv4(47, gre(0x6558, FRAME, flags=0x2000, fields=bytes(4)))),
    "gre routing": ethernet(
        0x0800, ipv4(47, gre(0x0800, PACKET, flags=0x4000, fields=bytes(4) + b"\x08\0\0\4" + bytes(8)))
    ),
    "gre mpls": ethernet(0x0800, ipv4(47, gre(0x8847, mpls(1, PACKET)))),
    "pptp": ethernet(0x0800, ipv4(47, gre(0x880B, b"\xff\x03\0\x21" + PACKET, flags=0x3081, fields=bytes(12)))),
    "eoip": ethernet(0x0800, ipv4(47, gre(0x6400, FRAME, flags=0x2001, fields=bytes(4)))),
    "erspan": ethernet(0x0800, ipv4(47, gre(0x88BE, bytes(8) + FRAME, flags=0x1000, fields=bytes(4)))),
    "erspan 3": ethernet(
        0x0800, ipv4(47, gre(0x22EB, bytes(11) + b"\1" + bytes(8) + FRAME, flags=0x1000, fields=bytes(4)))
    ),
    "vxlan": ethernet(0x0800, ipv4(17, vxlan(FRAME))),
    "vxlan arp": ethernet(0x0800, ipv4(17, vxlan(ethernet(0x0806, arp(2))))),
}

EXAMPLES = {name: (link_types.LINKTYPE_ETHERNET, frame) for name, frame in IN_ETHERNET.items()} | {
    "raw": (link_types.LINKTYPE_RAW, PACKET),
    "raw ipv6": (link_types.LINKTYPE_RAW, PACKET6),
    "ipv4": (link_types.LINKTYPE_IPV4, PACKET),
    "ipv6 alone": (link_types.LINKTYPE_IPV6, PACKET6),
    "nflog": (link_types.LINKTYPE_NFLOG, nflog(PACKET)),
    "null": (link_types.LINKTYPE_NULL, b"\x02\0\0\0" + PACKET),
    "loop": (link_types.LINKTYPE_LOOP, b"\0\0\0\x1c" + PACKET6),
    "sll": (link_types.LINKTYPE_LINUX_SLL, cooked(0x0800, PACKET)),
    "sll arp": (link_types.LINKTYPE_LINUX_SLL, cooked(0x0806, arp(1))),
    "sll lldp": (link_types.LINKTYPE_LINUX_SLL, cooked(0x88CC, b"\x02\x07\x04device")),
    "sll2": (link_types.LINKTYPE_LINUX_SLL2, cooked2(0x86DD, PACKET6)),
    "sll2 lldp": (link_types.LINKTYPE_LINUX_SLL2, cooked2(0x88CC, b"\x02\x07\x04device")),
    "ppp": (link_types.LINKTYPE_PPP, b"\x21" + PACKET),
    "ppp framed": (link_types.LINKTYPE_PPP_HDLC, b"\xff\x03\0\x57" + PACKET6),
    "ppp mpls": (link_types.LINKTYPE_PPP, b"\xff\x03\x02\x81" + mpls(2, PACKET)),
    "cisco hdlc": (link_types.LINKTYPE_PPP_HDLC, b"\x0f\0\x08\0" + PACKET),
    "pppoe alone": (link_types.LINKTYPE_PPP_ETHER, pppoe(b"\0\x57" + PACKET6)),
    "802.11": (link_types.LINKTYPE_IEEE802_11, wireless(snap(0x0800, PACKET))),
    "802.11 beacon": (link_types.LINKTYPE_IEEE802_11, wireless(b"beacon", kind=0x80, flags=0)),
    "radiotap": (link_types.LINKTYPE_IEEE802_11_RADIOTAP, radiotap(wireless(snap(0x0800, PACKET)))),
    "radiotap qos": (
        link_types.LINKTYPE_IEEE802_11_RADIOTAP,
        radiotap(
            wireless(bytes(2) + snap(0x0800, PACKET), kind=0x88, after=bytes(2)) + b"\1\2\3\4",
            present=0x3,
            fields=bytes(8) + b"\x30",
        ),
    ),
    "ppi": (192, ppi(105, wireless(snap(0x0800, PACKET)), fields=b"\2\0\4\0abcd")),
    "ppi ethernet": (192, ppi(1, FRAME)),
    "unknown link type": (999, b"whatever"),
}
