"""The layers of a dissected packet as a tree that opens and closes, drawn line by line, expert notes above them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from textual.message import Message

from netwatch.dissection import Layer, LayerField
from netwatch.tui.commands import bound
from netwatch.tui.widgets.line_list import LineList, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.binding import BindingType

    from netwatch.dissection import Dissection, Note

NOTES: Final = "Notes"
"""Name of what stands above the layers."""


@dataclass(frozen=True, slots=True)
class Line:
    """One visible line of the tree."""

    path: tuple[int, ...]
    """Position of the layer, then of the field in it, and so on."""
    name: str
    value: str
    opens: bool
    """True when there is something below it."""
    bit: int
    bits: int
    """Where it is in the frame, as LayerField has it."""


class Layers(LineList):
    """All layers closed but the last, whose fields are what one most often looks for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("open", "open"),
        bound("right", "open"),
        bound("left", "close"),
    ]

    class Jump(Message):
        """A note speaks of another packet, which is to be shown."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self) -> None:
        super().__init__(widget_id="layers")
        self._layers: tuple[Layer, ...] = ()
        self._notes: tuple[Note, ...] = ()
        self._open: set[tuple[int, ...]] = set()
        self._lines: list[Line] = []

    def show(self, found: Dissection | None) -> None:
        """Draw another packet, none for None; what is open stays so when the layers are called the same."""
        self._notes = found.notes if found is not None else ()
        layers = found.layers if found is not None else ()
        layers = (*_note_layer(self._notes), *layers)
        if [layer.name for layer in layers] != [layer.name for layer in self._layers]:
            self._open = {(len(layers) - 1,)}
            if any(note.severity != "note" for note in self._notes):
                self._open.add((0,))
            self._layers = layers
            self.top = 0
            self._flatten()
            self.go(next((at for at, line in enumerate(self._lines) if line.path == (len(layers) - 1,)), 0))
        else:
            self._layers = layers
            self._flatten()

    @property
    def place(self) -> tuple[int, int]:
        """First bit and number of bits of what the cursor is on; bits 0 where that is not known."""
        if not self._lines:
            return -1, 0
        line = self._lines[self.cursor]
        return line.bit, line.bits

    @property
    def name_chosen(self) -> str:
        """What the cursor is on."""
        return self._lines[self.cursor].name if self._lines else ""

    def find(self, byte: int) -> bool:
        """Go to the smallest field that has a byte, opening what it is in; return False when none has it."""
        best = min(self._having(byte), key=lambda found: (found[0], -len(found[1])), default=None)
        if best is None:
            return False
        path = best[1]
        self._open |= {path[:depth] for depth in range(1, len(path))}
        self._flatten()
        self.go(next(index for index, line in enumerate(self._lines) if line.path == path))
        return True

    def action_open(self) -> None:
        """Open what the cursor is on; what is open already closes. A note of another packet goes there."""
        if not self._lines:
            return
        line = self._lines[self.cursor]
        if line.opens:
            self._open ^= {line.path}
            self._flatten()
        elif len(line.path) == 2 and self._layers[line.path[0]].name == NOTES:
            note = self._notes[line.path[1]]
            if note.packet:
                self.post_message(self.Jump(note.packet))

    def action_close(self) -> None:
        """Close what the cursor is on, or what it is in."""
        if not self._lines:
            return
        path = self._lines[self.cursor].path
        while path and path not in self._open:
            path = path[:-1]
        if path:
            self._open.discard(path)
            self._flatten()
            self.go(next(index for index, line in enumerate(self._lines) if line.path == path))

    def row_segments(self, row: int, width: int, *, selected: bool) -> list[Segment]:
        """Draw a layer or a field."""
        styles = self.styles_now
        line = self._lines[row]
        mark = ("v" if line.path in self._open else ">") if line.opens else " "
        base = styles.cursor if selected and self.has_focus else styles.normal
        top = len(line.path) == 1
        noted = self._layers[line.path[0]].name == NOTES and not top
        name = styles.accent if top and base is styles.normal else base
        if noted and base is styles.normal:
            name = {"error": styles.error, "warning": styles.accent}.get(line.name, styles.dim)
        wide = 8 if noted else 22
        segments = [
            Segment(f" {'  ' * (len(line.path) - 1)}{mark} ", base),
            Segment(f"{line.name:<{wide}} " if not top else f"{line.name}  ", name),
            Segment(line.value, base),
        ]
        return fill(segments, width, base)

    def _having(self, byte: int) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Yield bits and path of everything that has a byte."""
        for index, layer in enumerate(self._layers):
            if layer.name != NOTES and layer.offset <= byte < layer.offset + layer.length:
                yield layer.length * 8, (index,)
                yield from _fields_having(layer.fields, byte, (index,))

    def _flatten(self) -> None:
        self._lines = []
        for index, layer in enumerate(self._layers):
            field = LayerField(layer.name, layer.summary, layer.fields, layer.offset * 8, layer.length * 8)
            self._add((index,), field)
        self.set_range(0, len(self._lines) - 1)

    def _add(self, path: tuple[int, ...], field: LayerField) -> None:
        self._lines.append(Line(path, field.name, field.value, bool(field.fields), field.bit, field.bits))
        if path in self._open:
            for index, child in enumerate(field.fields):
                self._add((*path, index), child)


def _fields_having(
    fields: tuple[LayerField, ...], byte: int, path: tuple[int, ...]
) -> Iterator[tuple[int, tuple[int, ...]]]:
    for index, field in enumerate(fields):
        here = (*path, index)
        if field.bits and field.bit // 8 <= byte <= (field.bit + field.bits - 1) // 8:
            yield field.bits, here
        yield from _fields_having(field.fields, byte, here)


def _note_layer(notes: tuple[Note, ...]) -> tuple[Layer, ...]:
    if not notes:
        return ()
    counts = {severity: sum(note.severity == severity for note in notes) for severity in ("error", "warning", "note")}
    summary = ", ".join(f"{count} {name}{'s' if count > 1 else ''}" for name, count in counts.items() if count)
    fields = tuple(
        LayerField(note.severity, note.text + ("   Enter shows it" if note.packet else ""), (), note.bit, note.bits)
        for note in notes
    )
    return (Layer(NOTES, summary, fields, -1, 0),)
