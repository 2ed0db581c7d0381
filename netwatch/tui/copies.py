"""The forms in which a packet can be copied: bytes for a program, filters for other tools."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from netwatch.tui.panes.conditions import packet

if TYPE_CHECKING:
    from netwatch.dissection import PacketRow

A_LINE: Final = 12
"""Bytes a line of a C array."""


def copies(row: PacketRow, line: str, frame: bytes, scapy: str = "") -> list[tuple[str, str]]:
    """Return (name, text) of every form of a packet, whose row reads `line` and whose bytes are `frame`.

    `scapy` is the expression that makes it, empty where there is none.
    """
    conversation = next((text for words, text in packet(row) if words == "conversation"), "")
    bpf = capture_filter(row)
    found = [
        ("row", line),
        ("hex", frame.hex()),
        ("C array", c_array(frame)),
        ("Python bytes", repr(frame)),
        ("Scapy command", scapy),
        ("base64", base64.b64encode(frame).decode()),
        ("Wireshark filter", conversation),
        ("BPF filter", bpf),
        ("tcpdump command", f"tcpdump -n '{bpf}'" if bpf else ""),
    ]
    return [(name, text) for name, text in found if text]


def c_array(frame: bytes) -> str:
    """Return the bytes as a C array."""
    lines = [frame[at : at + A_LINE] for at in range(0, len(frame), A_LINE)]
    body = ",\n".join("    " + ", ".join(f"0x{byte:02x}" for byte in line) for line in lines)
    return f"unsigned char packet[{len(frame)}] = {{\n{body}\n}};"


def capture_filter(row: PacketRow) -> str:
    """Return the conversation of a packet as libpcap writes it, empty where it has no IP addresses."""
    ends = (row.source, row.destination)
    if not all("." in end or end.count(":") > 1 for end in ends) or any(
        len(end) == 17 and end.count(":") == 5 for end in ends
    ):
        return ""
    words = [f"host {end}" for end in dict.fromkeys(ends)]
    if min(row.source_port, row.destination_port) > 0:
        words += [f"port {port}" for port in dict.fromkeys((row.source_port, row.destination_port))]
    return " and ".join(words)
