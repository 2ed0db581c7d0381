"""Frames in, PacketBatch out: link, network, transport and tunnel headers of a whole block at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.decode.columns import Columns
from netwatch.decode.hardware import decode_hardware
from netwatch.decode.link import decode_link
from netwatch.decode.packet import decode_packet
from netwatch.decode.tunnel import decode_tunnels
from netwatch.decode.window import EVERY

if TYPE_CHECKING:
    from netwatch.capture.frames import Frames
    from netwatch.decode.batch import PacketBatch


def decode(frames: Frames, first_number: int) -> PacketBatch:
    """Return the headers of `frames`, whose first frame is packet `first_number`.

    Never raises on what the frames hold: a packet keeps what could be read of it and has MALFORMED or CUT_SHORT set.
    """
    columns = Columns.blank(frames)
    if len(frames):
        decode_link(columns)
        decode_packet(columns, EVERY)
        decode_tunnels(columns)
        decode_hardware(columns)
    return columns.finished(first_number)
