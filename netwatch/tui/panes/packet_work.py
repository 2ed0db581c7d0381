"""What one does with the packet under the cursor: open it, go to a related one, copy it, ask tshark."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from netwatch.errors import NetwatchError
from netwatch.tui.commands import bindings
from netwatch.tui.deliver import deliver
from netwatch.tui.panes.carrier import carrier
from netwatch.tui.panes.pane import Pane
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.packets import PacketTable

if TYPE_CHECKING:
    from pathlib import Path

    from textual.binding import BindingType

    from netwatch.dissection import Relation
    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.tables.stream import Stream
    from netwatch.tui.widgets.detail import PacketDetail
    from netwatch.tui.widgets.layers import Layers

USUAL_SHARE: Final = 48
"""Percent of the pane that an open packet has, as netwatch.tcss says."""
LEAST_SHARE: Final = 15
MISSING: Final[dict[Relation, str]] = {
    "next": "no later packet of this flow",
    "before": "no earlier packet of this flow",
    "partner": "no answer, or no request, to this packet",
    "handshake": "the beginning of this connection was not captured",
}


class PacketWork(Pane):
    """A pane with a packet table, and the detail of one packet below it."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("packet")

    def __init__(self, engine: Engine, glyphs: str, folder: Path) -> None:
        """Keep what is saved of packets in `folder`."""
        super().__init__(engine, glyphs)
        self.folder = folder
        self.detail: PacketDetail | None = None
        """The packet that is open; made when it is first asked for."""
        self._going: Request[int | None] | None = None
        self._share = USUAL_SHARE

    @property
    def table(self) -> PacketTable:
        """The table."""
        return self.query_one(PacketTable)

    async def action_open(self) -> None:
        """Open the packet under the cursor; once it is open, go there."""
        table = self.table
        if table.last < table.first:
            return
        if self.detail is None:
            from netwatch.tui.widgets.detail import PacketDetail

            self.detail = PacketDetail(self.engine)
            await self.mount(self.detail, after=table)
        if self.detail.is_open:
            self.focus_on(self.detail.query_one("#layers"))
            return
        table.leave_tail()
        self.detail.show(table.number)

    def go_to(self, number: int) -> None:
        """Go to a packet; where it is not shown say so."""
        table = self.table
        table.leave_tail()
        table.go_to_number(number)
        if table.number != number:
            self.say(f"packet {number:,} is not among those that are shown: Esc shows all")

    def action_step(self, step: int) -> None:
        """Go to the next packet, or the one before, wherever the keys act."""
        self.table.action_move(step)

    def action_related(self, relation: Relation) -> None:
        """Go to a packet that is related to the one under the cursor."""
        number = self.table.number
        if not number:
            return
        if self._going is not None:
            self._going.cancel()
        request = self._going = self.engine.related(number, relation)

        def arrived(found: int | None) -> None:
            if request is not self._going:
                return
            if found is None:
                self.say(MISSING[relation])
            else:
                self.go_to(found)

        deliver(self, request, arrived, self.complain)

    async def action_tshark(self) -> None:
        """Show what tshark says of the packet, or no more."""
        if self.detail is None or not self.detail.is_open:
            await self.action_open()
        if self.detail is not None:
            self.detail.toggle_tshark()

    @property
    def is_open(self) -> bool:
        """True while a packet is open."""
        return self.detail is not None and self.detail.is_open

    async def zoom(self) -> None:
        """Let the open packet have all the room, or give the table its part again."""
        if self.detail is not None:
            self.toggle_class("-zoomed")
            self.focus_on(self.detail.query_one("#layers") if self.has_class("-zoomed") else self.table)

    def move_border(self, step: int) -> None:
        """Give the open packet so many percent more of the room."""
        if self.detail is not None and self.detail.is_open:
            self._share = min(max(self._share + step, LEAST_SHARE), 100 - LEAST_SHARE)
            self.detail.styles.height = f"{self._share}%"

    def action_mark(self) -> None:
        """Mark the packet under the cursor, or take its mark back."""
        number = self.table.number
        if not number:
            return
        annotations = self.engine.annotations()
        try:
            marked = annotations.toggle(number)
        except NetwatchError as error:
            self.complain(error)
            return
        if marked:
            self.engine.keep(number)
        self.say(
            f"packet {number:,} is {'marked' if marked else 'not marked any more'}, {len(annotations.marks)} in all"
        )
        self.table.refresh()

    def action_next_mark(self) -> None:
        """Go to the next packet that is marked, behind the last to the first."""
        marks = sorted(self.engine.annotations().marks)
        if not marks:
            self.say("no packet is marked: m marks one")
            return
        number = self.table.number
        self.go_to(next((mark for mark in marks if mark > number), marks[0]))

    def action_comment(self) -> None:
        """Ask for a comment on the packet under the cursor."""
        number, annotations = self.table.number, self.engine.annotations()
        if not number:
            return
        if self.engine.redacts and number in annotations.comments:
            self.say("a comment is not shown while addresses and names are replaced: :redact")
            return
        from netwatch.tui.screens.comment import CommentScreen

        def take(text: str | None) -> None:
            if text is None:
                return
            try:
                annotations.write(number, text)
            except NetwatchError as error:
                self.complain(error)
                return
            self.engine.keep(number)
            self.say(f"packet {number:,} has a comment: s saves it" if text.strip() else "the comment is taken back")
            self.table.refresh()
            if self.detail is not None and self.detail.is_open:
                self.detail.show(number)

        self.app.push_screen(CommentScreen(number, annotations.comments.get(number, "")), take)

    def action_follow(self) -> None:
        """Show what was said in the flow of the packet under the cursor."""
        number = self.table.number
        if not number:
            return
        self.say("putting the conversation together ...")
        deliver(self, self.engine.follow(number), self._followed, self.complain)

    def _followed(self, stream: Stream) -> None:
        from netwatch.tui.screens.follow import FollowScreen

        def back(number: int | None) -> None:
            if number:
                self.go_to(number)

        self.say("")
        self.app.push_screen(FollowScreen(self.engine, stream, self.folder), back)

    def action_copy(self) -> None:
        """Offer the forms in which the packet under the cursor can be copied.

        The menu is there at once: what Scapy says is made by the worker, which may be busy with an export.
        """
        row = self.table.packet
        if row is None:
            self.say("nothing to copy: no packet is chosen")
            return
        from netwatch.tui.copies import SCAPY_COMMAND, copies

        try:
            frame = self.engine.frame(row.number)
        except (LookupError, NetwatchError) as error:
            self.complain(error)
            return
        own, by = self.table.own_cells(), carrier(self.engine, row)
        menu = self.offer_copies(copies(row, self.row_text(), frame, own, by), SCAPY_COMMAND)
        deliver(self, self.engine.scapy_command(row.number), menu.complete, lambda _: menu.complete(""))

    def on_layers_jump(self, event: Layers.Jump) -> None:
        """Go to the packet that a note speaks of."""
        event.stop()
        self.go_to(event.number)

    def on_packet_detail_closed(self) -> None:
        """Go back to the table, unless something is being typed elsewhere."""
        self.remove_class("-zoomed")
        focused = self.screen.focused
        if focused is None or self in focused.ancestors_with_self:
            self.focus_main()

    def say(self, said: str) -> None:
        """Tell something on the line below."""
        self.screen.query_one(Notice).say(said)

    def complain(self, error: BaseException) -> None:
        """Tell what went wrong."""
        self.screen.query_one(Notice).say(str(error), "error", seconds=15)
