"""The alert pane: open an alert's evidence, mute it, mark it done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from netwatch.tui.commands import bindings
from netwatch.tui.deliver import deliver
from netwatch.tui.enriching import Enrich
from netwatch.tui.panes.alerts import ALERTS, ALERTS_BY_TIME, MUTES
from netwatch.tui.panes.pane import Narrow
from netwatch.tui.panes.table_pane import TablePane

if TYPE_CHECKING:
    from pathlib import Path

    from textual.binding import BindingType

    from netwatch.engine import Engine
    from netwatch.export.table_forms import FormName
    from netwatch.tables.alerts import Alert
    from netwatch.tables.mutes import Mute
    from netwatch.tui.commands import Place
    from netwatch.tui.memory import PaneMemory


class AlertsPane(TablePane):
    """Shows alerts by severity, by time, and what is muted."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("alerts")
    places: tuple[Place, ...] = (*TablePane.places, "alerts")

    def __init__(self, engine: Engine, glyphs: str, *, name_shown: str, memory: PaneMemory, folder: Path) -> None:
        """Show the alerts of `engine`; packets are saved in `folder`."""
        views = (ALERTS, ALERTS_BY_TIME, MUTES)
        super().__init__(engine, glyphs, views, name_shown=name_shown, memory=memory, folder=folder)

    @property
    def key_labels(self) -> dict[str, str]:
        """See Pane."""
        return {}

    async def action_open(self) -> None:
        """Show everything about the alert under the cursor."""
        alert = self._alert()
        if alert is not None:
            from netwatch.tui.screens.alert import AlertScreen

            self.app.push_screen(AlertScreen(self.engine, alert, self.list.look, self._folder), self._left)

    def action_export(self, form: FormName) -> None:
        """Write the table: alerts as EVE instead of JSON of our own."""
        super().action_export("eve" if form == "json" and self._view is not MUTES else form)

    def action_mute(self) -> None:
        """Ask what is to be muted, or take a mute back."""
        chosen = self.list.selected()
        if chosen is None:
            return
        if self._view is MUTES:
            deliver(self, self.engine.unmute(int(chosen[0].serial[chosen[1]])), self._again, self._failed)
            return
        from netwatch.tui.screens.mute import MuteScreen

        now_ns = self._snapshot.last_time_ns if self._snapshot is not None else 0
        self.app.push_screen(MuteScreen(chosen[0].alerts[chosen[1]], now_ns), self._mute)

    def action_enrich(self) -> None:
        """Ask whether the hosts of the alert under the cursor are to be looked at."""
        alert = self._alert()
        if alert is not None:
            self.post_message(Enrich(alert, self._folder))

    def action_done(self) -> None:
        """Mark the alert under the cursor as done, or not."""
        alert = self._alert()
        if alert is not None:
            done = not alert.done
            self._say("done; &done shows it" if done else "not done")
            deliver(self, self.engine.finish_alert(alert.serial, done=done), self._again, self._failed)

    def _alert(self) -> Alert | None:
        chosen = self.list.selected()
        if chosen is None or self._view is MUTES:
            return None
        found: Alert = chosen[0].alerts[chosen[1]]
        return found

    def _mute(self, mute: Mute | None) -> None:
        if mute is not None:
            self._say(f"muted: {mute.text}; b shows what is muted")
            deliver(self, self.engine.mute(mute), self._again, self._failed)

    def _left(self, wanted: Any) -> None:
        """Show packets if the evidence was left for them."""
        if wanted is not None:
            self.post_message(Narrow(wanted))

    def _again(self, _answer: None) -> None:
        self._fetch()
