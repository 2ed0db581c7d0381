"""The network interfaces of this machine, the one that a user most likely means first."""

from __future__ import annotations

import difflib
import importlib
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.capture.default_route import default_route_interface
from netwatch.capture.sysfs import SysfsInterface
from netwatch.errors import CaptureError
from netwatch.snapshot import Interface
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from netwatch.capture.psutil_types import AddressEntry, InterfaceCounters, InterfaceStats

ANY: Final = Interface("any", description="all interfaces at once", up=True, virtual=True)
"""Not in the list of interfaces; `find_interface` knows it."""
SYS: Final = Path("/sys")
PROC: Final = Path("/proc")


def list_interfaces(sys_root: Path = SYS, proc_root: Path = PROC) -> tuple[Interface, ...]:
    """Return all interfaces, the best guess first.

    That is the default route's interface, else the one with most traffic of those that are up; the loopback comes
    first only where there is nothing else. Takes about a millisecond and needs no rights.
    """
    psutil = importlib.import_module("psutil")
    stats = psutil.net_if_stats()
    if not stats:
        return ()
    counters = psutil.net_io_counters(pernic=True)
    return describe_interfaces(stats, psutil.net_if_addrs(), counters, sys_root, proc_root)


def describe_interfaces(
    stats: Mapping[str, InterfaceStats],
    addresses: Mapping[str, Sequence[AddressEntry]],
    counters: Mapping[str, InterfaceCounters],
    sys_root: Path = SYS,
    proc_root: Path = PROC,
) -> tuple[Interface, ...]:
    """Return what psutil and the folders of the kernel say of the interfaces, the best guess first."""
    default = default_route_interface(proc_root, addresses)
    descriptions = {} if sys.platform == "linux" else _libpcap_descriptions()
    found = [
        _interface(name, stats[name], addresses.get(name, ()), counters.get(name), default, descriptions, sys_root)
        for name in stats
    ]
    found.sort(key=_rank)
    if len(found) > 1 and found[0].loopback:
        best = next((i for i, interface in enumerate(found) if not interface.loopback), 0)
        found.insert(0, found.pop(best))
    return tuple(found)


def default_interface(interfaces: Sequence[Interface]) -> Interface:
    """Return the interface to capture on when the user names none.

    Raises:
        CaptureError: there are no interfaces at all.
    """
    if not interfaces:
        raise CaptureError("this machine has no network interface", "ip link")
    return interfaces[0]


def find_interface(name: str, interfaces: Sequence[Interface]) -> Interface:
    """Return the interface called `name`, or the one with that number in the list (from 1), or ANY for `any`.

    The number after the last one means ANY, as in the list that `netwatch -D` prints.

    Raises:
        CaptureError: there is none; the hint names those with similar names, or all.
    """
    for interface in interfaces:
        if interface.name == name:
            return interface
    if name == ANY.name:
        return ANY
    if name.isascii() and name.isdecimal() and 0 < int(name[:9]) <= len(interfaces) + 1:
        return (*interfaces, ANY)[int(name) - 1]
    names = [interface.name for interface in interfaces]
    close = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    if close:
        hint = f"Did you mean {' or '.join(close)}?"
    else:
        hint = f"There are {', '.join(names[:12])}" if names else "This machine has none"
    raise CaptureError(f"there is no interface {printable(name, 64)}", hint)


def require_interface(name: str) -> Interface:
    """Return the interface called `name` as it is now; as `find_interface` over a fresh list."""
    return find_interface(name, list_interfaces())


def link_type_of(name: str, sys_root: Path = SYS) -> int:
    """Return the LINKTYPE_ value of the frames that a packet socket on `name` delivers.

    LINKTYPE_LINUX_SLL2 means that the interface has no usable header of its own and wants a cooked socket
    (SOCK_DGRAM); `any` does too. Not for systems other than Linux, where libpcap says it itself.

    Raises:
        CaptureError: there is no such interface.
    """
    from netwatch.capture.arphrd import link_type_of_hardware
    from netwatch.capture.frames import LINKTYPE_LINUX_SLL2

    if name == ANY.name:
        return LINKTYPE_LINUX_SLL2
    interface = SysfsInterface(name, sys_root)
    hardware = interface.hardware_type()
    if hardware is None:
        raise CaptureError(f"there is no interface {printable(name, 64)}")
    return link_type_of_hardware(hardware, interface.read("dsa/tagging"))


def _interface(
    name: str,
    stats: InterfaceStats,
    addresses: Sequence[AddressEntry],
    counters: InterfaceCounters | None,
    default: str | None,
    descriptions: Mapping[str, str],
    sys_root: Path,
) -> Interface:
    flags = getattr(stats, "flags", "").split(",")  # psutil has them from 5.9.3 on
    details = SysfsInterface(name, sys_root)
    loopback = "loopback" in flags or name == "lo"
    return Interface(
        name=printable(name, 64),
        description=printable(descriptions.get(name) or details.description(), 128),
        addresses=tuple(_address(address) for address in addresses if address.family in _FAMILIES),
        mac="" if loopback else next((printable(a.address, 64) for a in addresses if a.family in _LINK_FAMILIES), ""),
        up=stats.isup and ("running" in flags or not stats.flags),
        loopback=loopback,
        wireless=details.is_wireless(),
        virtual=details.is_virtual(),
        speed_mbps=max(stats.speed, 0),
        mtu=stats.mtu,
        packets=counters.packets_recv + counters.packets_sent if counters else 0,
        bytes=counters.bytes_recv + counters.bytes_sent if counters else 0,
        dropped=counters.dropin + counters.dropout if counters else 0,
        default_route=name == default,
    )


_FAMILIES = (socket.AF_INET, socket.AF_INET6)
_LINK_FAMILIES = frozenset({-1, getattr(socket, "AF_PACKET", -1), getattr(socket, "AF_LINK", -1)})
"""What psutil.AF_LINK may be: -1 on Windows."""


def _address(address: AddressEntry) -> str:
    bits = _prefix_length(address.netmask)
    return printable(address.address.partition("%")[0], 64) + (f"/{bits}" if bits is not None else "")


def _prefix_length(netmask: str | None) -> int | None:
    if not netmask:
        return None
    for family in _FAMILIES:
        try:
            return int.from_bytes(socket.inet_pton(family, netmask), "big").bit_count()
        except OSError:
            continue
    return None


def _rank(interface: Interface) -> tuple[int, int, str]:
    """Sort key: the default route, what is up by traffic, the loopback, what is down."""
    if interface.default_route:
        order = 0
    elif interface.loopback:
        order = 2
    else:
        order = 1 if interface.up else 3
    return order, -interface.bytes, interface.name


def _libpcap_descriptions() -> dict[str, str]:
    """Return what libpcap calls the interfaces where their names say little (Windows, macOS)."""
    try:
        cypcap = importlib.import_module("cypcap")
    except ImportError:
        return {}
    try:
        return {device.name: device.description or "" for device in cypcap.findalldevs()}
    except (cypcap.Error, UnicodeError):
        return {}
