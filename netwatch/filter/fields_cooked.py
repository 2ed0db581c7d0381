"""Fields of link layers other than Ethernet: Linux cooked captures, MPLS labels, PPPoE, PPP, 802.1X."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.capture.frames import LINKTYPE_LINUX_SLL, LINKTYPE_LINUX_SLL2
from netwatch.filter.builders import address, either, number, protocol
from netwatch.filter.values import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

ETHER: Final = 6
"""Bytes of a MAC address, as the cooked header counts them."""


def _of(
    link_type: int, length_at: int = 0
) -> Callable[[Packets, NDArray[np.intp], NDArray[np.int64]], NDArray[np.bool_]]:
    """Return what chooses headers of one link type, with `length_at` only those whose address there has 6 bytes."""

    def where(packets: Packets, rows: NDArray[np.intp], begin: NDArray[np.int64]) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = packets.batch.frames.link_type[rows] == link_type
        if length_at:
            data = packets.batch.frames.data
            found = found & (data[(begin + length_at).clip(max=len(data) - 1)] == ETHER)
        return found

    return where


_FIRST: Final = _of(LINKTYPE_LINUX_SLL)
_SECOND: Final = _of(LINKTYPE_LINUX_SLL2)


def _cooked(name: str, first: tuple[int, str], second: tuple[int, str], title: str) -> Field:
    """Return a field that is at one place of the header of version 1 and at another in version 2."""
    parts = (
        number(f"{name}/1", "sll", *first, title, where=_FIRST),
        number(f"{name}/2", "sll", *second, title, where=_SECOND),
    )
    return either(name, parts, title)


FIELDS: Final = (
    protocol("sll", "sll", "Linux cooked capture"),
    _cooked("sll.pkttype", (0, "u2"), (10, "u1"), "0 to us, 1 broadcast, 2 multicast, 3 to others, 4 from us"),
    _cooked("sll.hatype", (2, "u2"), (8, "u2"), "kind of device"),
    _cooked("sll.halen", (4, "u2"), (11, "u1"), "bytes of the address"),
    _cooked("sll.etype", (14, "u2"), (0, "u2"), "EtherType"),
    number("sll.ifindex", "sll", 4, "u4", "number of the interface", where=_SECOND),
    either(
        "sll.src.eth",
        (
            address("sll.src.eth/1", "sll", 6, Kind.ETHER, "", _of(LINKTYPE_LINUX_SLL, 5)),
            address("sll.src.eth/2", "sll", 12, Kind.ETHER, "", _of(LINKTYPE_LINUX_SLL2, 11)),
        ),
        "sender's MAC address",
    ),
    protocol("mpls", "mpls", "MPLS label"),
    number("mpls.label", "mpls", 0, "u4", "label", mask=0xFFFFF000),
    number("mpls.exp", "mpls", 0, "u4", "traffic class", mask=0x00000E00),
    number("mpls.bottom", "mpls", 0, "u4", "last label of the stack", mask=0x00000100),
    number("mpls.ttl", "mpls", 0, "u4", "time to live", mask=0x000000FF),
    protocol("pppoes", "pppoes", "PPPoE session"),
    protocol("pppoed", "pppoed", "PPPoE discovery"),
    either(
        "pppoe.code",
        tuple(number(f"pppoe.code/{layer}", layer, 1, "u1", "") for layer in ("pppoes", "pppoed")),
        "kind of PPPoE packet",
    ),
    either(
        "pppoe.session_id",
        tuple(number(f"pppoe.session_id/{layer}", layer, 2, "u2", "") for layer in ("pppoes", "pppoed")),
        "PPPoE session",
    ),
    either(
        "pppoe.payload_length",
        tuple(number(f"pppoe.payload_length/{layer}", layer, 4, "u2", "") for layer in ("pppoes", "pppoed")),
        "bytes of payload",
    ),
    protocol("ppp", "ppp", "PPP"),
    protocol("lldp", "lldp", "link layer discovery"),
    protocol("eapol", "eapol", "802.1X authentication"),
    number("eapol.version", "eapol", 0, "u1", "version"),
    number("eapol.type", "eapol", 1, "u1", "0 EAP, 1 start, 2 logoff, 3 key"),
    number("eapol.len", "eapol", 2, "u2", "bytes of the body"),
)
