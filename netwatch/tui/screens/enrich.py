"""The question before a look at the host of an alert: at whom, and what would be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static

from netwatch.text import printable
from netwatch.tui.screens.closing import Dialog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

    from netwatch.tables.enrichment import Look

SENT: Final = "Enter has it sent now, by the process that --with-lab started. Esc sends nothing."
WRITTEN: Final = (
    "netwatch itself sends nothing and has no rights to. Enter writes the alert to a file and shows the command that "
    "sends this. Esc leaves."
)
FROM_A_FILE: Final = " The alert is of a file: here, another host may have this address."


class EnrichScreen(Dialog[str | None]):
    """Gives the address that was chosen; Esc gives None."""

    DEFAULT_CSS = """
    EnrichScreen { align: center middle; }
    EnrichScreen > Vertical { width: 72; max-width: 96%; height: auto; max-height: 90%; background: $panel;
        padding: 0 1; }
    EnrichScreen OptionList { height: auto; max-height: 6; border: none; background: $panel; padding: 0; }
    EnrichScreen OptionList:focus { border: none; }
    EnrichScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,n", "dismiss(None)", "Leave", show=False),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
        Binding("y", "choose", show=False),
    ]

    def __init__(self, hosts: Sequence[tuple[str, str]], look: Look, *, sends: bool, live: bool) -> None:
        """Offer `hosts`, (role, address) each; `sends` when a yes has it sent at once, `live` when they are here."""
        super().__init__()
        self._hosts = hosts
        self._look = look
        self._then = (SENT if sends else WRITTEN) + ("" if live else FROM_A_FILE)

    def compose(self) -> ComposeResult:
        """Make the question."""
        with Vertical():
            yield Static(Text("Look at the host of the alert", "bold"))
            yield OptionList(*(Text(f"{role:<12} {printable(address)}") for role, address in self._hosts))
            yield Static(id="sends", markup=False)

    def on_mount(self) -> None:
        """Begin with the first host."""
        self._show(0)

    def action_move(self, step: int) -> None:
        """Move like everywhere else."""
        chosen = self.query_one(OptionList)
        (chosen.action_cursor_down if step > 0 else chosen.action_cursor_up)()

    def action_choose(self) -> None:
        """Yes."""
        self.query_one(OptionList).action_select()

    def _show(self, index: int) -> None:
        sent = self._look.sends(self._hosts[index][1])
        self.query_one("#sends", Static).update(Text(f"\nThis sends {sent}.\n\n{self._then}"))

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        self._show(event.option_index)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._hosts[event.option_index][1])
