"""Where tshark says that fields are: `python -m tests.decode.places_tshark` writes places.tsv from the captures."""

from __future__ import annotations

import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

HERE = Path(__file__).resolve().parent
DEV = HERE.parents[2] / "shared/pcaps/dev"
FACTS = HERE / "places.tsv"
PACKETS = 12
"""Packets of each capture."""
FIELDS = {
    ("Ethernet", "dst"): "eth.dst", ("Ethernet", "src"): "eth.src", ("Ethernet", "type"): "eth.type",
    ("802.1Q", "vlan"): "vlan.id", ("ARP", "op"): "arp.opcode", ("ARP", "hwsrc"): "arp.src.hw_mac",
    ("ARP", "psrc"): "arp.src.proto_ipv4", ("ARP", "pdst"): "arp.dst.proto_ipv4", ("IP", "src"): "ip.src",
    ("IP", "dst"): "ip.dst", ("IP", "ttl"): "ip.ttl", ("IP", "len"): "ip.len", ("IP", "id"): "ip.id",
    ("IP", "proto"): "ip.proto", ("IP", "chksum"): "ip.checksum", ("IP", "version"): "ip.version",
    ("IPv6", "src"): "ipv6.src", ("IPv6", "dst"): "ipv6.dst", ("IPv6", "hlim"): "ipv6.hlim",
    ("IPv6", "nh"): "ipv6.nxt", ("IPv6", "plen"): "ipv6.plen", ("TCP", "sport"): "tcp.srcport",
    ("TCP", "dport"): "tcp.dstport", ("TCP", "seq"): "tcp.seq", ("TCP", "ack"): "tcp.ack",
    ("TCP", "window"): "tcp.window_size_value", ("TCP", "chksum"): "tcp.checksum",
    ("TCP", "urgptr"): "tcp.urgent_pointer", ("TCP", "options"): "tcp.options", ("UDP", "sport"): "udp.srcport",
    ("UDP", "dport"): "udp.dstport", ("UDP", "len"): "udp.length", ("UDP", "chksum"): "udp.checksum",
    ("DNS", "id"): "dns.id", ("DNS", "qdcount"): "dns.count.queries", ("DNS", "ancount"): "dns.count.answers",
    ("DNS", "qname"): "dns.qry.name", ("DNS", "qtype"): "dns.qry.type", ("DNS", "rrname"): "dns.resp.name",
    ("DNS", "ttl"): "dns.resp.ttl", ("ICMP", "type"): "icmp.type", ("ICMP", "code"): "icmp.code",
    ("ICMP", "seq"): "icmp.seq", ("ICMP", "chksum"): "icmp.checksum", ("BOOTP", "xid"): "dhcp.id",
    ("BOOTP", "yiaddr"): "dhcp.ip.your", ("BOOTP", "siaddr"): "dhcp.ip.server",
    ("HTTP Request", "Host"): "http.host", ("HTTP Request", "Method"): "http.request.method",
    ("HTTP Request", "Path"): "http.request.uri", ("HTTP Request", "User_Agent"): "http.user_agent",
    ("HTTP Response", "Status_Code"): "http.response.code", ("HTTP Response", "Content_Type"): "http.content_type",
    ("TLS", "content type"): "tls.record.content_type", ("TLS", "version"): "tls.record.version",
    ("TLS", "random"): "tls.handshake.random", ("TLS", "cipher suite"): "tls.handshake.ciphersuite",
    ("802.11", "addr1"): "wlan.ra", ("802.11", "addr2"): "wlan.ta", ("SCTP", "sport"): "sctp.srcport",
    ("SCTP", "tag"): "sctp.verification_tag", ("NTPHeader", "stratum"): "ntp.stratum",
    ("NTPHeader", "ref"): "ntp.reftime",
}  # fmt: skip
"""tshark's name of a field, by Scapy's layer and field, or ours."""
PREFERENCES = ("tcp.desegment_tcp_streams:FALSE", "ip.defragment:FALSE", "tls.desegment_ssl_records:FALSE")


def places(path: Path) -> list[dict[str, set[tuple[int, int]]]]:
    """Return first byte and length of the FIELDS of the first packets of a capture, as tshark has them."""
    options = [word for preference in PREFERENCES for word in ("-o", preference)]
    command = ["tshark", "-n", "-r", str(path), "-c", str(PACKETS), "-T", "pdml", *options]
    answer = subprocess.run(command, capture_output=True, check=True).stdout
    wanted = set(FIELDS.values())
    found = []
    for packet in ET.fromstring(answer).iter("packet"):
        fields: dict[str, set[tuple[int, int]]] = {}
        for field in packet.iter("field"):
            name = field.get("name", "")
            if name in wanted and field.get("pos") and int(field.get("size", "0")):
                fields.setdefault(name, set()).add((int(field.get("pos", "0")), int(field.get("size", "0"))))
        found.append(fields)
    return found


def main(names: list[str]) -> None:
    """Write the facts of captures."""
    lines = []
    for name in names:
        for number, fields in enumerate(places(DEV / name), 1):
            said = [f"{field}={at}+{size}" for field, where in sorted(fields.items()) for at, size in sorted(where)]
            lines.append("\t".join([name, str(number), *said]))
    FACTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    import sys

    main(sys.argv[1:] or sorted({line.split("\t")[0] for line in FACTS.read_text().splitlines()}))
