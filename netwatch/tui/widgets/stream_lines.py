"""A conversation line by line: as text, as a hexdump or as bare hexadecimal, each side in its own colour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style

from netwatch.plural import counted
from netwatch.text import printable, printable_bytes
from netwatch.tui.widgets.line_list import LineList, fill

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netwatch.tables.stream import Chunk

Form = Literal["text", "hex", "raw"]
FORMS: Final[tuple[Form, ...]] = ("text", "hex", "raw")
BESIDE: Final = 3
"""Cells of a line that are not for its text: the mark and a blank, and the scroll bar."""
NARROWEST: Final = 16
_HEX: Final = 16
_RAW: Final = 32
"""Bytes a line."""
_CONTINUED: Final = 4
"""Bytes that a character of UTF-8 has at most."""
_PLAIN: Final = bytes(range(0x20, 0x7F))
"""What takes one cell a byte."""
_SHOWN = "".join(chr(code) if 0x20 <= code < 0x7F else "." for code in range(256))
_FOUND: Final = Style(reverse=True)
MARK: Final = (">", "<")
"""What stands before the lines of either side, for eyes and terminals without colours."""


class _Line(NamedTuple):
    chunk: int
    begin: int
    end: int
    """Bytes of the chunk; -1 for a line about it."""


class StreamLines(LineList):
    """Shows chunks; places in them are found by `find`."""

    def __init__(self) -> None:
        super().__init__(widget_id="stream")
        self._chunks: Sequence[Chunk] = ()
        self._lines: list[_Line] = []
        self._form: Form = "text"
        self._room = 0
        """Cells that the text of a line may have."""
        self._found = b""
        """What was found last as text, in small letters."""

    def show(self, chunks: Sequence[Chunk], form: Form) -> None:
        """Draw other chunks, or the same in another form."""
        place = self._lines[self.cursor] if chunks == self._chunks and self._lines else None
        self._chunks, self._form = chunks, form
        self._room = max(self.app.size.width - BESIDE, NARROWEST)
        self._lines = [line for index in range(len(chunks)) for line in self._lines_of(index)]
        self.top = self.cursor = 0
        self.set_range(0, len(self._lines) - 1)
        if place is not None:
            self.go(self._line_at(place.chunk, place.begin))

    def on_resize(self) -> None:
        """Break text anew where there is more room for it, or less."""
        if self._room != max(self.app.size.width - BESIDE, NARROWEST):
            self.show(self._chunks, self._form)

    def empty_text(self) -> str:
        """Say that nobody said anything."""
        return "nothing was said"

    @property
    def packet(self) -> int:
        """Number of the packet that the chunk under the cursor begins with, 0 for none."""
        return self._chunks[self._lines[self.cursor].chunk].packet if self._lines else 0

    def find(self, wanted: bytes, step: int, *, exact: bool = False, here: bool = False) -> int | None:
        """Go to the next row, or with a negative `step` the one before, that holds `wanted`; return it, None for none.

        Behind the last row comes the first. The row under the cursor is the last that is looked at, with `here` the
        first. Capital and small letters are the same unless the bytes are to be `exact`.
        """
        if not self._lines:
            return None
        wanted = wanted if exact else wanted.lower()
        self._found = b"" if exact else wanted
        line = self._lines[self.cursor]
        chunks = len(self._chunks)
        for index in range(chunks + 1):
            chunk = (line.chunk + index * step) % chunks
            data = self._chunks[chunk].data if exact else self._chunks[chunk].data.lower()
            if step > 0:
                at = data.find(wanted, max(line.begin if here else line.end, 0) if not index else 0)
            else:
                at = data.rfind(wanted, 0, max(line.begin, 0) if not index else len(data))
            if at >= 0:
                self.go(self._line_at(chunk, at))
                return self.cursor
        return None

    def row_segments(self, row: int, width: int, *, selected: bool) -> list[Segment]:
        """Draw one line of one side."""
        styles = self.styles_now
        line = self._lines[row]
        chunk = self._chunks[line.chunk]
        style = styles.kinds["http"] if chunk.side else styles.kinds["tcp"]
        if line.end < 0:
            style = styles.error if chunk.missing else styles.dim
        base = styles.cursor if selected else style
        return fill([Segment(f"{MARK[chunk.side]} ", base), *self._segments(chunk, line, base)], width, base)

    def _lines_of(self, index: int) -> Iterator[_Line]:
        chunk = self._chunks[index]
        if chunk.missing or chunk.note:
            yield _Line(index, 0, -1)
        if self._form != "text":
            size = _HEX if self._form == "hex" else _RAW
            for at in range(0, len(chunk.data), size):
                yield _Line(index, at, min(at + size, len(chunk.data)))
            return
        at = 0
        while at < len(chunk.data):
            end = _end_of_line(chunk.data, at, self._room)
            yield _Line(index, at, end)
            at = end

    def _segments(self, chunk: Chunk, line: _Line, base: Style) -> Iterator[Segment]:
        """Yield what a line says; what was found in it is set off."""
        if line.end < 0:
            missing = f"{counted(chunk.missing, 'bytes')} missing in the capture"
            yield Segment(f"[{missing if chunk.missing else chunk.note}]", base)
            return
        data = chunk.data[line.begin : line.end]
        if self._form != "text":
            yield Segment(_digits(line.begin, data) if self._form == "hex" else data.hex(), base)
            return
        data = _written(data)
        lower, at = data.lower(), 0
        while self._found and (place := lower.find(self._found, at)) >= 0:
            end = place + len(self._found)
            yield Segment(printable_bytes(data[at:place]), base)
            yield Segment(printable_bytes(data[place:end]), base + _FOUND)
            at = end
        yield Segment(printable_bytes(data[at:]), base)

    def _line_at(self, chunk: int, byte: int) -> int:
        """Return the line that has a byte of a chunk."""
        low, high = 0, len(self._lines) - 1
        while low < high:
            middle = (low + high + 1) // 2
            found = self._lines[middle]
            low, high = (middle, high) if (found.chunk, found.begin) <= (chunk, byte) else (low, middle - 1)
        return low


def _written(line: bytes) -> bytes:
    """Return a line of text as it is drawn."""
    return line.rstrip(b"\r\n").expandtabs()


def _end_of_line(data: bytes, begin: int, room: int) -> int:
    """Return where the line that begins at a byte ends: behind a line feed, or where so many cells are full."""
    end = data.find(b"\n", begin, begin + room + 2) + 1 or min(begin + room, len(data))
    while end - begin > 1:
        line = _written(data[begin:end])
        cells = len(line) if not line.translate(None, _PLAIN) else cell_len(printable_bytes(line))
        if cells <= room:
            break
        end = begin + max((end - begin) * room // cells, 1) if cells > 2 * room else end - 1
    whole = end
    while whole < len(data) and whole - begin > 1 and end - whole < _CONTINUED and data[whole] & 0xC0 == 0x80:
        whole -= 1
    return whole if whole == len(data) or data[whole] & 0xC0 != 0x80 else end


def _digits(begin: int, data: bytes) -> str:
    """Return a line of a hexdump."""
    half = f"{data[:8].hex(' ')}  {data[8:].hex(' ')}"
    return printable(f"{begin:08x}  {half:<48}  {''.join(_SHOWN[byte] for byte in data)}")
