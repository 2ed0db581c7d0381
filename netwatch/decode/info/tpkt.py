"""TPKT and COTP (RFC 1006, RFC 905) with what runs over them: RDP, S7 communication, MMS, H.225."""

from __future__ import annotations

from netwatch.decode.info.fields import name_or_number, text, u16
from netwatch.decode.info.lines import first_line
from netwatch.decode.info.reading import Context, Reading

FIRST_BYTES = b"\3"
"""The version of TPKT."""

_RDP_PORT, _ISO_PORT = 3389, 102
_UNITS = {0xE0: "Connect Request", 0xD0: "Connect Confirm", 0x80: "Disconnect Request", 0xF0: "Data",
          0x70: "Error", 0x10: "Expedited Data"}  # fmt: skip
_CONNECT, _DATA = 0xE0, 0xF0
_COOKIE = b"Cookie: "
_S7, _S7_PLUS = 0x32, 0x72
_S7_TYPES = {1: "Job", 2: "Ack", 3: "Ack Data", 7: "User Data"}
_S7_FUNCTIONS = {0x00: "CPU services", 0x04: "Read Var", 0x05: "Write Var", 0x1A: "Request download",
                 0x1B: "Download block", 0x1C: "Download ended", 0x1D: "Start upload", 0x1E: "Upload",
                 0x1F: "End upload", 0x28: "PLC control", 0x29: "PLC stop", 0xF0: "Setup communication"}  # fmt: skip


def read_tpkt(data: bytes, context: Context) -> Reading | None:
    """Read a TPKT header, the COTP unit in it and, as far as that tells, the protocol above."""
    size = u16(data, 2)
    if len(data) < 7 or data[1] != 0 or size < 7 or data[4] > size - 5:
        return None
    unit = data[5] & 0xF0
    if unit not in _UNITS:
        return None
    name = _UNITS[unit]
    body = data[5 + data[4] :]
    if context.uses(_RDP_PORT) or (unit == _CONNECT and data[11:].startswith(_COOKIE)):
        cookie = text(first_line(data[11:])) if data[11:].startswith(_COOKIE) else ""
        return Reading("RDP", f"{name} {cookie}".rstrip())
    if unit == _DATA and body[:1] == bytes([_S7]):
        return Reading("S7COMM", _s7(body))
    if unit == _DATA and body[:1] == bytes([_S7_PLUS]):
        return Reading("S7COMM-PLUS", f"{name} {size} bytes")
    return Reading("COTP" if context.uses(_ISO_PORT) or unit != _DATA else "TPKT", f"{name} {size} bytes")


def _s7(body: bytes) -> str:
    if len(body) < 11:
        return ""
    kind = body[1]
    words = name_or_number(_S7_TYPES, kind)
    # acknowledgments have two bytes of error in front of their parameters
    at = 12 if kind in (2, 3) else 10
    if at < len(body) and kind in (1, 3):
        words += f" {name_or_number(_S7_FUNCTIONS, body[at], 'function 0x{:02x}')}"
    return f"{words} id={u16(body, 4)}"
