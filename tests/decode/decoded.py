"""What the decoder says of hand-made frames, as plain values that tests can compare."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv6Address

import numpy as np

from netwatch.decode.batch import COLUMNS, IPV4_MAPPED, MAC_HIGH
from netwatch.decode.decoder import decode
from netwatch.decode.tunnel import MOST_TUNNELS
from tests.frames import frames

SENDER, RECEIVER = "02:00:00:00:00:01", "02:00:00:00:00:02"
OFFSETS = ("network_offset", "transport_offset", "payload_offset")


def decoded(*contents, first_number=1, **block):
    """Return the batch of `contents`; `block` is passed to tests.frames.frames."""
    return decode(frames(contents, **block), first_number)


def fields(frame, **block):
    """Return the columns of one frame as a dict of numbers, offsets from the frame's begin, and addresses as text."""
    return row(decoded(frame, **block), 0)


def row(batch, position):
    """Return one packet's columns in the same form."""
    values = {name: int(getattr(batch, name)[position]) for name in COLUMNS}
    for name in OFFSETS:
        values[name] -= int(batch.frames.offset[position])
    for end in ("src", "dst"):
        values[end] = address(values.pop(f"{end}_high"), values.pop(f"{end}_low"))
    return values


def address(high, low):
    """Return an address as text, empty for none."""
    if high == MAC_HIGH:
        return low.to_bytes(6, "big").hex(":")
    if high == 0 and low >> 32 == IPV4_MAPPED >> 32:
        return str(IPv4Address(low & 0xFFFFFFFF))
    return str(IPv6Address(high << 64 | low)) if high or low else ""


def only(values, *names):
    """Return some of `values` in the order of `names`."""
    return tuple(values[name] for name in names)


def columns_of(batch):
    """Return all columns as one structured array, so that batches can be compared; offsets from the frame's begin."""
    layout = np.dtype([(name, getattr(batch, name).dtype) for name in COLUMNS])
    table = np.empty(len(batch), layout)
    for name in COLUMNS:
        table[name] = getattr(batch, name) - batch.frames.offset if name in OFFSETS else getattr(batch, name)
    return table


def chosen(block, rows):
    """Return a block with the frames at `rows` in that order, over the same bytes."""
    return replace(
        block,
        **{
            name: getattr(block, name)[rows]
            for name in (
                "time_ns", "offset", "captured", "wire_length", "interface", "link_type", "direction", "stripped_tag",
                "flags",
            )
        },
    )  # fmt: skip


def check(batch):
    """Check what holds for every batch, whatever its frames hold."""
    block = batch.frames
    begin, end = block.offset.astype(np.int64), block.offset.astype(np.int64) + block.captured
    for name in COLUMNS:
        assert getattr(batch, name).shape == (len(block),), name
        assert getattr(batch, name).dtype == DTYPES[name], name
    assert np.all(begin <= batch.network_offset)
    assert np.all(batch.network_offset <= batch.transport_offset)
    assert np.all(batch.transport_offset <= batch.payload_offset)
    assert np.all(batch.payload_captured >= 0)
    assert np.all(batch.payload_captured <= batch.payload_length)
    assert np.all(batch.payload_offset + batch.payload_captured <= end)
    assert np.all(batch.tunnel_depth <= MOST_TUNNELS)
    assert np.all(batch.vlan >= -1)
    assert np.all(batch.fragment < 0x8000)


DTYPES = {
    "ethertype": np.uint16,
    "vlan": np.int32,
    "src_high": np.uint64,
    "src_low": np.uint64,
    "dst_high": np.uint64,
    "dst_low": np.uint64,
    "protocol": np.uint8,
    "sport": np.uint16,
    "dport": np.uint16,
    "tcp_flags": np.uint8,
    "tcp_seq": np.uint32,
    "tcp_ack": np.uint32,
    "tcp_window": np.uint16,
    "ttl": np.uint8,
    "network_offset": np.int32,
    "transport_offset": np.int32,
    "payload_offset": np.int32,
    "payload_length": np.int32,
    "payload_captured": np.int32,
    "fragment": np.uint16,
    "tunnel_depth": np.uint8,
    "status": np.uint8,
}
"""As batch.py declares them."""
