"""Tunnels whose inside is not in the columns: GRE, IPsec, L2TP, VXLAN, Geneve, GTP, Teredo, NSH, MPLS."""

from __future__ import annotations

from netwatch.decode.info.fields import hexadecimal, name_or_number, u16, u24, u32
from netwatch.decode.info.inside import BRIDGING, carried_text
from netwatch.decode.info.numbers import protocol_name
from netwatch.decode.info.ppp import ppp_text
from netwatch.decode.info.quoted import quoted_text
from netwatch.decode.info.reading import Context, Reading

MOST_LABELS = 8
"""Labels of one stack that are shown."""

_GRE_CHECKSUM, _GRE_KEY, _GRE_SEQUENCE, _GRE_ACKNOWLEDGMENT = 0x8000, 0x2000, 0x1000, 0x0080
_PPP = 0x880B
_L2TP_CONTROL, _L2TP_LENGTH, _L2TP_SEQUENCE, _L2TP_OFFSET = 0x8000, 0x4000, 0x0800, 0x0200
_GTP_PACKET = 255
_NSH_PROTOCOLS = {1: 0x0800, 2: 0x86DD, 3: BRIDGING, 4: 0x894F, 5: 0x8847}
_RESERVED_LABELS = {0: "explicit-null", 1: "router-alert", 2: "explicit-null6", 3: "implicit-null", 7: "entropy",
                    13: "gal", 14: "oam", 15: "extension"}  # fmt: skip
_GTP = {1: "Echo request", 2: "Echo response", 16: "Create PDP request", 17: "Create PDP response",
        18: "Update PDP request", 19: "Update PDP response", 20: "Delete PDP request", 21: "Delete PDP response",
        26: "Error indication", 31: "Supported extensions", 240: "Data record request", 241: "Data record response",
        254: "End marker", 255: "G-PDU"}  # fmt: skip
_GTPV2 = {1: "Echo request", 2: "Echo response", 32: "Create session request", 33: "Create session response",
          34: "Modify bearer request", 35: "Modify bearer response", 36: "Delete session request",
          37: "Delete session response", 95: "Create bearer request", 96: "Create bearer response",
          99: "Delete bearer request", 100: "Delete bearer response", 170: "Release access bearers request",
          171: "Release access bearers response"}  # fmt: skip
_L2TP = {1: "SCCRQ", 2: "SCCRP", 3: "SCCCN", 4: "StopCCN", 6: "HELLO", 7: "OCRQ", 8: "OCRP", 9: "OCCN", 10: "ICRQ",
         11: "ICRP", 12: "ICCN", 14: "CDN", 15: "WEN", 16: "SLI"}  # fmt: skip


def read_gre(data: bytes, context: Context) -> Reading:
    """Read a GRE header (RFC 2784, 2890; version 1: RFC 2637)."""
    if len(data) < 4:
        return Reading("GRE", "cut short")
    flags, at = u16(data, 0), 4
    words = ""
    if flags & 7 == 1:
        words += f" call={u16(data, 6)} length={u16(data, 4)}"
        at = 8
    else:
        at += 4 if flags & _GRE_CHECKSUM else 0
        if flags & _GRE_KEY:
            words += f" key=0x{u32(data, at):x}"
            at += 4
    if flags & _GRE_SEQUENCE:
        words += f" seq={u32(data, at)}"
        at += 4
    if flags & 7 == 1 and flags & _GRE_ACKNOWLEDGMENT:
        words += f" ack={u32(data, at)}"
        at += 4
    carried = u16(data, 2)
    inside = ppp_text(data[at:], context) if carried == _PPP else carried_text(carried, data[at:])
    return Reading("GRE", (inside or "acknowledgment") + words)


def read_esp(data: bytes, context: Context) -> Reading:
    """Read the clear part of ESP (RFC 4303)."""
    return Reading("ESP", f"spi=0x{u32(data, 0):08x} seq={u32(data, 4)} len={context.length}")


def read_ah(data: bytes, _context: Context) -> Reading:
    """Read an authentication header (RFC 4302)."""
    carried = protocol_name(data[0])
    return Reading("AH", f"carries {carried} spi=0x{u32(data, 4):08x} seq={u32(data, 8)}")


def read_ipcomp(data: bytes, _context: Context) -> Reading:
    """Read an IP compression header (RFC 3173)."""
    return Reading("IPComp", f"carries {protocol_name(data[0])} cpi=0x{u16(data, 2):04x}")


def read_etherip(data: bytes, _context: Context) -> Reading:
    """Read an EtherIP header (RFC 3378) and the Ethernet header behind it."""
    return Reading("EtherIP", carried_text(BRIDGING, data[2:]))


def read_udp_encapsulated_esp(data: bytes, context: Context) -> Reading | None:
    """Read ESP in UDP or its keep-alive (RFC 3948); IKE behind a non-ESP marker is not read here."""
    if context.length == 1 and data[0] == 0xFF:
        return Reading("ESP", "NAT keep-alive")
    return None if len(data) < 8 or u32(data, 0) == 0 else read_esp(data, context)


def read_l2tp(data: bytes, context: Context) -> Reading | None:
    """Read an L2TP version 2 header (RFC 2661 section 3.1) or version 3 in UDP (RFC 3931 section 4.1.2)."""
    flags = u16(data, 0)
    version = flags & 15
    if len(data) < 6 or version not in (2, 3):
        return None
    if version == 3:
        return Reading("L2TP", f"v3 {'control' if flags & 0x8000 else 'data'} 0x{u32(data, 4):08x}")
    at = 4 if flags & _L2TP_LENGTH else 2
    ends = f"tunnel={u16(data, at)} session={u16(data, at + 2)}"
    at += 4 + (4 if flags & _L2TP_SEQUENCE else 0)
    if not flags & _L2TP_CONTROL:
        at += 2 + u16(data, at) if flags & _L2TP_OFFSET else 0
        return Reading("L2TP", f"{ppp_text(data[at:], context)} {ends}".lstrip())
    # a control message without attributes only acknowledges (ZLB); the type is the first attribute
    kind = name_or_number(_L2TP, u16(data, at + 6)) if len(data) >= at + 8 else "acknowledgment"
    return Reading("L2TP", f"{kind} {ends}")


def read_l2tp_over_ip(data: bytes, _context: Context) -> Reading:
    """Read an L2TP version 3 header directly over IP (RFC 3931 section 4.1.1): session 0 is the control connection."""
    session = u32(data, 0)
    if session:
        return Reading("L2TP", f"v3 data session=0x{session:08x}")
    return Reading("L2TP", f"v3 control connection=0x{u32(data, 8):08x}")


def read_vxlan(data: bytes, _context: Context) -> Reading | None:
    """Read a VXLAN header (RFC 7348 section 5) whose frame inside was not decoded."""
    if len(data) < 8 or not data[0] & 0x08:
        return None
    return Reading("VXLAN", f"vni={u24(data, 4)} {carried_text(BRIDGING, data[8:])}")


def read_geneve(data: bytes, _context: Context) -> Reading | None:
    """Read a Geneve header (RFC 8926 section 3.4) and what the packet inside is."""
    if len(data) < 8 or data[0] >> 6:
        return None
    at = 8 + (data[0] & 0x3F) * 4
    return Reading("Geneve", f"vni={u24(data, 4)} {carried_text(u16(data, 2), data[at:])}")


def read_gtp(data: bytes, _context: Context) -> Reading | None:
    """Read a GTP header: version 1 (3GPP TS 29.060, 29.281), GTP prime or version 2 (TS 29.274)."""
    version = data[0] >> 5
    if len(data) < 8 or version > 2:
        return None
    if version == 2:
        tunnel = f" teid=0x{u32(data, 4):08x}" if data[0] & 8 else ""
        return Reading("GTPv2", name_or_number(_GTPV2, data[1]) + tunnel)
    if not data[0] & 0x10:
        return Reading("GTP'", name_or_number(_GTP, data[1]))
    words = f"{name_or_number(_GTP, data[1])} teid=0x{u32(data, 4):08x}"
    # four bytes more where any of the flags E, S, PN is set; extension headers are not followed
    at = 12 if data[0] & 7 else 8
    inside = quoted_text(data[at:]) if data[1] == _GTP_PACKET else ""
    return Reading("GTP", f"{words} carries {inside}" if inside else words)


def read_teredo(data: bytes, _context: Context) -> Reading | None:
    """Read a Teredo packet (RFC 4380 section 5.1.1): an IPv6 packet, perhaps behind an origin indication."""
    at = 8 if data[:2] == b"\0\0" else 0
    if data[at : at + 1] and data[at] >> 4 == 6 and (inside := quoted_text(data[at:])):
        return Reading("Teredo", f"carries {inside}")
    return Reading("Teredo", "authentication") if data[:2] == b"\0\1" else None


def read_nsh(data: bytes, _context: Context) -> Reading | None:
    """Read a network service header (RFC 8300 section 2.2)."""
    if len(data) < 8:
        return None
    at = (u16(data, 0) & 0x3F) * 4
    carried = _NSH_PROTOCOLS.get(data[3], 0)
    return Reading("NSH", f"path={u24(data, 4)} index={data[7]} {carried_text(carried, data[at:])}")


def read_mpls(data: bytes, _context: Context) -> Reading:
    """Read a stack of MPLS labels (RFC 3032) whose packet inside is neither IPv4 nor IPv6."""
    labels: list[str] = []
    at = 0
    while at + 4 <= len(data) and len(labels) < MOST_LABELS:
        label = u24(data, at) >> 4
        labels.append(_RESERVED_LABELS.get(label) or str(label))
        at += 4
        if data[at - 2] & 1:
            break
    ttl = data[at - 1] if at else 0
    return Reading("MPLS", f"label={'/'.join(labels)} ttl={ttl} {hexadecimal(data[at:])}".rstrip())
