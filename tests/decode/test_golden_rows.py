"""Rows of real captures beside what tshark says of the same packets; every difference left has a reason here."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode
from netwatch.decode.row import packet_row
from tests.truth import facts

DEV = Path(__file__).resolve().parents[2] / "../shared/pcaps/dev"
MOST = 400
"""Packets of one file that are compared."""

FILES = [
    "arp/ipfixprobe__inputs_arp.pcap",
    "arp/libtrace__traces_qinq.pcap",
    "attack/packets__arppoison.pcapng",
    "benign/zeek__Traces_wikipedia.pcap",
    "benign/nfstream__pcaps_iphone.pcap",
    "benign/pcapplusplus__pcap_examples_many-protocols.pcap",
    "dns/packets__dns_lab.pcapng",
    "dns/packets__dns_axfr.pcapng",
    "dns/packets__dns_tcp.pcapng",
    "dns/zeek__dnssec_nsec.pcap",
    "dns/iot_sentinel__Aria_Setup-C-2-STA.pcap",
    "dns/dnscap__test_vlan11.pcap",
    "dns/ipfixprobe__inputs_smtp.pcap",
    "frag/dnscap__test_frags.pcap",
    "frag/pcaps__ppa-capture-files_ipfragments.pcap",
    "frag/go-dnscollecto__pcap_dnsdump_ip6_fragmented_udp.pcap",
    "http/arkime__pcap_socks-http-example.pcap",
    "http/arkime__pcap_ntlm_synthetic.pcap",
    "linktype/dnscap__test_sll2.pcap",
    "linktype/gopacket__pcap_test_loopback.pcap",
    "linktype/mercury__pcaps_http_rawip.pcap",
    "linktype/mercury__pcaps_quic_ppp.pcap",
    "linktype/zeek__Traces_pppoe.pcap",
    "linktype/packets__3e80211_wpaauth.pcapng",
    "linktype/ndpi__pcap_syslog.pcap",
    "other/arkime__pcap_ospf.pcap",
    "other/dnscap__test_icmp.pcap",
    "other/community-id-s__pcaps_sctp.pcap",
    "other/malcolm-test-a__protocols_DHCP.pcap",
    "other/malcolm-test-a__protocols_MQTT.pcap",
    "other/mercury__pcaps_stun.pcap",
    "other/ja4__pcap_dhcpv6.pcap",
    "other/pcap-parser__assets_ntp.pcap",
    "other/libpcap__filter_vrrp.pcap",
    "other/network-analys__ftp_analysis_ftp-bounced.pcapng",
    "other/pcap4j__resources_IcmpV6TimeExceededPacketTest.pcap",
    "other/zeek__ldap_sasl-ntlm.pcap",
    "tls/arkime__pcap_openssl-tls1_2.pcap",
    "tls/arkime__pcap_smtp-starttls.pcap",
    "tunnel/ndpi__pcap_snmp.pcap",
    "tunnel/nfstream__pcaps_4in6tunnel.pcap",
    "tunnel/libtrace__traces_vxlan.pcap",
    "tunnel/ndpi__pcap_esp.pcapng",
]

TSHARK_NAMES = {
    "RARP": "arp", "NBDS": "nbdgm", "RSTP": "stp", "802.11": "wlan", "KRB5": "kerberos", "IPv4": "ip", "PPP LCP": "lcp",
    "PPP IPCP": "ipcp", "PPP IPv6CP": "ipv6cp", "PPP PAP": "pap", "DB-LSP": "db-lsp-disc", "NAT-PMP": "portcontrol",
    "BOOTP": "dhcp",
}  # fmt: skip
"""tshark's name where it is not that of our protocol column in lower case."""

CONTENTS = {
    "data", "data-text-lines", "png", "image-gif", "ntlmssp", "gss-api", "imf", "json", "ocsp", "ftp-data", "browser",
    "smb_netlogon", "spnego", "isis.hello", "isis.csnp", "isis.lsp", "mime_multipart",
}  # fmt: skip
"""Names of tshark's for what a protocol carries; our column has the protocol."""

EXPLAINED = {
    ("mqtt", "tcp"): "tshark shows a repeated segment as a retransmission, without what it carries",
    ("http", "tcp"): "the middle of a message: our name is that of the port",
    ("smtp", "tcp"): "the same",
    ("tls", "tcp"): "the same",
    ("dns", "tcp"): "the same: the length of a DNS message came in a segment of its own",
    ("smtp", "tls"): "STARTTLS: tshark remembers the flow, one packet alone does not show it",
    ("socks", "http"): "tshark remembers what the proxied connection carries",
    ("nbdgm", "smb"): "we stop at the datagram service",
    ("quic", "tls"): "tshark decrypts QUIC's first packets",
    ("dhcpv6", "syslog"): "a first fragment from port 547 to 514; neither name is sure",
}
"""Differences that are left, (ours, tshark's deepest), and why."""

FIELDS = (
    "frame.protocols", "frame.len", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "arp.src.proto_ipv4",
    "arp.dst.proto_ipv4", "eth.src", "eth.dst", "tcp.srcport", "tcp.dstport", "udp.srcport", "udp.dstport",
    "sctp.srcport", "sctp.dstport", "ip.ttl", "ipv6.hlim", "vlan.id",
)  # fmt: skip
TOOLS = ("tshark", "editcap", "mergecap")
ERRORS = ("icmp", "icmpv6")
"""Their payload quotes another packet, whose fields tshark lists as well."""

pytestmark = [
    pytest.mark.skipif(not DEV.is_dir(), reason="the real captures are not beside this checkout"),
    pytest.mark.skipif(None in map(shutil.which, TOOLS), reason=f"needs {', '.join(TOOLS)}"),
]


@pytest.mark.parametrize("name", FILES)
def test_rows_agree_with_tshark(name):
    assert [problem for problem in compared(name) if problem[1] not in EXPLAINED] == []


def test_every_explanation_is_still_needed():
    assert {difference for name in FILES for _, difference in compared(name)} == set(EXPLAINED)


@cache
def compared(name):
    """Return (packet number, difference) of every row that tshark sees otherwise."""
    ours, theirs = rows_of(DEV / name), tshark_rows()[name]
    assert len(ours) == len(theirs) > 0
    pairs = zip(ours, theirs, strict=True)
    return [(row.number, found) for row, packet in pairs for found in differences(row, packet)]


def rows_of(path):
    source = FileSource([str(path)])
    rows, number = [], 1
    while len(rows) < MOST:
        try:
            frames = source.read(1.0)
        except EOFError:
            break
        batch = decode(frames, number)
        rows += [packet_row(batch, position, "") for position in range(len(batch))]
        number += len(batch)
    source.close()
    return rows[:MOST]


@cache
def tshark_rows():
    """Return what tshark says of the first packets of each file, all behind each other: its start takes longest.

    Without reassembly, so that it says of a packet what that packet holds.
    """
    with TemporaryDirectory() as folder:
        parts = []
        for number, name in enumerate(FILES):
            parts.append(f"{folder}/{number}.pcapng")
            run("editcap", "-r", "-F", "pcapng", str(DEV / name), parts[-1], f"1-{MOST}")
        run("mergecap", "-a", "-I", "none", "-w", f"{folder}/all", *parts)
        rows = iter(told(f"{folder}/all"))
    found = {name: list(islice(rows, min(MOST, facts()[name]["file"]["packets"]))) for name in FILES}
    assert list(rows) == []
    return found


def told(path):
    preferences = ("tcp.desegment_tcp_streams:FALSE", "ip.defragment:FALSE", "ipv6.defragment:FALSE")
    options = [argument for preference in preferences for argument in ("-o", preference)]
    options += [argument for field in FIELDS for argument in ("-e", field)]
    lines = run("tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=|", *options)
    return [dict(zip(FIELDS, line.split("|"), strict=True)) for line in lines]


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def differences(row, packet):
    chain = packet["frame.protocols"].split(":")
    found = []
    if row.length != int(packet["frame.len"]):
        found.append("length")
    if row.vlan != packet["vlan.id"].replace(",", "."):
        found.append("vlan")
    return found + protocol_differences(row, chain) + address_differences(row, packet, chain)


def protocol_differences(row, chain):
    ours, theirs = TSHARK_NAMES.get(row.protocol, row.protocol.lower()), deepest(chain)
    return [] if ours == theirs else [(ours, theirs)]


def deepest(chain):
    """Return tshark's innermost protocol, that of an error and not of the packet that it quotes."""
    for name in chain:
        if name in ERRORS:
            return name
    return next(name for name in reversed(chain) if name not in CONTENTS and name != "ipv6.fraghdr")


def address_differences(row, packet, chain):
    def values(*fields):
        return [value for field in fields for value in packet[field].split(",") if value]

    network = ("ip.{}", "ipv6.{}") if deepest(chain) != "arp" else ("arp.{}.proto_ipv4",)
    found = []
    for end, address, port in (("src", row.source, row.source_port), ("dst", row.destination, row.destination_port)):
        addresses = values(*(field.format(end) for field in network)) or values(f"eth.{end}")
        transports = ("tcp", "udp", "sctp") if deepest(chain) != "arp" else ()
        ports = values(*(f"{transport}.{end}port" for transport in transports))
        if "[in " not in row.info:
            addresses = addresses[:1]
        if address not in (addresses or [""]):
            found.append(f"{end} {address} {addresses}")
        quoted = port == -1 and deepest(chain) in ERRORS
        if str(port) not in (ports or ["-1"]) and not quoted:
            found.append(f"{end} port {port} {ports}")
    hops = ["-1"] if deepest(chain) == "arp" else values("ip.ttl", "ipv6.hlim") or ["-1"]
    return found if str(row.ttl) in hops else [*found, f"hops {row.ttl} {hops}"]
