"""The question what is to be muted: the rule, a host or a port, for an hour or for ever."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import OptionList, Static

from netwatch.nanoseconds import SECOND
from netwatch.tables.mutes import Mute
from netwatch.tui.screens.closing import Dialog
from netwatch.tui.widgets.themed_text import ThemedText, keys_said

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from netwatch.tables.alerts import Alert

HOUR_NS: Final = 3600 * SECOND


class MuteScreen(Dialog[Mute | None]):
    """Gives the mute that was chosen; Esc gives None."""

    DEFAULT_CSS = """
    MuteScreen { align: center middle; }
    MuteScreen > Vertical { width: 64; height: auto; max-height: 90%; background: $panel; padding: 0 1; }
    MuteScreen OptionList { height: auto; max-height: 18; border: none; background: $panel; padding: 0; }
    MuteScreen OptionList:focus { border: none; }
    MuteScreen Static { height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Leave", show=False),
        Binding("j", "move(1)", show=False),
        Binding("k", "move(-1)", show=False),
    ]

    def __init__(self, alert: Alert, now_ns: int) -> None:
        """Offer what can be muted of `alert`; an hour counts from packet time `now_ns`."""
        super().__init__()
        until_ns = max(now_ns, alert.last_ns) + HOUR_NS
        wanted = _mutes(alert)
        self._offered = [(replace(mute, until_ns=until_ns), f"{mute.text}, for an hour") for mute in wanted]
        self._offered += [(mute, f"{mute.text}, for ever") for mute in wanted]

    def compose(self) -> ComposeResult:
        """Make the list."""
        with Vertical():
            yield Static(Text("Mute", "bold"))
            yield OptionList(*(Text(said) for _, said in self._offered))
            yield ThemedText(keys_said("Enter mutes  Esc leaves"))

    def action_move(self, step: int) -> None:
        """Move like everywhere else."""
        chosen = self.query_one(OptionList)
        (chosen.action_cursor_down if step > 0 else chosen.action_cursor_up)()

    def action_leave(self) -> None:
        """Mute nothing."""
        self.dismiss(None)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._offered[event.option_index][0])


def _mutes(alert: Alert) -> list[Mute]:
    """Return what can be muted of an alert, the narrowest first."""
    found = [Mute(alert.rule, host) for host in (alert.source, alert.destination) if host]
    if alert.port:
        found.append(Mute(alert.rule, port=alert.port))
    found.append(Mute(alert.rule))
    found += [Mute(host=host) for host in (alert.source, alert.destination) if host]
    if alert.port:
        found.append(Mute(port=alert.port))
    return found
