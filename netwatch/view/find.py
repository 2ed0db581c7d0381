"""Finding packets: the next or the one before whose bytes, line in the packet table, or fields hold something."""

from __future__ import annotations

import re
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.info.describe import describe
from netwatch.errors import FilterError
from netwatch.filter.constants import octets
from netwatch.filter.literal_search import LiteralSearch
from netwatch.filter.patterns import compiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from netwatch.decode.batch import PacketBatch
    from netwatch.dissection import LayerField
    from netwatch.snapshot import FindMode
    from netwatch.view.reader import PacketReader

    Report = Callable[[float], None]
    Cancelled = Callable[[], bool]

REPORT_EVERY: Final = 4096
"""Packets between two looks at whether anybody still wants to know."""
DETAIL_EVERY: Final = 16
"""The same where each packet is taken apart."""


class Finder:
    """What is looked for; for any thread."""

    def __init__(self, mode: FindMode, text: str) -> None:
        """Look for `text` in bytes, in the info column or in the fields of the open packet, as `mode` says.

        Raises:
            FilterError: it is empty, no hexadecimal, or no regular expression.
        """
        if not text:
            raise FilterError("there is nothing to look for")
        self._where = mode.partition("-")[0]
        self._search = _search(mode, text)
        self._literal = _literal(mode, text)

    def next(
        self,
        reader: PacketReader,
        start: int,
        last: int,
        *,
        among: NDArray[np.int64] | None = None,
        report: Report = lambda _: None,
        cancelled: Cancelled = lambda: False,
    ) -> int | None:
        """Return the first packet that holds it from `start` to `last`, which may be before it; None for none.

        `among` are the numbers that count, ascending; None for all.

        Raises:
            CancelledError: `cancelled` said so.
            FileError: the file that the packets are in cannot be read again.
        """
        step = 1 if last >= start else -1
        number = start

        def progress(now: int) -> None:
            report(abs(now - start) / max(abs(last - start), 1))

        while (last - number) * step >= 0:
            try:
                batch, position = reader.find(number)
            except LookupError:
                return None
            positions = _positions(batch, position, last, step, among)
            if cancelled():
                raise CancelledError
            found = self._in_batch(reader, batch, positions, progress, cancelled)
            if found is not None:
                return batch.number(found)
            number = batch.last_number + 1 if step > 0 else batch.first_number - 1
            progress(number)
        return None

    def _in_batch(
        self,
        reader: PacketReader,
        batch: PacketBatch,
        positions: NDArray[np.intp],
        progress: Callable[[int], None],
        cancelled: Cancelled,
    ) -> int | None:
        if self._literal is not None:
            return _first_literal(self._literal, batch, positions)
        every = DETAIL_EVERY if self._where == "detail" else REPORT_EVERY
        for count, (position, text) in enumerate(self._texts(reader, batch, positions)):
            if count % every == 0:
                if cancelled():
                    raise CancelledError
                progress(batch.number(position))
            if self._search(text):
                return position
        return None

    def _texts(
        self, reader: PacketReader, batch: PacketBatch, positions: NDArray[np.intp]
    ) -> Iterator[tuple[int, bytes]]:
        """Yield the position of each packet, and what is looked into."""
        rows: Iterable[int] = positions.tolist()
        if self._where == "info":
            for row in rows:
                reading = describe(batch, row)
                yield row, f"{reading.protocol} {reading.text}".encode()
        elif self._where == "detail":
            for row in rows:
                yield row, _detail(reader, batch.number(row))
        else:
            begins = batch.frames.offset[positions].tolist()
            ends = (batch.frames.offset + batch.frames.captured)[positions].tolist()
            block = batch.frames.data.tobytes()
            for row, begin, end in zip(rows, begins, ends, strict=True):
                # A frame of its own, so that ^ and what looks behind know nothing of the frame before
                yield row, block[begin:end]


def _positions(
    batch: PacketBatch, begin: int, last: int, step: int, among: NDArray[np.int64] | None
) -> NDArray[np.intp]:
    """Return where in `batch` to look, in this order: from `begin` to packet number `last`, or the batch's end."""
    end = len(batch) - 1 if step > 0 else 0
    end = min(end, last - batch.first_number) if step > 0 else max(end, last - batch.first_number)
    positions = np.arange(begin, end + step, step)
    if among is None:
        return positions
    return positions[np.isin(batch.first_number + positions, among, assume_unique=True)]


def _first_literal(wanted: LiteralSearch, batch: PacketBatch, positions: NDArray[np.intp]) -> int | None:
    """Return the first of `positions`, which ascend or descend, whose frame holds `wanted`."""
    frames = batch.frames
    order = np.argsort(frames.offset[positions], kind="stable")
    rows = positions[order]
    begins = frames.offset[rows]
    ends = begins + frames.captured[rows]
    backwards = len(positions) > 1 and bool(positions[0] > positions[-1])
    found = wanted.first(frames.data.tobytes(), begins.tolist(), ends.tolist(), backwards=backwards)
    return int(rows[found]) if found is not None else None


def _detail(reader: PacketReader, number: int) -> bytes:
    """Return the lines of a packet that is open: layers, and the name and value of each field."""
    from netwatch.decode.dissect import dissect

    rows = reader.rows(number, 1)
    try:
        frame, link_type = reader.frame(number)
    except LookupError:
        rows = []
    if not rows:
        return b""  # it left the buffer meanwhile
    lines = []
    for layer in dissect(frame, link_type, rows[0]).layers:
        lines.append(f"{layer.name} {layer.summary}")
        lines += _field_lines(layer.fields)
    return "\n".join(lines).encode()


def _field_lines(fields: tuple[LayerField, ...]) -> Iterator[str]:
    for field in fields:
        yield f"{field.name} {field.value}"
        yield from _field_lines(field.fields)


def _literal(mode: FindMode, text: str) -> LiteralSearch | None:
    """Return how to look for plain bytes in the bytes of packets; None for anything else."""
    if mode == "hex":
        return LiteralSearch(_octets(text), either_case=False)
    return LiteralSearch(_encoded(text), either_case=_either_case(text)) if mode == "text" else None


def _search(mode: FindMode, text: str) -> Callable[[bytes], object]:
    """Return what tells whether something is in some bytes."""
    # In a text . is any character but the end of the line; in bytes there are no lines
    flags = re.MULTILINE if mode == "detail-regex" else re.DOTALL
    if mode != "hex" and _either_case(text):
        flags |= re.IGNORECASE
    if mode.endswith("regex"):
        return compiled(text, flags).search
    raw = _octets(text) if mode == "hex" else _encoded(text)
    return re.compile(re.escape(raw), flags).search


def _either_case(text: str) -> bool:
    """As in less and vim: capitals mean that the case matters."""
    return not any(character.isupper() for character in text)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _octets(text: str) -> bytes:
    try:
        return octets(text.replace(" ", ""))
    except ValueError as error:
        raise FilterError(str(error)) from None
