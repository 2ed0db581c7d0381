"""Every screen at three sizes in a dark and a light theme: it opens, and all of its text can be read."""

from __future__ import annotations

from collections import Counter
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from textual.screen import ModalScreen
from textual.widgets import Input

from netwatch.config.settings_file import SettingsFile
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.packets import PacketTable
from tests.detect.scenes import attack_engine
from tests.tui.screen import CannedLive, monitor, settle, text_of
from tests.tui.test_theme import LEAST_CONTRAST, contrast
from tests.web_scene import web_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from netwatch.engine import Engine
    from netwatch.tui.app import NetwatchApp

SIZES = {"80x24": (80, 24), "120x36": (120, 36), "160x45": (160, 45)}
THEMES = ("netwatch-dark", "netwatch-light")


class Shown(NamedTuple):
    """How a screen is opened, and what it says when it is there."""

    keys: tuple[str, ...]
    there: str


SCENES: dict[str, tuple[Callable[[], Engine] | None, dict[str, Shown]]] = {
    "day": (
        None,
        {
            "overview": Shown(("1",), "Connections"),
            "packets": Shown(("2",), "Proto"),
            "flows": Shown(("3",), "34 flows"),
            "columns": Shown(("3", "c"), "Space ticks"),
            "handshakes": Shown(("4",), "24 attempts"),
            "dns": Shown(("5",), "8 look-ups"),
            "hosts": Shown(("7",), "4 hosts"),
            "baseline": Shown(("9",), "0 differences"),
            "help": Shown(("question_mark",), "closes this help"),
            "opened": Shown(("2", "g", "j", "j", "j", "enter"), "DNS Ans"),
            "follow": Shown(("2", "o"), "> GET"),
            "packet-columns": Shown(("2", "ctrl+k"), "n new field"),
            "as-filter": Shown(("2", "a"), "Filter by"),
            "copy": Shown(("2", "y"), "Copy"),
            "interfaces": Shown(("i",), "Enter starts"),
            "settings": Shown(("comma",), "Enter changes"),
            "themes": Shown(("t",), "Enter takes"),
            "quit": Shown(("2", "m", "q"), "marked"),
        },
    ),
    "attack": (
        attack_engine,
        {
            "alerts": Shown(("6",), "scan.vertical"),
            "alert": Shown(("6", "enter"), "What the rule looks for"),
            "mute": Shown(("6", "x"), "Enter mutes"),
            "enrich": Shown(("6", "E"), "This sends to"),
        },
    ),
    "web": (web_engine, {"web": Shown(("8",), "web transactions")}),
}
"""By what was captured: the engine, None for the usual one, and the screens that show most of it."""
pytestmark = pytest.mark.usefixtures("utc")


def cells(app: NetwatchApp, counts: Callable[[str], bool] = lambda text: text != " ") -> Counter[tuple[str, str]]:
    """Return how many cells that count have each pair of colours; of a dialog, and not of what is dimmed behind it."""
    screen = app.screen
    strips = screen._compositor.render_strips()
    if isinstance(screen, ModalScreen):
        region = screen.children[0].region
        strips = [strip.crop(region.x, region.right) for strip in strips[region.y : region.bottom]]
    found: Counter[tuple[str, str]] = Counter()
    for strip in strips:
        for segment in strip:
            style, drawn = segment.style, sum(map(counts, segment.text))
            if style is None or style.color is None or style.bgcolor is None or not drawn:
                continue
            pair = (style.color.get_truecolor().hex, style.bgcolor.get_truecolor().hex)
            found[pair[::-1] if style.reverse else pair] += drawn
    return found


def faint(app: NetwatchApp) -> list[tuple[str, str]]:
    """Return the pairs of colours that text has and that cannot be told apart well enough."""
    return [pair for pair in cells(app, str.isalnum) if contrast(*pair) < LEAST_CONTRAST]


async def close(app: NetwatchApp, pilot: Pilot[int]) -> None:
    """Go back to a pane with nothing open in it, and to packets without marks."""
    for _ in range(3):
        await pilot.press("escape")
    if app._monitor._engine.annotations().marks:
        await pilot.press("m")
    await settle(app, pilot, lambda: app.screen is app._monitor)
    app._monitor.query_one(Notice).forget()


@pytest.mark.parametrize("scene", SCENES)
async def test_every_screen_in_two_themes(scene: str) -> None:
    """Each opens, and every text stands out from what is behind it."""
    make, screens = SCENES[scene]
    file = SettingsFile(Path("/home/you/.config/netwatch/config.toml"), {})
    engine = make() if make is not None else None
    async with monitor(SIZES["80x24"], engine=engine, live=CannedLive(), settings_file=file) as (app, pilot):
        for theme, (width, height) in product(THEMES, SIZES.values()):
            app.theme = theme
            await pilot.resize_terminal(width, height)
            await settle(app, pilot, lambda width=width: app.size.width == width)
            for name, (keys, there) in screens.items():
                await open_screen(app, pilot, name, keys, there)
                await settle(app, pilot, lambda: not faint(app))
                await close(app, pilot)


async def open_screen(app: NetwatchApp, pilot: Pilot[int], name: str, keys: tuple[str, ...], there: str) -> None:
    """Press the keys, each when the one before has had its effect."""
    table = app._monitor.query_one(PacketTable)
    table.go(10) if name == "follow" else table.go(table.last)
    await pilot.press(keys[0])
    await settle(app, pilot, lambda: app._monitor.pane_name != "alerts" or "scan.vertical" in text_of(app))
    await pilot.press(*keys[1:])
    await settle(app, pilot, lambda: there in text_of(app))
    for line in app.screen.query(Input):
        line.cursor_blink = False
