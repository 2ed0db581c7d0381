"""Filters see what is inside of tunnels: the walk through one packet ends where the columns of the batch begin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import LINKTYPE_NFLOG
from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.decode.decoder import decode
from netwatch.filter.display_filter import FilterRun, compile_filter
from tests.frames import frames, icmp, ipv4, ipv6, nflog, udp

DEV = Path(__file__).resolve().parents[2] / "../shared/pcaps/dev"
CAPTURES = (
    "format/arkime__pcap_ipv6-gtp6.pcap",
    "fuzz/ndpi__pcap_tls_invalid_reads.pcap",
    "fuzz/zeek__tunnels_geneve-vxlan-dns-truncated.pcap",
    "linktype/arkime__pcap_gtp-iphone.pcap",
    "linktype/dpkt__data_nb6-http.pcap",
    "linktype/ndpi__pcap_capwap_data.pcapng",
    "tunnel/ja4__pcap_gre-erspan-vxlan.pcap",
    "tunnel/pcapflowlab__geneve_20_geneve_outer_tagged_contexts.pcap",
    "tunnel/snort3_demo__teredo_teredo.pcap",
    "tunnel/suricata-verif__bug-6402-01_input.pcap",
    "tunnel/zeek__Traces_pbb.pcap",
    "tunnel/zeek__tunnels_gre-over-udp-4754.pcap",
)


@pytest.mark.skipif(not DEV.is_dir(), reason="the captures are not beside this checkout")
@pytest.mark.parametrize("name", CAPTURES, ids=range(len(CAPTURES)))
def test_ports_inside(name: str) -> None:
    """Each packet passes a filter for the ports that its innermost header has."""
    frames = FileSource([str(DEV / name)]).read(1)
    assert frames is not None
    batch = decode(frames, 1)
    for protocol, number in (("tcp", PROTOCOL_TCP), ("udp", PROTOCOL_UDP)):
        rows = np.flatnonzero((batch.protocol == number) & (batch.payload_offset > batch.transport_offset))
        for sport, dport in {(batch.sport.item(at), batch.dport.item(at)) for at in rows[:200].tolist()}:
            run = FilterRun(compile_filter(f"{protocol}.srcport == {sport} && {protocol}.dstport == {dport}"))
            these = rows[(batch.sport[rows] == sport) & (batch.dport[rows] == dport)]
            assert run.mask(batch)[these].all(), (sport, dport)


@pytest.mark.parametrize("order", ["<", ">"], ids=("little", "big"))
def test_what_a_firewall_logged(order: str) -> None:
    """What ICMP quotes is found in the netfilter log too, in either byte order; nowhere where nothing is."""
    quoted = ipv4(1, icmp(3, 3, bytes(4) + ipv4(17, udp(dport=5353))))
    quoted6 = ipv6(58, icmp(1, 4, bytes(4) + ipv6(17, udp(dport=5353))))
    logged = [nflog(quoted, order=order), nflog(quoted6, family=10, order=order)]
    broken = [nflog(quoted, family=7, order=order), logged[0][:6], logged[0][:14], b""]
    batch = decode(frames([*logged, *broken], link_type=LINKTYPE_NFLOG), 1)
    run = FilterRun(compile_filter("udp.dstport == 5353"))
    assert run.mask(batch).tolist() == [True, True, False, False, False, False]
