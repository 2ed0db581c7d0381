"""The quick filter of hosts: words that are an address, a network, a MAC, a name, a vendor, a role or a service."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, NetmaskValueError, ip_network
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.addresses import address_text
from netwatch.decode.batch import IPV4_MAPPED, MAC_HIGH
from netwatch.decode.services import SERVICES as SERVICE_NAMES
from netwatch.decode.services import UDP_SERVICES
from netwatch.tables.hosts import ROLES
from netwatch.track.host_columns import SERVICES
from netwatch.track.host_scope import is_ipv4
from netwatch.track.host_table import roles_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.track.host_table import HostView

MOST_WORDS: Final = 16
_ADDRESS_LETTERS: Final = frozenset("0123456789abcdef.:")
_LOW_HALF: Final = 0xFFFF_FFFF_FFFF_FFFF


def matching_machines(view: HostView, text: str) -> NDArray[np.intp]:
    """Return the machines that every word of `text` matches, in one of the ways that the docstring above lists.

    Part of an address, of a name, of a vendor's name is enough; roles and services are whole words.
    """
    result = np.ones(len(view.machines), np.bool_)
    for word in text.lower().split()[:MOST_WORDS]:
        found = np.zeros(len(result), np.bool_)
        for matches in _WAYS:
            found |= matches(view, word)
        result &= found
    return np.flatnonzero(result)


def _none(view: HostView) -> NDArray[np.bool_]:
    return np.zeros(len(view.machines), np.bool_)


def _by_role(view: HostView, word: str) -> NDArray[np.bool_]:
    return roles_of(view)[word] if word in ROLES else _none(view)


def _by_network(view: HostView, word: str) -> NDArray[np.bool_]:
    """Match `10.0.0.0/8`, `2001:db8::/32`, and the host bits that people leave set."""
    if "/" not in word:
        return _none(view)
    try:
        network = ip_network(word, strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        return _none(view)
    first, last = int(network.network_address), int(network.broadcast_address)
    if isinstance(network.network_address, IPv4Address):
        first, last = first | IPV4_MAPPED, last | IPV4_MAPPED
    high, low = view.columns.high, view.columns.low
    inside = _at_least(high, low, first) & ~_at_least(high, low, last + 1)
    if network.version != 4:
        inside &= ~is_ipv4(high, low) & (high != MAC_HIGH)
    return view.machines.any(inside)


def _by_address(view: HostView, word: str) -> NDArray[np.bool_]:
    """Match any part of an address as it is written; `aa-bb-cc` is a MAC address too."""
    word = word.replace("-", ":")
    if not _ADDRESS_LETTERS.issuperset(word):
        return _none(view)
    columns, machines = view.columns, view.machines
    high, low = columns.high[machines.members].tolist(), columns.low[machines.members].tolist()
    inside = np.zeros(columns.high_water, np.bool_)
    inside[machines.members] = [word in address_text(*pair) for pair in zip(high, low, strict=True)]
    return machines.any(inside) | _by_mac(view, word)


def _by_mac(view: HostView, word: str) -> NDArray[np.bool_]:
    """Match a part of the machine's own MAC address of two digits or more with a colon."""
    if ":" not in word:
        return _none(view)
    macs, which = np.unique(view.machines.mac, return_inverse=True)
    inside = np.array([mac != 0 and word in address_text(MAC_HIGH, mac) for mac in macs.tolist()], np.bool_)
    return inside[which]


def _by_name(view: HostView, word: str) -> NDArray[np.bool_]:
    high, low = view.names.find_addresses(word)
    columns, machines = view.columns, view.machines
    named = np.unique(_pairs(high, low))
    rows = machines.members
    inside = np.zeros(columns.high_water, np.bool_)
    inside[rows] = np.isin(_pairs(columns.high[rows], columns.low[rows]), named)
    return machines.any(inside) | np.isin(machines.mac, low[high == MAC_HIGH])


def _by_vendor(view: HostView, word: str) -> NDArray[np.bool_]:
    macs, which = np.unique(view.machines.mac, return_inverse=True)
    inside = np.array([mac != 0 and word in view.vendors.name(mac).lower() for mac in macs.tolist()], np.bool_)
    return inside[which]


def _by_service(view: HostView, word: str) -> NDArray[np.bool_]:
    """Match a port or the name of a service."""
    names = {**SERVICE_NAMES, **UDP_SERVICES}
    ports = [port for port, name in names.items() if name == word]
    ports += [port for port, name in SERVICE_NAMES.items() if name == word]
    if word.isascii() and word.isdecimal() and 0 < int(word[:6]) < 65536:
        ports.append(int(word))
    if not ports:
        return _none(view)
    open_ports = view.columns.services.reshape(-1, SERVICES) & np.uint32(0xFFFF)
    inside: NDArray[np.bool_] = np.logical_or.reduce(np.isin(open_ports, ports), axis=1)
    return view.machines.any(inside)


def _at_least(high: NDArray[np.uint64], low: NDArray[np.uint64], number: int) -> NDArray[np.bool_]:
    top = number >> 64
    if top > _LOW_HALF:
        return np.zeros(len(high), np.bool_)
    result: NDArray[np.bool_] = (high > top) | ((high == top) & (low >= (number & _LOW_HALF)))
    return result


def _pairs(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.void]:
    """Return addresses as one value each, which can be compared as a whole."""
    both = np.stack((high, low), axis=1).astype(">u8")
    return np.ascontiguousarray(both).view("V16").ravel()


_WAYS: Final[tuple[Callable[[HostView, str], NDArray[np.bool_]], ...]] = (
    _by_role,
    _by_network,
    _by_address,
    _by_name,
    _by_vendor,
    _by_service,
)
