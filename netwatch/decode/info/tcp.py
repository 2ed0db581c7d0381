"""The TCP header (RFC 9293) in one line: ports, flags, numbers, options."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from netwatch.decode.info.fields import hexadecimal, u16, u32

if TYPE_CHECKING:
    from collections.abc import Callable

LETTERS = "FSRPAUEC"
"""FIN, SYN, RST, PSH, ACK, URG, ECE, CWR from the lowest bit up, as Scapy abbreviates them."""
FLAGS = tuple("".join(letter for bit, letter in enumerate(LETTERS) if flags >> bit & 1) for flags in range(256))
"""The letters of every value of the flags byte."""

_HEADER = 20
_ACK = 0x10
_URG = 0x20


class Segment(NamedTuple):
    """The columns of a TCP packet."""

    source_port: int
    destination_port: int
    flags: int
    seq: int
    ack: int
    window: int
    length: int
    """Bytes of payload."""


def tcp_text(segment: Segment, header: bytes) -> str:
    """Return `43948 > 8006 [SA] seq=1 ack=2 win=64240 len=0 mss=1460`; `header` is the TCP header, options included."""
    ack = f" ack={segment.ack}" if segment.flags & _ACK else ""
    urgent = f" urg={u16(header, 18)}" if segment.flags & _URG else ""
    return (
        f"{segment.source_port} > {segment.destination_port} [{FLAGS[segment.flags]}] seq={segment.seq}{ack}"
        f" win={segment.window} len={segment.length}{urgent}{options_text(header[_HEADER:])}"
    )


def options_text(options: bytes) -> str:
    """Return the options with a space before each; reading ends where a length contradicts itself."""
    if not options:
        return ""
    parts: list[str] = []
    at = 0
    while at < len(options):
        kind = options[at]
        if kind == 0:
            break
        if kind == 1:
            at += 1
            continue
        size = options[at + 1] if at + 1 < len(options) else 0
        if size < 2:
            break
        value = options[at + 2 : at + size]
        option = _OPTIONS.get(kind)
        parts.append(option(value) if option else f"option-{kind}")
        at += size
    return " " + " ".join(parts) if parts else ""


def _selective_acknowledgment(value: bytes) -> str:
    blocks = (f"{u32(value, at)}-{u32(value, at + 4)}" for at in range(0, len(value) - 7, 8))
    return "sack=" + ",".join(blocks)


_OPTIONS: dict[int, Callable[[bytes], str]] = {
    2: lambda value: f"mss={u16(value, 0)}",
    # RFC 7323 section 2.3: a shift above 14 is taken as 14
    3: lambda value: f"ws={1 << min(value[0] if value else 0, 14)}",
    4: lambda _: "sackok",
    5: _selective_acknowledgment,
    8: lambda value: f"tsval={u32(value, 0)} tsecr={u32(value, 4)}",
    19: lambda _: "md5",
    28: lambda value: f"uto={u16(value, 0)}",
    29: lambda _: "ao",
    30: lambda value: f"mptcp-{value[0] >> 4 if value else 0}",
    34: lambda value: f"tfo={hexadecimal(value)}" if value else "tfo",
}
"""IANA's TCP option kinds: RFC 9293, 7323, 2018, 2385, 5482, 5925, 8684, 7413."""
