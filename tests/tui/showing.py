"""The way to a screen: keys as typed, each when what comes before it is seen, until all is still."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from textual.events import Key
from textual.keys import _character_to_key

from tests.prepared import PATIENCE
from tests.tui.screen import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.pilot import Pilot

    from netwatch.tui.app import NetwatchApp

STILL_ROUNDS = 6
"""Of 100 ms without a change after which a screen is done."""


class See(str):
    """Not a key: what must be on the screen before the next key is typed, or the picture is taken."""

    __slots__ = ()


async def open_screen(app: NetwatchApp, keys: Iterable[str]) -> None:
    """Type the keys, each when what comes before it is seen."""
    for key in keys:
        if isinstance(key, See):
            assert await becomes(lambda said=key: said in text_of(app)), text_of(app)
        else:
            typed(app, key)


def typed(app: NetwatchApp, key: str) -> None:
    """Have a key arrive; it acts when those before it have."""
    app.post_message(Key(_character_to_key(key) if len(key) == 1 else key, key if len(key) == 1 else None))


async def becomes(condition: Callable[[], bool]) -> bool:
    """Return whether something comes true: layouts and answers take rounds of the event loop, and a busy machine."""
    seconds, end = 0.005, time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            return False
        await asyncio.sleep(seconds)
        seconds = min(seconds * 1.5, 0.2)
    return True


async def still(app: NetwatchApp, pilot: Pilot[int]) -> None:
    """Wait until no widget has anything to do and the text of the screen has not changed for a while."""
    seen, rounds = text_of(app), 0
    while rounds < STILL_ROUNDS:
        await pilot.pause(0.1)
        before, seen = seen, text_of(app)
        rounds = rounds + 1 if before == seen else 0
