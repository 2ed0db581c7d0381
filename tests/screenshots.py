"""Writes screenshots/*.svg from the scenes that the tests use: `python -m tests.screenshots`."""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from netwatch.config.settings_file import SettingsFile
from tests.detect.scenes import attack_engine
from tests.scenes import minutes_engine
from tests.tui.screen import CannedLive, monitor
from tests.web_scene import web_engine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netwatch.engine import Engine

FOLDER = Path(__file__).resolve().parent.parent / "screenshots"
SCENES: dict[str, tuple[tuple[int, int], str, Sequence[str]]] = {
    "packets": ((120, 32), "netwatch-dark", ()),
    "packets-80x24": ((80, 24), "netwatch-dark", ()),
    "packets-light": ((120, 32), "netwatch-light", ()),
    "packets-high-contrast": ((120, 32), "high-contrast", ()),
    "detail": ((160, 45), "netwatch-dark", ("g", "j", "j", "j", "enter")),
    "detail-80x24": ((80, 24), "netwatch-dark", ("g", "j", "j", "j", "enter")),
    "overview": ((120, 32), "netwatch-dark", ("1",)),
    "overview-80x24": ((80, 24), "netwatch-dark", ("1",)),
    "overview-160x45": ((160, 45), "netwatch-dark", ("1",)),
    "split": ((120, 36), "netwatch-dark", ("3", "vertical_line")),
    "settings": ((120, 32), "netwatch-dark", ("comma", "j", "j")),
    "redacted": ((120, 32), "netwatch-dark", ("X",)),
    "traffic": ((120, 32), "netwatch-dark", ("1", "b")),
    "flows": ((120, 32), "netwatch-dark", ("3", "j", "j")),
    "handshakes": ((120, 32), "netwatch-dark", ("4",)),
    "services": ((120, 32), "netwatch-dark", ("4", "b", "greater_than_sign")),
    "dns": ((120, 32), "netwatch-dark", ("5",)),
    "dns-names": ((120, 32), "netwatch-dark", ("5", "b")),
    "dns-servers": ((120, 32), "netwatch-dark", ("5", "b", "b")),
    "alerts": ((120, 32), "netwatch-dark", ("6",)),
    "alert": ((120, 40), "netwatch-dark", ("6", "enter")),
    "web": ((120, 32), "netwatch-dark", ("8",)),
    "web-names": ((120, 32), "netwatch-dark", ("8", "b")),
    "hosts": ((120, 32), "netwatch-dark", ("7",)),
    "neighbours": ((120, 32), "netwatch-dark", ("7", "b")),
    "columns": ((120, 32), "netwatch-dark", ("3", "c")),
    "themes": ((120, 32), "netwatch-dark", ("t", "k", "k", "k")),
    "filter": ((120, 32), "netwatch-dark", ("f",)),
    "filter-verdict": ((120, 32), "netwatch-dark", ("f", *"tcp and prot 80")),
    "picker": ((120, 32), "netwatch-dark", ("i",)),
    "help": ((120, 40), "netwatch-dark", ("question_mark",)),
    "paused": ((120, 32), "netwatch-dark", ("space",)),
    "too-small": ((40, 8), "netwatch-dark", ()),
}


LONG = ("overview", "overview-80x24", "overview-160x45", "traffic")
"""Scenes of more than a second."""


WEB = ("web", "web-names")
"""Scenes of TLS, QUIC and HTTP."""
ATTACKS = ("alerts", "alert")
"""Scenes with something to be alarmed about."""


async def draw(name: str) -> str:
    """Return one scene as SVG."""
    size, theme, keys = SCENES[name]
    file = SettingsFile(Path("/home/you/.config/netwatch/config.toml"), {})
    async with monitor(size, live=CannedLive(), theme=theme, engine=_engine(name), settings_file=file) as (app, pilot):
        await pilot.press(*keys)
        await pilot.pause(0.8)  # verdicts and dissections arrive from other threads
        svg = app.export_screenshot(title="netwatch", simplify=True)
    # Rich makes class names from a hash of the content; one name for all keeps changes readable
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    # Some viewers drop leading blanks otherwise
    return svg.replace("<svg ", '<svg xml:space="preserve" ', 1)


def _engine(name: str) -> Engine | None:
    """Return an engine that has seen what a scene shows, None for the usual one."""
    if name in LONG:
        return minutes_engine(CannedLive())
    if name in WEB:
        return web_engine(CannedLive())
    return attack_engine() if name in ATTACKS else None


def main() -> None:
    """Write all of them."""
    FOLDER.mkdir(exist_ok=True)
    os.environ["TZ"] = "UTC"
    time.tzset()
    for name in SCENES:
        (FOLDER / f"{name}.svg").write_text(asyncio.run(draw(name)))
        print(FOLDER / f"{name}.svg")


if __name__ == "__main__":
    main()
