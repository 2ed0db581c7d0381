"""Frames in, PacketBatch out: link, network, transport and tunnel headers of a whole block at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from netwatch.capture.frames import LINKTYPE_ETHERNET
from netwatch.decode.batch import MAC_HIGH, PROTOCOL_NONE, PacketBatch
from netwatch.decode.columns import Columns
from netwatch.decode.link import decode_link
from netwatch.decode.network import decode_network
from netwatch.decode.transport import decode_transport
from netwatch.decode.tunnel import decode_tunnels
from netwatch.decode.window import EVERY, headers

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames

ADDRESSES = np.dtype([("dst_high", ">u2"), ("dst_low", ">u4"), ("src_high", ">u2"), ("src_low", ">u4")])


def decode(frames: Frames, first_number: int) -> PacketBatch:
    """Return the headers of `frames`, whose first frame is packet `first_number`.

    Never raises on what the frames hold: a packet keeps what could be read of it and has MALFORMED or CUT_SHORT set.
    """
    columns = Columns.blank(frames)
    if len(frames):
        decode_link(columns)
        decode_network(columns, EVERY)
        decode_transport(columns, EVERY)
        decode_tunnels(columns)
        _address_by_mac(columns)
    return columns.finished(first_number)


def _address_by_mac(columns: Columns) -> None:
    """Give packets without network addresses the MAC addresses of their Ethernet header."""
    bare = (columns.protocol == PROTOCOL_NONE) & (columns.src_low == 0) & (columns.dst_low == 0)
    if not bare.any():
        return
    bare &= (columns.frames.link_type == LINKTYPE_ETHERNET) & (columns.frames.captured >= ADDRESSES.itemsize)
    rows = np.flatnonzero(bare)
    header = headers(columns.data, columns.frames.offset[rows], ADDRESSES)
    for end in ("src", "dst"):
        low = (header[f"{end}_high"].astype(np.uint64) << np.uint64(32)) | header[f"{end}_low"]
        getattr(columns, f"{end}_low")[rows] = low
        getattr(columns, f"{end}_high")[rows] = np.uint64(MAC_HIGH)
