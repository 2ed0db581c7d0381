"""Community ID against the vectors of the specification and of other implementations."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from netwatch.track.community_id import community_id

VECTORS = [
    ("128.232.110.120", "66.35.250.204", 6, 34855, 80, 0, "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    ("128.232.110.120", "66.35.250.204", 6, 34855, 80, 1, "1:3V71V58M3Ksw/yuFALMcW0LAHvc="),
    ("192.168.1.52", "8.8.8.8", 17, 54585, 53, 0, "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    ("192.168.1.52", "8.8.8.8", 17, 54585, 53, 1, "1:Q9We8WO3piVF8yEQBNJF4uiSVrI="),
    ("192.168.0.89", "192.168.0.1", 1, 8, 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk="),
    ("fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 58, 135, 136, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY="),
    ("192.168.170.8", "192.168.170.56", 132, 7, 7, 0, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs="),
    (
        "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 6, 63943, 25, 0,
        "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
    ),
    ("10.1.12.1", "10.1.12.2", 46, 0, 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw="),
]  # fmt: skip
ONE_WAY = [
    ("10.0.0.1", "10.0.0.2", 1, 11, 0, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM="),
    ("3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 58, 3, 0, 0, "1:2ObVBgIn28oZvibYZhZMBgh7WdQ="),
]


def identifier(source, destination, protocol, sport, dport, seed):
    return community_id(ip_address(source).packed, ip_address(destination).packed, protocol, sport, dport, seed=seed)


@pytest.mark.parametrize("vector", VECTORS)
def test_both_directions_have_the_identifier_of_the_specification(vector):
    source, destination, protocol, sport, dport, seed, expected = vector
    assert identifier(source, destination, protocol, sport, dport, seed) == expected
    assert identifier(destination, source, protocol, dport, sport, seed) == expected


@pytest.mark.parametrize("vector", ONE_WAY)
def test_icmp_without_an_answer_keeps_its_direction(vector):
    source, destination, protocol, sport, dport, seed, expected = vector
    assert identifier(source, destination, protocol, sport, dport, seed) == expected
    assert identifier(destination, source, protocol, sport, dport, seed) != expected
