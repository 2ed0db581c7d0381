"""Fields of fixed width and short texts out of bytes; what lies beyond the end reads as zero, never as an error."""

from __future__ import annotations

from netwatch.decode.addresses import UNSPECIFIED_IPV6, address_text
from netwatch.decode.batch import IPV4_MAPPED
from netwatch.text import printable

TEXT_LIMIT = 80
"""Characters of one name or string in an info line."""


def u16(data: bytes | bytearray, at: int) -> int:
    """Return the 16 bit big-endian number at `at`."""
    return int.from_bytes(data[at : at + 2], "big")


def u24(data: bytes | bytearray, at: int) -> int:
    """Return the 24 bit big-endian number at `at`."""
    return int.from_bytes(data[at : at + 3], "big")


def u32(data: bytes, at: int) -> int:
    """Return the 32 bit big-endian number at `at`."""
    return int.from_bytes(data[at : at + 4], "big")


def u64(data: bytes, at: int) -> int:
    """Return the 64 bit big-endian number at `at`."""
    return int.from_bytes(data[at : at + 8], "big")


def ipv4(data: bytes, at: int) -> str:
    """Return the IPv4 address at `at`."""
    return address_text(0, IPV4_MAPPED | u32(data, at))


def ipv6(data: bytes, at: int) -> str:
    """Return the IPv6 address at `at`."""
    return address_text(u64(data, at), u64(data, at + 8)) or UNSPECIFIED_IPV6


def mac(data: bytes, at: int) -> str:
    """Return the six bytes of a MAC address at `at`."""
    return data[at : at + 6].hex(":")


def text(data: bytes, limit: int = TEXT_LIMIT) -> str:
    r"""Return `data` as printable ASCII; other bytes become `\xNN`; `...` ends what is longer than `limit`."""
    shown = printable(data[:limit].decode("ascii", "backslashreplace"))
    return shown + "..." if len(data) > limit else shown


def hexadecimal(data: bytes, limit: int = 16) -> str:
    """Return the first `limit` bytes as hexadecimal digits, with `...` where there are more."""
    return data[:limit].hex() + ("..." if len(data) > limit else "")


def name_or_number(names: dict[int, str], number: int, unknown: str = "type {}") -> str:
    """Return the name of `number`, or `unknown` with the number put in."""
    name = names.get(number)
    return unknown.format(number) if name is None else name
