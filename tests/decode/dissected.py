"""Frames taken apart, for the tests of that."""

from __future__ import annotations

from packet_bytes import batch_of, dns_message, dns_name

from netwatch.decode.dissect import dissect
from netwatch.decode.row import packet_row

DNS = dns_message(
    7,
    0x8180,
    [dns_name(b"example", b"com") + b"\0\1\0\1"],
    [b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\1\2\3" + bytes([last]) for last in (4, 5)],
)


def taken_apart(frame, link_type=1):
    row = packet_row(batch_of(frame, link_type=link_type), 0, "eth0")
    return dissect(frame, link_type, row)


def names(dissection):
    return [layer.name for layer in dissection.layers]


def assert_covers(dissection):
    """Layers follow each other without a gap and end with the frame."""
    end = 0
    for layer in dissection.layers:
        assert layer.offset == end
        end += layer.length
    assert end == len(dissection.frame)
