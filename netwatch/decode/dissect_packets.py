"""Packets as Scapy's own objects, and Scapy's names, for people who want to go on in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwatch.capture.frames import LINKTYPE_RAW
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable

_DLT_RAW = 12
"""Scapy knows raw IP by the number that most systems give it."""


def scapy_names() -> dict[str, Any]:
    """Return everything that `from scapy.all import *` gives."""
    from netwatch.capture.host import quiet_scapy

    quiet_scapy()
    import scapy.all

    return {name: value for name, value in vars(scapy.all).items() if not name.startswith("_")}


def first_layer(link_type: int) -> Any:
    """Return Scapy's class of the first header behind a LINKTYPE_ value; Raw where it has none."""
    from scapy.config import conf
    from scapy.packet import Raw

    return conf.l2types.num2layer.get(_DLT_RAW if link_type == LINKTYPE_RAW else link_type, Raw)


def packet_list(frames: Iterable[tuple[bytes, int, int, int]], name: str) -> Any:
    """Return a PacketList of (frame, link type, time in nanoseconds, length on the wire) called `name`.

    What Scapy cannot take apart becomes Raw.
    """
    scapy_names()  # layers find each other only when all of them are loaded
    from scapy.packet import Raw
    from scapy.plist import PacketList
    from scapy.utils import EDecimal

    found = []
    for frame, link_type, time_ns, wire in frames:
        try:
            packet = first_layer(link_type)(frame)
        except Exception:  # noqa: BLE001  # dissectors raise whatever hostile bytes make them
            packet = Raw(frame)
        packet.time = EDecimal(time_ns) / SECOND
        packet.wirelen = wire
        found.append(packet)
    return PacketList(found, name=name)
