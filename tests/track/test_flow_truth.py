"""Flows, handshakes and TCP health of real captures beside what tshark finds in them (truth.json)."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import fields
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from netwatch.capture.file_source import FileSource
from netwatch.decode.decoder import decode
from netwatch.decode.part import taken
from netwatch.errors import FileError
from netwatch.tables.query import TableQuery
from netwatch.track.flow import FlowTracker
from netwatch.track.flow_starts import FlowTimeouts
from netwatch.track.handshakes import Handshakes

DEV = Path(__file__).resolve().parents[3] / "shared" / "pcaps" / "dev"
TRUTH = DEV / "truth.json"

pytestmark = pytest.mark.skipif(not TRUTH.exists(), reason=f"no {TRUTH}")

NEVER = FlowTimeouts(tcp_ns=1 << 62, other_ns=1 << 62)
"""tshark's conversations never time out."""

VLAN = "the directions, or copies of the same packets, have different VLANs, which make different flows"
TUNNEL = "in a tunnel that is not looked into, or in a second one"
PORTLESS = "a later fragment whose first one is missing, or a header that cannot be read: no ports"
NO_SEGMENT = "damaged: tshark does not take it for TCP"
EXPLAINED = {
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


@cache
def trackers():
    """Each capture that holds TCP or UDP, with what tshark finds and the tracker that was fed with it."""
    result = {}
    for name, facts in json.loads(TRUTH.read_text())["files"].items():
        if not (facts["tcp"]["streams"] or facts["udp"]["streams"]):
            continue
        tracker = FlowTracker(seed=1, timeouts=NEVER)
        for batch in batches(DEV / name):
            tracker.feed(batch)
        result[name] = facts, tracker
    return result


def batches(path):
    source, number = FileSource([str(path)]), 1
    while True:
        try:
            frames = source.read(1.0)
        except (EOFError, FileError):
            break
        yield decode(frames, number)
        number += len(frames)
    source.close()


def test_conversations():
    different = {}
    total = [0, 0]
    for name, (facts, tracker) in trackers().items():
        counts = tracker.counts()
        ours, theirs = (counts.tcp, counts.udp), (facts["tcp"]["streams"], facts["udp"]["tuples_inner"])
        total = [total[0] + counts.tcp, total[1] + counts.udp]
        if ours != theirs:
            different[name] = ours, theirs
    assert {name: found for name, found in different.items() if name not in EXPLAINED} == {}
    assert total[0] > 78_000
    assert total[1] > 8_000


def test_classes_of_handshakes():
    different = {}
    for name, (facts, tracker) in trackers().items():
        wanted = facts["tcp"]["handshakes"]
        counts = tracker.handshake_counts()
        # An ICMP error is an answer to us, but not in the facts
        icmp = Handshakes(tracker).page(TableQuery("syn", text="icmp")).total
        ours = (counts.complete, counts.refused - icmp, counts.half_open, counts.incomplete + icmp, counts.mid_stream)
        theirs = (
            wanted["complete"] + wanted["simultaneous_open"],
            wanted["refused"],
            wanted["half_open"] + wanted["half_open_rst"],
            wanted["syn_only"] + wanted["syn_client_rst"] + wanted["synack_bad_ack"],
            wanted["midstream"] + wanted["synack_only"],
        )
        if ours != theirs:
            different[name] = ours, theirs
    assert {name: found for name, found in different.items() if name not in EXPLAINED} == {}


def test_round_trips_of_handshakes_within_a_microsecond():
    compared, different = 0, {}
    for name, (facts, tracker) in trackers().items():
        if name in {*EXPLAINED, "linktype/tcpflow__tests_bug8.pcap"}:
            continue  # a SYN has eight million microseconds in its second, which tshark does not add up
        table = Handshakes(tracker).page(TableQuery("syn", descending=False, count=10_000, text="complete")).table
        ours = defaultdict(list)
        steps = zip(table.syn_ns.tolist(), table.syn_ack_ns.tolist(), table.ack_ns.tolist(), strict=True)
        for index, (syn, syn_ack, ack) in enumerate(steps):
            client = f"{table.source[index]} {table.sport[index]}"
            server = f"{table.destination[index]} {table.dport[index]}"
            ours[client, server].append(((syn_ack - syn) / 1000, (ack - syn_ack) / 1000))
        theirs = defaultdict(list)
        for detail in facts["tcp"]["streams_detail"]:
            if detail[3] == "complete":
                theirs[detail[1], detail[2]].append((detail[6] * 1000, detail[7] * 1000))
        for ends, times in theirs.items():
            for mine, wanted in zip(ours[ends], times, strict=False):
                compared += 1
                if max(abs(mine[0] - wanted[0]), abs(mine[1] - wanted[1])) > 1:
                    different[name, ends] = mine, wanted
    assert different == {}
    assert compared > 1500


SPLIT = (
    "benign/sniffglue__pcaps_SkypeIRC.pcap",
    "tcp/zeek__tcp_reassembly.pcap",
    "tls/suricata-verif__base64-decode-5885_input.pcap",
    "attack/curated-pcaps__masscan_tcp_0_1000_20190821.pcap",
    "frag/arkime__pcap_socks5-http-302-frag.pcap",
)


@pytest.mark.parametrize("name", SPLIT)
def test_blocks_of_a_few_packets_tell_the_same(name):
    _, whole = trackers()[name]
    split = FlowTracker(seed=1, timeouts=NEVER)
    for batch in batches(DEV / name):
        for start in range(0, len(batch), 19):
            split.feed(taken(batch, slice(start, start + 19)))
            split.measure()
    assert split.counts() == whole.counts()
    assert split.handshake_counts() == whole.handshake_counts()
    one, two = split.table(), whole.table()
    for table, other in ((one.health, two.health), (one, two)):
        for field in fields(table):
            mine, wanted = getattr(table, field.name), getattr(other, field.name)
            if field.name != "health":
                assert np.array_equal(np.asarray(mine), np.asarray(wanted)), field.name


HEALTH = {
    "retransmissions": ("retransmission", 0.02),
    "out_of_order": ("out_of_order", 0.02),
    "lost_segments": ("lost_segment", 0.02),
    "duplicate_acks": ("duplicate_ack", 0.02),
    "keep_alives": ("keep_alive", 0.0),
}
"""What is counted, tshark's name for it and by how much the sums over all captures may differ."""


@pytest.mark.parametrize("name", HEALTH)
def test_health(name):
    mark, share = HEALTH[name]
    ours = theirs = 0
    for facts, tracker in trackers().values():
        tracker.measure()
        ours += int(getattr(tracker.columns, name).sum())
        theirs += facts["tcp"]["analysis"].get(mark, 0)
    assert ours == pytest.approx(theirs, rel=share)
