"""A conversation that is followed: what both sides said, in colours; as text, hexadecimal or HTTP; searched, saved."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import on
from textual.widgets import Input

from netwatch.plural import counted
from netwatch.tui import format as text
from netwatch.tui.commands import COMMANDS, bindings
from netwatch.tui.deliver import deliver
from netwatch.tui.saving import free_name
from netwatch.tui.screens.closing import ClosingScreen
from netwatch.tui.widgets.stream_lines import FORMS, StreamLines
from netwatch.tui.widgets.themed_text import ThemedText, keys_said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from netwatch.engine import Engine
    from netwatch.snapshot import Saved
    from netwatch.tables.stream import Chunk, Stream

SIDES: Final = ("both sides", "only >", "only <")
NAMES: Final = {1: "client", 2: "server", 3: "both"}


class FollowScreen(ClosingScreen[int]):
    """Dismisses with the number of the packet that is to be shown, 0 for none."""

    DEFAULT_CSS = """
    FollowScreen { layout: vertical; }
    FollowScreen Static { height: 1; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis; }
    FollowScreen StreamLines { height: 1fr; }
    FollowScreen Input { display: none; }
    FollowScreen Input.-open { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings("follow")

    def __init__(self, engine: Engine, stream: Stream, folder: Path) -> None:
        """Show `stream`; what is saved goes to `folder`."""
        super().__init__()
        self._engine = engine
        self._stream = stream
        self._folder = folder
        self._forms = (*(("http",) if stream.http else ()), *FORMS)
        self._form = 0
        self._side = 0
        self._wanted = ""
        self._said = stream.note

    def compose(self) -> ComposeResult:
        """Make the title, the lines, the search and the keys."""
        yield ThemedText(id="follow-title")
        yield StreamLines()
        yield Input(id="follow-search", placeholder="search")
        yield ThemedText(id="follow-keys")

    def on_mount(self) -> None:
        """Begin at the beginning."""
        self._show()
        self.set_focus(self.query_one(StreamLines))

    def on_resize(self) -> None:
        """Name the keys that there is room for now."""
        self._draw()

    def action_leave(self) -> None:
        """Close the search, else the conversation."""
        if self.query_one(Input).has_class("-open"):
            self._close_search()
        else:
            self.dismiss(0)

    def action_help(self) -> None:
        """Show the keys."""
        from netwatch.tui.screens.help import HelpScreen

        commands = [command for command in COMMANDS if command.place in ("follow", "list")]
        self.app.push_screen(HelpScreen("Follow", commands))

    def action_packet(self) -> None:
        """Go to the packet that the chunk under the cursor begins with."""
        self.dismiss(self.query_one(StreamLines).packet)

    def action_form(self) -> None:
        """Show the same in the next form."""
        self._form = (self._form + 1) % len(self._forms)
        self._show()

    def action_side(self) -> None:
        """Show one side, the other, both."""
        self._side = (self._side + 1) % len(SIDES)
        self._show()

    def action_search(self) -> None:
        """Ask what is to be found."""
        line = self.query_one(Input)
        line.add_class("-open")
        self.set_focus(line)

    def action_again(self, step: int, *, here: bool = False) -> None:
        """Go to the next place that has it, or the one before; `here` is the first that is looked at."""
        if not self._wanted:
            self._tell("nothing was looked for: /")
            return
        data, lines = self._digits(), self.query_one(StreamLines)
        before = lines.cursor
        found = lines.find(data or self._wanted.encode(), step, exact=bool(data), here=here)
        if found is None:
            self._tell(f"{self._wanted}: not found")
        elif not here and (found - before) * step <= 0:
            self._tell(f"{self._wanted}: once round, from the {'beginning' if step > 0 else 'end'} again")

    def action_save(self, which: int) -> None:
        """Write what one side said, the other, or both to a new file: in the HTTP form with bodies unpacked."""
        now = datetime.now().astimezone()
        path = free_name(self._folder, now, ".bin", f"stream_{NAMES[which]}")
        sides = {1: (0,), 2: (1,), 3: (0, 1)}[which]
        data = b"".join(chunk.data for chunk in self._chunks if chunk.side in sides)
        deliver(self, self._engine.save_bytes(path, data), self._saved, lambda error: self._tell(str(error)))

    @on(Input.Submitted)
    def _search(self, event: Input.Submitted) -> None:
        event.stop()
        self._wanted = event.value
        self._close_search()
        if self._wanted:
            self.action_again(1, here=True)

    def _digits(self) -> bytes:
        """Return the bytes that are looked for in hexadecimal forms, where digits can be meant; else nothing."""
        if self._forms[self._form] not in ("hex", "raw"):
            return b""
        try:
            return bytes.fromhex(self._wanted)
        except ValueError:
            return b""

    def _close_search(self) -> None:
        self.query_one(Input).remove_class("-open")
        self.set_focus(self.query_one(StreamLines))

    def _saved(self, saved: Saved) -> None:
        form = ", bodies unpacked," if self._forms[self._form] == "http" else ""
        self._tell(f"saved {text.size(saved.bytes)}{form} to {saved.path}")

    @property
    def _chunks(self) -> Sequence[Chunk]:
        """What both said, in the form that is shown."""
        return self._stream.http if self._forms[self._form] == "http" else self._stream.chunks

    def _show(self) -> None:
        form = self._forms[self._form]
        chunks = self._chunks
        if self._side:
            chunks = tuple(chunk for chunk in chunks if chunk.side == self._side - 1)
        self.query_one(StreamLines).show(chunks, "text" if form == "http" else FORMS[FORMS.index(form)])
        self._draw()

    def _tell(self, said: str) -> None:
        self._said = said
        self._draw()

    def _draw(self) -> None:
        stream = self._stream
        sizes = [sum(len(chunk.data) for chunk in stream.chunks if chunk.side == side) for side in (0, 1)]
        missing = sum(chunk.missing for chunk in stream.chunks)
        words = [
            self._forms[self._form],
            SIDES[self._side],
            stream.label,
            f"> {text.size(sizes[0])}  < {text.size(sizes[1])}",
            f"{counted(missing, 'bytes')} missing" if missing else "",
            counted(stream.packets, "packets"),
        ]
        self._line("#follow-title", Text("   ".join(filter(None, words)), "bold"))
        self._line("#follow-keys", Text(self._said, "accent") if self._said else keys_said(self._keys()))
        self._said = ""

    def _keys(self) -> str:
        """Return the keys that there is room for; `?` has all of them."""
        keys = ""
        for command in COMMANDS:
            said = f"{command.key_text.split(' ')[0]} {command.label}"
            if command.place == "follow" and command.show and len(keys) + len(said) + 4 <= self.app.size.width:
                keys += f"  {said}" if keys else said
        return keys

    def _line(self, where: str, said: Text) -> None:
        said.no_wrap, said.overflow = True, "ellipsis"
        self.query_one(where, ThemedText).show(said, layout=False)
