"""The screen of one alert: what was seen, why that is suspicious and why not, and its packets."""

from __future__ import annotations

from datetime import datetime
from textwrap import wrap
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from netwatch.plural import counted
from netwatch.tui import format as text
from netwatch.tui.commands import bound
from netwatch.tui.deliver import deliver
from netwatch.tui.enriching import Enrich
from netwatch.tui.saving import free_name
from netwatch.tui.screens.reading import ReadingScreen
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.themed_text import ThemedText, keys_said

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult

    from netwatch.engine import Engine
    from netwatch.snapshot import Saved
    from netwatch.tables.alerts import Alert
    from netwatch.tables.selection import PacketFilter
    from netwatch.tui.panes.columns import Look

LABEL: Final = 16
"""Columns of the names on the left."""

KEYS: Final = "Enter shows its packets  s saves all of 10 s around  E looks at the host  Esc leaves"
"""Seen however long the text is."""


class AlertScreen(ReadingScreen[Any]):
    """Gives the filter of the alert's packets when these are to be shown, else None."""

    DEFAULT_CSS = "AlertScreen > #alert-keys { height: 1; padding: 0 1; background: $surface; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,backspace", "leave", "Close"),
        Binding("enter", "packets", "Packets"),
        Binding("s", "save", "Save"),
        bound("enrich", "enrich"),
    ]

    def __init__(self, engine: Engine, alert: Alert, look: Look, folder: Path) -> None:
        """Explain `alert`; its packets are saved in `folder`."""
        super().__init__()
        self._engine = engine
        self._alert = alert
        self._look = look
        self._folder = folder

    def compose(self) -> ComposeResult:
        """Make the text."""
        with VerticalScroll(can_focus=False):
            yield ThemedText(id="alert")
        yield Notice()
        yield ThemedText(keys_said(KEYS), id="alert-keys")

    def on_mount(self) -> None:
        """Draw."""
        self._draw()

    def on_resize(self) -> None:
        """Break lines anew."""
        self._draw()

    def action_leave(self) -> None:
        """Go back to the list."""
        self.dismiss(None)

    def action_packets(self) -> None:
        """Show the packets of the alert among all packets."""
        deliver(self, self._engine.alert_filter(self._alert.serial, around=False), self._show, self._failed)

    def action_enrich(self) -> None:
        """Ask whether the hosts of the alert are to be looked at."""
        self.post_message(Enrich(self._alert, self._folder))

    def action_save(self) -> None:
        """Save everything from shortly before the alert to shortly after it."""
        deliver(self, self._engine.alert_filter(self._alert.serial, around=True), self._save, self._failed)

    def _show(self, wanted: PacketFilter) -> None:
        self.dismiss(wanted)

    def _save(self, wanted: PacketFilter) -> None:
        path = free_name(self._folder, datetime.now().astimezone(), ".pcapng", f"alert_{self._alert.rule}")
        self._say(f"saving {path}")
        deliver(self, self._engine.save(path, only=wanted), self._saved, self._failed)

    def _saved(self, saved: Saved) -> None:
        gone = min(self._alert.packets, default=0) < self._engine.snapshot().history.readable
        rest = "; what else was around them left the buffer" if gone else ""
        said = f"saved {counted(saved.packets, 'packets')}, {text.size(saved.bytes)}, to {saved.path}{rest}"
        self._say(said, seconds=15)

    def _draw(self) -> None:
        self.query_one("#alert", ThemedText).show(self._text(max(self.app.size.width - 4, 40)))

    def _text(self, width: int) -> Text:
        alert = self._alert
        drawn = Text()
        drawn.append(f"{alert.word.upper()}  {alert.title}", "bold")
        drawn.append(f"   {alert.rule}, sid {alert.signature}\n", "dim")
        for line in wrap(alert.summary, width):
            drawn.append(f"{line}\n")
        drawn.append("\n")
        for name, value in self._facts():
            _add(drawn, name, value, width)
        for heading, said in (
            ("What the rule looks for", alert.what),
            ("Why it may be benign", alert.benign),
            ("How to tune it", f'{alert.tune} In config.toml below [detect."{alert.rule}"].'),
        ):
            drawn.append(f"\n{heading}\n", "bold")
            for line in wrap(said, width - 2):
                drawn.append(f"  {line}\n")
        if alert.samples:
            drawn.append("\nSamples\n", "bold")
            for sample in alert.samples:
                drawn.append(f"  {sample[: width - 2]}\n")
        self._add_packets(drawn, width)
        return drawn

    def _facts(self) -> list[tuple[str, str]]:
        alert = self._alert
        window = f" in {alert.window_s:,.0f} s" if alert.window_s else ""
        found = [("observed", f"{alert.value:,.0f}, threshold {alert.threshold:,.0f}{window}")]
        found += list(alert.evidence)
        moments = [
            text.moment(time_ns, self._look).strip() for time_ns in (alert.first_ns, alert.opened_ns, alert.last_ns)
        ]
        found.append(("time", f"first {moments[0]}, alert {moments[1]}, last {moments[2]}"))
        if alert.actor and alert.actor != alert.source:
            found.append(("entity", alert.actor))
        found.append(("state", f"{alert.state}, open {counted(alert.episodes, 'times')}, revision {alert.revision}"))
        found.append(("confidence", f"{alert.confidence} %"))
        if alert.mitre:
            found.append(("MITRE ATT&CK", ", ".join(alert.mitre)))
        if alert.children:
            found.append(("explains", f"{counted(alert.children, 'other alerts')}, & inhibited shows them"))
        return found

    def _add_packets(self, drawn: Text, width: int) -> None:
        rows = self._engine.rows_of(self._alert.packets)
        drawn.append(f"\nPackets  {len(rows)} of {len(self._alert.packets)} are held\n", "bold")
        for row in rows:
            line = f"  {row.number:>8} {text.moment(row.time_ns, self._look)} {row.source} > {row.destination}  "
            drawn.append(f"{line}{row.protocol} {row.info}"[:width] + "\n")

    def _failed(self, error: BaseException) -> None:
        self.query_one(Notice).say(str(error), "error", seconds=15)

    def _say(self, said: str, seconds: float = 6) -> None:
        self.query_one(Notice).say(said, seconds=seconds)


def _add(drawn: Text, name: str, value: str, width: int) -> None:
    lines = wrap(value, max(width - LABEL - 2, 20)) or [""]
    drawn.append(f"  {name:<{LABEL}}", "accent")
    drawn.append(f"{lines[0]}\n")
    for line in lines[1:]:
        drawn.append(f"{'':<{LABEL + 2}}{line}\n")
