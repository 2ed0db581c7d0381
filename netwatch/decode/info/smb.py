"""SMB over TCP, directly or through the NetBIOS session service: commands of SMB 1 (MS-CIFS) and 2, 3 (MS-SMB2)."""

from __future__ import annotations

from netwatch.decode.info.fields import name_or_number, u24
from netwatch.decode.info.reading import Context, Reading

FIRST_BYTES = b"\0"
"""A session message; its length follows in three bytes."""

_SMB1, _SMB2, _ENCRYPTED, _COMPRESSED = b"\xffSMB", b"\xfeSMB", b"\xfdSMB", b"\xfcSMB"
_SMB2_HEADER = 64
_COMMANDS = {
    0x00: "Create Directory", 0x01: "Delete Directory", 0x02: "Open", 0x03: "Create", 0x04: "Close", 0x05: "Flush",
    0x06: "Delete", 0x07: "Rename", 0x08: "Query Information", 0x09: "Set Information", 0x0A: "Read", 0x0B: "Write",
    0x10: "Check Directory", 0x1A: "Read Raw", 0x1D: "Write Raw", 0x24: "Locking", 0x25: "Trans", 0x2B: "Echo",
    0x2D: "Open AndX", 0x2E: "Read AndX", 0x2F: "Write AndX", 0x32: "Trans2", 0x34: "Find Close", 0x70: "Tree Connect",
    0x71: "Tree Disconnect", 0x72: "Negotiate", 0x73: "Session Setup AndX", 0x74: "Logoff AndX",
    0x75: "Tree Connect AndX", 0xA0: "NT Trans", 0xA2: "NT Create AndX", 0xA4: "NT Cancel", 0xA5: "NT Rename",
}  # fmt: skip
_COMMANDS2 = (
    "Negotiate", "Session Setup", "Logoff", "Tree Connect", "Tree Disconnect", "Create", "Close", "Flush", "Read",
    "Write", "Lock", "IOCtl", "Cancel", "Echo", "Query Directory", "Change Notify", "Query Info", "Set Info",
    "Oplock Break",
)  # fmt: skip
_STATUS = {
    0x00000103: "pending", 0x80000005: "buffer overflow", 0x80000006: "no more files", 0xC000000D: "invalid parameter",
    0xC0000016: "more processing required", 0xC0000022: "access denied", 0xC0000034: "name not found",
    0xC000003A: "path not found", 0xC0000043: "sharing violation", 0xC000006D: "logon failure",
    0xC00000BB: "not supported", 0xC00000CC: "bad network name", 0xC000015B: "logon type not granted",
    0xC0000203: "session deleted", 0xC0000225: "not found",
}  # fmt: skip
_RESPONSE = 1
_RESPONSE1 = 0x80


def read_smb(data: bytes, _context: Context) -> Reading | None:
    """Read a message behind its session header of four bytes (RFC 1002 section 4.3.1, MS-SMB2 section 2.1)."""
    magic = data[4:8]
    if magic == _SMB2 and len(data) >= 4 + _SMB2_HEADER:
        return Reading("SMB2", _smb2(data[4:]))
    if magic == _SMB1 and len(data) >= 36:
        return Reading("SMB", _smb1(data[4:]))
    if magic == _ENCRYPTED:
        return Reading("SMB3", f"encrypted {u24(data, 1)} bytes")
    return Reading("SMB3", f"compressed {u24(data, 1)} bytes") if magic == _COMPRESSED else None


def _smb1(data: bytes) -> str:
    answers = data[9] & _RESPONSE1
    status = _status(int.from_bytes(data[5:9], "little")) if answers else ""
    return f"{name_or_number(_COMMANDS, data[4], 'command 0x{:02x}')} {'response' if answers else 'request'}{status}"


def _smb2(data: bytes) -> str:
    words: list[str] = []
    at = 0
    # compound requests are chained by the offset of the next (MS-SMB2 section 2.2.1)
    while at + _SMB2_HEADER <= len(data) and len(words) < 4 and data[at : at + 4] == _SMB2:
        command = int.from_bytes(data[at + 12 : at + 14], "little")
        answers = data[at + 16] & _RESPONSE
        status = _status(int.from_bytes(data[at + 8 : at + 12], "little")) if answers else ""
        name = _COMMANDS2[command] if command < len(_COMMANDS2) else f"command {command}"
        words.append(f"{name} {'response' if answers else 'request'}{status}")
        step = int.from_bytes(data[at + 20 : at + 24], "little")
        if step < _SMB2_HEADER:
            break
        at += step
    return ", ".join(words)


def _status(number: int) -> str:
    return f" ({name_or_number(_STATUS, number, '0x{:08x}')})" if number else ""
