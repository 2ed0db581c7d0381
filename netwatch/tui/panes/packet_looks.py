"""How the packet table looks is chosen here: form of times, time references, names, columns; and remembered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from netwatch.errors import NetwatchError
from netwatch.plural import counted
from netwatch.tui.commands import bound
from netwatch.tui.deliver import deliver
from netwatch.tui.packet_look import TIMES_SAID, PacketLook
from netwatch.tui.panes.packet_work import PacketWork
from netwatch.tui.saving import free_name
from netwatch.tui.widgets.packets import PacketTable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from textual.binding import BindingType

    from netwatch.engine import Engine
    from netwatch.export.table_forms import FormName
    from netwatch.tables.row_fact import RowFact
    from netwatch.tui.memory import PaneMemory


class PacketLooks(PacketWork):
    """A pane whose packet table looks as the user wants it, also in a file."""

    BINDINGS: ClassVar[list[BindingType]] = [bound("export", "export('csv')")]

    def __init__(
        self, engine: Engine, glyphs: str, folder: Path, *, memory: PaneMemory, colors: Mapping[str, str]
    ) -> None:
        """Keep what is chosen in `memory`; rows have the `colors` of the display filters that they pass first."""
        super().__init__(engine, glyphs, folder)
        self._memory = memory
        self._colors = colors

    def new_table(self) -> PacketTable:
        """Return the table as it looked the last time."""
        return PacketTable(self.engine, self._memory.packets, self._colors)

    def action_time(self) -> None:
        """Show times in the next form."""
        look = self.table.look.with_next_times()
        self._take(look)
        self._memory.keep_times(look.times)
        self.say(f"times: {TIMES_SAID[look.times]}")

    def action_columns(self) -> None:
        """Show more columns or fewer."""
        self.table.toggle_columns()

    def action_names(self) -> None:
        """Show names of hosts in place of addresses, or addresses again."""
        look = replace(self.table.look, names=not self.table.look.names)
        self._take(look)
        self.say("names of hosts where packets told them" if look.names else "addresses")

    def action_reference(self) -> None:
        """Let times count from the packet under the cursor on, or not any more."""
        packet = self.table.packet
        if packet is None:
            return
        try:
            counts = self.engine.annotations().toggle_reference(packet.number, packet.time_ns)
        except NetwatchError as error:
            self.complain(error)
            return
        if counts and self.table.look.times != "reference":
            self._take(replace(self.table.look, times="reference"))
            self._memory.keep_times("reference")
        self.say(f"packet {packet.number:,} is {'a' if counts else 'no'} time reference: T changes the form of times")
        self.table.refresh()

    def action_own_columns(self) -> None:
        """Choose columns, their order and their widths."""
        from netwatch.tui.screens.packet_columns import PacketColumns

        def take(look: PacketLook | None) -> None:
            if look is not None:
                self._take(look)

        self.app.push_screen(PacketColumns(self.engine, self.table.look, self.table.usual_columns), take)

    def action_export(self, form: FormName) -> None:
        """Write the packets that are shown, with the user's own columns, to a CSV or JSON file."""
        from netwatch.export.packet_rows import export_packets

        engine, fields, numbers = self.engine, self.table.look.fields, self.table.shown_numbers()
        path = free_name(self.folder, datetime.now().astimezone(), f".{form}", "packets")

        def facts(some: Sequence[int]) -> dict[int, RowFact]:
            return engine.facts_now(some, fields)

        self.say(f"exporting to {path}")
        request = engine.export(
            path, "packets", lambda asked: export_packets(numbers, engine.rows_of, facts, fields, path, form, asked)
        )
        deliver(self, request, lambda rows: self.say(f"exported {counted(rows, 'packets')} to {path}"), self.complain)

    def take_over(self) -> None:
        """Show times and names as another pane has them now."""
        look, kept = self.table.look, self._memory.packets
        if (look.times, look.names) != (kept.times, kept.names):
            self.table.take_look(replace(look, times=kept.times, names=kept.names))

    def _take(self, look: PacketLook) -> None:
        self._memory.keep_packets(look)
        self.table.take_look(look)
