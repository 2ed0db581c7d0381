"""SCTP chunks (RFC 9260 and its extensions) and DCCP packets (RFC 4340)."""

from __future__ import annotations

from netwatch.decode.info.fields import name_or_number, u16, u24, u32
from netwatch.decode.info.reading import Context, Reading

HEADER = 12
SHOWN = 4
"""Chunks of one packet that are named."""

_CHUNKS = {
    0: "DATA", 1: "INIT", 2: "INIT ACK", 3: "SACK", 4: "HEARTBEAT", 5: "HEARTBEAT ACK", 6: "ABORT", 7: "SHUTDOWN",
    8: "SHUTDOWN ACK", 9: "ERROR", 10: "COOKIE ECHO", 11: "COOKIE ACK", 12: "ECNE", 13: "CWR",
    14: "SHUTDOWN COMPLETE", 15: "AUTH", 64: "I-DATA", 128: "ASCONF ACK", 130: "RE-CONFIG", 132: "PAD",
    192: "FORWARD TSN", 193: "ASCONF", 194: "I-FORWARD TSN",
}  # fmt: skip
_PAYLOADS = {1: "IUA", 2: "M2UA", 3: "M3UA", 4: "SUA", 5: "M2PA", 10: "DUA", 11: "ASAP", 12: "ENRP", 18: "S1AP",
             20: "RUA", 25: "HNBAP", 27: "X2AP", 46: "Diameter", 47: "Diameter DTLS", 50: "WebRTC control",
             51: "WebRTC string", 53: "WebRTC binary", 60: "NGAP", 61: "XnAP"}  # fmt: skip
_DATA, _INIT, _INIT_ACK, _SACK = 0, 1, 2, 3

_DCCP_TYPES = ("Request", "Response", "Data", "Ack", "DataAck", "CloseReq", "Close", "Reset", "Sync", "SyncAck")


def read_sctp(data: bytes, context: Context) -> Reading:
    """Read an SCTP packet from its common header on: ports, verification tag and chunks."""
    words: list[str] = []
    at = HEADER
    while at + 4 <= len(data) and len(words) < SHOWN:
        size = u16(data, at + 2)
        words.append(_chunk(data, at, size))
        if size < 4:
            break
        at += size + 3 & ~3
    if at + 4 <= len(data):
        words.append("...")
    chunks = ", ".join(words) or "no chunk"
    return Reading("SCTP", f"{context.source_port} > {context.destination_port} {chunks} tag=0x{u32(data, 4):08x}")


def read_dccp(data: bytes, context: Context) -> Reading:
    """Read a DCCP header: ports, packet type and sequence number."""
    ports = f"{context.source_port} > {context.destination_port}"
    if len(data) < HEADER:
        return Reading("DCCP", ports)
    number = data[8] >> 1 & 15
    kind = _DCCP_TYPES[number] if number < len(_DCCP_TYPES) else f"type {number}"
    # RFC 4340 section 5.1: with X=1 the sequence number has 48 bits
    sequence = int.from_bytes(data[10:16], "big") if data[8] & 1 else u24(data, 9)
    return Reading("DCCP", f"{ports} {kind} seq={sequence}")


def _chunk(data: bytes, at: int, size: int) -> str:
    kind = data[at]
    name = name_or_number(_CHUNKS, kind, "chunk {}")
    if kind == _DATA and at + 16 <= len(data):
        payload = u32(data, at + 12)
        carried = f" {_PAYLOADS[payload]}" if payload in _PAYLOADS else ""
        return f"{name}{carried} tsn={u32(data, at + 4)} stream={u16(data, at + 8)} len={max(size - 16, 0)}"
    if kind in (_INIT, _INIT_ACK) and at + 20 <= len(data):
        return f"{name} streams={u16(data, at + 12)}/{u16(data, at + 14)} rwnd={u32(data, at + 8)}"
    if kind == _SACK and at + 12 <= len(data):
        return f"{name} tsn={u32(data, at + 4)} rwnd={u32(data, at + 8)}"
    return name
