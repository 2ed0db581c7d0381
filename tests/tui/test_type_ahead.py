"""Keys that come in one piece, as over a link that stalls: each acts where it was meant to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.events import Key

from netwatch.tui.widgets.filter_prompt import FilterPrompt
from tests.tui.screen import CannedLive, monitor, settle, text_of

if TYPE_CHECKING:
    from netwatch.tui.app import NetwatchApp

NAMES = {"\r": "enter", " ": "space", "/": "slash", "\b": "backspace"}


def arrive(app: NetwatchApp, keys: str) -> None:
    """Have all keys arrive before the first of them is looked at."""
    for key in keys:
        app.post_message(Key(NAMES.get(key, key), key if key.isprintable() else None))


async def test_a_prompt_its_text_and_what_comes_behind_it() -> None:
    """The filter is typed into its prompt, applied as typed, and the key behind it acts on the pane."""
    async with monitor(live=CannedLive()) as (app, pilot):
        arrive(app, "farp\rc")
        await settle(app, pilot, lambda: "[f: arp]" in text_of(app))
        await settle(app, pilot, lambda: "TTL" in text_of(app))
        assert not app._monitor.query_one(FilterPrompt).is_open


async def test_a_text_that_is_refused() -> None:
    """What was typed behind it is typed into it."""
    async with monitor(live=CannedLive()) as (app, pilot):
        arrive(app, "fbogus\r\b\b")
        await settle(app, pilot, lambda: "syntax error" in text_of(app))
        await settle(app, pilot, lambda: app._monitor.query_one("#filter-text").value == "bog")
        arrive(app, "\b\b\barp\rc")
        await settle(app, pilot, lambda: "[f: arp]" in text_of(app) and "TTL" in text_of(app))


async def test_one_prompt_behind_another() -> None:
    """Each gets its own text."""
    async with monitor(live=CannedLive()) as (app, pilot):
        arrive(app, "/dns\rfarp\r")
        await settle(app, pilot, lambda: "[f: arp]" in text_of(app))
        await settle(app, pilot, lambda: getattr(app._monitor._snapshot.view, "text", "") == "dns")


async def test_a_pane_and_its_keys() -> None:
    """A key behind the one that opens a pane is that pane's."""
    async with monitor() as (app, pilot):
        arrive(app, "3r")
        await settle(app, pilot, lambda: "rising" in text_of(app))
