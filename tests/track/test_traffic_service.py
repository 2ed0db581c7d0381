"""The service port of a packet, what it counts, and which of them are on top."""

from __future__ import annotations

import numpy as np
import pytest
from traffic_packets import batch_of, fed

from netwatch.track.traffic_service import APPLICATIONS, REST, UDP_CELLS, PortCounters, services_of
from tests.frames import arp, ethernet, ipv4, ipv6, sctp, tcp, udp


def service_of(content):
    """Return (application, cell) of one packet."""
    found = services_of(batch_of([content]))
    return APPLICATIONS[int(found.application[0])], int(found.cell[0])


@pytest.mark.parametrize(
    ("sport", "dport", "expected"),
    [
        (40000, 443, ("TLS", 443)),
        (443, 40000, ("TLS", 443)),
        (443, 22, ("SSH", 22)),  # both are known: the lower
        (1025, 8080, ("HTTP", 8080)),  # the higher, because only it is known
        (40000, 50000, ("", 40000)),  # none is known: the lower
        (50000, 40000, ("", 40000)),
        (0, 0, ("", 0)),
        (65535, 65535, ("", 65535)),
    ],
)
def test_the_service_port_of_tcp(sport, dport, expected):
    assert service_of(ethernet(0x0800, ipv4(6, tcp(sport=sport, dport=dport)))) == expected
    assert service_of(ethernet(0x86DD, ipv6(6, tcp(sport=sport, dport=dport)))) == expected


def test_udp_has_names_of_its_own():
    assert service_of(ethernet(0x0800, ipv4(17, udp(dport=443)))) == ("QUIC", UDP_CELLS + 443)
    assert service_of(ethernet(0x0800, ipv4(17, udp(dport=514)))) == ("SYSLOG", UDP_CELLS + 514)
    assert service_of(ethernet(0x0800, ipv4(17, udp(dport=22)))) == ("", UDP_CELLS + 22), "nobody speaks SSH over UDP"


def test_what_has_no_ports_has_no_service():
    assert service_of(ethernet(0x0806, arp(1))) == ("", REST)
    assert service_of(ethernet(0x0800, ipv4(132, sctp(dport=80)))) == ("", REST)
    assert service_of(ethernet(0x0800, ipv4(17, bytes(40), fragment=0x0005))) == ("", REST)


def test_top_ports_count_both_directions():
    https = [tcp(sport=40000 + n, dport=443) for n in range(3)] + [tcp(b"x" * 500, sport=443, dport=40000)]
    contents = [ethernet(0x0800, ipv4(6, segment)) for segment in https]
    contents += [ethernet(0x0800, ipv4(17, udp(b"q" * 10)))] * 2 + [ethernet(0x0800, ipv4(6, tcp(dport=40001)))]
    ports = fed(batch_of(contents)).table().ports
    assert [(row.protocol, row.port, row.service, row.packets, row.bytes) for row in ports] == [
        ("TCP", 443, "https", 4, 4 * 54 + 500),
        ("UDP", 53, "domain", 2, 2 * 52),
        ("TCP", 40000, "", 1, 54),
    ]


def test_top_ports_are_bounded_and_in_order():
    contents = [ethernet(0x0800, ipv4(6, tcp(b"x" * n, sport=60000, dport=50000 + n))) for n in range(50)]
    traffic = fed(batch_of(contents))
    assert [row.port for row in traffic.table(ports=3).ports] == [50049, 50048, 50047]
    assert len(traffic.table(ports=1000).ports) == 50
    assert traffic.table(ports=0).ports == ()


def test_equals_stand_in_the_order_of_their_numbers():
    contents = [ethernet(0x0800, ipv4(6, tcp(sport=60000, dport=port))) for port in (50002, 50000, 50001)]
    assert [row.port for row in fed(batch_of(contents)).table().ports] == [50000, 50001, 50002]


def test_counts_are_exact_beyond_the_integers_of_a_double():
    counters = PortCounters()
    for _ in range(3):
        counters.add(np.array([80, 80]), np.array([2**53, 1]))
    assert counters.top(1)[0].bytes == 3 * 2**53 + 3
