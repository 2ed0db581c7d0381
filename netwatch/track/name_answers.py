"""PlainAnswers: reads the usual response of DNS and its relatives in few steps: one question, and its addresses."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

from netwatch.decode.batch import IPV4_MAPPED
from netwatch.decode.dns_message import HEADER, RESPONSE, SMALLEST_QUESTION
from netwatch.track.dns_names import plain_text

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_ANSWERS: Final = 4
"""Of a usual response; name_messages.dns_names, which counts its steps, reads those with more."""
MOST_NAMES: Final = 4096
"""Names in wire form whose text is remembered; with it they take at most 6 MB, mostly less than one."""
_HEAD: Final = Struct(">HHHHH")
"""Flags and counts, behind the identifier."""
_RECORD: Final = Struct(">HHHIH")
"""A pointer in place of the name, type, class, time to live and length of the data (RFC 1035 section 4.1.3)."""
_FIRST_NAME: Final = 0xC000 | HEADER
_FIXED: Final = SMALLEST_QUESTION - 1
_INTERNET: Final = 1
_FLUSH: Final = 0x8000
"""The top bit of the class in mDNS (RFC 6762 section 10.2)."""
_PREFIX: Final = {(1, 4): IPV4_MAPPED, (28, 16): 0}
"""Type and size of records with an address, A and AAAA, and what stands in front of it among 128 bits."""


class PlainAnswers:
    """Remembers how names are written: programs ask for the same over and over."""

    def __init__(self) -> None:
        self._texts: dict[bytes, str] = {}

    def read(self, message: bytes, *, every: bool) -> tuple[str, Sequence[int]] | None:
        """Return the name that was asked for and its addresses, numbers of 128 bits; None for an unusual message.

        With `every` one with records besides answers is unusual. What is returned is what dns_names finds.
        """
        if len(message) < HEADER + SMALLEST_QUESTION:
            return None
        flags, questions, answers, authority, additional = _HEAD.unpack_from(message, 2)
        if not flags & RESPONSE or questions != 1 or answers > MOST_ANSWERS or (every and authority + additional):
            return None
        at = message.find(0, HEADER) + 1
        name = self._text(message[HEADER:at])
        if not name:
            return None
        at += _FIXED
        addresses = []
        for _ in range(answers):
            if at + _RECORD.size > len(message):
                return None
            pointer, number, network, _time_to_live, size = _RECORD.unpack_from(message, at)
            at += _RECORD.size
            prefix = _PREFIX.get((number, size))
            if prefix is None or pointer != _FIRST_NAME or network & ~_FLUSH != _INTERNET or at + size > len(message):
                return None
            if address := prefix | int.from_bytes(message[at : at + size], "big"):
                addresses.append(address)
            at += size
        return name, addresses

    def _text(self, wire: bytes) -> str:
        """Return a name in presentation form and lower case; empty for an unusual one, and for digits and dots."""
        text = self._texts.get(wire)
        if text is None:
            text = (plain_text(wire) or "").lower()
            text = text if text.strip("0123456789.") else ""
            if len(self._texts) >= MOST_NAMES:
                self._texts.clear()
            self._texts[wire] = text
        return text
