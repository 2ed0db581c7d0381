"""DNS of real captures, beside what tshark says of it."""

from __future__ import annotations

import json
import re
from functools import cache

import pytest
from dns_packets import DEV, read

pytestmark = pytest.mark.skipif(not (DEV / "truth.json").exists(), reason=f"no captures in {DEV}")

LARGEST = 2_000_000
"""Bytes of the captures that are read, so that the tests stay fast."""
KINDS = ("dns", "mdns", "llmnr")
OVER_HTTP, IN_TUNNELS, SPLIT = "DNS over HTTP", "inside GTP, GENEVE, VXLAN or UDP", "a message in several TCP segments"
DIFFERENCES = {
    "attack/doh-tunnel__0b04bdc8_dns.pcap": OVER_HTTP,
    "attack/doh-tunnel__114d3f40_dns.pcap": OVER_HTTP,
    "dns/suricata-verif__dns-over-http2-post_dns_over_https_POST.pcap": OVER_HTTP,
    "attack/network-analys__detection_and_discovery_sec-nmap-os-detection.pcapng": SPLIT,
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


@cache
def truth():
    return json.loads((DEV / "truth.json").read_text())["files"]


def plain(names):
    """Names without the escapes of a master file, which tshark does not use, and without what is not ASCII."""
    found = {re.sub(r"\\(\d{3})|\\(.)", _byte, name) for name in names} - {"", ".", "<Root>"}
    return {"".join(letter for letter in name.lower() if "!" <= letter <= "~") for name in found}


def _byte(found):
    return chr(int(found[1])) if found[1] else found[2]


def facts_of(facts):
    """Queries, responses, matched and names by tshark."""
    counts = facts.get("counts", {})
    queries, responses = (sum(counts.get(f"{kind}_{what}", 0) for kind in KINDS) for what in ("queries", "responses"))
    return queries, responses, counts.get("matched_own", 0), {row[1] for row in facts.get("names", ())}


def test_messages_matches_and_names_are_those_of_tshark():
    seen = 0
    for name, facts in truth().items():
        if facts["file"]["size"] > LARGEST:
            continue
        queries, responses, matched, names = facts_of(facts.get("dns", {}))
        if not queries + responses or name in DIFFERENCES:
            continue
        summary = read(DEV / name).summary(10_000)
        counts = summary.counts
        assert (counts.queries, counts.responses, counts.matched) == (queries, responses, matched), name
        assert plain(summary.names.name) == plain(names), name
        seen += 1
    assert seen > 100


@pytest.mark.parametrize("name", sorted(DIFFERENCES))
def test_a_difference_is_one(name):
    """Once it is none any more, it leaves the list."""
    found = read(DEV / name).summary(10_000)
    queries, responses, matched, names = facts_of(truth()[name]["dns"])
    counts = found.counts
    same = (counts.queries, counts.responses, counts.matched) == (queries, responses, matched)
    assert not same or plain(names) != plain(found.names.name), DIFFERENCES[name]
