"""Finding packets: the next or the one before whose bytes, or whose line in the packet table, hold something."""

from __future__ import annotations

import re
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from netwatch.decode.info.describe import describe
from netwatch.errors import FilterError
from netwatch.filter.constants import octets
from netwatch.filter.patterns import repeats_inside

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.snapshot import FindMode
    from netwatch.view.reader import PacketReader

    Look: TypeAlias = Callable[[bytes, int, int], bool]
    """Given a block and where a frame begins and ends in it, tells whether the frame holds it."""

REPORT_EVERY: Final = 4096
"""Packets between two looks at whether anybody still wants to know."""


class Finder:
    """What is looked for; for any thread."""

    def __init__(self, mode: FindMode, text: str) -> None:
        """Look for `text` as a text, a regular expression or hexadecimal bytes, or for a text in the info column.

        Raises:
            FilterError: it is empty, no hexadecimal, or no regular expression.
        """
        if not text:
            raise FilterError("there is nothing to look for")
        self._info = mode == "info"
        self._pattern = _pattern(mode, text)

    def next(
        self,
        reader: PacketReader,
        start: int,
        last: int,
        *,
        among: NDArray[np.int64] | None = None,
        report: Callable[[float], None] = lambda _: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> int | None:
        """Return the first packet that holds it from `start` to `last`, which may be before it; None for none.

        `among` are the numbers that count, ascending; None for all.

        Raises:
            CancelledError: `cancelled` said so.
            FileError: the file that the packets are in cannot be read again.
        """
        step = 1 if last >= start else -1
        number = start
        while (last - number) * step >= 0:
            try:
                batch, position = reader.find(number)
            except LookupError:
                return None
            end = len(batch) - 1 if step > 0 else 0
            end = min(end, last - batch.first_number) if step > 0 else max(end, last - batch.first_number)
            positions = np.arange(position, end + step, step)
            if among is not None:
                numbers = batch.first_number + positions
                positions = positions[np.isin(numbers, among, assume_unique=True)]
            found = self._in_batch(batch, positions, cancelled)
            if found is not None:
                return batch.number(found)
            number = batch.last_number + 1 if step > 0 else batch.first_number - 1
            report(abs(number - start) / max(abs(last - start), 1))
        return None

    def _in_batch(self, batch: PacketBatch, positions: NDArray[np.intp], cancelled: Callable[[], bool]) -> int | None:
        frames = batch.frames
        begins = frames.offset[positions].tolist()
        ends = (frames.offset + frames.captured)[positions].tolist()
        block = b"" if self._info else frames.data.tobytes()
        search = self._pattern.search
        for count, (position, begin, end) in enumerate(zip(positions.tolist(), begins, ends, strict=True)):
            if count % REPORT_EVERY == 0 and cancelled():
                raise CancelledError
            if self._info:
                reading = describe(batch, position)
                if search(f"{reading.protocol} {reading.text}".encode()):
                    return int(position)
            elif search(block, begin, end):
                return int(position)
        return None


def _pattern(mode: FindMode, text: str) -> re.Pattern[bytes]:
    raw = text.encode("utf-8", "surrogateescape")
    if mode == "hex":
        try:
            return re.compile(re.escape(octets(text.replace(" ", ""))), re.DOTALL)
        except ValueError as error:
            raise FilterError(str(error)) from None
    # As in less and vim: capitals mean that the case matters
    flags = re.DOTALL | (0 if any(character.isupper() for character in text) else re.IGNORECASE)
    if mode != "regex":
        return re.compile(re.escape(raw), flags)
    if repeats_inside(text):
        raise FilterError("a repetition inside a repeated group could search for ever")
    try:
        return re.compile(raw, flags)
    except (re.error, OverflowError, RecursionError) as error:
        raise FilterError(f"the regular expression is wrong: {error}") from None
