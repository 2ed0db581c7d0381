"""Every command once: bindings, footer, palette, help and the README's table of keys are made from this list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual.binding import Binding


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can do."""

    id: str
    key: str
    """Textual's names of the keys, separated by commas."""
    action: str
    """Action of the monitor screen; empty for keys that the focused list handles itself."""
    label: str
    """A word or two for the footer."""
    help: str
    group: str
    show: bool = False
    """Whether the footer names it."""

    @property
    def key_text(self) -> str:
        """The keys as people write them."""
        return " ".join(_NAMES.get(key, key) for key in self.key.split(","))


_NAMES: Final = {
    "question_mark": "?",
    "space": "Space",
    "enter": "Enter",
    "escape": "Esc",
    "backspace": "Backspace",
    "tab": "Tab",
    "shift+tab": "Shift+Tab",
    "up": "Up",
    "down": "Down",
    "left": "Left",
    "right": "Right",
    "pageup": "PgUp",
    "pagedown": "PgDn",
    "home": "Home",
    "end": "End",
    "ctrl+c": "Ctrl+C",
    "ctrl+d": "Ctrl+D",
    "ctrl+e": "Ctrl+E",
    "ctrl+l": "Ctrl+L",
    "ctrl+p": "Ctrl+P",
    "ctrl+q": "Ctrl+Q",
    "ctrl+u": "Ctrl+U",
    "ctrl+z": "Ctrl+Z",
}

COMMANDS: Final = (
    Command(
        "filter", "f", "filter", "Filter", "capture filter (BPF), applied to the running capture", "Capture", show=True
    ),
    Command("pause", "space", "pause", "Pause", "pause the view; capture goes on", "Capture", show=True),
    Command("interface", "i", "interface", "Interface", "choose the interface", "Capture", show=True),
    Command("save", "s", "save", "Save", "snapshot: save the buffer as a capture file", "Capture", show=True),
    Command("capture", "ctrl+e", "capture", "Stop", "stop the capture, start it again", "Capture"),
    Command("own-session", "O", "own_session", "Own session", "show or leave out your own SSH session", "Capture"),
    Command("open", "enter", "detail", "Detail", "open the packet: its layers and bytes", "Packets", show=True),
    Command("back", "escape,backspace", "back", "Back", "close what is open", "Packets"),
    Command("next-part", "tab,shift+tab", "", "Next part", "go between list, layers and bytes", "Packets"),
    Command("columns", "c", "columns", "Columns", "show TTL, VLAN, direction and interface, or not", "Packets"),
    Command("time", "T", "time", "Time", "time since the first packet, or of day", "Packets"),
    Command("down", "j,down", "", "Down", "one row down", "Move"),
    Command("up", "k,up", "", "Up", "one row up; leaves the tail", "Move"),
    Command("half-down", "ctrl+d", "", "Half page down", "half a page down", "Move"),
    Command("half-up", "ctrl+u", "", "Half page up", "half a page up", "Move"),
    Command("page-down", "pagedown", "", "Page down", "a page down", "Move"),
    Command("page-up", "pageup", "", "Page up", "a page up", "Move"),
    Command("first", "g,home", "", "First", "the oldest packet in the buffer", "Move"),
    Command("last", "G,end", "", "Last", "the newest packet, and follow what arrives", "Move"),
    Command("left", "h,left", "", "Left", "scroll the info column left; close a layer", "Move"),
    Command("right", "l,right", "", "Right", "scroll the info column right; open a layer", "Move"),
    Command("help", "question_mark", "help", "Help", "show this help; the same key closes it", "General", show=True),
    Command("theme", "t", "theme", "Theme", "next theme", "General", show=True),
    Command("palette", "ctrl+p", "app.command_palette", "Palette", "every command by name", "General"),
    Command("redraw", "ctrl+l", "redraw", "Redraw", "draw the screen again", "General"),
    Command("suspend", "ctrl+z", "app.suspend_process", "Suspend", "suspend; fg brings netwatch back", "General"),
    Command(
        "quit", "q,ctrl+c,ctrl+q", "quit", "Quit", "quit; asks only when a recording would end", "General", show=True
    ),
)


def bindings() -> list[Binding]:
    """Return the bindings of the monitor screen."""
    return [
        Binding(command.key, command.action, command.help, show=command.show, id=command.id)
        for command in COMMANDS
        if command.action
    ]
