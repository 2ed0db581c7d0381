"""Keys and clicks in any order and faster than screens are made: the monitor neither breaks nor stops to answer."""

from __future__ import annotations

import asyncio
import gc
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from textual.events import Key, MouseDown, MouseUp

from netwatch.tui.commands import COMMANDS
from tests.tui.screen import monitor, settle

if TYPE_CHECKING:
    from netwatch.tui.app import NetwatchApp

LEFT_OUT: Final = {"console", "quit", "suspend"}
"""Commands that give the terminal to others, or end it all."""
MOVES: Final = ("enter", "escape", "tab", "space", "backspace", "up", "down", "left", "right")
TEXT: Final = "tcp.,:/&0189 ()=w"
KEYS: Final = tuple(
    dict.fromkeys(
        [key for command in COMMANDS if command.id not in LEFT_OUT for key in command.key.split(",")]
        + [*MOVES] * 3
        + list(TEXT)
    )
)
CLICKS: Final = 32
"""Bytes from the largest down that are clicks."""
SIZE: Final = (120, 30)
MOST_LAYERS: Final = 8
"""Dialogs, prompts, searches and zooms that can lie above each other."""


def keys(data: bytes) -> None:
    """Press what the bytes stand for; then Esc brings back the packets, which `2` shows."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_press(data, Path(folder)))
    gc.unfreeze()  # a monitor freezes all that it consists of, as the only one of its process
    gc.collect()


def seeds() -> list[bytes]:
    """Return orders of all keys in which each comes behind another."""
    count = len(KEYS)
    return [bytes(range(count)), bytes(number * 7 % count for number in range(count)), bytes(range(255, 200, -1))]


async def _press(data: bytes, folder: Path) -> None:
    async with monitor(SIZE, save_folder=folder) as (app, pilot):
        for at, byte in enumerate(data):
            if byte > 255 - CLICKS:
                x, y = byte * 7 % SIZE[0], byte * 11 % SIZE[1]
                for kind in (MouseDown, MouseUp):
                    app.post_message(kind(None, x, y, 0, 0, 1, False, False, False, x, y))
            else:
                key = KEYS[byte % len(KEYS)]
                app.post_message(Key(key, key if len(key) == 1 else None))
            if at % 8 == byte % 8:
                await pilot.pause()
        for _ in range(MOST_LAYERS):
            if app.leaving:
                return
            app.post_message(Key("escape", None))
            await pilot.pause()
        app.post_message(Key("2", "2"))
        # A `q` that waited behind a pane which was just being made may be done only now
        await settle(app, pilot, lambda: app.leaving or _shows_packets(app))


def _shows_packets(app: NetwatchApp) -> bool:
    return app.screen is app._monitor and app._monitor.pane_name == "packets"
