"""LeftThings: which of many things came before, in 8 KiB however many there are: ports exactly, others nearly."""

from __future__ import annotations

from hashlib import blake2s
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

PLACES: Final = 1 << 16
"""Of two bytes; as many as there are ports; a network of 4,000 hosts fills 6 % of them."""


class LeftThings:
    """A bit for each place that a thing can have; what shares a place with another is taken for it, and made up for.

    Places do not depend on the process: a file and a live capture have to give the same alert.
    """

    __slots__ = ("_bits", "_taken")

    def __init__(self, things: Iterable[Hashable]) -> None:
        """Begin with `things`."""
        self._bits = bytearray(PLACES // 8)
        self._taken = 0
        for thing in things:
            self.add(thing)

    def add(self, thing: Hashable) -> float:
        """Add a thing; return how many new things that tells of: 0 when it came before.

        A new thing finds a free place with a probability of free places by all, and so stands for the inverse of that
        many; of ports every one has a place of its own.
        """
        port = isinstance(thing, int) and 0 <= thing < PLACES
        place = int(str(thing)) if port else int.from_bytes(blake2s(repr(thing).encode(), digest_size=2).digest())
        byte, bit = place >> 3, 1 << (place & 7)
        if self._bits[byte] & bit:
            return 0.0
        free = PLACES - self._taken
        self._bits[byte] |= bit
        self._taken += 1
        return 1.0 if port else PLACES / free
