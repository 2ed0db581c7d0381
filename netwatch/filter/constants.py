"""Constants of an expression: what a word or text means as a value of some kind."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import TYPE_CHECKING, Final, NamedTuple

from netwatch.filter.values import Kind
from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

HALF: Final = (1 << 64) - 1
_ALL: Final = (1 << 128) - 1
_MOST: Final = (1 << 63) - 1


class Constant(NamedTuple):
    """A value to compare with; `mask` has the bits of an address that count."""

    number: int = 0
    text: str = ""
    data: bytes = b""
    mask: int = _ALL

    @property
    def halves(self) -> tuple[int, int]:
        """The high and the low 64 bits of `number`."""
        return self.number >> 64, self.number & HALF

    @property
    def mask_halves(self) -> tuple[int, int]:
        """The high and the low 64 bits of `mask`."""
        return self.mask >> 64 & HALF, self.mask & HALF


def constant(text: str, kind: Kind, symbols: Mapping[str, int], *, quoted: bool = False) -> Constant:
    """Return what `text` means as a value of `kind`; `symbols` are names of numbers.

    Raises:
        ValueError: it is no such value; the message says what would be.
    """
    if kind in (Kind.NUMBER, Kind.BOOLEAN):
        return Constant(_number(text, kind, symbols))
    if kind is Kind.IPV4:
        return _ipv4(text)
    if kind is Kind.IPV6:
        return _ipv6(text)
    if kind is Kind.ETHER:
        return _ether(text)
    if kind is Kind.TEXT:
        return Constant(text=text, data=text.encode("utf-8", "surrogateescape"))
    if kind in (Kind.BYTES, Kind.PROTOCOL):
        raw = text.encode("utf-8", "surrogateescape")
        return Constant(data=raw if quoted else octets(text))
    if kind is Kind.DURATION:
        return Constant(_seconds(text))
    if kind is Kind.TIME:
        return Constant(_moment(text))
    raise ValueError("it has no value to compare with, it is there or not")


def octets(text: str) -> bytes:
    """Return bytes written as `00:1a`, `00-1a`, `00.1a`, `001a` or `0x1a`.

    Raises:
        ValueError: they are not.
    """
    if re.fullmatch(r"0[xX][0-9A-Fa-f]{2}", text):
        return bytes([int(text, 16)])
    if re.fullmatch(r"[0-9A-Fa-f]{2}(?:[:.-]?[0-9A-Fa-f]{2})*:?", text):
        return bytes.fromhex(re.sub(r"[:.-]", "", text))
    if re.fullmatch(r"[0-9A-Fa-f]", text):
        return bytes([int(text, 16)])
    raise ValueError(f"{text} is not {Kind.BYTES.value}")


def _number(text: str, kind: Kind, symbols: Mapping[str, int]) -> int:
    if kind is Kind.BOOLEAN and text.lower() in ("true", "false"):
        return int(text.lower() == "true")
    try:
        value = int(text, 8 if re.fullmatch(r"0[0-7]+", text) else 0)
    except ValueError:
        found = {name.lower(): number for name, number in symbols.items()}.get(text.lower())
        if found is None:
            raise ValueError(f"{text} is not {kind.value}") from None
        return found
    if abs(value) > _MOST:
        raise ValueError(f"{text} is too large")
    return int(value != 0) if kind is Kind.BOOLEAN else value


def _ipv4(text: str) -> Constant:
    address, slash, bits = text.partition("/")
    try:
        number = int(IPv4Address(address))
    except AddressValueError:
        raise ValueError(f"{text} is not {Kind.IPV4.value}; names are not looked up") from None
    return Constant(number, mask=_prefix(bits, 32, text) if slash else (1 << 32) - 1)


def _ipv6(text: str) -> Constant:
    address, slash, bits = text.partition("/")
    try:
        number = int(IPv6Address(address))
    except AddressValueError:
        raise ValueError(f"{text} is not {Kind.IPV6.value}; names are not looked up") from None
    return Constant(number, mask=_prefix(bits, 128, text) if slash else _ALL)


def _prefix(bits: str, width: int, text: str) -> int:
    if not bits.isdecimal() or not bits.isascii() or len(bits) > 3 or int(bits) > width:
        raise ValueError(f"{text} needs a prefix length of 0 to {width}")
    return ((1 << width) - 1) ^ ((1 << (width - int(bits))) - 1)


def _ether(text: str) -> Constant:
    if re.fullmatch(r"[0-9A-Fa-f]{1,2}(?:([:.-])[0-9A-Fa-f]{1,2})(?:\1[0-9A-Fa-f]{1,2}){4}", text):
        data = bytes(int(part, 16) for part in re.split(r"[:.-]", text))
    elif re.fullmatch(r"[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}|[0-9A-Fa-f]{12}", text):
        data = bytes.fromhex(text.replace(".", ""))
    else:
        raise ValueError(f"{text} is not {Kind.ETHER.value}")
    return Constant(int.from_bytes(data, "big"), data=data)


def _seconds(text: str) -> int:
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{text} is not {Kind.DURATION.value}") from None
    if not value.is_finite() or abs(value) > 9_000_000_000:
        raise ValueError(f"{text} is not {Kind.DURATION.value} in reach")
    return int(value * SECOND)


def _moment(text: str) -> int:
    """Return nanoseconds since the epoch of a local time, or of UTC with a Z, as ISO 8601 writes it."""
    found = re.fullmatch(r"(.*?\d)(\.\d{1,9})?\s*(Z|UTC|[+-]\d\d:?\d\d)?", text)
    if found is None:
        raise ValueError(f"{text} is not {Kind.TIME.value}")
    whole, fraction, zone = found.groups()
    offset = "+0000" if zone in (None, "Z", "UTC") else zone.replace(":", "")
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%b %d, %Y %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            moment = datetime.strptime(f"{whole} {offset}", f"{form} %z")
        except ValueError:
            continue
        if not zone:
            moment = moment.replace(tzinfo=None)  # which astimezone takes for local time
        try:
            since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
        except (OverflowError, ValueError):
            break
        if abs(since.days) > 100_000:
            break
        return (since.days * 86400 + since.seconds) * SECOND + int((fraction or ".0")[1:].ljust(9, "0"))
    raise ValueError(f"{text} is not {Kind.TIME.value}")
