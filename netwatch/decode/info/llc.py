"""IEEE 802.2 LLC frames: spanning tree, NetBEUI, IPX, IS-IS and the SNAP protocols of vendors."""

from __future__ import annotations

from netwatch.decode.info.discovery import read_cdp
from netwatch.decode.info.fields import hexadecimal, mac, name_or_number, u16, u24, u32
from netwatch.decode.info.numbers import SERVICE_ACCESS_POINTS
from netwatch.decode.info.reading import Context, Reading

_SNAP, _STP, _OSI, _NETBIOS, _IPX, _RAW_IPX = 0xAA, 0x42, 0xFE, 0xF0, 0xE0, 0xFF
_CISCO, _APPLE = 0x00000C, 0x080007
_CISCO_PROTOCOLS = {0x2000: "CDP", 0x2003: "VTP", 0x2004: "DTP", 0x0111: "UDLD", 0x0104: "PAgP", 0x010B: "PVST+",
                    0x2001: "CGMP", 0x010C: "VLAN-BRIDGE"}  # fmt: skip
_SNAP_HEADER = 8
_PER_VLAN_SPANNING_TREE = 0x010B

_BRIDGE_UNITS = {0x00: "Configuration", 0x80: "Topology change", 0x02: "Rapid"}
_BRIDGE_PROTOCOLS = {0: "STP", 2: "RSTP", 3: "MSTP", 4: "SPB"}
_ROLES = {0: "", 1: " alternate", 2: " root", 3: " designated"}

_ISIS = {15: "L1 Hello", 16: "L2 Hello", 17: "P2P Hello", 18: "L1 LSP", 20: "L2 LSP", 24: "L1 CSNP", 25: "L2 CSNP",
         26: "L1 PSNP", 27: "L2 PSNP"}  # fmt: skip
_ISIS_DISCRIMINATOR, _ESIS_DISCRIMINATOR, _CLNP_DISCRIMINATOR = 0x83, 0x82, 0x81
_UNNUMBERED = {0x03: "UI", 0x0F: "DM", 0x1F: "DM", 0x43: "DISC", 0x53: "DISC", 0x63: "UA", 0x73: "UA", 0x6F: "SABME",
               0x7F: "SABME", 0x87: "FRMR", 0x97: "FRMR", 0xAF: "XID", 0xBF: "XID", 0xE3: "TEST",
               0xF3: "TEST"}  # fmt: skip
_SUPERVISORY = ("RR", "RNR", "REJ", "")


def read_llc(data: bytes, context: Context) -> Reading:
    """Read an LLC header and what it announces."""
    if len(data) < 3:
        return Reading("LLC", hexadecimal(data))
    service = data[0]
    if service == _SNAP and len(data) >= _SNAP_HEADER:
        return _read_snap(data, context)
    if service == _STP and data[1] == _STP:
        return read_stp(data[3:], context)
    if service == _OSI and data[1] == _OSI:
        return read_osi(data[3:], context)
    # Novell's 802.3 has no LLC header: the checksum of IPX stands in its place and is always ffff
    if service in (_RAW_IPX, _IPX):
        return read_ipx(data if service == _RAW_IPX else data[3:], context)
    protocol = "NBF" if service & 0xFE == _NETBIOS else "LLC"
    names = " > ".join(name_or_number(SERVICE_ACCESS_POINTS, point & 0xFE, "0x{:02x}") for point in (data[1], service))
    return Reading(protocol, f"{names} {_control(data)}")


def read_stp(data: bytes, _context: Context) -> Reading:
    """Read a bridge protocol data unit (IEEE 802.1D clause 9, 802.1Q clause 14)."""
    if len(data) < 4:
        return Reading("STP", "cut short", "routing")
    protocol = _BRIDGE_PROTOCOLS.get(data[2], "STP")
    words = name_or_number(_BRIDGE_UNITS, data[3], "type 0x{:02x}")
    if len(data) < 27:
        return Reading(protocol, words, "routing")
    flags = data[4]
    change = " topology-change" if flags & 1 else ""
    role = _ROLES[flags >> 2 & 3] if data[3] == 2 else ""
    root = f"{u16(data, 5)}/{mac(data, 7)}"
    bridge = f"{u16(data, 17)}/{mac(data, 19)}"
    at = f"root={root} cost={u32(data, 13)} bridge={bridge} port=0x{u16(data, 25):04x}"
    return Reading(protocol, f"{words}{role}{change} {at}", "routing")


def read_osi(data: bytes, _context: Context) -> Reading:
    """Read the header of IS-IS (RFC 1142), ES-IS or CLNP, told by the network layer protocol identifier."""
    first = data[0] if data else 0
    if first == _ISIS_DISCRIMINATOR and len(data) >= 5:
        return Reading("ISIS", name_or_number(_ISIS, data[4] & 31), "routing")
    if first == _ESIS_DISCRIMINATOR:
        return Reading("ESIS", "", "routing")
    return Reading("CLNP" if first == _CLNP_DISCRIMINATOR else "OSI", hexadecimal(data))


def read_ipx(data: bytes, _context: Context) -> Reading:
    """Read an IPX header: from which network, node and socket to which."""
    if len(data) < 30:
        return Reading("IPX", "cut short")
    ends = [f"{data[at : at + 4].hex()}.{data[at + 4 : at + 10].hex()}:{u16(data, at + 10):04x}" for at in (18, 6)]
    return Reading("IPX", f"{ends[0]} > {ends[1]} len={u16(data, 2)}")


def _read_snap(data: bytes, context: Context) -> Reading:
    vendor, protocol = u24(data, 3), u16(data, 6)
    body = data[_SNAP_HEADER:]
    if vendor == _CISCO:
        name = _CISCO_PROTOCOLS.get(protocol)
        if name == "CDP":
            return read_cdp(body, context)
        if protocol == _PER_VLAN_SPANNING_TREE:
            return read_stp(body, context)
        if name is not None:
            return Reading(name, hexadecimal(body), "routing")
    if vendor == _APPLE and protocol == 0x809B:
        return Reading("AppleTalk", hexadecimal(body))
    return Reading("LLC", f"SNAP oui=0x{vendor:06x} protocol=0x{protocol:04x} {hexadecimal(body)}".rstrip())


def _control(data: bytes) -> str:
    """Return the control field: one byte for unnumbered frames, two for the others (IEEE 802.2 clause 5.4)."""
    control = data[2]
    if control & 3 == 3:
        return name_or_number(_UNNUMBERED, control, "U 0x{:02x}")
    if control & 1:
        return f"{_SUPERVISORY[control >> 2 & 3]} nr={data[3] >> 1 if len(data) > 3 else 0}".strip()
    return f"I ns={control >> 1} nr={data[3] >> 1 if len(data) > 3 else 0}"
