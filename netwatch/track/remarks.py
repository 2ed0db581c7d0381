"""Remarks: what trackers found out about single packets, shown behind what the packets say themselves.

A tracker that knows more of a packet than its bytes tell (how long a DNS answer took, that a segment was sent before,
how long a web server took) asks `Remarks.writer` once for a RemarkWriter, with the words for its numbers, and adds
packet numbers with a number each, whole arrays at once, at the cost of one numpy assignment. Words are made only for
packets that somebody looks at (PacketReader.rows_of).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

CAPACITY: Final = 1 << 19
"""Packets behind each other of which remarks are kept; a later one takes the place of the one so many before."""


class RemarkWriter:
    """The remarks of one tracker. Any thread may read while one thread adds."""

    def __init__(self, words: Callable[[int], str], capacity: int) -> None:
        self._words = words
        self._capacity = capacity
        self._numbers = np.zeros(capacity, np.int64)
        self._values = np.zeros(capacity, np.int64)

    def add(self, numbers: NDArray[Any], values: NDArray[Any]) -> None:
        """Note a value for each of the packets `numbers`; one that has a value gets the new one."""
        places = numbers % self._capacity
        # No packet has the number 0, so nobody reads a value that belongs to another packet
        self._numbers[places] = 0
        self._values[places] = values
        self._numbers[places] = numbers

    def note(self, number: int, value: int) -> None:
        """Note the value of one packet, unless it has one."""
        place = number % self._capacity
        if self._numbers[place] == number:
            return
        self._numbers[place] = 0
        self._values[place] = value
        self._numbers[place] = number

    def text(self, number: int) -> str:
        """Return the words for a packet, empty for none."""
        place = number % self._capacity
        if self._numbers[place] != number:
            return ""
        value = int(self._values[place])
        return self._words(value) if self._numbers[place] == number else ""


class Remarks:
    """The remarks of all trackers."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        """Keep those of the last `capacity` packets."""
        self._capacity = capacity
        self._writers: list[RemarkWriter] = []

    def writer(self, words: Callable[[int], str]) -> RemarkWriter:
        """Return where a tracker adds its remarks; `words` makes a short printable text of a value."""
        writer = RemarkWriter(words, self._capacity)
        self._writers.append(writer)
        return writer

    def text(self, number: int) -> str:
        """Return everything that is noted of a packet, empty for nothing."""
        return " ".join(filter(None, [writer.text(number) for writer in self._writers]))


def delay_text(nanoseconds: int) -> str:
    """Return how long something took: 350 us, 12.4 ms, 3.20 s."""
    if nanoseconds < 1_000_000:
        return f"{nanoseconds / 1000:.0f} us"
    milliseconds = nanoseconds / 1_000_000
    return f"{milliseconds:.1f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.2f} s"
