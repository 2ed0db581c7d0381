"""The quick filter of tables of flows: words that must all match ports, addresses, names or states."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from netwatch.decode.batch import IPV4_MAPPED, MAC_HIGH, PROTOCOL_NONE
from netwatch.track.conn_state import CONN_STATES, TCP_STATES
from netwatch.track.flow_application import APPLICATIONS
from netwatch.track.flow_key import WITH_PORTS
from netwatch.track.flow_sort import sort_keys
from netwatch.track.flow_table import ETHERTYPE_NAMES, protocol_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.track.flow_columns import FlowColumns

Addresses: TypeAlias = "tuple[NDArray[np.uint64], NDArray[np.uint64]]"
"""High and low halves as in PacketBatch, shape (n,)."""
FindAddresses: TypeAlias = "Callable[[str], Addresses | None]"
"""Gives the addresses whose names hold a word, None for none."""

MOST_WORDS: Final = 16
"""Words that are looked at; nobody types more."""
_OCTETS: Final = re.compile(r"\d{1,3}(\.\d{1,3}){0,2}\.|\d{1,3}(\.\d{1,3}){1,2}")
"""`10.`, `10.0.` and `10.0`: the first octets of an IPv4 address."""
_GROUPS: Final = re.compile(r"[0-9a-f]{1,4}(:[0-9a-f]{1,4}){0,6}:")
"""`2001:db8:`: the first groups of an IPv6 address."""
_MAC: Final = re.compile(r"[0-9a-f]{2}([:-][0-9a-f]{2}){5}")
_MASK_64: Final = (1 << 64) - 1
_MASK_128: Final = (1 << 128) - 1


def find_flows(
    columns: FlowColumns, rows: NDArray[np.intp], text: str, find_addresses: FindAddresses | None = None
) -> NDArray[np.intp]:
    """Return those of `rows` that match every word of `text`; a word that means nothing matches nothing."""
    for word in text.lower().split()[:MOST_WORDS]:
        rows = rows[matches_word(columns, rows, word, find_addresses)]
    return rows


def matches_word(
    columns: FlowColumns, rows: NDArray[np.intp], word: str, find_addresses: FindAddresses | None = None
) -> NDArray[np.bool_]:
    """Return which of `rows` match a lower-case word.

    A number is a port of either end; an IPv4, IPv6 or MAC address or a prefix (`10.0.0.`, `10.0.0.0/8`, `fe80::/10`)
    an address of either end; anything else a part of the name of an application, protocol or state, or of a host.
    """
    if word.isascii() and word.isdecimal():
        return _has_port(columns, rows, int(word)) if len(word) <= 5 else np.zeros(len(rows), np.bool_)
    prefix = address_prefix(word)
    if prefix is not None:
        return _has_prefix(columns, rows, *prefix)
    found = _has_name(columns, rows, word)
    addresses = find_addresses(word) if find_addresses is not None else None
    if addresses is not None and len(addresses[0]):
        found |= _has_address(columns, rows, addresses)
    return found


def address_prefix(word: str) -> tuple[int, int] | None:
    """Return (address as 128 bit number, bits that count) if `word` is an address or prefix, else None."""
    if _MAC.fullmatch(word):
        return MAC_HIGH << 64 | int(re.sub("[:-]", "", word), 16), 128
    if _OCTETS.fullmatch(word):
        octets = word.rstrip(".").split(".")
        word = f"{'.'.join(octets + ['0'] * (4 - len(octets)))}/{8 * len(octets)}"
    elif _GROUPS.fullmatch(word):
        word = f"{word}:/{16 * word.count(':')}"
    if "." not in word and ":" not in word:
        return None
    try:
        network = ipaddress.ip_network(word, strict=False)
    except ValueError:
        return None
    if isinstance(network, ipaddress.IPv4Network):
        return IPV4_MAPPED | int(network.network_address), 96 + network.prefixlen
    return int(network.network_address), network.prefixlen


def _has_port(columns: FlowColumns, rows: NDArray[np.intp], port: int) -> NDArray[np.bool_]:
    rest = columns.rest[rows]
    either = (rest >> np.uint64(48) == port) | (rest >> np.uint64(32) & np.uint64(0xFFFF) == port)
    found: NDArray[np.bool_] = either & _BY_PORTS[columns.protocol[rows]]
    return found


def _has_prefix(columns: FlowColumns, rows: NDArray[np.intp], address: int, bits: int) -> NDArray[np.bool_]:
    mask = _MASK_128 ^ _MASK_128 >> bits
    high_mask, low_mask = np.uint64(mask >> 64), np.uint64(mask & _MASK_64)
    high, low = np.uint64(address >> 64), np.uint64(address & _MASK_64)
    found = np.zeros(len(rows), np.bool_)
    for highs, lows in ((columns.high_0, columns.low_0), (columns.high_1, columns.low_1)):
        found |= (highs[rows] & high_mask == high) & (lows[rows] & low_mask == low)
    return found


def _has_address(columns: FlowColumns, rows: NDArray[np.intp], addresses: Addresses) -> NDArray[np.bool_]:
    highs, lows = np.unique(addresses[0]), np.unique(addresses[1])
    wanted = np.searchsorted(highs, addresses[0]) * len(lows) + np.searchsorted(lows, addresses[1])
    found = np.zeros(len(rows), np.bool_)
    for own_high, own_low in ((columns.high_0[rows], columns.low_0[rows]), (columns.high_1[rows], columns.low_1[rows])):
        at_high = np.minimum(np.searchsorted(highs, own_high), len(highs) - 1)
        at_low = np.minimum(np.searchsorted(lows, own_low), len(lows) - 1)
        here = (highs[at_high] == own_high) & (lows[at_low] == own_low)
        found |= here & np.isin(at_high * len(lows) + at_low, wanted)
    return found


def _has_name(columns: FlowColumns, rows: NDArray[np.intp], word: str) -> NDArray[np.bool_]:
    protocol, ethertype = columns.protocol[rows], columns.ethertype[rows]
    found = _holding(APPLICATIONS, word)[columns.application[rows]]
    found |= _holding(_PROTOCOLS, word)[protocol]
    bare = [number for number in ETHERTYPE_NAMES if word in protocol_name(PROTOCOL_NONE, number).lower()]
    if bare:
        found |= (protocol == PROTOCOL_NONE) & np.isin(ethertype, bare)
    for names, key in ((TCP_STATES, "tcp"), (CONN_STATES, "state")):
        holding = _holding(names, word)
        if holding.any():
            found |= holding[sort_keys(columns, key, rows, 0)]
    return found


def _holding(names: tuple[str, ...], word: str) -> NDArray[np.bool_]:
    """Return which of `names` hold `word`, upper and lower case being the same."""
    return np.array([word in name.lower() for name in names], np.bool_)


_BY_PORTS: Final = np.zeros(256, np.bool_)
_BY_PORTS[list(WITH_PORTS)] = True
_PROTOCOLS: Final = (*(protocol_name(number, 0) for number in range(PROTOCOL_NONE)), "")
"""Names of IP protocols by number; what is not IP has a name by its EtherType."""
