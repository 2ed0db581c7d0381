"""Every screen at three sizes in two themes, some in a large terminal too: it looks as recorded, and can be read.

NETWATCH_UPDATE_FRAMES=1 writes tests/tui/record/, whose differences are to be looked at.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.screen import ModalScreen
from textual.widgets import Input

from netwatch.config.settings_file import SettingsFile
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.packets import PacketTable
from tests.tui.painting import Painting, differences, painted, read, write
from tests.tui.record_scenes import CAPTURES, SIZES, THEMES, Scene
from tests.tui.screen import monitor, settle
from tests.tui.showing import open_screen
from tests.tui.test_theme import LEAST_CONTRAST, contrast

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from netwatch.tui.app import NetwatchApp

RECORD = Path(__file__).parent / "record"
WRITES = bool(os.environ.get("NETWATCH_UPDATE_FRAMES"))
SECONDS, SECONDS_AFTER = 60, 3
"""For which a screen that is not as recorded may go on changing: the first one of a walk, and others after it."""
STILL_ROUNDS = 5
SWITCH_SIZE = (120, 36)
"""Where the theme is changed while screens are open."""


@pytest.fixture(autouse=True)
def _steady(utc: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Show the same time of day everywhere, replace addresses by the same others, and never count seconds."""
    del utc
    monkeypatch.setattr("netwatch.redact.redactor.secrets.token_bytes", bytes)
    monkeypatch.setattr("netwatch.tui.quiet.PATIENCE", float("inf"))
    if WRITES:
        monkeypatch.setattr("tests.tui.showing.PATIENCE", 10)


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


class Walk:
    """Goes through the screens of one app and compares each with the record, or writes it."""

    def __init__(self, app: NetwatchApp, pilot: Pilot[int]) -> None:
        """Begin where nothing is open."""
        self._app = app
        self._pilot = pilot
        self.wrong: list[str] = []
        self.seen: dict[Path, dict[str, Painting]] = {}

    async def visit(self, name: str, scene: Scene, size: tuple[int, int], theme: str) -> None:
        """Open a screen in a theme, look at it, and go back."""
        await self._resize(size)
        path = RECORD / f"{name}.{size[0]}x{size[1]}.txt"
        expected = read(path, size[1]).get(theme) if path.exists() and not WRITES else None
        self._app.theme = theme
        self._app._monitor.query_one(PacketTable).action_last()
        await open_screen(self._app, scene.steps)
        found = self.seen.setdefault(path, {})[theme] = await self._look(expected)
        if not WRITES and found != expected:
            said = differences(expected, found) if expected is not None else "not recorded"
            self.wrong.append(f"{path.name} in {theme}:\n{said}")
        elif weak := faint(self._app):
            self.wrong.append(f"{path.name} in {theme}: faint text: {weak}")
        await self.close()

    async def switch(self, name: str, scene: Scene, size: tuple[int, int]) -> None:
        """Open a screen in one theme and change to the other before its eyes: nothing of the first is left."""
        await self._resize(size)
        recorded = read(RECORD / f"{name}.{size[0]}x{size[1]}.txt", size[1])
        before, after = THEMES
        self._app.theme = before
        self._app._monitor.query_one(PacketTable).action_last()
        await open_screen(self._app, scene.steps)
        await self._look(recorded[before])
        self._app.theme = after
        if (found := await self._look(recorded[after])) != recorded[after]:
            self.wrong.append(f"{name} from {before} to {after}:\n{differences(recorded[after], found)}")
        await self.close()

    async def _resize(self, size: tuple[int, int]) -> None:
        if (*self._app.size,) != size:
            await self._pilot.resize_terminal(*size)
            await settle(self._app, self._pilot, lambda: (*self._app.screen.size,) == size)

    async def _look(self, expected: Painting | None) -> Painting:
        """Return the screen as soon as it is as expected, else when it has not changed for a while."""
        seen, since, rounds = painted(self._app), time.monotonic(), 0
        patience = SECONDS_AFTER if self.wrong else SECONDS
        while seen != expected and (rounds < STILL_ROUNDS or (expected and time.monotonic() - since < patience)):
            for line in self._app.screen.query(Input):
                line.cursor_blink = False
            await self._pilot.pause(0.1 if expected is None else 0.01)
            before, seen = seen, painted(self._app)
            rounds = rounds + 1 if before == seen else 0
            since = since if before == seen else time.monotonic()
        return seen

    async def close(self) -> None:
        """Go back to panes as they were first seen, with nothing open and nothing marked."""
        app, screen = self._app, self._app._monitor
        while app.screen is not screen and app.size.width >= SIZES[0][0]:
            gone = app.screen
            gone.dismiss()
            await settle(app, self._pilot, lambda gone=gone: app.screen is not gone)
        screen.close_prompt()
        screen.unzoom()
        if screen._split:
            await screen.action_split()
        if screen._pausing.paused:
            screen.action_pause()
        if screen._redacting.on:
            screen.action_redact()
        if screen._engine.annotations().marks:
            screen._packets.action_mark()
        for pane in screen._panes.values():
            while pane.back():
                await self._pilot.pause()
            if hasattr(pane, "list"):
                pane.list.go(0)
                if pane._view is not pane._views[0]:
                    while pane._view is not pane._views[0]:
                        pane.action_group()
            elif hasattr(pane, "_draw_lines") and "traffic" in pane._draw_lines.__name__:
                pane.action_group()
        screen.query_one(Notice).forget()
        await settle(app, self._pilot, lambda: not screen._engine.annotations().marks)


@pytest.mark.parametrize("capture", CAPTURES)
async def test_every_screen_is_as_recorded(capture: str) -> None:
    """Each opens, looks as recorded, and every text stands out from what is behind it."""
    make, scenes = CAPTURES[capture]
    file = SettingsFile(Path("/home/you/.config/netwatch/config.toml"), {})
    wanted = os.environ.get("NETWATCH_SCENE", "")
    sizes = sorted({size for scene in scenes.values() for size in scene.sizes}, reverse=True)
    async with monitor(SIZES[0], engine=make(), settings_file=file) as (app, pilot):
        walk = Walk(app, pilot)
        for size, theme, (name, scene) in product(sizes, THEMES, scenes.items()):
            if scene.at(size, theme) and wanted in name:
                try:
                    await walk.visit(name, scene, size, theme)
                except AssertionError as error:
                    walk.wrong.append(f"{name} at {size} in {theme}: not reached: {error}")
                    await walk.close()
    if WRITES:
        for path, found in walk.seen.items():
            write(path, found)
    assert not walk.wrong, "\n\n".join(walk.wrong)


@pytest.mark.skipif(WRITES, reason="the record is being written")
@pytest.mark.parametrize("capture", CAPTURES)
async def test_every_screen_follows_the_theme(capture: str) -> None:
    """Also while it is open and nothing arrives that would have it drawn anew."""
    make, scenes = CAPTURES[capture]
    file = SettingsFile(Path("/home/you/.config/netwatch/config.toml"), {})
    wanted = os.environ.get("NETWATCH_SCENE", "")
    async with monitor(SWITCH_SIZE, engine=make(), settings_file=file) as (app, pilot):
        walk = Walk(app, pilot)
        for name, scene in scenes.items():
            if SWITCH_SIZE in scene.sizes and scene.themes == THEMES and wanted in name:
                await walk.switch(name, scene, SWITCH_SIZE)
    assert not walk.wrong, "\n\n".join(walk.wrong)


def test_every_record_is_of_a_screen() -> None:
    """None is left of one that is gone."""
    wanted = {
        f"{name}.{width}x{height}.txt"
        for _, scenes in CAPTURES.values()
        for name, scene in scenes.items()
        for width, height in scene.sizes
    }
    assert {path.name for path in RECORD.iterdir()} == wanted
