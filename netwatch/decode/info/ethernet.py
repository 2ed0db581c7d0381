"""Protocols directly on Ethernet that are neither IP nor discovery: LACP, PTP, MACsec, PAUSE, wake-on-LAN, PROFINET."""

from __future__ import annotations

from netwatch.decode.info.fields import hexadecimal, mac, name_or_number, text, u16, u32, u64
from netwatch.decode.info.inside import BRIDGING, carried_text
from netwatch.decode.info.reading import Context, Reading

_SLOW = {1: "LACP", 2: "Marker", 3: "OAM", 10: "OSSP"}
_PTP = {0: "Sync", 1: "Delay Request", 2: "Peer Delay Request", 3: "Peer Delay Response", 8: "Follow Up",
        9: "Delay Response", 10: "Peer Delay Follow Up", 11: "Announce", 12: "Signaling", 13: "Management"}  # fmt: skip
_PTP_HEADER = 34
_CFM = {1: "Continuity Check", 2: "Loopback Reply", 3: "Loopback Message", 4: "Linktrace Reply",
        5: "Linktrace Message"}  # fmt: skip
_DCP_SERVICES = {1: "Get", 3: "Set", 4: "Get", 5: "Identify", 6: "Hello"}
_WAKE = b"\xff" * 6
_LACP_ACTOR = 2


def read_slow(data: bytes, _context: Context) -> Reading:
    """Read a slow protocol frame (IEEE 802.3 annex 57A); LACP with its system and port."""
    protocol = name_or_number(_SLOW, data[0], "subtype {}")
    if data[0] != 1 or len(data) < 20:
        return Reading(protocol, hexadecimal(data[1:]))
    at = _LACP_ACTOR + 2
    state = data[at + 14]
    flags = "".join(letter for bit, letter in enumerate("ATGSCDFE") if state >> bit & 1)
    words = f"v{data[1]} system={mac(data, at + 2)} key={u16(data, at + 8)} port={u16(data, at + 12)} state={flags}"
    return Reading("LACP", words)


def read_ptp(data: bytes, _context: Context) -> Reading | None:
    """Read a precision time protocol header (IEEE 1588-2019 clause 13.3), on Ethernet or in UDP."""
    if len(data) < _PTP_HEADER or data[1] & 15 != 2:
        return None
    words = f"v2 {name_or_number(_PTP, data[0] & 15)} domain={data[4]} clock={u64(data, 20):016x} seq={u16(data, 30)}"
    return Reading("PTP", words)


def read_macsec(data: bytes, context: Context) -> Reading:
    """Read a MACsec tag (IEEE 802.1AE clause 9.3)."""
    channel = f" sci={data[6:14].hex()}" if data[0] & 0x20 else ""
    secured = "encrypted" if data[0] & 0x08 else "authenticated"
    return Reading("MACsec", f"{secured} an={data[0] & 3} pn={u32(data, 2)}{channel} len={context.length}")


def read_pause(data: bytes, _context: Context) -> Reading:
    """Read a MAC control frame (IEEE 802.3 annex 31)."""
    code = u16(data, 0)
    if code == 1:
        return Reading("PAUSE", f"{u16(data, 2)} quanta")
    return Reading("PAUSE", "priority flow control" if code == 0x0101 else f"opcode 0x{code:04x}")


def read_loop(data: bytes, _context: Context) -> Reading:
    """Read a configuration test frame (Ethernet version 2 section 8)."""
    function = int.from_bytes(data[2:4], "little")
    return Reading("LOOP", name_or_number({1: "reply", 2: "forward"}, function, "function {}"))


def read_wake_on_lan(data: bytes, _context: Context) -> Reading | None:
    """Read a magic packet: six ff bytes and sixteen times the address to wake."""
    target = data[6:12]
    if not data.startswith(_WAKE) or len(target) < 6 or data[12:18] != target:
        return None
    return Reading("WoL", f"magic packet for {mac(data, 6)}")


def read_cfm(data: bytes, _context: Context) -> Reading:
    """Read a connectivity fault management header (IEEE 802.1Q clause 21.4)."""
    code = name_or_number(_CFM, data[1] if len(data) > 1 else 0, "opcode {}")
    return Reading("CFM", f"{code} level={data[0] >> 5}")


def read_profinet(data: bytes, _context: Context) -> Reading:
    """Read a PROFINET frame identifier (IEC 61158-6-10) and what is told of discovery (DCP)."""
    frame = u16(data, 0)
    if 0xFEFC <= frame <= 0xFEFF and len(data) >= 4:
        way = "response" if data[3] & 1 else "request"
        return Reading("PN-DCP", f"{name_or_number(_DCP_SERVICES, data[2], 'service {}')} {way}{_station(data)}")
    return Reading("PROFINET", f"frame 0x{frame:04x} {hexadecimal(data[2:])}".rstrip())


def read_backbone(data: bytes, _context: Context) -> Reading:
    """Read a provider backbone tag (IEEE 802.1ah) and the frame inside."""
    return Reading("PBB", f"isid={u32(data, 0) & 0xFFFFFF} {carried_text(BRIDGING, data[4:])}")


def _station(data: bytes) -> str:
    """Return the name of station, option 2 suboption 2, where it is the first block."""
    if data[12:14] != b"\x02\x02":
        return ""
    # a response has two bytes of block information first
    begin = 18 if data[3] & 1 else 16
    return f" name={text(data[begin : begin + u16(data, 14) - (begin - 16)])}"
