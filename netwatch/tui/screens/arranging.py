"""What is seen at once: one pane, or the packets and another with a border between them, or a pane alone."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from textual import on

from netwatch.tui.pane_guard import Guarded
from netwatch.tui.panes.choice import make_pane
from netwatch.tui.panes.pane import Narrow
from netwatch.tui.screens.asking import AskingScreen
from netwatch.tui.widgets.border import Border
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.tabs import TabLine

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual import events

    from netwatch.engine import Engine
    from netwatch.tui.memory import PaneMemory
    from netwatch.tui.options import ScreenOptions
    from netwatch.tui.panes.pane import Pane

PACKETS: Final = "packets"
BESIDE: Final = "flows"
"""The pane below the packets when no other was seen yet."""
LEAST, MOST = 15, 85
"""Percent of the room that the packets may have."""
STEP: Final = 5


class ArrangingScreen(AskingScreen):
    """Knows the panes and shows some of them."""

    def __init__(self, engine: Engine, options: ScreenOptions, memory: PaneMemory) -> None:
        """Take what AskingScreen takes; the packets are there from the start."""
        super().__init__(engine, options, memory)
        self._panes: dict[str, Pane] = {PACKETS: self._packets}
        self._current = PACKETS
        """The pane that is seen; of two the lower one."""
        self._beside = BESIDE
        self._split = False
        self._share = 50
        """Percent of the room that the packets have of two panes."""

    @abstractmethod
    def arranged(self) -> None:
        """Draw what tells which pane is seen."""

    @property
    def pane(self) -> Pane:
        """The pane that keys act on."""
        return self._panes[self.pane_name]

    @property
    def pane_name(self) -> str:
        """Its identifier."""
        focused = self.focused
        above = self._split and focused is not None and self._packets in focused.ancestors_with_self
        return PACKETS if above else self._current

    @property
    def panes_seen(self) -> Iterator[Pane]:
        """The panes that are on the screen."""
        return (pane for pane in self._panes.values() if pane.display)

    async def action_pane(self, wanted: str) -> None:
        """Show another pane; it is made when it is first visited. Of two panes the lower one changes."""
        if wanted == self.pane_name:
            return
        if not (self._split and wanted == PACKETS):
            before = self._panes[self._current]
            await self._make(wanted)
            before.display = False
            self._current = wanted
        self._memory.keep_pane(wanted)
        if not self.is_asking:
            self._panes[wanted].focus_main()
        self._arrange()

    async def action_split(self) -> None:
        """Show the packets above the pane, or the pane alone again."""
        self.remove_class("-zoomed")
        if self._split:
            chosen = self.pane_name
            self._beside, self._split = self._current, False
            self._panes[self._current].display = False
            self._current = chosen
        else:
            if self._current == PACKETS:
                await self._make(self._beside)
                self._current = self._beside
            if not self.query(Border):
                await self.mount(Border("Ctrl+Up, Ctrl+Down or the mouse move this border"), after=self._packets)
            self._split = True
        self._panes[self._current].focus_main()
        self._arrange()

    async def action_zoom(self) -> None:
        """Give the pane, or the packet that is open in it, all the room, or not."""
        if self.pane is self._packets and self._packets.is_open:
            await self._packets.zoom()
            return
        self.toggle_class("-zoomed")
        self._arrange()

    def action_border(self, step: int) -> None:
        """Move the border of two panes, or of the packets and the one that is open."""
        if not self._split:
            self._packets.move_border(-step * STEP)
            return
        self._share = min(max(self._share + step * STEP, LEAST), MOST)
        self._arrange()

    @on(Border.Moved)
    def _drawn(self, event: Border.Moved) -> None:
        top, room = self._packets.region.y, self._packets.size.height + self._panes[self._current].size.height
        self._share = min(max(round(100 * (event.line - top) / max(room, 1)), LEAST), MOST)
        self._arrange()

    @on(Narrow)
    async def _narrow(self, event: Narrow) -> None:
        if not self._split:
            await self.action_pane(PACKETS)
        self._packets.narrow(event.filter)
        if event.asked is not None:
            event.asked.fill_in()

    @on(TabLine.Chosen)
    async def _tab(self, event: TabLine.Chosen) -> None:
        await self.action_pane(event.pane)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Of two panes the keys of the other one count now."""
        del event
        if self._split:
            self.arranged()

    def unzoom(self) -> bool:
        """Show everything again; return False when nothing was hidden."""
        zoomed = self.has_class("-zoomed")
        self.remove_class("-zoomed")
        self._arrange()
        return zoomed

    def replace_pane(self, broken: Pane, instead: Pane) -> None:
        """Show another pane where one broke."""
        self._panes = {name: instead if pane is broken else pane for name, pane in self._panes.items()}
        instead.display = broken.display
        instead.styles.height = broken.styles.height
        self.mount(instead, before=self.query_one(Notice))
        broken.remove()

    def _compositor_refresh(self) -> None:
        with Guarded(self):
            super()._compositor_refresh()

    async def _make(self, wanted: str) -> None:
        if wanted not in self._panes:
            made = make_pane(wanted, self._engine, self._glyphs, memory=self._memory, folder=self._folder)
            self._panes[wanted] = made
            await self.mount(made, before=self.query_one(Notice))

    def _arrange(self) -> None:
        """Give each pane its room, and draw what has come into sight."""
        alone = self.pane if self.has_class("-zoomed") else None
        shown = (self._packets, self._panes[self._current]) if self._split else (self._panes[self._current],)
        for pane in self._panes.values():
            seen, before = pane in shown and alone in (None, pane), pane.display
            pane.display = seen
            share = self._share if pane is self._packets else 100 - self._share
            pane.styles.height = f"{share if self._split else 1}fr"
            if seen and not before:
                pane.show(self._snapshot, paused=False)
        for border in self.query(Border):
            border.set_class(self._split and alone is None, "-open")
        self.arranged()
