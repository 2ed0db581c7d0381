"""The layers of a dissected packet as a tree that opens and closes, drawn line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment

from netwatch.tui.commands import bound
from netwatch.tui.widgets.line_list import LineList, fill

if TYPE_CHECKING:
    from textual.binding import BindingType

    from netwatch.snapshot import Layer, LayerField


@dataclass(frozen=True, slots=True)
class Line:
    """One visible line of the tree."""

    path: tuple[int, ...]
    """Position of the layer, then of the field in it, and so on."""
    name: str
    value: str
    opens: bool
    """True when there is something below it."""


class Layers(LineList):
    """All layers closed but the last, whose fields are what one most often looks for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("open", "open"),
        bound("right", "open"),
        bound("left", "close"),
    ]

    def __init__(self) -> None:
        super().__init__(widget_id="layers")
        self._layers: tuple[Layer, ...] = ()
        self._open: set[tuple[int, ...]] = set()
        self._lines: list[Line] = []

    def show(self, layers: tuple[Layer, ...]) -> None:
        """Draw other layers, none for (); those that are open stay so when the names are the same."""
        if [layer.name for layer in layers] != [layer.name for layer in self._layers]:
            self._open = {(len(layers) - 1,)}
            self._layers = layers
            self.top = 0
            self._flatten()
            self.go(len(layers) - 1)
        else:
            self._layers = layers
            self._flatten()

    @property
    def chosen(self) -> Layer | None:
        """The layer that the cursor is in."""
        return self._layers[self._lines[self.cursor].path[0]] if self._lines else None

    def action_open(self) -> None:
        """Open what the cursor is on; what is open already closes."""
        if self._lines and self._lines[self.cursor].opens:
            self._open ^= {self._lines[self.cursor].path}
            self._flatten()

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
        name = styles.accent if top and base is styles.normal else base
        segments = [
            Segment(f" {'  ' * (len(line.path) - 1)}{mark} ", base),
            Segment(f"{line.name:<22} " if not top else f"{line.name}  ", name),
            Segment(line.value, base),
        ]
        return fill(segments, width, base)

    def _flatten(self) -> None:
        self._lines = []
        for index, layer in enumerate(self._layers):
            self._add((index,), layer.name, layer.summary, layer.fields)
        self.set_range(0, len(self._lines) - 1)

    def _add(self, path: tuple[int, ...], name: str, value: str, fields: tuple[LayerField, ...]) -> None:
        self._lines.append(Line(path, name, value, bool(fields)))
        if path in self._open:
            for index, field in enumerate(fields):
                self._add((*path, index), field.name, field.value, field.fields)
