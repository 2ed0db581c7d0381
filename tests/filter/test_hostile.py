"""Every field of packets that nobody would send: no error, and values that can be written."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from netwatch.capture.frames import (
    LINKTYPE_ETHERNET,
    LINKTYPE_IEEE802_11,
    LINKTYPE_IEEE802_11_RADIOTAP,
    LINKTYPE_LINUX_SLL,
    LINKTYPE_LINUX_SLL2,
    LINKTYPE_RAW,
)
from netwatch.decode.decoder import decode
from netwatch.filter.field_text import value_text
from netwatch.filter.fields import FIELDS
from netwatch.filter.packets import Packets, Surroundings
from netwatch.filter.streams import StreamTracker
from tests import frames
from tests.scenes import day

LINK_TYPES = (
    LINKTYPE_ETHERNET, LINKTYPE_IEEE802_11, LINKTYPE_IEEE802_11_RADIOTAP, LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2,
    LINKTYPE_RAW,
)  # fmt: skip
PORTS = (21, 25, 53, 67, 80, 110, 123, 137, 143, 443, 445, 502, 1812, 1883, 5060, 5353)
SEEDS = (
    *day(1),
    *(frames.ethernet(0x0800, frames.ipv4(6, frames.tcp(b"GET / HTTP/1.1\r\n", dport=port))) for port in PORTS),
    *(frames.ethernet(0x0800, frames.ipv4(17, frames.udp(bytes(range(64)), dport=port))) for port in PORTS),
    frames.ethernet(0x86DD, frames.ipv6(58, bytes([134, 0, 0, 0]) + bytes(12) + bytes([3, 4]) + bytes(30))),
    frames.ethernet(0x86DD, frames.ipv6(0, frames.extension(58, bytes([135, 0]) + bytes(30)))),
    frames.ethernet(0x8847, frames.mpls(2, frames.ipv4(6, frames.tcp()))),
)


@st.composite
def broken(draw: st.DrawFn) -> tuple[bytes, int]:
    """Return a packet with some of its bytes changed, cut somewhere, and a link type that may not be its own."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for at in draw(st.lists(st.integers(0, len(data) - 1), max_size=12)):
        data[at] = draw(st.integers(0, 255))
    size = draw(st.one_of(st.just(len(data)), st.integers(1, len(data))))
    link_type = draw(st.one_of(st.just(LINKTYPE_ETHERNET), st.sampled_from(LINK_TYPES)))
    return bytes(data[:size]), link_type


@settings(max_examples=60, deadline=None)
@given(st.lists(broken(), min_size=1, max_size=6))
def test_no_packet_breaks_a_field(packets: list[tuple[bytes, int]]) -> None:
    """Values belong to packets of the batch, and each has a text."""
    batch = decode(frames.frames([data for data, _ in packets], link_type=[kind for _, kind in packets]), 1)
    seen = Packets(batch, Surroundings(streams=StreamTracker().feed(batch)))
    for field in FIELDS.values():
        found = field.read(seen, np.ones(len(batch), np.bool_))
        assert ((found.rows >= 0) & (found.rows < len(batch))).all(), field.name
        show = value_text(field)
        values = found.data.tolist() if isinstance(found.data, np.ndarray) else found.data
        assert all(isinstance(show(value), str) for value in values), field.name
