"""Random changes of known inputs, the same ones every time for the same seed."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

LONGEST: Final = 4000
INSERTED: Final = (b"\xff" * 4, b"\0" * 4, b"\r\n\r\n", b"\n", b"{99}", b"A" * 300, b'"', b"((", b"\xc0\x0c", b"1e999")


class Mutator:
    """Makes inputs out of `seeds`: changed in some bytes, cut, put together."""

    def __init__(self, seeds: Sequence[bytes], seed: int, longest: int = LONGEST) -> None:
        """Give the same inputs for the same `seed`."""
        self._seeds = seeds
        self._chance = random.Random(seed)
        self._longest = longest

    def __call__(self) -> bytes:
        """Return one more input."""
        chance = self._chance
        data = bytearray(chance.choice(self._seeds)[: self._longest])
        if chance.random() < 0.3:
            other = chance.choice(self._seeds)
            data[chance.randrange(len(data) + 1) :] = other[chance.randrange(len(other) + 1) :]
        if data and chance.random() < 0.3:
            data[0] = chance.randrange(256)  # targets that choose do so by their first byte
        for _ in range(chance.choice((0, 1, 1, 2, 3, 5, 20))):
            if data:
                self._change(data)
        if chance.random() < 0.1:
            del data[chance.randrange(len(data) + 1) :]
        return bytes(data[: self._longest])

    def _change(self, data: bytearray) -> None:
        chance = self._chance
        at = chance.randrange(len(data))
        how = chance.randrange(5)
        if how == 0:
            data[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
        elif how == 1:
            data[at] ^= 1 << chance.randrange(8)
        elif how == 2:
            del data[at : at + chance.choice((1, 2, 8, 64))]
        elif how == 3:
            data[at:at] = data[at : at + chance.choice((1, 4, 40))] * chance.choice((1, 2, 9))
        else:
            data[at:at] = chance.choice(INSERTED)


def mutate(target: Callable[[bytes], None], seeds: Sequence[bytes], runs: int, seed: int) -> None:
    """Call `target` with `runs` changed inputs; a failure says which."""
    changed = Mutator(seeds, seed)
    for _ in range(runs):
        data = changed()
        try:
            target(data)
        except Exception as error:
            raise AssertionError(f"{data!r}") from error
