"""Writes screenshots/*.svg, every pane and what else the README shows, from the demo: `python -m tests.screenshots`."""

from __future__ import annotations

import asyncio
import html
import os
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.capture.demo import DemoSource
from netwatch.config.settings_file import SettingsFile
from netwatch.redact.redacting import RedactingEngine
from tests.scenes import wait_for
from tests.tui.screen import CannedLive, monitor, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.pilot import Pilot

    from netwatch.capture.frames import Frames
    from netwatch.engine import Engine
    from netwatch.tui.app import NetwatchApp

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"
DARK: Final = "netwatch-dark"
HELLO: Final = ("colon", *"41", "enter")
"""Goes to a packet that has something to show."""
SCENES: dict[str, tuple[tuple[int, int], str, Sequence[str]]] = {
    "packets": ((120, 32), DARK, ()),
    "packets-80x24": ((80, 24), DARK, ()),
    "packets-light": ((120, 32), "netwatch-light", ()),
    "packets-high-contrast": ((120, 32), "high-contrast", ()),
    "detail": ((160, 45), DARK, (*HELLO, "enter")),
    "follow": ((120, 32), DARK, ("colon", *"56", "enter", "o")),
    "overview": ((120, 36), DARK, ("1",)),
    "overview-80x24": ((80, 24), DARK, ("1",)),
    "overview-160x45": ((160, 45), DARK, ("1",)),
    "traffic": ((120, 32), DARK, ("1", "b")),
    "split": ((120, 36), DARK, ("3", "vertical_line")),
    "flows": ((120, 32), DARK, ("3", "j", "j")),
    "columns": ((120, 32), DARK, ("3", "c")),
    "handshakes": ((120, 32), DARK, ("4",)),
    "services": ((120, 32), DARK, ("4", "b")),
    "dns": ((120, 32), DARK, ("5",)),
    "dns-names": ((120, 32), DARK, ("5", "b")),
    "dns-servers": ((120, 32), DARK, ("5", "b", "b")),
    "alerts": ((120, 32), DARK, ("6",)),
    "alert": ((120, 40), DARK, ("6", "enter")),
    "hosts": ((120, 32), DARK, ("7",)),
    "neighbours": ((120, 32), DARK, ("7", "b")),
    "web": ((120, 32), DARK, ("8",)),
    "web-names": ((120, 32), DARK, ("8", "b")),
    "baseline": ((120, 32), DARK, ("9",)),
    "settings": ((120, 32), DARK, ("comma", "j", "j")),
    "redacted": ((120, 32), DARK, ("X",)),
    "themes": ((120, 32), DARK, ("t", "k", "k", "k")),
    "filter": ((120, 32), DARK, ("f",)),
    "display-filter": ((120, 32), DARK, ("slash", *"tls.handshake.ex")),
    "picker": ((120, 32), DARK, ("i",)),
    "help": ((120, 40), DARK, ("question_mark",)),
    "paused": ((120, 32), DARK, ("space",)),
}
BEGIN: Final = 1_796_083_200.0
"""2026-12-01, when the certificates of the demo are valid."""
SECONDS: Final = 100
"""Of the demo that have passed."""
STILL: Final = 0.4
"""Seconds without a change after which a screen is taken as done."""
CELL: Final = 12.2
"""Width of a character in Rich's pictures."""
_TEXT: Final = re.compile(r'<text class="(\w+-r\d+)" x="([\d.]+)" y="([\d.]+)" textLength="[^"]*"[^>]*>([^<]*)</text>')


class SteppedDemo(DemoSource):
    """The demo by a clock that goes on when it is told to."""

    def __init__(self) -> None:
        """Begin."""
        self.now = BEGIN
        self.done_at = 0.0
        """The time up to which everything was read."""
        super().__init__(lambda: self.now)

    def read(self, timeout: float) -> Frames | None:
        """See DemoSource."""
        now = self.now
        frames = super().read(min(timeout, 0.01))
        if frames is None:
            self.done_at = now
        return frames


def demo_engine() -> Engine:
    """Return an engine that has seen the first minutes of the demo; then time stands still."""
    source = SteppedDemo()
    engine = RedactingEngine(buffer_bytes=64 << 20, live=CannedLive(), clock=lambda: source.now)
    engine.start(source)
    for _ in range(SECONDS // 2):
        source.now += 2
        wait_for(lambda: source.done_at == source.now)
    wait_for(lambda: engine.snapshot().packets >= (source.counters().received or 0))
    return engine


async def draw(name: str) -> str:
    """Return one scene as SVG."""
    size, theme, keys = SCENES[name]
    file = SettingsFile(Path("/home/you/.config/netwatch/config.toml"), {})
    async with monitor(size, theme=theme, engine=demo_engine(), settings_file=file) as (app, pilot):
        await until_still(app, pilot)
        for key in keys:
            await pilot.press(key)
            if len(key) > 1 or key.isdigit() or len(keys) < 4:
                await until_still(app, pilot)
        await until_still(app, pilot)
        svg = app.export_screenshot(title="netwatch", simplify=True)
    # Rich makes class names from a hash of the content; one name for all keeps changes readable
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    # Some viewers drop leading blanks otherwise
    return _TEXT.sub(_words, svg).replace("<svg ", '<svg xml:space="preserve" ', 1)


async def until_still(app: NetwatchApp, pilot: Pilot[int]) -> None:
    """Wait until nothing arrives any more: verdicts, tables and dissections come from other threads."""
    before, since = text_of(app), time.monotonic()
    while time.monotonic() - since < STILL:
        await pilot.pause(0.05)
        if (shown := text_of(app)) != before:
            before, since = shown, time.monotonic()


def _words(found: re.Match[str]) -> str:
    """Return a text word by word, each at its place: viewers without the font would let columns drift apart."""
    kind, x, y, escaped = found.groups()
    text = html.unescape(escaped)
    return "".join(
        f'<text class="{kind}" x="{float(x) + word.start() * CELL:g}" y="{y}">{html.escape(word[0])}</text>'
        for word in re.finditer(r"[^\s\u00a0]+", text)
    )


def main() -> None:
    """Write those that are named, or all of them and none else."""
    FOLDER.mkdir(exist_ok=True)
    os.environ["TZ"] = "UTC"
    time.tzset()
    for path in FOLDER.glob("*.svg"):
        if path.stem not in SCENES:
            path.unlink()
    for name in sys.argv[1:] or SCENES:
        (FOLDER / f"{name}.svg").write_text(asyncio.run(draw(name)))
        print(FOLDER / f"{name}.svg")


if __name__ == "__main__":
    main()
