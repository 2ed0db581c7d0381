"""Fields of the link layer: Ethernet, cooked captures, VLAN tags, ARP and their like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.window import headers
from netwatch.filter.builders import address, columnar, either, flag, number, protocol
from netwatch.filter.values import Kind, Values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from netwatch.filter.field import Field
    from netwatch.filter.packets import Packets

SMALLEST_TYPE: Final = 0x600
"""IEEE 802.3: from here on the field is an EtherType, below a length."""
_TAG: Final = np.dtype([("control", ">u2"), ("type", ">u2")])
_TYPE: Final = np.dtype([("type", ">u2")])

ETHERTYPES: Final = {"ipv4": 0x0800, "arp": 0x0806, "802.1q": 0x8100, "ipv6": 0x86DD, "lldp": 0x88CC}
ARP_OPERATIONS: Final = {"request": 1, "reply": 2}


def _tags(packets: Packets) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the rows and the control information of every VLAN tag, those included that the kernel took out."""
    frames = packets.batch.frames
    found = packets.layers("vlan")
    taken = frames.stripped_tag[found.rows].astype(np.int64)
    outside = found.begin == frames.offset[found.rows]
    control = headers(frames.data, np.where(outside, found.begin + 14, found.begin), _TAG)["control"].astype(np.int64)
    control = np.where(taken != 0, taken & 0xFFFF, control)
    inner = np.flatnonzero(packets.batch.vlan >= 0x1000)
    inner_vlan = (packets.batch.vlan[inner].astype(np.int64) >> 12) - 1
    return np.concatenate((found.rows, inner)), np.concatenate((control, inner_vlan))


def _tag_field(name: str, mask: int, title: str, kind: Kind = Kind.NUMBER) -> Field:
    shift = (mask & -mask).bit_length() - 1

    def read(packets: Packets) -> Values:
        rows, control = _tags(packets)
        if mask != 0xFFF:  # of the inner tag the columns have only the identifier
            outer = len(packets.layers("vlan").rows)
            rows, control = rows[:outer], control[:outer]
        return Values(rows, (control & mask) >> shift)

    return columnar(name, kind, read, title)


def _types(packets: Packets) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the rows and the type field of Ethernet headers, with the tag that the kernel took out put back."""
    frames = packets.batch.frames
    found = packets.layers("eth")
    fits = found.begin + 14 <= found.end
    rows = found.rows[fits]
    kind = headers(frames.data, found.begin[fits] + 12, _TYPE)["type"].astype(np.int64)
    taken = frames.stripped_tag[rows].astype(np.int64)
    outside = found.begin[fits] == frames.offset[rows]
    return rows, np.where((taken != 0) & outside, taken >> 16, kind)


def _ethertype(packets: Packets) -> Values:
    rows, kind = _types(packets)
    known = kind >= SMALLEST_TYPE
    return Values(rows[known], kind[known])


def _length(packets: Packets) -> Values:
    rows, kind = _types(packets)
    known = kind < SMALLEST_TYPE
    return Values(rows[known], kind[known])


def _is_usual(packets: Packets, _rows: NDArray[np.intp], begin: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which ARP packets map IPv4 to MAC addresses, as nearly all do: 6 and 4 bytes (RFC 826)."""
    data = packets.batch.frames.data
    usual: NDArray[np.bool_] = (data[begin + 4] == 6) & (data[begin + 5] == 4)
    return usual


def _gratuitous(packets: Packets) -> Values:
    """RFC 5227 section 3: the sender announces itself."""
    every = np.ones(len(packets), np.bool_)
    source, target = (field.read(packets, every) for field in ARP_IPV4)
    count = min(len(source), len(target))
    same = (source.data[:count] == target.data[:count]) & (source.data[:count] != 0)
    return Values(source.rows[:count][same], same[same].astype(np.int64))


def _probe(packets: Packets) -> Values:
    """RFC 5227 section 2.1.1: a request whose sender has no address yet, for one that is some."""
    every = np.ones(len(packets), np.bool_)
    source, target = (field.read(packets, every) for field in ARP_IPV4)
    count = min(len(source), len(target))
    rows = source.rows[:count]
    data, begin = packets.batch.frames.data, packets.batch.network_offset[rows]
    asks = (source.data[:count] == 0) & (target.data[:count] != 0) & (data[begin + 7] == ARP_OPERATIONS["request"])
    return Values(rows[asks], asks[asks].astype(np.int64))


ETHER: Final = (
    address("eth.src", "eth", 6, Kind.ETHER, "sender's MAC address"),
    address("eth.dst", "eth", 0, Kind.ETHER, "receiver's MAC address"),
)
ARP_ETHER: Final = (
    address("arp.src.hw_mac", "arp", 8, Kind.ETHER, "sender's MAC address", _is_usual),
    address("arp.dst.hw_mac", "arp", 18, Kind.ETHER, "target's MAC address", _is_usual),
)
ARP_IPV4: Final = (
    address("arp.src.proto_ipv4", "arp", 14, Kind.IPV4, "sender's IPv4 address", _is_usual),
    address("arp.dst.proto_ipv4", "arp", 24, Kind.IPV4, "target's IPv4 address", _is_usual),
)

FIELDS: Final = (
    protocol("eth", "eth", "Ethernet"),
    *ETHER,
    either("eth.addr", ETHER, "MAC address of either end"),
    columnar("eth.type", Kind.NUMBER, _ethertype, "EtherType", ETHERTYPES),
    columnar("eth.len", Kind.NUMBER, _length, "length in place of a type"),
    flag("eth.dst.ig", "eth", 0, "u1", 0x01, "to a group"),
    flag("eth.dst.lg", "eth", 0, "u1", 0x02, "receiver's address is locally administered"),
    flag("eth.src.ig", "eth", 6, "u1", 0x01, "from a group"),
    flag("eth.src.lg", "eth", 6, "u1", 0x02, "sender's address is locally administered"),
    either(
        "eth.ig",
        (flag("eth.ig", "eth", 0, "u1", 0x01, ""), flag("eth.ig ", "eth", 6, "u1", 0x01, "")),
        "either address is a group",
    ),
    either(
        "eth.lg",
        (flag("eth.lg", "eth", 0, "u1", 0x02, ""), flag("eth.lg ", "eth", 6, "u1", 0x02, "")),
        "either address is locally administered",
    ),
    *(
        number(f"eth.{end}.oui", "eth", at, "u4", f"maker in the {end} address", mask=0xFFFFFF00)
        for end, at in (("src", 6), ("dst", 0))
    ),
    either(
        "eth.addr.oui",
        tuple(number(f"eth.addr.oui/{at}", "eth", at, "u4", "", mask=0xFFFFFF00) for at in (6, 0)),
        "maker in either address",
    ),
    protocol("vlan", "vlan", "802.1Q tag"),
    _tag_field("vlan.id", 0xFFF, "VLAN identifier"),
    _tag_field("vlan.priority", 0xE000, "priority"),
    _tag_field("vlan.dei", 0x1000, "may be dropped", Kind.BOOLEAN),
    protocol("arp", "arp", "address resolution"),
    number("arp.hw.type", "arp", 0, "u2", "kind of hardware address"),
    number("arp.proto.type", "arp", 2, "u2", "kind of protocol address", symbols=ETHERTYPES),
    number("arp.hw.size", "arp", 4, "u1", "bytes of a hardware address"),
    number("arp.proto.size", "arp", 5, "u1", "bytes of a protocol address"),
    number("arp.opcode", "arp", 6, "u2", "operation", symbols=ARP_OPERATIONS),
    *ARP_ETHER,
    *ARP_IPV4,
    columnar("arp.isprobe", Kind.BOOLEAN, _probe, "asks whether an address is free"),
    columnar("arp.isgratuitous", Kind.BOOLEAN, _gratuitous, "sender and target are the same"),
)
