"""The probes of a trace are alike to who balances load, and told apart by their answers."""

from __future__ import annotations

import ipaddress

from scapy.layers.inet import ICMP, IP, TCP, UDP

from netwatch.lab.trace import TraceOptions
from netwatch.lab.trace_probes import TraceProbes


def test_probes_of_a_trace_take_one_path() -> None:
    """What balances load sees the same ports, and for ICMP the same checksum, in every probe."""
    address = ipaddress.ip_address("10.98.1.2")
    keys = [(hop, query) for hop in range(1, 31) for query in range(3)]
    for method in ("icmp", "udp", "tcp"):
        probes = TraceProbes("10.98.0.1", address, 40000, TraceOptions(method, 33434, 30, 3, 1.0))
        packets = [IP(probes.probe(*key).packet) for key in keys]
        if method == "icmp":
            assert len({packet[ICMP].chksum for packet in packets}) == 1
            assert len({packet[ICMP].seq for packet in packets}) == len(keys)
        else:
            layer = UDP if method == "udp" else TCP
            assert {(packet[layer].sport, packet[layer].dport) for packet in packets} == {(40000, 33434)}
            told = {
                packet.chksum if method == "udp" else packet.seq for packet in (packet[layer] for packet in packets)
            }
            assert len(told) == len(keys)
