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
from unittest.mock import patch

from textual.widgets import Input

from netwatch.baseline.sample import sample_of
from netwatch.baseline.usual import Usual
from netwatch.capture.demo import DemoSource
from netwatch.config.settings_file import SettingsFile
from netwatch.redact.redacting import RedactingEngine
from tests.prepared import PATIENCE
from tests.scenes import wait_for
from tests.tui.screen import CannedLive, monitor
from tests.tui.showing import See, open_screen, still

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.capture.frames import Frames

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"
DARK: Final = "netwatch-dark"
HELLO: Final = ("colon", *"41", "enter")
"""Goes to a packet that has something to show."""
OVERVIEW: Final = ("1", See("Connections"))
FLOWS: Final = ("3", See("> SF"))
ATTEMPTS: Final = ("4", See("complete"))
LOOK_UPS: Final = ("5", See("NXDOMAIN"))
ALERTS: Final = ("6", See("arp.spoof"))
HOSTS: Final = ("7", See("gateway dns"))
WEB: Final = ("8", See("TLS1.2"))
BASELINE: Final = "baseline"
"""The scene that is compared with other days; in all others nothing is."""
SCENES: dict[str, tuple[tuple[int, int], str, Sequence[str]]] = {
    "packets": ((120, 32), DARK, ()),
    "packets-80x24": ((80, 24), DARK, ()),
    "packets-light": ((120, 32), "netwatch-light", ()),
    "packets-high-contrast": ((120, 32), "high-contrast", ()),
    "detail": ((160, 45), DARK, (*HELLO, See("41 "), "enter", See("v TLS"))),
    "follow": ((120, 32), DARK, ("colon", *"56", "enter", See("56 "), "o", See("> GET"))),
    "overview": ((120, 36), DARK, OVERVIEW),
    "overview-80x24": ((80, 24), DARK, OVERVIEW),
    "overview-160x45": ((160, 45), DARK, OVERVIEW),
    "traffic": ((120, 32), DARK, (*OVERVIEW, "b", See("All traffic"))),
    "split": ((120, 36), DARK, (*FLOWS, "vertical_line", See("move this border"))),
    "flows": ((120, 32), DARK, (*FLOWS, "j", "j")),
    "columns": ((120, 32), DARK, (*FLOWS, "c", See("Space ticks"))),
    "handshakes": ((120, 32), DARK, ATTEMPTS),
    "services": ((120, 32), DARK, (*ATTEMPTS, "b", See(" services "))),
    "dns": ((120, 32), DARK, LOOK_UPS),
    "dns-names": ((120, 32), DARK, (*LOOK_UPS, "b", See(" names "))),
    "dns-servers": ((120, 32), DARK, (*LOOK_UPS, "b", See(" names "), "b", See("DNS server"))),
    "alerts": ((120, 32), DARK, ALERTS),
    "alert": ((120, 40), DARK, (*ALERTS, "enter", See("What the rule looks for"))),
    "hosts": ((120, 32), DARK, HOSTS),
    "neighbours": ((120, 32), DARK, (*HOSTS, "b", See(" neighbours "))),
    "web": ((120, 32), DARK, WEB),
    "web-names": ((120, 32), DARK, (*WEB, "b", See(" names "))),
    BASELINE: ((120, 32), DARK, ("9", See("beside"))),
    "settings": ((120, 32), DARK, ("comma", See("Enter changes"), "j", "j")),
    "redacted": ((120, 32), DARK, ("X", See("REDACTED"))),
    "themes": ((120, 32), DARK, ("t", See("Enter takes"), "k", "k", "k")),
    "filter": ((120, 32), DARK, ("f", See("Enter"))),
    "display-filter": ((120, 32), DARK, ("slash", *"tls.handshake.ex", See("did you mean"))),
    "picker": ((120, 32), DARK, ("i", See("wlan0"))),
    "help": ((120, 40), DARK, ("question_mark", See("closes this help"))),
    "paused": ((120, 32), DARK, ("space", See("PAUSED"))),
}
BEGIN: Final = 1_796_083_200.0
"""2026-12-01, when the certificates of the demo are valid."""
SECONDS: Final = 100
"""Of the demo that have passed."""
CALM_SECONDS: Final = 8
"""Of the demo in which nobody scans."""
CALM_DAYS: Final = (11.0, 12.5, 14.0)
"""How many times that is on other days."""
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


def demo_engine(seconds: int = SECONDS, usual: Usual | None = None) -> RedactingEngine:
    """Return an engine that has seen so many seconds of the demo beside what is `usual`; then time stands still."""
    source = SteppedDemo()
    engine = RedactingEngine(buffer_bytes=64 << 20, live=CannedLive(), clock=lambda: source.now, usual=usual)
    engine.start(source)
    for _ in range(seconds // 2):
        source.now += 2
        wait_for(lambda: source.done_at == source.now, PATIENCE)
    wait_for(lambda: engine.snapshot().packets >= (source.counters().received or 0), PATIENCE)
    return engine


def calm_days() -> Usual:
    """Return what the network of the demo does as long as nobody scans it, as three days that differ a little."""
    engine = demo_engine(CALM_SECONDS)
    calm = engine._call(lambda _request: sample_of(engine._loaded().session)).result(PATIENCE)
    engine.close()
    days = tuple(
        {kind: {key: round(value * times) for key, value in counts.items()} for kind, counts in calm.items()}
        for times in CALM_DAYS
    )
    return Usual(samples=days, said=f"beside {len(days)} captures in site.json")


async def draw(name: str, engine: RedactingEngine) -> str:
    """Return one scene as SVG."""
    size, theme, keys = SCENES[name]
    file = SettingsFile(Path("/home/you/.config/netwatch/config.toml"), {})
    async with monitor(size, theme=theme, engine=engine, settings_file=file, keep=True) as (app, pilot):
        await open_screen(app, keys)
        for line in app.screen.query(Input):
            line.cursor_blink = False
        await still(app, pilot)
        svg = app.export_screenshot(title="netwatch", simplify=True)
    engine.redact(on=False)
    # Rich makes class names from a hash of the content; one name for all keeps changes readable
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    # Some viewers drop leading blanks otherwise
    return _TEXT.sub(_words, svg).replace("<svg ", '<svg xml:space="preserve" ', 1)


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
    wanted = sys.argv[1:] or [*SCENES]
    engine = demo_engine()
    compared = demo_engine(usual=calm_days()) if BASELINE in wanted else engine
    with patch("netwatch.redact.redactor.secrets.token_bytes", bytes):  # the same replacements in every run
        for name in wanted:
            (FOLDER / f"{name}.svg").write_text(asyncio.run(draw(name, compared if name == BASELINE else engine)))
            print(FOLDER / f"{name}.svg", flush=True)
    engine.close()
    compared.close()


if __name__ == "__main__":
    main()
