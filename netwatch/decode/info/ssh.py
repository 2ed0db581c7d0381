"""SSH: the identification line and the messages before encryption begins."""

from __future__ import annotations

from netwatch.decode.info.fields import name_or_number, text, u32
from netwatch.decode.info.lines import first_line, shown
from netwatch.decode.info.reading import Context, Reading

_MESSAGES = {
    1: "Disconnect", 2: "Ignore", 20: "Key Exchange Init", 21: "New Keys", 30: "Key Exchange 30", 31: "Key Exchange 31",
    32: "Key Exchange 32", 33: "Key Exchange 33", 34: "Key Exchange 34",
}  # fmt: skip
_LARGEST_PACKET = 35000
"""RFC 4253 section 6.1."""


def read_ssh_banner(data: bytes, _context: Context) -> Reading | None:
    """Read the identification line (RFC 4253 section 4.2)."""
    return Reading("SSH", shown(first_line(data))) if data.startswith(b"SSH-") else None


def read_ssh(data: bytes, context: Context) -> Reading | None:
    """Read a binary packet (RFC 4253 section 6), which is in the clear only until New Keys."""
    size, padding = u32(data, 0), data[4] if len(data) > 4 else 0
    in_clear = len(data) > 5 and 4 <= padding < size <= _LARGEST_PACKET and (size + 4) % 8 == 0 and data[5] in _MESSAGES
    if not in_clear:
        return Reading("SSH", f"encrypted {context.length} bytes")
    name = name_or_number(_MESSAGES, data[5], "message {}")
    # the first list of a Key Exchange Init names the key exchange algorithms
    first = text(data[26 : 26 + u32(data, 22)].split(b",", 1)[0], 40) if data[5] == 20 else ""
    return Reading("SSH", f"{name} {first}".rstrip())
