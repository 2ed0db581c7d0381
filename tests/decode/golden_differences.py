"""Where we and tshark differ over the real captures, and why; everything else must agree."""

from __future__ import annotations

from typing import NamedTuple


class Difference(NamedTuple):
    """Some columns of some packets of some captures."""

    columns: tuple[str, ...]
    packets: dict[str, tuple[int, ...]]
    """Packet numbers by capture."""
    reason: str


DIFFERENCES = (
    Difference(
        ("time",),
        {
            "format/gopacket__be_test100.pcapng": (1, 3),
            "format/gopacket__be_test101.pcapng": (3,),
            "format/gopacket__be_test201.pcapng": (3,),
            "format/gopacket__be_test202.pcapng": (4, 6),
            "format/gopacket__le_test100.pcapng": (1, 3),
            "format/gopacket__le_test101.pcapng": (3,),
            "format/gopacket__le_test102.pcapng": (3,),
            "format/gopacket__le_test201.pcapng": (3,),
            "format/gopacket__le_test202.pcapng": (4, 6),
            "format/libtrace__traces_complex.pcapng": (3,),
        },
        "a Simple Packet Block has no time; we show a neighbour's",
    ),
    Difference(
        ("time",),
        {
            "fuzz/ntopng__fuzz_dissect_packet_babel_update_oobr.pcap": (4, 20, 71),
            "fuzz/pcapplusplus__ion_samples_clusterfuzz-testcase-minimized-FuzzTarget-4829420752470016.pcap": (1,),
            "fuzz/pcapplusplus__ion_samples_clusterfuzz-testcase-minimized-FuzzTarget-5421416466481152.pcap": (1,),
            "fuzz/pcapplusplus__ion_samples_clusterfuzz-testcase-minimized-FuzzTarget-5723611632762880.pcap": (1,),
            "linktype/tcpdump__tests_atm-oam-loopback-print-overrun.pcap": (1,),
            "linktype/tcpflow__tests_bug8.pcap": (1,),
            "other/malcolm-test-a__protocols_DHCP.pcap": (72,),
            "tls/malcolm-test-a__protocols_RADIUS.pcap": (16,),
        },
        "over a second of microseconds: tshark multiplies in 32 bits, we carry into the seconds",
    ),
    Difference(
        ("length",),
        {"fuzz/pcapplusplus__ion_samples_clusterfuzz-testcase-minimized-FuzzTarget-5723611632762880.pcap": (1,)},
        "the record states 4,280,295,456 bytes, which tshark cuts to 2,147,483,647",
    ),
    Difference(
        ("length", "captured"),
        {
            "fuzz/tcpdump__tests_atm-oam-heapoverflow.pcap": (1,),
            "linktype/tcpdump__tests_atm-oam-loopback-print-overrun.pcap": (1,),
        },
        "tshark takes the 4 bytes of SunATM's pseudo header off the lengths",
    ),
    Difference(
        ("protocol", "sport"),
        {"frag/suricata-verif__ipv6-malformed-fragments-12_frag-12.pcap": (5,)},
        "more extension headers than we follow (MOST_HEADERS); marked malformed",
    ),
    Difference(
        ("network",),
        {
            "fuzz/tcpdump__tests_LINKTYPE_IPV6_invalid.pcap": (1,),
            "fuzz/zeek__quic_383379789-decrypt-crash.pcap": (2, 5),
        },
        "announced as IPv6, but is not: we keep the announcement and mark the packet malformed",
    ),
    Difference(
        ("payload",),
        {
            "fuzz/tcpdump__tests_kh-timed-001-oobr.pcap": (5,),
            "fuzz/tcpdump__tests_kh-timed-004-oobr.pcap": (2,),
        },
        "IP and UDP state more bytes than the frame had on the wire; ours end with the frame",
    ),
    Difference(
        ("payload",),
        {
            "tunnel/zeek__Traces_erspan.pcap": (
                153, 157, 178, 182, 187, 191, 199, 216, 220, 226, 243, 251, 255, 265, 279, 283
            ),
        },
        "the packet inside goes on in the other fragments of its carrier; tshark ends it with this fragment",
    ),
    Difference(
        ("destination",),
        {
            "linktype/pcapflowlab__showcase_pcap_flow_lab_showcase.pcap": (1433,),
            "tls/libtrace__traces_8021x.pcap": (1, 35),
        },
        "cut within the Ethernet header: we show the address that is there",
    ),
    Difference(
        ("source",),
        {
            "tunnel/nfstream__pcaps_ajp.pcap": (3, 6, 8, 10, 11, 16, 22, 25, 27, 29, 30, 35),
            "tunnel/suricata-verif__decode-dce_input.pcap": tuple(range(2, 33)),
        },
        "Cisco FabricPath: tshark states the addresses inside, we show those of the switches",
    ),
    Difference(
        ("destination",),
        {"tunnel/nfstream__pcaps_ajp.pcap": (3, 6, 8, 10, 11, 16, 22, 25, 27, 29, 30, 35)},
        "the same; in the other capture both destinations are one",
    ),
    Difference(
        ("sport", "dport", "flags", "seq", "ack", "window", "payload"),
        {"tcp/tcpdump__tests_bigtcp-ipv6.pcap": (1,)},
        "BIG TCP: this tshark ends a packet at a payload length of 0",
    ),
)  # fmt: skip


def left_out(capture: str) -> dict[str, list[int]]:
    """Return the packets of `capture` that are known to differ, by column."""
    result: dict[str, list[int]] = {}
    for difference in DIFFERENCES:
        for column in difference.columns if capture in difference.packets else ():
            result.setdefault(column, []).extend(difference.packets[capture])
    return result
