"""An app for tests: real engine, canned live capture, and its screen as plain text."""

from __future__ import annotations

import gc
import os
from contextlib import asynccontextmanager
from difflib import unified_diff
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import textual._wait
from textual._context import visible_screen_stack

from netwatch.errors import CaptureError, FilterError
from netwatch.snapshot import FilterVerdict, Interface
from netwatch.tui.app import NetwatchApp
from netwatch.tui.options import ScreenOptions
from tests.scenes import SceneSource, day, frames_of, scene_engine

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from textual.pilot import Pilot

    from netwatch.engine import Engine

FRAMES = Path(__file__).parent / "frames"
COLLECTED_EVERY = 16
"""Apps; what one leaves behind, some 50 MiB with its engine, is garbage that Python would look for after 50 of them."""
_numbers = count(1)


class CannedLive:
    """Stands where LiveCapture does: two interfaces, and a compiler that knows four filters."""

    own_session = "10.0.0.9:52144 > 10.0.0.5:22"
    opened: list[tuple[str, ...]]

    def __init__(self) -> None:
        """Remember what is opened."""
        self.opened = []
        self.asked = 0

    def interfaces(self) -> tuple[Interface, ...]:
        """Return the interfaces; eth0 gets 412 packets more each time."""
        self.asked += 1
        return (
            Interface(
                "eth0",
                "",
                ("10.0.0.17/24", "fe80::3e22:fbff:fe10:1112/64"),
                "3c:22:fb:10:11:12",
                up=True,
                speed_mbps=1000,
                packets=412 * self.asked,
                default_route=True,
            ),
            Interface("wlan0", "", (), "", wireless=True),
            Interface("lo", "", ("127.0.0.1/8",), "", up=True, loopback=True),
        )

    def verdict(self, text: str) -> FilterVerdict:
        """Judge like libpcap."""
        if "gateway" in text:
            return FilterVerdict(text, needs_lookup=True)
        return FilterVerdict(text, "" if text in ("", "arp", "icmp", "port 80") else "syntax error")

    def filter(self, text: str, *, include_own_session: bool) -> object:
        """Compile like libpcap."""
        if self.verdict(text).error:
            raise FilterError("syntax error")
        return (text, include_own_session)

    def open(self, names: tuple[str, ...], text: str, *, include_own_session: bool) -> SceneSource:
        """Open one of the interfaces."""
        self.opened.append(names)
        if names == ("wlan0",):
            raise CaptureError("wlan0 is no good")
        return SceneSource([frames_of(day(1))], name=names[0])


@asynccontextmanager
async def monitor(
    size: tuple[int, int] = (80, 24),
    *,
    engine: Engine | None = None,
    live: object | None = None,
    keep: bool = False,
    **options: Any,
) -> AsyncIterator[tuple[NetwatchApp, Pilot[int]]]:
    """Run the app on the scene; the engine is closed behind it unless it is to be kept."""
    if engine is None:
        engine, _ = scene_engine(live or CannedLive())
    options.setdefault("save_folder", Path(os.devnull).parent)
    handed = {name: options.pop(name) for name in ("drawn", "looker", "look") if name in options}
    app = NetwatchApp(engine, ScreenOptions(**options), **handed)
    try:
        with pytest.MonkeyPatch.context() as whole:
            # The pilot looks every 20 ms, twice a key, whether the app is idle
            whole.setattr(textual._wait, "SLEEP_GRANULARITY", 0.002)
            async with app.run_test(size=size) as pilot:
                await settle(app, pilot, lambda: "Proto" in text_of(app) or "netwatch needs" in text_of(app))
                yield app, pilot
                app.exit(app.return_value, app.return_code or 0)  # as by `q`: answers that come later are nobody's
    finally:
        if not keep:
            engine.close()
        if next(_numbers) % COLLECTED_EVERY == 0:
            gc.collect()


def text_of(app: NetwatchApp) -> str:
    """Return what is on the screen, without colours and trailing blanks."""
    visible_screen_stack.set(app._background_screens)  # what a dialog shows behind itself, as Textual does it
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


async def settle(app: NetwatchApp, pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Wait until `condition()` holds while the app goes on."""
    for _ in range(4000):
        if condition():
            break
        await pilot.pause(0.01)
    else:
        raise AssertionError(text_of(app))
    await pilot.pause()


async def check_frame(app: NetwatchApp, pilot: Pilot[int], name: str) -> None:
    """Compare the screen with tests/tui/frames/NAME.txt; NETWATCH_UPDATE_FRAMES=1 writes it instead.

    Layouts and answers may take a few rounds of the event loop, so the screen has a minute to become what it should.
    """
    path = FRAMES / f"{name}.txt"
    if os.environ.get("NETWATCH_UPDATE_FRAMES"):
        await pilot.pause(0.5)
        FRAMES.mkdir(exist_ok=True)
        path.write_text(text_of(app) + "\n")
    expected = path.read_text()
    for _ in range(4000):
        if text_of(app) + "\n" == expected:
            return
        await pilot.pause(0.01)
    found = text_of(app) + "\n"
    raise AssertionError("\n".join(unified_diff(expected.splitlines(), found.splitlines(), "expected", "found", n=0)))
