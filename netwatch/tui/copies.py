"""The forms in which a packet or a row can be copied: cells, bytes for a program, filters for other tools."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from netwatch.tui.panes.carrier import Carrier
from netwatch.tui.panes.condition import is_card
from netwatch.tui.panes.conditions import packet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.dissection import PacketRow

A_LINE: Final = 12
"""Bytes a line of a C array."""
SCAPY_COMMAND: Final = "Scapy command"
"""The form that Scapy itself makes."""
BPF: Final = {
    "ip.addr": "host", "ipv6.addr": "host", "eth.addr": "ether host", "tcp.port": "tcp port", "udp.port": "udp port",
    "sctp.port": "sctp port",
}  # fmt: skip
"""What libpcap calls the fields that conversations are made of."""


def copies(
    row: PacketRow,
    line: str,
    frame: bytes,
    own: Sequence[tuple[str, str]] = (),
    by: Carrier | None = None,
) -> list[tuple[str, str]]:
    """Return (name, text) of every form of a packet but Scapy's; its row reads `line`, its bytes are `frame`.

    `own` are (name, text) of the user's columns; `by` is what carries its ends.
    """
    by = by or Carrier()
    conversation = next((text for words, text in packet(row, by.transport) if words == "conversation"), "")
    bpf = capture_filter(row, by)
    found = [
        ("row", line),
        ("hex", frame.hex()),
        ("C array", c_array(frame)),
        ("Python bytes", repr(frame)),
        ("base64", base64.b64encode(frame).decode()),
        ("Wireshark filter", conversation),
        ("BPF filter", bpf),
        ("tcpdump command", _tcpdump(bpf)),
        ("source", row.source),
        ("destination", row.destination),
        ("protocol", row.protocol),
        ("info", row.info),
        *own,
    ]
    return [(name, text) for name, text in found if text]


def row_copies(
    line: str, cells: Sequence[tuple[str, str]], conditions: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Return (name, text) of every form of a row of a table that reads `line`.

    `cells` are (title, text) of its columns, `conditions` (words, display filter) of what it can be filtered by: its
    conversation, or else its address, is what other tools are to show.
    """
    by_words = dict(conditions)
    addresses = (text for words, text in conditions if words.startswith("address "))
    chosen = by_words.get("conversation") or next(addresses, "")
    bpf = as_bpf(chosen)
    found = [
        ("row", line),
        ("Wireshark filter", chosen),
        ("BPF filter", bpf),
        ("tcpdump command", _tcpdump(bpf)),
        *((title, text.strip()) for title, text in cells),
    ]
    return [(name, text) for name, text in found if text]


def as_bpf(display_filter: str) -> str:
    """Return a conversation or an address as libpcap writes it, empty for what it cannot say."""
    words = []
    for part in filter(None, display_filter.split(" && ")):
        field, _, value = part.partition(" == ")
        said = BPF.get(field)
        if said is None:
            return ""
        words.append(f"{said} {value}")
    return " and ".join(dict.fromkeys(words))


def _tcpdump(bpf: str) -> str:
    return f"tcpdump -n '{bpf}'" if bpf else ""


def c_array(frame: bytes) -> str:
    """Return the bytes as a C array."""
    lines = [frame[at : at + A_LINE] for at in range(0, len(frame), A_LINE)]
    body = ",\n".join("    " + ", ".join(f"0x{byte:02x}" for byte in line) for line in lines)
    return f"unsigned char packet[{len(frame)}] = {{\n{body}\n}};"


def capture_filter(row: PacketRow, by: Carrier) -> str:
    """Return the conversation of a packet as libpcap writes it, empty for what it does not look into."""
    ends = dict.fromkeys((row.source, row.destination))
    if by.tunnelled or not all(":" in end or "." in end for end in ends):
        return ""
    words = [f"vlan {identifier}" for identifier in row.vlan.split(".") if identifier]
    words += [f"{'ether host' if is_card(end) else 'host'} {end}" for end in ends]
    if by.transport and min(row.source_port, row.destination_port) > 0:
        words += [f"{by.transport} port {port}" for port in dict.fromkeys((row.source_port, row.destination_port))]
    return " and ".join(words)
