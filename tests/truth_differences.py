"""Real captures of which we say something else than tshark, and why."""

from __future__ import annotations

from typing import Final

VLAN = "the directions, or copies of the same packets, have different VLANs, which make different flows"
TUNNEL = "in a tunnel that is not looked into, or in a second one"
PORTLESS = "a later fragment whose first one is missing, or a header that cannot be read: no ports"
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
    "format/arkime__pcap_ipv6-gtp6.pcap": TUNNEL,
    "fuzz/ndpi__pcap_tls_invalid_reads.pcap": TUNNEL,
    "fuzz/ntopng__fuzz_dissect_packet_nflog.pcap": TUNNEL,
    "linktype/arkime__pcap_arkime_synthetic.pcap": TUNNEL,
    "linktype/arkime__pcap_gtp-iphone.pcap": TUNNEL,
    "linktype/dpkt__data_nb6-http.pcap": TUNNEL,
    "linktype/pcapflowlab__eoip_30_ipv4_eoip_inner_unsupported_ethernet_payloads.pcap": TUNNEL,
    "linktype/pcapflowlab__showcase_pcap_flow_lab_showcase.pcap": TUNNEL,
    "tunnel/ja4__pcap_gre-erspan-vxlan.pcap": TUNNEL,
    "tunnel/ja4__pcap_tcpdump-geneve.pcap": TUNNEL,
    "tunnel/libpcap__filter_geneve.pcap": TUNNEL,
    "tunnel/libtrace__traces_vxlan.pcap": TUNNEL,
    "tunnel/ndpi__pcap_http_origin_different_than_host.pcap": TUNNEL,
    "tunnel/ndpi__pcap_tls_change_cipher.pcap": TUNNEL,
    "tunnel/pcapflowlab__geneve_20_geneve_outer_tagged_contexts.pcap": TUNNEL,
    "tunnel/pcapflowlab__pbb_01_pbb_ipv4_tcp.pcap": TUNNEL,
    "tunnel/pcapplusplus__pcap_examples_tcp-reassembly.pcap": TUNNEL,
    "tunnel/snort3_demo__gid_gtpingtp.pcap": TUNNEL,
    "tunnel/snort3_demo__teredo_teredo.pcap": TUNNEL,
    "tunnel/suricata-verif__bug-6402-01_input.pcap": TUNNEL,
    "tunnel/suricata-verif__decode-nsh-type2_input.pcap": TUNNEL,
    "tunnel/suricata-verif__filestore-5408_input.pcap": TUNNEL,
    "tunnel/suricata-verif__vxlan-decoder-02_vxlan.pcap": TUNNEL,
    "tunnel/suricata-verif__vxlan-non-zero-reserved-fields_input.pcap": TUNNEL,
    "tunnel/zeek__Traces_pbb.pcap": TUNNEL,
    "tunnel/zeek__Traces_vntag_vlan_sandwich_clean.pcap": TUNNEL,
    "tunnel/zeek__tunnels_gre-over-udp-4754.pcap": TUNNEL,
    "tunnel/zeek__tunnels_vxlan-encapsulated-http.pcap": TUNNEL,
    "fuzz/ndpi__pcap_fuzz-2020-02-16-11740.pcap": PORTLESS,
    "fuzz/ntopng__fuzz_dissect_packet_babel_update_oobr.pcap": PORTLESS,
    "fuzz/tcpdump__tests_babel_update_oobr.pcap": PORTLESS,
    "fuzz/zeek__quic_383379789-decrypt-crash.pcap": PORTLESS,
    "tls/malcolm-test-a__protocols_RADIUS.pcap": PORTLESS,
    "fuzz/pcapdroid__pcap_invalid_or_unsupported.pcap": NO_SEGMENT,
    "tcp/tcpdump__tests_bigtcp-ipv6.pcap": NO_SEGMENT,
    "frag/zeek__Traces_ipv6-http-atomic-frag.pcap": "tshark gives the fragments of one connection another stream",
    "tls/suricata-verif__base64-decode-5885_input.pcap": "a RST for an older connection ends no attempt for us",
    "tunnel/network-analys__http_analysis_http-rst-ack.pcapng": TUNNEL,
}
"""Captures in which conversations or handshakes are others than tshark's, and why."""

OVER_HTTP, IN_TUNNELS = "DNS over HTTP", "inside GTP, GENEVE, VXLAN or UDP"
DIFFERENCES: Final = {
    "attack/doh-tunnel__0b04bdc8_dns.pcap": OVER_HTTP,
    "attack/doh-tunnel__114d3f40_dns.pcap": OVER_HTTP,
    "dns/suricata-verif__dns-over-http2-post_dns_over_https_POST.pcap": OVER_HTTP,
    "format/pcapplusplus__PacketExamples_dns_over_tcp.pcapng": "a TCP retransmission counts again",
    "format/arkime__pcap_ipv6-gtp6.pcap": IN_TUNNELS,
    "fuzz/zeek__tunnels_geneve-vxlan-dns-truncated.pcap": IN_TUNNELS,
    "linktype/arkime__pcap_arkime_synthetic.pcap": IN_TUNNELS,
    "linktype/arkime__pcap_gtp-iphone.pcap": IN_TUNNELS,
    "tls/ndpi__pcap_custom_rules_ipv6.pcapng": IN_TUNNELS,
    "tunnel/zeek__tunnels_gre-over-udp-4754.pcap": IN_TUNNELS,
    "dns/pcapplusplus__PacketExamples_SomeIpSd.pcapng": "SOME/IP on the port of mDNS",
    "format/ndpi__pcap_someip_sd_sample.pcap": "SOME/IP on the port of mDNS",
    "dns/compactor__test-scripts_template.pcap": "a response to a query without a question",
    "dns/pcapflowlab__udp_ipv4_udp_valid_checksum_1.pcap": "twelve bytes of a message are missing",
    "dns/suricata-verif__llmnr-authority-additional_input.pcap": "LLMNR matched to the query of the group",
    "dns/suricata-verif__smb2-ntlmssp-negotiateflags_input.pcap": "LLMNR matched to the query of the group",
    "dns/zeek__smb_smb_v2_only_non_zero_reserved1.pcap": "LLMNR matched to the query of the group",
    "fuzz/nfstream__pcaps_badpackets.pcap": "headers only, which say nothing",
    "fuzz/ntopng__fuzz_dissect_packet_nflog.pcap": "a link type that is not decoded",
    "tunnel/network-analys__http_analysis_http-rst-ack.pcapng": "no DNS, but on its port",
}
"""Captures where counts or names are not those of tshark, and why."""
