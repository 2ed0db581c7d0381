"""The kernel's neighbour table, asked over rtnetlink(7): which MAC address an IPv4 or IPv6 neighbour has."""

from __future__ import annotations

import ipaddress
import socket
import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.lab.targets import IpAddress

_RTM_GETNEIGH, _RTM_NEWNEIGH, _NLMSG_DONE, _NLMSG_ERROR = 30, 28, 3, 2
_REQUEST_DUMP: Final = 0x301
_NDA_DST, _NDA_LLADDR = 1, 2
_HEADER: Final = struct.Struct("=IHHII")
_NEIGHBOUR: Final = struct.Struct("=BxxxiHBB")
_ATTRIBUTE: Final = struct.Struct("=HH")
# linux/netlink.h, linux/rtnetlink.h, linux/neighbour.h
_TIMEOUT: Final = 1.0
_MOST_BLOCKS: Final = 1000


def neighbour_address(address: IpAddress, interface: str) -> str | None:
    """Return the MAC address that the kernel has for a neighbour on an interface, None when it has none.

    Needs no rights and sends nothing.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    wanted = ipaddress.ip_address(str(address).partition("%")[0]).packed
    try:
        index = socket.if_nametoindex(interface)
        for block in _dump(family):
            for found, ip, hardware in neighbours_in(block):
                if (found, ip) == (index, wanted) and any(hardware):
                    return hardware.hex(":")
    except OSError:
        return None
    return None


def neighbours_in(block: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield (interface index, address, MAC address) of each neighbour in an answer; what is cut short ends it."""
    for kind, body in _messages(block):
        if kind != _RTM_NEWNEIGH or len(body) < _NEIGHBOUR.size:
            continue
        index = _NEIGHBOUR.unpack_from(body)[1]
        attributes = dict(_attributes(body[_NEIGHBOUR.size :]))
        if _NDA_DST in attributes and _NDA_LLADDR in attributes:
            yield index, attributes[_NDA_DST], attributes[_NDA_LLADDR]


def _dump(family: int) -> Iterator[bytes]:
    """Yield the answers of the kernel until the one that says that there are no more."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as link:
        link.settimeout(_TIMEOUT)
        question = _NEIGHBOUR.pack(family, 0, 0, 0, 0)
        link.send(_HEADER.pack(_HEADER.size + len(question), _RTM_GETNEIGH, _REQUEST_DUMP, 1, 0) + question)
        for _ in range(_MOST_BLOCKS):
            block = link.recv(1 << 17)
            yield block
            if any(kind in (_NLMSG_DONE, _NLMSG_ERROR) for kind, _ in _messages(block)):
                return


def _messages(block: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _HEADER.size <= len(block):
        length, kind, *_ = _HEADER.unpack_from(block, at)
        if not _HEADER.size <= length <= len(block) - at:
            return
        yield kind, block[at + _HEADER.size : at + length]
        at += length + 3 & ~3


def _attributes(body: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + _ATTRIBUTE.size <= len(body):
        length, kind = _ATTRIBUTE.unpack_from(body, at)
        if not _ATTRIBUTE.size <= length <= len(body) - at:
            return
        yield kind, body[at + _ATTRIBUTE.size : at + length]
        at += length + 3 & ~3
