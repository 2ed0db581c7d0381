"""Random changes of known messages, the same ones every time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from tests.fuzz.seeds import HEADS

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 4000


def mutate(target: Callable[[bytes], None], runs: int, seed: int) -> None:
    """Call `target` with `runs` changed messages; a failure says which."""
    chance = random.Random(seed)
    for _ in range(runs):
        data = changed(chance)
        try:
            target(data)
        except Exception as error:
            raise AssertionError(f"{data!r}") from error


def changed(chance: random.Random) -> bytes:
    """Return messages put together, cut into pieces as targets.stream wants them, with some bytes changed."""
    data = bytearray([chance.randrange(256)])
    for _ in range(chance.randint(1, 4)):
        message = chance.choice(HEADS)
        while message:
            size = min(chance.choice((1, 3, 20, 255)), len(message))
            data += bytes([size, chance.choice((0, 1, 1, 2, 3, 0x3E))]) + message[:size]
            message = message[size:]
    for _ in range(chance.choice((0, 1, 3, 20))):
        at = chance.randrange(len(data))
        how = chance.randrange(4)
        if how == 0:
            data[at] = chance.randrange(256)
        elif how == 1:
            data[at] ^= 1 << chance.randrange(8)
        elif how == 2:
            del data[at : at + chance.randrange(8)]
        else:
            data[at:at] = chance.choice((b"\xff" * 4, b"\0" * 4, b"\r\n\r\n", b"\n", b"{99}", b"A" * 300))
        if not data:
            return b""
    return bytes(data[:LONGEST])
