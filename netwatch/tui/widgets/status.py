"""The status lines: interface, state, rate, buffer, every loss counter, and chips for what changes the picture."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.cells import cell_len
from rich.text import Text

from netwatch.snapshot import CaptureState
from netwatch.text import printable
from netwatch.tui import format as text
from netwatch.tui.widgets.plain_static import PlainStatic

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.snapshot import Loss, Reading, Recording, Replay, Snapshot, ViewState

SOURCE_WIDTH: Final = 24
"""Columns of the name of an interface or a file."""
_MORE_FILES: Final = re.compile(r" and [0-9]{1,6} more$")
ONE_LINE: Final = 150
"""Terminal columns from which everything stands in one line."""
SPARK_CELLS: Final = 12
SHORT_NAMES: Final = {
    "if-drop": "if",
    "malformed": "bad",
    "evicted": "out",
    "table-rows-evicted": "rows",
    "not-inspected": "skip",
    "unseen about": "gap",
    "cut-file": "cut",
}
"""Names of losses in a terminal where they would be cut otherwise; the README tells what they mean."""
CHIP_GAP: Final = 2
"""Blank cells before a chip."""
LEAST_CHIP: Final = 10
"""Cells below which a chip says nothing."""
LEAST_GRAVE: Final = 14
"""The same of a chip that tells of a failure, as `REC FAILED`."""
LEAST_KEYED: Final = 15
"""The same of a chip that tells what leads back, as `[only 10…: Esc]`."""
_KEY: Final = re.compile(r": Esc\]$")


class Chip(NamedTuple):
    """What changes the picture."""

    words: str
    color: str
    least: int = LEAST_CHIP
    """Cells that it has at least."""


@dataclass(frozen=True, slots=True)
class View:
    """What the screen itself adds to the state of the capture."""

    packets_seen: bool = True
    """The packets are what is seen, not another pane."""
    following: bool = True
    paused: bool = False
    behind: int = 0
    """Packets that arrived since the view was paused or left the tail."""
    skipped_frames: int = 0
    """Repaints left out because the terminal was slow."""
    slow_rate: float | None = None
    """Repaints a second, None while the terminal keeps up."""
    filter_change: str = ""
    """The filter that took effect at the packet under the cursor, if one did."""
    terminal: str = ""
    """What goes to the terminal, for who asks."""
    redacted: bool = False
    """Addresses and names are replaced."""
    only: str = ""
    """What the packets are narrowed to."""


class StatusLine(PlainStatic):
    """Two lines below ONE_LINE columns, else one; never wider than the terminal."""

    def __init__(self, glyphs: str, standing: tuple[str, bool], *, still: bool) -> None:
        """Draw with `glyphs`; `standing` is with what rights netwatch runs, set off unless these are sound."""
        super().__init__(id="status", markup=False)
        self.glyphs = glyphs
        self._still = still
        self._shown: Text | None = None
        words, sound = standing
        self._standing = Chip(f"[{printable(words, 60)}]", "dim" if sound else "warning") if words else None

    def show(self, snapshot: Snapshot, view: View) -> None:
        """Draw the state; nothing is sent when it reads as before."""
        width = self.app.size.width
        flow, health = self._flow(snapshot, view), self._health(snapshot, view)
        room = width - flow.cell_len - 3 if width >= ONE_LINE else width
        chips = self._chips(snapshot, view)
        standing = [self._standing] if self._standing is not None else []
        if health.cell_len + _cells(chip for chip in (*chips, *standing) if chip.color != "dim") > room:
            health = self._health(snapshot, view, short=True)
        flow.truncate(width)
        counters = self._with_chips(health, chips, max(room, 0))
        shown = Text("   " if width >= ONE_LINE and room > 0 else "\n").join((flow, counters))
        if self._shown is not None and shown == self._shown and shown.spans == self._shown.spans:
            return
        self._shown = shown
        self.update(shown, layout=False)

    def _flow(self, snapshot: Snapshot, view: View) -> Text:
        line = Text(no_wrap=True)
        line.append(f" {_source(snapshot.source) or 'no interface'}", "bold")
        line.append(f" {snapshot.state.value}", self._color(_STATE_COLORS.get(snapshot.state, "accent")))
        if snapshot.progress is not None and snapshot.state is CaptureState.LOADING:
            line.append(f" {snapshot.progress:.0%}{_pace(snapshot.reading)}", self._color("accent"))
        if snapshot.replay is not None and snapshot.state is CaptureState.REPLAYING:
            line.append(_place(snapshot.replay), self._color("accent"))
        if view.paused:
            behind = f" +{text.count(view.behind)}" if view.behind else ""
            line.append(f" PAUSED{behind}", self._color("warning"))
        elif not view.packets_seen:
            pass
        elif view.following:
            line.append(" FOLLOW", self._color("success"))
        elif snapshot.live:
            line.append(f" +{text.count(view.behind)} new", self._color("warning"))
        line.append(f"  {snapshot.packets:,} pkts  {text.size(snapshot.bytes)}")
        rates = snapshot.rates
        if rates is not None:
            graph = text.sparkline(rates.bits.tolist(), SPARK_CELLS, self.glyphs)
            line.append(f"  {text.count(rates.packets_per_second):>5} pkt/s {text.bits(rates.bits_per_second):>10} ")
            line.append("" if self._still else graph, self._color("accent"))
        return line

    def _health(self, snapshot: Snapshot, view: View, *, short: bool = False) -> Text:
        """Return every counter; `short` names and single blanks are for when they would be cut otherwise."""
        line = Text(no_wrap=True)
        gap = " " if short else "  "
        history = snapshot.history
        fill = history.bytes / history.capacity if history.capacity else 0
        line.append(f" buf {fill:.0%}", self._color("dim"))
        for name, value, bad in _losses(snapshot.loss, live=snapshot.live):
            shown = "?" if value is None else text.count(value)
            named = SHORT_NAMES.get(name, name) if short else name
            line.append(f"{gap}{named} {shown}", self._color("error" if bad and value else "dim"))
        if view.skipped_frames:
            named = "und" if short else "not drawn"
            line.append(f"{gap}{named} {text.count(view.skipped_frames)}", self._color("dim"))
        if view.slow_rate is not None:
            named = "" if short else "slow link, "
            line.append(f"{gap}{named}{view.slow_rate:.1f} Hz", self._color("warning"))
        return line

    def _with_chips(self, health: Text, said: list[Chip], width: int) -> Text:
        """Return the counters and every chip behind them; what there is no room for is cut from the later ones."""
        room = width - health.cell_len
        if self._standing is not None:
            full = _cells((*said, self._standing)) > room
            if self._standing.color == "warning" or not (said and full):
                said.append(self._standing)
        for place, chip in enumerate(said, 1):
            later = sum(min(each.least, _cells((each,))) for each in said[place:])
            shown = Text(_cut(f"{'':{CHIP_GAP}}{chip.words}", max(room - later, chip.least)), self._color(chip.color))
            room -= shown.cell_len
            health.append_text(shown)
        health.truncate(width, overflow="ellipsis")
        return health

    def _chips(self, snapshot: Snapshot, view: View) -> list[Chip]:
        """Return what changes the picture, the gravest first."""
        said = [Chip(printable(problem.words, 60), "error") for problem in snapshot.problems[-1:]]
        if snapshot.message:
            said.append(Chip(printable(snapshot.message, 100), "warning"))
        if view.terminal:
            said.append(Chip(f"[{view.terminal}]", "accent"))
        if view.redacted:
            said.append(Chip("[REDACTED: X]", "warning"))
        if (recording := snapshot.recording) is not None:
            said.insert(0 if recording.error else len(said), _recording(recording))
        if part := _part_held(snapshot):
            said.append(Chip(part, "dim"))
        if snapshot.view is not None:
            said.append(_through(snapshot.view))
        if view.only:
            said.append(Chip(f"[only {printable(view.only, 60)}: Esc]", "warning", LEAST_KEYED))
        if snapshot.capture_filter:
            said.append(Chip(f"[f: {printable(snapshot.capture_filter, 60)}]", "accent"))
        if view.filter_change:
            said.append(Chip(f"= from here: {printable(view.filter_change, 40)}", "accent"))
        if snapshot.own_session:
            said.append(Chip("[own session hidden: O]", "dim"))
        return said

    def _color(self, name: str) -> str:
        return self.app.theme_variables.get(name, "default").split(" ")[0]


_STATE_COLORS = {
    CaptureState.LIVE: "success",
    CaptureState.FOLLOWING: "success",
    CaptureState.REPLAYING: "success",
    CaptureState.WAITING: "warning",
    CaptureState.FAILED: "error",
    CaptureState.STOPPED: "dim",
}


def _through(view: ViewState) -> Chip:
    """Say what everything is seen through, and how many packets pass."""
    what = f" {printable(view.text, 60)}" if view.text else ""
    if view.time_range is not None:
        what += f" {text.clock(view.time_range[0])[:12]} to {text.clock(view.time_range[1])[:12]}"
    if view.error:
        return Chip(f"[/{what}: {printable(view.error, 80)}]", "error")
    done = "" if view.progress is None else f" {view.progress:.0%}"
    missed = f", {view.missed:,} not seen" if view.missed else ""
    return Chip(f"[/ {view.matched:,} of {view.looked_at:,}{done}{missed}{what}: Esc]", "warning", LEAST_KEYED)


def _cells(chips: Iterable[Chip]) -> int:
    """Return how wide chips are."""
    return sum(cell_len(chip.words) + CHIP_GAP for chip in chips)


def _cut(words: str, cells: int) -> str:
    """Return what fits; the key that leads back stays to the last."""
    if cell_len(words) <= cells:
        return words
    key = found[0] if (found := _KEY.search(words)) is not None else ""
    head = Text(words)
    head.truncate(cells - len(key), overflow="ellipsis")
    return head.plain + key


def _place(replay: Replay) -> str:
    """Say what recorded time it is, and whether that goes on."""
    how = f" x{replay.speed:g}{' HELD' if replay.held else ''}"
    return f"{how} {text.clock(replay.time_ns)[:12]}" if replay.time_ns else how


def _source(name: str) -> str:
    """Return where packets come from; of several files the first may be cut, but not how many more there are."""
    more = _MORE_FILES.search(name)
    if more is None:
        return printable(name, SOURCE_WIDTH)
    return printable(name[: more.start()], SOURCE_WIDTH - len(more[0])) + more[0]


def _pace(reading: Reading | None) -> str:
    """Return how fast a file is read and how long that will take."""
    if reading is None:
        return ""
    left = f", {text.duration(int(reading.seconds_left * 1e9))} left" if reading.seconds_left else ""
    return f" {text.size(reading.bytes_per_second)}/s{left}"


def _part_held(snapshot: Snapshot) -> str:
    """Say which packets of a file are not in the buffer any more, and what that means."""
    before = snapshot.history.first - 1
    if snapshot.live or before < 1 or snapshot.history.last < 1:
        return ""
    if snapshot.history.again:
        return f"[1 to {before:,} from the file]"
    return f"[1 to {before:,} gone: piped or compressed, -B keeps more]"


def _recording(recording: Recording) -> Chip:
    if recording.error:
        return Chip(f"REC FAILED: {printable(recording.error, 60)}", "error", LEAST_GRAVE)
    return Chip(f"REC {text.count(recording.packets)} {text.size(recording.bytes)}", "error")


def _losses(loss: Loss, *, live: bool) -> list[tuple[str, int | None, bool]]:
    """Return (name, count, whether it is bad) of the losses that can happen here."""
    losses: list[tuple[str, int | None, bool]] = []
    if live or loss.kernel_dropped is not None:
        losses.append(("drop", loss.kernel_dropped, True))
    if loss.interface_dropped:
        losses.append(("if-drop", loss.interface_dropped, True))
    losses += [("malformed", loss.malformed, False), ("evicted", loss.evicted_packets, False)]
    if loss.evicted_flows or loss.evicted_rows:
        losses.append(("table-rows-evicted", loss.evicted_flows + loss.evicted_rows, False))
    if loss.inspection_skipped:
        losses.append(("not-inspected", loss.inspection_skipped, True))
    if loss.unseen_segments:
        losses.append(("unseen about", loss.unseen_segments, False))
    if loss.truncated_file:
        losses.append(("cut-file", 1, True))
    return losses
