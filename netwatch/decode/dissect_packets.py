"""Packets as Scapy's own objects, and Scapy's names, for people who want to go on in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from netwatch.capture.frames import LINKTYPE_RAW
from netwatch.decode.dissect_deadline import OutOfTimeError, deadline
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterable

NANOSECONDS = 1_000_000_000
SECONDS: Final = 2.0
"""Time that an expression may take."""
LONGEST: Final = 1 << 18
"""Characters of one: four for a byte of a frame of 64 KiB."""
_DLT_RAW = 12
"""Scapy knows raw IP by the number that most systems give it."""


def scapy_names() -> dict[str, Any]:
    """Return everything that `from scapy.all import *` gives."""
    from netwatch.capture.host import quiet_scapy

    quiet_scapy()
    import scapy.all

    return {name: value for name, value in vars(scapy.all).items() if not name.startswith("_")}


def scapy_command(frame: bytes, link_type: int) -> str:
    """Return the Scapy expression that makes a packet, printable; that of its bare bytes where Scapy cannot tell."""
    scapy_names()
    from scapy.config import conf
    from scapy.packet import Raw

    layer = conf.l2types.num2layer.get(_DLT_RAW if link_type == LINKTYPE_RAW else link_type, Raw)
    try:
        with deadline(SECONDS):
            command = layer(frame).command()
    except (Exception, OutOfTimeError):  # noqa: BLE001 - dissectors raise whatever hostile bytes make them
        command = f"Raw({frame!r})"
    return printable(command, LONGEST)


def packet_list(frames: Iterable[tuple[bytes, int, int, int]], name: str) -> Any:
    """Return a PacketList of (frame, link type, time in nanoseconds, length on the wire) called `name`.

    What Scapy cannot take apart becomes Raw.
    """
    scapy_names()  # layers find each other only when all of them are loaded
    from scapy.config import conf
    from scapy.packet import Raw
    from scapy.plist import PacketList
    from scapy.utils import EDecimal

    found = []
    for frame, link_type, time_ns, wire in frames:
        layer = conf.l2types.num2layer.get(_DLT_RAW if link_type == LINKTYPE_RAW else link_type, Raw)
        try:
            packet = layer(frame)
        except Exception:  # noqa: BLE001  # dissectors raise whatever hostile bytes make them
            packet = Raw(frame)
        packet.time = EDecimal(time_ns) / NANOSECONDS
        packet.wirelen = wire
        found.append(packet)
    return PacketList(found, name=name)
