"""Real captures of which we say something else than tshark, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

VLAN = "the directions, or copies of the same packets, have different VLANs, which make different flows"
TUNNEL = "in a sample of sFlow, in MPLS over a second GRE, or in what an ICMP error quotes"
NO_SEGMENT = "damaged: tshark does not take it for TCP"
EXPLAINED: Final = {
    "dns/ipfixprobe__inputs_vlan.pcap": VLAN,
    "linktype/ndpi__pcap_capwap_data.pcapng": VLAN,
    "linktype/ndpi__pcap_syslog.pcap": VLAN,
    "tls/arkime__pcap_mongo.pcap": VLAN,
    "tls/malcolm-test-a__protocols_STUN.pcap": VLAN,
    "tunnel/arkime__pcap_cassandra1.pcap": VLAN,
    "tunnel/arkime__pcap_stun.pcap": VLAN,
    "tunnel/zeek__ldap_modify-request.pcapng": VLAN,
    "linktype/pcapflowlab__showcase_pcap_flow_lab_showcase.pcap": TUNNEL,
    "tunnel/pcapplusplus__pcap_examples_tcp-reassembly.pcap": TUNNEL,
    "tunnel/suricata-verif__filestore-5408_input.pcap": TUNNEL,
    "fuzz/pcapdroid__pcap_invalid_or_unsupported.pcap": NO_SEGMENT,
    "tcp/tcpdump__tests_bigtcp-ipv6.pcap": NO_SEGMENT,
    "frag/zeek__Traces_ipv6-http-atomic-frag.pcap": "tshark gives the fragments of one connection another stream",
    "tls/suricata-verif__base64-decode-5885_input.pcap": "a RST for an older connection ends no attempt for us",
    "tunnel/network-analys__http_analysis_http-rst-ack.pcapng": TUNNEL,
    "tunnel/ja4__pcap_gre-erspan-vxlan.pcap": "UDP between two tunnels, which carries no UDP itself",
}
"""Captures in which conversations or handshakes are others than tshark's, and why."""

OVER_HTTP = "DNS over HTTP, which the reader of HTTP finds"
DIFFERENCES: Final = {
    "attack/doh-tunnel__0b04bdc8_dns.pcap": OVER_HTTP,
    "attack/doh-tunnel__114d3f40_dns.pcap": OVER_HTTP,
    "dns/suricata-verif__dns-over-http2-post_dns_over_https_POST.pcap": "DNS over HTTP/2, whose frames are not read",
    "format/pcapplusplus__PacketExamples_dns_over_tcp.pcapng": "a TCP retransmission counts again",
    "linktype/arkime__pcap_arkime_synthetic.pcap": "VXLAN-GPE without the flag that says what is inside",
    "dns/pcapplusplus__PacketExamples_SomeIpSd.pcapng": "SOME/IP on the port of mDNS",
    "format/ndpi__pcap_someip_sd_sample.pcap": "SOME/IP on the port of mDNS",
    "dns/compactor__test-scripts_template.pcap": "a response to a query without a question",
    "dns/suricata-verif__llmnr-authority-additional_input.pcap": "LLMNR matched to the query of the group",
    "dns/suricata-verif__smb2-ntlmssp-negotiateflags_input.pcap": "LLMNR matched to the query of the group",
    "dns/zeek__smb_smb_v2_only_non_zero_reserved1.pcap": "LLMNR matched to the query of the group",
    "tunnel/network-analys__http_analysis_http-rst-ack.pcapng": "no DNS, but on its port",
}
"""Captures where counts or names are not those of tshark, and why."""

ODD = "a request of a form that tshark does not take for HTTP"
BROKEN_OFF = "requests whose bodies are not all there, which tshark waits for"
HTTP: Final = {
    "attack/curated-pcaps__nmap_nmap_80_all.pcap": ODD,
    "attack/malcolm-test-a__zeek-httpattacks_http.trace": ODD,
    "benign/pcapplusplus__PcapExamples_4KHttpRequests.pcap": BROKEN_OFF,
    "format/zeek__http_get-to-ssh-server.pcap": "HTTP on port 22",
    "frag/zeek__Traces_ipv6-http-atomic-frag.pcap": ODD,
    "fuzz/snort3_demo__partial_depth_body_bad_content_length.pcap": BROKEN_OFF,
    "http/pcapplusplus__PcapExamples_unidirectional_tcp_stream_with_missing_packet.pcap": BROKEN_OFF,
    "other/tcpflow__tests_test5-lines-randomized.pcap": "segments out of order, which tshark leaves if not told",
    "tcp/zeek__tcp_reassembly.pcap": ODD,
}
"""Captures where requests or their hosts are not those of tshark, and why."""

NAMES: Final = {"tls/ndpi__pcap_rdp2.pcap": "TLS inside RDP over UDP (MS-RDPEUDP), which is not looked into"}
"""Captures with server names that we do not find, and why."""

NO_PACKET = "capinfos has our sum; tshark adds blocks that hold no packets"
ATM = "tshark leaves the pseudo-header of ATM out"
BYTES: Final = {
    "format/gopacket__be_test202.pcapng": NO_PACKET,
    "format/gopacket__le_test102.pcapng": NO_PACKET,
    "format/gopacket__le_test202.pcapng": NO_PACKET,
    "format/libtrace__traces_complex.pcapng": NO_PACKET,
    "fuzz/tcpdump__tests_atm-oam-heapoverflow.pcap": ATM,
    "linktype/tcpdump__tests_atm-oam-loopback-print-overrun.pcap": ATM,
}
"""Captures whose packets have another length than tshark says, and why."""

LONG_SECOND = "a record with more than a million microseconds, which overflow in tshark"
TIMES: Final = {
    "fuzz/ntopng__fuzz_dissect_packet_babel_update_oobr.pcap": LONG_SECOND,
    "linktype/tcpdump__tests_atm-oam-loopback-print-overrun.pcap": LONG_SECOND,
    "linktype/tcpflow__tests_bug8.pcap": LONG_SECOND,
    "other/malcolm-test-a__protocols_DHCP.pcap": LONG_SECOND,
    "tls/malcolm-test-a__protocols_RADIUS.pcap": LONG_SECOND,
}
"""Captures that begin or end at other times than tshark says, and why."""


def reasons(fact: str) -> Mapping[str, str]:
    """Return the captures in which a fact of tests.truth is known to differ, and why."""
    kinds = {"DNS": DIFFERENCES, "HTTP": HTTP, "names": NAMES, "bytes": BYTES, "times": TIMES}
    return next((known for word, known in kinds.items() if word in fact), EXPLAINED)
