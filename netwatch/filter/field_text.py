"""Values of fields as people read them, in the form in which a display filter takes them back."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Any, Final

from netwatch.filter.values import Kind
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.filter.field import Field

MOST_BYTES: Final = 32
"""Bytes of a value that are shown."""


def value_text(field: Field) -> Callable[[Any], str]:
    """Return what writes one value of `field`; numbers that have names are written by name."""
    names = {number: name for name, number in reversed(list(field.symbols.items()))}
    match field.kind:
        case Kind.NUMBER:
            return lambda value: names.get(value, str(value))
        case Kind.BOOLEAN:
            return lambda value: "True" if value else "False"
        case Kind.IPV4:
            return lambda value: str(IPv4Address(value))
        case Kind.IPV6:
            return lambda value: str(IPv6Address(value[0] << 64 | value[1]))
        case Kind.ETHER:
            return lambda value: value.to_bytes(6, "big").hex(":")
        case Kind.BYTES:
            return lambda value: value[:MOST_BYTES].hex(":")
        case Kind.DURATION:
            return lambda value: f"{value / SECOND:.6f}"
        case Kind.TIME:
            return _moment
        case Kind.TEXT:
            return str
        case _:
            return lambda _value: field.name.rpartition(".")[2]


def _moment(time_ns: int) -> str:
    moment = datetime.fromtimestamp(time_ns // SECOND, UTC)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{time_ns % SECOND // 1000:06d}Z"
