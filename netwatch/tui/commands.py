"""Every command, declared once: bindings, palette, footer, help and the README's table of keys come from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.binding import Binding

from netwatch.tui.command import KEY_NAMES, Command, Place
from netwatch.tui.packet_commands import FOLLOW_COMMANDS, PACKET_COMMANDS
from netwatch.tui.panes.choice import PANES

if TYPE_CHECKING:
    from textual.binding import BindingType

__all__ = ("COMMANDS", "KEY_NAMES", "Command", "Place", "bindings", "bound")


def _move(name: str, key: str, action: str, label: str, said: str, place: Place = "list") -> Command:
    return Command(name, key, action, label, said, "Move", place=place)


def _pane(name: str, key: str, action: str, label: str, said: str, group: str) -> Command:
    """Return a command of whatever pane is seen, not named in the footer."""
    return Command(name, key, action, label, said, group, place="pane")


COMMANDS: Final = (
    *(
        Command(pane.id, pane.key, f"pane('{pane.id}')", pane.name, f"{pane.name}: {pane.help}", "Panes")
        for pane in PANES
    ),
    Command(
        "filter", "f", "filter", "Filter", "capture filter (BPF), applied to the running capture", "Capture", show=True
    ),
    Command(
        "display-filter", "slash", "display_filter", "Show only", "display filter for every pane", "View", show=True
    ),
    Command("as-filter", "a", "as_filter", "As filter", "make a display filter of the row", "View", show=True),
    Command("range-begin", "left_square_bracket", "range('begin')", "From", "time range begins here", "View"),
    Command("range-end", "right_square_bracket", "range('end')", "Until", "time range ends here", "View"),
    Command("find", "ctrl+f", "find", "Find", "find text, bytes or a pattern in packets", "View"),
    Command("find-next", "n", "find_next(1)", "Next", "the next packet that was looked for", "View"),
    Command("find-before", "N", "find_next(-1)", "Before", "the one before", "View"),
    Command("pause", "space", "pause", "Pause", "pause the view; capture goes on", "Capture", show=True),
    Command("replay-hold", "p", "replay('hold')", "Hold", "hold the replay, let it go on", "Replay"),
    Command("replay-step", "full_stop", "replay('step')", "Step", "hold the replay, one packet more", "Replay"),
    Command("replay-slower", "left_curly_bracket", "replay('slower')", "Slower", "replay at half the speed", "Replay"),
    Command(
        "replay-faster", "right_curly_bracket", "replay('faster')", "Faster", "replay at twice the speed", "Replay"
    ),
    Command("replay-jump", "J", "jump", "Jump", "jump in the replay: to a time, a span from here, a packet", "Replay"),
    Command("interface", "i", "interface", "Interface", "choose the interface", "Capture", show=True),
    Command("save", "s", "save", "Save", "snapshot: save the buffer as a capture file", "Capture", show=True),
    Command(
        "save-flows", "S", "save(True)", "Save flows", "save what is shown with all packets of its flows", "Capture"
    ),
    Command("console", "exclamation_mark", "console", "Console", "Python with the packets of the view", "Capture"),
    Command("capture", "ctrl+e", "capture", "Stop", "stop the capture, start it again", "Capture"),
    Command("own-session", "O", "own_session", "Own session", "show or leave out your own SSH session", "Capture"),
    Command("open", "enter", "open", "Open", "open the packet, or show the packets of a row", "Rows", True, "pane"),
    Command("back", "escape,backspace", "back", "Back", "close what is open, then clear range and filter", "Rows"),
    Command("next-part", "tab,shift+tab", "", "Next part", "go between list, layers and bytes", "Rows"),
    _pane("columns", "c", "columns", "Columns", "choose columns", "Rows"),
    _pane(
        "time", "T", "time", "Time", "form of times: relative, of day, UTC, with date, delta, since a reference", "Rows"
    ),
    _pane("names", "R", "names", "Names", "names of hosts in place of addresses, or not", "Rows"),
    Command("group", "b", "group", "Group", "another view: services, names, agents, neighbours", "Rows", True, "views"),
    Command("wider", "minus", "scale(1)", "Longer", "let the graph cover more time", "Overview", True, "overview"),
    Command("closer", "plus", "scale(-1)", "Shorter", "let the graph cover less time", "Overview", True, "overview"),
    _pane(
        "copy",
        "y",
        "copy",
        "Copy",
        "copy a cell, the row, or it as a filter or bytes, to the clipboard of your terminal",
        "Rows",
    ),
    Command(
        "quick", "ampersand", "quick", "Match", "quick filter: words a row must match", "Tables", True, "table_pane"
    ),
    Command(
        "sort-left", "less_than_sign", "sort(-1)", "Sort left", "sort by the column before", "Tables", place="table"
    ),
    Command("sort-right", "greater_than_sign", "sort(1)", "Sort", "sort by the next column", "Tables", True, "table"),
    Command("reverse", "r", "reverse", "Reverse", "turn the order round", "Tables", show=True, place="table"),
    Command("export", "e", "export('csv')", "Export", "write the table to a CSV file", "Tables", True, "table_pane"),
    _pane(
        "export-json",
        "W",
        "export('json')",
        "JSON",
        "write what the pane shows to a JSON file, alerts as EVE; e to a CSV file",
        "Tables",
    ),
    Command(
        "mute", "x", "mute", "Mute", "mute alerts like this one; on a mute, take it back", "Alerts", True, "alerts"
    ),
    Command("enrich", "E", "enrich", "Enrich", "look at the host of the alert, after asking", "Alerts", True, "alerts"),
    Command("done", "d", "done", "Done", "mark the alert as done, or not", "Alerts", True, "alerts"),
    _move("down", "j,down", "move(1)", "Down", "one row down"),
    _move("up", "k,up", "move(-1)", "Up", "one row up; leaves the tail"),
    _move("half-down", "ctrl+d", "page(0.5)", "Half page down", "half a page down"),
    _move("half-up", "ctrl+u", "page(-0.5)", "Half page up", "half a page up"),
    _move("page-down", "pagedown", "page(1)", "Page down", "a page down"),
    _move("page-up", "pageup", "page(-1)", "Page up", "a page up"),
    _move("first", "g,home", "first", "First", "the first row"),
    _move("last", "G,end", "last", "Last", "the last row; of packets the newest, and follow"),
    _move("left", "h,left", "scroll_info(-1)", "Left", "scroll the info column left; close a layer", "packets"),
    _move("right", "l,right", "scroll_info(1)", "Right", "scroll the info column right; open a layer", "packets"),
    *PACKET_COMMANDS,
    *FOLLOW_COMMANDS,
    Command("help", "question_mark", "help", "Help", "show this help; the same key closes it", "General", show=True),
    Command("command", "colon", "command", "Command", "command line: :123 goes to a packet, :w FILE saves", "General"),
    Command("theme", "t", "theme", "Theme", "choose colours, seen at once", "General", show=True),
    Command("zoom", "z", "zoom", "Zoom", "give the pane, or the open packet, all the room, or not", "View"),
    Command("split", "vertical_line", "split", "Split", "the packets above this pane, or one pane again", "View"),
    Command("border-up", "ctrl+up", "border(-1)", "Border up", "move the border of two parts up", "View"),
    Command("border-down", "ctrl+down", "border(1)", "Border down", "move the border of two parts down", "View"),
    Command(
        "redact", "X", "redact", "Redact", "replace addresses and names in all that is shown or saved, or not", "View"
    ),
    Command("settings", "comma", "app.settings", "Settings", "settings, kept in your settings file", "General"),
    Command("palette", "ctrl+p", "app.command_palette", "Palette", "every command by name", "General"),
    Command("meter", "ctrl+o", "meter", "Meter", "show the bytes that go to the terminal, or not", "General"),
    Command("redraw", "ctrl+l", "redraw", "Redraw", "draw the screen again", "General"),
    Command("suspend", "ctrl+z", "app.suspend_process", "Suspend", "suspend; fg brings netwatch back", "General"),
    Command(
        "quit",
        "q,ctrl+c,ctrl+q",
        "quit",
        "Quit",
        "quit; asks when it records or packets are marked",
        "General",
        show=True,
    ),
)


def bindings(place: Place) -> list[BindingType]:
    """Return the bindings of a place; their ids are the commands'."""
    return [
        Binding(command.key, command.action, command.help, show=command.show, id=command.id)
        for command in COMMANDS
        if command.action and command.place == place
    ]


def bound(command_id: str, action: str) -> Binding:
    """Return a binding that gives a command's keys another meaning in one widget, as `h` has in a tree."""
    command = next(command for command in COMMANDS if command.id == command_id)
    return Binding(command.key, action, command.help, show=False, id=command.id)
