"""Pane: one of the numbered views of the monitor."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from textual.containers import Vertical
from textual.message import Message

from netwatch.tui.commands import bindings
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import BindingType
    from textual.widget import Widget

    from netwatch.engine import Engine
    from netwatch.export.table_forms import FormName
    from netwatch.snapshot import Snapshot
    from netwatch.tables.selection import PacketFilter
    from netwatch.tui.commands import Place
    from netwatch.tui.screens.copy_menu import CopyMenu
    from netwatch.tui.widgets.line_list import LineList


class Narrow(Message):
    """The packets of a row are to be shown."""

    def __init__(self, wanted: PacketFilter, asked: LineList | None = None) -> None:
        """Show what `wanted` lets pass; keys that were typed on the list that `asked` wait for it."""
        super().__init__()
        self.filter = wanted
        self.asked = asked


class KeysChanged(Message):
    """Keys mean something else in a pane from now on."""


class Pane(Vertical):
    """Fills the screen between the tabs and the keys; made when it is first visited."""

    DEFAULT_CSS = "Pane { height: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = bindings("pane")
    name_shown = ""
    """What the tabs and the help call it."""
    places: tuple[Place, ...] = ("monitor", "pane", "list")
    """Where the commands that work here have their bindings."""

    def __init__(self, engine: Engine, glyphs: str) -> None:
        super().__init__()
        self.engine = engine
        self.glyphs = glyphs

    @property
    def key_labels(self) -> Mapping[str, str]:
        """What the footer calls commands that mean something else here, by their ids; KeysChanged tells of others."""
        return {}

    @abstractmethod
    def show(self, snapshot: Snapshot, *, paused: bool) -> None:
        """Take over the newest state."""

    def tell(self, hint: str) -> None:
        """Say while there are no packets what can be done, empty for nothing."""

    def begin(self, snapshot: Snapshot) -> None:
        """Forget the capture before: its numbers mean nothing any more."""

    def show_anew(self, snapshot: Snapshot) -> None:
        """Ask for everything again: the same rows read otherwise now."""
        self.begin(snapshot)

    def forget_typed(self) -> None:
        """Show nothing any more of what was typed or chosen here."""

    def redraw(self) -> None:
        """Draw texts with colours in them anew: the theme is another."""

    def focus_main(self) -> None:
        """Let keys act where most of them mean something."""

    def focus_on(self, widget: Widget) -> None:
        """Let keys act on a widget from now on: Textual's own focus() comes behind keys that were typed ahead."""
        self.screen.set_focus(widget)

    def back(self) -> bool:
        """Close the innermost thing that is open; return False when there was nothing."""
        return False

    def conditions(self) -> Sequence[tuple[str, str]]:
        """Return (words, display filter) of what stands under the cursor."""
        return []

    def edge(self, side: Literal["begin", "end"]) -> int | None:
        """Return where a time range that begins or ends here does so, in nanoseconds; None for nowhere."""
        del side
        return None

    def action_names(self) -> None:
        """Show names of hosts in place of addresses, or addresses again."""

    async def action_open(self) -> None:
        """Open what is under the cursor."""

    def action_columns(self) -> None:
        """Choose columns."""

    def action_time(self) -> None:
        """Change the form of times."""

    def action_export(self, form: FormName) -> None:
        """Write what the pane shows to a file."""

    def action_copy(self) -> None:
        """Offer the forms in which the row under the cursor can be copied."""
        from netwatch.tui.copies import row_copies

        text = self.row_text()
        if text:
            self.offer_copies(row_copies(text, self.row_cells(), self.conditions()))
        else:
            self.screen.query_one(Notice).say("nothing to copy: no row is chosen")

    def offer_copies(self, forms: Sequence[tuple[str, str]], awaited: str = "") -> CopyMenu:
        """Copy one of `forms`, (name, text), to the clipboard of the terminal.

        The form named `awaited` comes later, by the `complete` of the menu that is returned.
        """
        from netwatch.tui.screens.copy_menu import CopyMenu

        def take(form: tuple[str, str] | None) -> None:
            if form is not None:
                self.app.copy_to_clipboard(form[1])
                self.screen.query_one(Notice).say(f"copied as {form[0]}: {form[1]}")

        menu = CopyMenu(forms, awaited)
        self.app.push_screen(menu, take)
        return menu

    def row_cells(self) -> Sequence[tuple[str, str]]:
        """Return (title, text) of the cells of the row under the cursor."""
        return []

    def row_text(self) -> str:
        """Return the cells of the row, separated by blanks; empty when there is none."""
        return "  ".join(text.strip() for _, text in self.row_cells() if text.strip())
