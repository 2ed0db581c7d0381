"""The data of SVCB and HTTPS records: how a service is reached (RFC 9460)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.decode.info.dns_name import read_name
from netwatch.decode.info.fields import ipv4, ipv6, text, u16

if TYPE_CHECKING:
    from collections.abc import Callable

MOST_PARAMETERS = 12
MOST_VALUES = 4
"""Addresses or protocols of a parameter that are shown."""
KEYS = {
    0: "mandatory", 1: "alpn", 2: "no-default-alpn", 3: "port", 4: "ipv4hint", 5: "ech", 6: "ipv6hint", 7: "dohpath",
    8: "ohttp",
}  # fmt: skip
"""IANA's service parameter keys; 7 is RFC 9461's, 8 RFC 9540's."""


def service_text(message: bytes, at: int, end: int) -> str:
    """Return priority, target and parameters: `1 . alpn=h3,h2 port=8443 ipv4hint=192.0.2.1 ech`; 0 is an alias."""
    target, begin = read_name(message, at + 2)
    words = [str(u16(message, at)), target]
    for _ in range(MOST_PARAMETERS):
        if begin + 4 > end:
            break
        key, length = u16(message, begin), u16(message, begin + 2)
        value = message[begin + 4 : min(begin + 4 + length, end)]
        words.append(_parameter(key, value))
        begin += 4 + length
    return " ".join(words)


def _parameter(key: int, value: bytes) -> str:
    name = KEYS.get(key, f"key{key}")
    reader = _READERS.get(key)
    shown = reader(value) if reader else ""
    return f"{name}={shown}" if shown else name


def _protocols(value: bytes) -> str:
    """Return the protocol names, each of which a length precedes (section 7.1.1)."""
    found: list[str] = []
    at = 0
    while at < len(value) and len(found) < MOST_VALUES:
        found.append(text(value[at + 1 : at + 1 + value[at]], 20))
        at += 1 + value[at]
    return ",".join([*found, "..."] if at < len(value) else found)


def _addresses(size: int, words: Callable[[bytes, int], str]) -> Callable[[bytes], str]:
    def shown(value: bytes) -> str:
        starts = range(0, len(value) - size + 1, size)
        found = [words(value, at) for at in starts[:MOST_VALUES]]
        return ",".join([*found, "..."] if len(starts) > MOST_VALUES else found)

    return shown


def _mandatory(value: bytes) -> str:
    keys = [u16(value, at) for at in range(0, min(len(value), 2 * MOST_VALUES) - 1, 2)]
    return ",".join(KEYS.get(key, f"key{key}") for key in keys)


_READERS: dict[int, Callable[[bytes], str]] = {
    0: _mandatory,
    1: _protocols,
    3: lambda value: str(u16(value, 0)) if len(value) == 2 else "",
    4: _addresses(4, ipv4),
    6: _addresses(16, ipv6),
    7: lambda value: text(value, 60),
}
"""ECH is a list of keys, of which it matters only that they are there."""
