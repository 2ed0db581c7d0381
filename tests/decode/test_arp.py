"""ARP: protocol addresses where there are any, else the MAC addresses of the frame."""

from __future__ import annotations

import pytest
from decoded import RECEIVER, SENDER, decoded, fields, only
from frame_examples import FRAME

from tests.frames import arp, ethernet, ipv4, tcp, udp


def test_arp_shows_its_protocol_addresses():
    values = fields(ethernet(0x0806, arp(1, "10.1.1.1", "10.1.1.2")))
    assert only(values, "protocol", "sport", "src", "dst", "ttl") == (255, 1, "10.1.1.1", "10.1.1.2", 0)
    assert only(values, "network_offset", "payload_offset", "payload_length") == (14, 42, 0)


@pytest.mark.parametrize("hardware", [b"", b"\1", bytes(8), bytes(20), bytes(255)])
def test_arp_with_hardware_addresses_of_any_length(hardware):
    values = fields(ethernet(0x0806, arp(2, "10.1.1.1", "10.1.1.2", hardware=hardware)))
    assert only(values, "sport", "src", "dst", "status") == (2, "10.1.1.1", "10.1.1.2", 0)


def test_arp_probe_from_nobody():
    values = fields(ethernet(0x0806, arp(1, "0.0.0.0", "10.1.1.2")))
    assert only(values, "src", "dst") == ("0.0.0.0", "10.1.1.2")


def test_arp_of_other_protocols_shows_the_mac_addresses():
    values = fields(ethernet(0x0806, b"\0\1\x86\xdd\6\x10\0\1" + bytes(44)))
    assert only(values, "sport", "src", "dst", "status") == (1, SENDER, RECEIVER, 0)
    atm = fields(ethernet(0x0806, b"\0\x13" + arp(1)[2:]))
    assert only(atm, "src", "dst") == (SENDER, RECEIVER)


def test_arp_beside_ip_in_one_block():
    """The transport layer fills its columns for all packets, and ARP uses one of them."""
    batch = decoded(
        FRAME, ethernet(0x0806, arp(2)), ethernet(0x0800, ipv4(17, udp())), ethernet(0x0800, ipv4(6, tcp()))
    )
    assert batch.sport.tolist() == [40000, 2, 40000, 40000]
    assert (batch.payload_offset - batch.frames.offset).tolist() == [58, 42, 42, 54]
