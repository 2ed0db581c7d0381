"""What tshark says of every packet of a capture, in the columns and the meaning of golden_columns.

tshark names the layers of a packet and lists a field once for each layer that has it, outermost first. From both
follow the fields of the layer that our decoder is to show: the first network header, or the one inside of it where
that is a tunnel of a kind that batch.py names.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_ARP,
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_RARP,
    FRAGMENT_OFFSET,
    IPV4_MAPPED,
    MAC_HIGH,
    MORE_FRAGMENTS,
    PROTOCOL_GRE,
    PROTOCOL_IPIP,
    PROTOCOL_IPV6,
    PROTOCOL_NONE,
)
from netwatch.decode.tunnel import MOST_TUNNELS
from tests.decode.golden_columns import COLUMNS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FIELDS = (
    "frame.time_epoch", "frame.len", "frame.cap_len", "frame.encap_type", "frame.protocols", "eth.src", "eth.dst",
    "sll.src.eth", "vlan.id", "ieee8021ad.id", "ip.src", "ip.dst", "ip.ttl", "ip.proto", "ip.flags", "ip.frag_offset",
    "ip.len", "ip.hdr_len", "ipv6.src", "ipv6.dst", "ipv6.hlim", "ipv6.nxt", "ipv6.hopopts.nxt", "ipv6.dstopts.nxt",
    "ipv6.routing.nxt", "ipv6.fraghdr.nxt", "ipv6.fraghdr.offset", "ipv6.fraghdr.more", "ah.next_header", "shim6.nxt",
    "tcp.srcport", "tcp.dstport", "tcp.flags", "tcp.seq_raw", "tcp.ack_raw", "tcp.window_size_value", "tcp.len",
    "udp.srcport", "udp.dstport", "udp.length", "sctp.srcport", "sctp.dstport", "dccp.srcport", "dccp.dstport",
    "icmp.type", "icmp.code", "icmpv6.type", "icmpv6.code", "arp.opcode", "arp.src.proto_ipv4", "arp.dst.proto_ipv4",
)  # fmt: skip
PREFERENCES = ("tcp.desegment_tcp_streams:FALSE", "ip.defragment:FALSE", "ipv6.defragment:FALSE")
"""Without reassembly, so that tshark says of a packet what that packet holds."""

LINK_TYPES = {
    1: 1, 3: 8, 4: 9, 7: 101, 9: 129, 13: 123, 15: 0, 19: 50, 20: 105, 21: 119, 23: 127, 25: 113, 26: 107, 28: 104,
    42: 140, 47: 149, 67: 137, 97: 192, 104: 195, 125: 227, 127: 230, 129: 228, 130: 229, 141: 239, 158: 253, 160: 255,
    210: 276,
}  # fmt: skip
"""LINKTYPE_ by WTAP_ENCAP_ of Wireshark's library of file formats (wiretap/wtap.h, wiretap/pcap-common.c)."""

LINKS = {
    "eth", "ethertype", "vlan", "ieee8021ad", "sll", "null", "loop", "raw", "ppp", "pppoes", "chdlc", "llc", "mpls",
    "wlan", "wlan_radio", "radiotap", "ppi", "pcap_pktdata", "wlan_aggregate", "eth_maybefcs", "eth_withoutfcs",
    "ieee8021ah", "vntag", "nsh", "nflog",
}  # fmt: skip
"""Layers that may precede the network header."""
UDP_TUNNELS = {"vxlan", "geneve", "gtp", "gre", "l2tp", "teredo", "capwap.data"}
CARRIERS = {"erspan", "eoip", *UDP_TUNNELS, *LINKS}
"""Layers that may stand between a network header and the one that it carries."""
NETWORKS = {"ip", "ipv6", "arp"}
TUNNELS = {PROTOCOL_IPIP, PROTOCOL_IPV6, PROTOCOL_GRE}
TAGS = {"vlan": "vlan.id", "ieee8021ad": "ieee8021ad.id"}
EXTENSIONS = {
    "ipv6.hopopts": 0, "ipv6.dstopts": 60, "ipv6.routing": 43, "ipv6.fraghdr": 44, "ah": 51, "shim6": 140,
}  # fmt: skip
"""Headers in front of the transport header, with their protocol numbers."""
WITH_PORTS = {"tcp": "tcp", "udp": "udp", "udplite": "udp", "sctp": "sctp", "dccp": "dccp"}
"""What begins with two ports, and how tshark calls its fields."""
INNER = (
    "network", "source_high", "source_low", "destination_high", "destination_low", "sport", "dport", "flags", "seq",
    "ack", "window", "ttl", "fragment", "payload",
)  # fmt: skip
"""What a tunnelled packet has of its own."""


def tshark_columns(path: Path) -> dict[str, NDArray[np.uint64]]:
    """Return what tshark says of a capture, one value a packet of each of COLUMNS."""
    rows = [_Packet(fields).columns() for fields in tshark_fields(path)]
    return {name: np.array([row[name] % (1 << 64) for row in rows], np.uint64) for name in COLUMNS}


def tshark_fields(path: Path) -> list[dict[str, str]]:
    """Return FIELDS of every packet; of a damaged file, of what is before the damage."""
    options = [argument for preference in PREFERENCES for argument in ("-o", preference)]
    options += [argument for field in FIELDS for argument in ("-e", field)]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", "-E", "separator=|", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    rows = [dict(zip(FIELDS, line.split("|"), strict=True)) for line in done.stdout.splitlines()]
    # tshark lists blocks of pcapng that hold no packet as frames without a link type
    return [row for row in rows if row["frame.encap_type"]]


class _Packet:
    """Walks through the layers of one packet and fills the columns on its way."""

    def __init__(self, fields: dict[str, str]) -> None:
        self.fields = fields
        self.layers = [*fields["frame.protocols"].split(":"), ""]
        self.at = 0
        self.seen: Counter[str] = Counter()
        self.tags: list[int] = []
        self.values = dict.fromkeys(COLUMNS, 0)

    def columns(self) -> dict[str, int]:
        seconds, _, fraction = self.fields["frame.time_epoch"].partition(".")
        encapsulation = int(self.fields["frame.encap_type"])
        self.values.update(
            time=int(seconds or 0) * 10**9 + int(fraction.ljust(9, "0")),
            length=int(self.fields["frame.len"]),
            captured=int(self.fields["frame.cap_len"]),
            link=LINK_TYPES.get(encapsulation, encapsulation),
            protocol=PROTOCOL_NONE,
        )
        self.skip(LINKS)
        self.network()
        for depth in range(1, MOST_TUNNELS + 1):
            before = self.at, dict(self.values), list(self.tags)
            if not self.carries():
                self.at, self.values, self.tags = before
                break
            self.values.update(dict.fromkeys(INNER, 0), protocol=PROTOCOL_NONE, tunnel=depth)
            self.network()
        if self.values["protocol"] == PROTOCOL_NONE and not self.values["source_low"] | self.values["destination_low"]:
            self.hardware()
        # the identifiers of the tags, as PacketBatch.vlan joins them
        self.values["vlan"] = (self.tags[0] if self.tags else -1) | (self.tags[1] + 1 << 12 if self.tags[1:] else 0)
        return self.values

    @property
    def layer(self) -> str:
        return self.layers[self.at]

    def take(self) -> int:
        """Step over a layer; return how many of its name were before it, which is its place in lists of fields."""
        index = self.seen[self.layer]
        self.seen[self.layer] += 1
        self.at += 1
        return index

    def skip(self, names: set[str]) -> None:
        while self.layer in names:
            name, index = self.layer, self.take()
            if name in TAGS:
                self.tags.append(self.number(TAGS[name], index))

    def text(self, field: str, index: int = 0) -> str:
        values = [value for value in self.fields[field].split(",") if value]
        return values[index] if index < len(values) else ""

    def number(self, field: str, index: int = 0) -> int:
        return int(self.text(field, index) or "0", 0)

    def carries(self) -> bool:
        """Step to the network header of a tunnelled packet; return whether there is one."""
        over_udp = self.layers[self.at - 1] == "udp" and self.layer in UDP_TUNNELS
        tunnel = over_udp or self.values["protocol"] in TUNNELS
        if not tunnel or self.values["fragment"] & FRAGMENT_OFFSET:
            return False
        self.skip(CARRIERS)
        return self.layer in NETWORKS

    def network(self) -> None:
        name = self.layer
        if name not in NETWORKS:
            return
        index = self.take()
        if name == "arp":
            self.arp()
        elif name == "ip":
            self.ipv4(index)
        else:
            self.ipv6(index)

    def arp(self) -> None:
        operation = self.number("arp.opcode")
        self.values.update(network=ETHERTYPE_RARP if operation in (3, 4) else ETHERTYPE_ARP, sport=operation)
        self.addresses("arp.src.proto_ipv4", "arp.dst.proto_ipv4", 0)

    def ipv4(self, index: int) -> None:
        self.values["network"] = ETHERTYPE_IPV4
        if not self.text("ip.dst", index):
            return  # the header is cut, or none; tshark lists what it could read of it
        self.addresses("ip.src", "ip.dst", index)
        flags = self.number("ip.flags", index)
        self.values.update(
            ttl=self.number("ip.ttl", index),
            protocol=self.number("ip.proto", index),
            fragment=flags << 13 & 0x6000 | self.number("ip.frag_offset", index),
        )
        self.extensions({"ah"})
        self.transport(self.number("ip.len", index) - self.number("ip.hdr_len", index))

    def ipv6(self, index: int) -> None:
        self.values["network"] = ETHERTYPE_IPV6
        if not self.text("ipv6.dst", index):
            return
        self.addresses("ipv6.src", "ipv6.dst", index)
        self.values.update(ttl=self.number("ipv6.hlim", index), protocol=self.number("ipv6.nxt", index))
        self.extensions(set(EXTENSIONS))
        self.transport(0)

    def addresses(self, source: str, destination: str, index: int) -> None:
        for end, text in (("source", self.text(source, index)), ("destination", self.text(destination, index))):
            if ":" in text:
                self.values[f"{end}_high"], self.values[f"{end}_low"] = divmod(int(IPv6Address(text)), 1 << 64)
            elif text:
                self.values[f"{end}_low"] = int(IPv4Address(text)) | IPV4_MAPPED

    def extensions(self, kinds: set[str]) -> None:
        while self.layer in kinds and EXTENSIONS[self.layer] == self.values["protocol"]:
            name, index = self.layer, self.take()
            self.values["protocol"] = self.number("ah.next_header" if name == "ah" else f"{name}.nxt", index)
            if name == "ipv6.fraghdr":
                more = self.text("ipv6.fraghdr.more", index) in ("1", "True")
                self.values["fragment"] = self.number("ipv6.fraghdr.offset", index) | MORE_FRAGMENTS * more

    def transport(self, room: int) -> None:
        """`room` bytes are behind the IPv4 header as it states it; 0 for not known."""
        name = self.layer
        if self.values["fragment"] & FRAGMENT_OFFSET:
            return
        if name in ("icmp", "icmpv6"):
            index = self.take()
            self.values.update(sport=self.number(f"{name}.type", index), dport=self.number(f"{name}.code", index))
        elif name in WITH_PORTS:
            prefix, index = WITH_PORTS[name], self.take()
            for column, field in (("sport", "srcport"), ("dport", "dstport")):
                self.values[column] = self.number(f"{prefix}.{field}", index)
            if name == "tcp":
                self.tcp(index)
            elif name == "udp":
                self.udp(index, room)
            if self.values["fragment"] & MORE_FRAGMENTS:
                self.values["payload"] = 0

    def tcp(self, index: int) -> None:
        self.values.update(
            flags=self.number("tcp.flags", index) & 0xFF,
            seq=self.number("tcp.seq_raw", index),
            ack=self.number("tcp.ack_raw", index),
            window=self.number("tcp.window_size_value", index),
            payload=self.number("tcp.len", index),
        )

    def udp(self, index: int, room: int) -> None:
        """A length that UDP cannot have leaves the one that IP states."""
        length = self.number("udp.length", index)
        if room and (length < 8 or length > room):
            length = room
        self.values["payload"] = max(length - 8, 0)

    def hardware(self) -> None:
        source = self.text("eth.src") or self.text("sll.src.eth")
        for end, text in (("source", source), ("destination", self.text("eth.dst"))):
            if text:
                self.values[f"{end}_high"], self.values[f"{end}_low"] = MAC_HIGH, int(text.replace(":", ""), 16)
