"""STUN and TURN (RFC 8489, 8656), with the classic form of RFC 3489 on its own port."""

from __future__ import annotations

from netwatch.decode.info.fields import ipv4, name_or_number, text, u16, u32
from netwatch.decode.info.reading import Context, Reading

FIRST_BYTES = bytes(range(2))
HEADER = 20
MAGIC_COOKIE = 0x2112A442
MOST_ATTRIBUTES = 16

_METHODS = {1: "Binding", 2: "Shared Secret", 3: "Allocate", 4: "Refresh", 6: "Send", 7: "Data",
            8: "Create Permission", 9: "Channel Bind", 10: "Connect", 11: "Connection Bind",
            12: "Connection Attempt"}  # fmt: skip
_CLASSES = ("request", "indication", "success", "error")
_MAPPED, _USER, _ERROR, _XOR_PEER, _XOR_RELAYED, _XOR_MAPPED, _SOFTWARE = 1, 6, 9, 0x12, 0x16, 0x20, 0x8022
_LABELS = {_MAPPED: "mapped", _XOR_MAPPED: "mapped", _XOR_PEER: "peer", _XOR_RELAYED: "relayed"}


def read_stun(data: bytes, context: Context) -> Reading | None:
    """Read a STUN message, which the magic cookie makes unmistakable."""
    return _read(data, context) if u32(data, 4) == MAGIC_COOKIE else None


def read_classic_stun(data: bytes, context: Context) -> Reading | None:
    """Read a message of RFC 3489 or TURN channel data, both known by the port alone."""
    if data[0] >> 6 == 1 and len(data) >= 4 and u16(data, 2) <= max(context.length - 4, 0):
        return Reading("STUN", f"Channel data 0x{u16(data, 0):04x} len={u16(data, 2)}")
    return _read(data, context)


def _read(data: bytes, context: Context) -> Reading | None:
    kind, size = u16(data, 0), u16(data, 2)
    if len(data) < HEADER or kind >> 14 or size & 3 or size + HEADER > context.length:
        return None
    # RFC 8489 section 5: the two class bits stand between the bits of the method
    method = kind & 0xF | (kind >> 1 & 0x70) | (kind >> 2 & 0xF80)
    words = f"{name_or_number(_METHODS, method, 'Method 0x{:x}')} {_CLASSES[kind >> 4 & 1 | kind >> 7 & 2]}"
    return Reading("STUN", words + _attributes(data, min(HEADER + size, len(data))))


def _attributes(data: bytes, end: int) -> str:
    words = ""
    at = HEADER
    for _ in range(MOST_ATTRIBUTES):
        if at + 4 > end:
            break
        kind, size = u16(data, at), u16(data, at + 2)
        value = data[at + 4 : min(at + 4 + size, end)]
        if kind in _LABELS and len(value) == 8:
            words += f" {_LABELS[kind]}={_address(value, hidden=kind != _MAPPED)}"
        elif kind == _USER:
            words += f" user={text(value, 40)}"
        elif kind == _SOFTWARE:
            words += f" software={text(value, 40)}"
        elif kind == _ERROR and len(value) >= 4:
            words += f" {value[2] * 100 + value[3]} {text(value[4:], 40)}".rstrip()
        at += 4 + (size + 3 & ~3)
    return words


def _address(value: bytes, *, hidden: bool) -> str:
    port, address = u16(value, 2), u32(value, 4)
    if hidden:
        port, address = port ^ MAGIC_COOKIE >> 16, address ^ MAGIC_COOKIE
    return f"{ipv4(address.to_bytes(4, 'big'), 0)}:{port}"
