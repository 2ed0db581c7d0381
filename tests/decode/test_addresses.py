from __future__ import annotations

from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netwatch.decode.addresses import address_text, vlan_text
from netwatch.decode.batch import IPV4_MAPPED, MAC_HIGH


@pytest.mark.parametrize(
    ("text", "packed"),
    [
        # RFC 5952 sections 4.1 to 4.3: no leading zeros, the longest run, the first of equal runs, lower case
        ("2001:db8::1", "2001:0db8:0000:0000:0000:0000:0000:0001"),
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:0:0:1::1", "2001:0:0:1:0:0:0:1"),
        ("2001:db8::1:0:0:1", "2001:db8:0:0:1:0:0:1"),
        ("fe80::abcd", "FE80::ABCD"),
        ("::1", "::1"),
        ("1::", "1:0:0:0:0:0:0:0"),
    ],
)
def test_ipv6_is_written_as_rfc_5952_says(text, packed):
    number = int(IPv6Address(packed))
    assert address_text(number >> 64, number & (1 << 64) - 1) == text


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0.0.0.0"), (0x0A000001, "10.0.0.1"), (0xFFFFFFFF, "255.255.255.255")]
)
def test_ipv4_mapped_addresses_are_dotted(number, text):
    assert address_text(0, IPV4_MAPPED | number) == text


def test_mac_addresses():
    assert address_text(MAC_HIGH, 0xAABBCC010203) == "aa:bb:cc:01:02:03"
    assert address_text(MAC_HIGH, 0) == "00:00:00:00:00:00"


def test_no_address_is_empty():
    assert address_text(0, 0) == ""


@given(st.integers(0, (1 << 128) - 1))
def test_every_other_address_reads_back(number):
    high, low = number >> 64, number & (1 << 64) - 1
    if high == MAC_HIGH or number == 0 or (high == 0 and low >> 32 == 0xFFFF):
        return
    assert int(IPv6Address(address_text(high, low))) == number


@pytest.mark.parametrize(
    ("column", "text"), [(-1, ""), (0, "0"), (5, "5"), (4095, "4095"), (100 | 21 << 12, "100.20"), (7 | 1 << 12, "7.0")]
)
def test_vlan_identifiers(column, text):
    assert vlan_text(column) == text
