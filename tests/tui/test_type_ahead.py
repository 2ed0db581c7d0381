"""Keys that come in one piece, as over a link that stalls: each acts where it was meant to."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from textual.command import CommandPalette
from textual.events import Key

from netwatch.snapshot import FilterVerdict
from netwatch.tui.panes.choice import PANES, PaneChoice
from netwatch.tui.panes.page_requests import PageRequests
from netwatch.tui.type_ahead import TypeAhead
from netwatch.tui.widgets.filter_prompt import FilterPrompt
from tests.tui.screen import CannedLive, monitor, settle, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from netwatch.tui.app import NetwatchApp

NAMES = {
    "\r": "enter",
    " ": "space",
    "/": "slash",
    "\b": "backspace",
    "\x1b": "escape",
    "?": "question_mark",
    ":": "colon",
}


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


async def test_a_dialog_its_text_and_what_comes_behind_it() -> None:
    """What is typed into a dialog that is not drawn yet is its own, and what is typed behind its end the pane's."""
    async with monitor((120, 30)) as (app, pilot):
        await settle(app, pilot, lambda: app._monitor.pane.table.number > 0)
        number = app._monitor.pane.table.number
        arrive(app, "Cseen twice\rc")
        await settle(app, pilot, lambda: app._monitor._engine.annotations().comments.get(number) == "seen twice")
        await settle(app, pilot, lambda: "TTL" in text_of(app))


async def test_a_search_in_the_help_that_is_left_again() -> None:
    """Esc ends the search, Esc the help, and the pane's own keys follow."""
    async with monitor((120, 30)) as (app, pilot):
        arrive(app, "?/split\x1b\x1b3r")
        await settle(app, pilot, lambda: app._monitor.pane_name == "flows" and "rising" in text_of(app))
        assert len(app.screen_stack) == 1
        arrive(app, "i\x1b4b2g")
        await settle(app, pilot, lambda: app._monitor.pane_name == "packets")
        assert len(app.screen_stack) == 1


async def test_a_line_of_text_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys behind it wait a moment, not for ever."""
    monkeypatch.setattr(TypeAhead, "_pass", lambda *_: None)
    async with monitor((120, 30)) as (app, pilot):
        await pilot.press("3", "ampersand")
        arrive(app, "a\x1b2")
        await settle(app, pilot, lambda: app._monitor.pane_name == "packets")


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.id)
async def test_an_export_behind_the_key_of_a_pane(pane: PaneChoice, tmp_path: Path) -> None:
    """It is of that pane, though nothing of it was drawn yet."""
    async with monitor((120, 30), save_folder=tmp_path) as (app, pilot):
        arrive(app, f"{pane.key}e")
        await settle(app, pilot, lambda: list(tmp_path.glob("*.csv")))
        assert [path.name.split("_")[0] for path in tmp_path.glob("*.csv")] == [pane.id]


async def test_what_closes_a_dialog_twice() -> None:
    """Only that dialog is closed, whether by keys, by clicks, or by both."""
    async with monitor((120, 30)) as (app, pilot):
        await pilot.press("t")
        chooser = app.screen
        chooser.dismiss("nord")
        chooser.dismiss("dracula")
        await pilot.pause()
        assert app.screen is app._monitor
        await pilot.press("ctrl+p")
        await settle(app, pilot, lambda: isinstance(app.screen, CommandPalette) and app.screen.is_mounted)
        palette = app.screen
        palette.dismiss()
        palette.dismiss()
        await pilot.pause()
        assert app.screen is app._monitor


async def test_what_is_typed_behind_the_end() -> None:
    """It reaches nothing: the screens are being taken down."""
    async with monitor((120, 30)) as (app, pilot):
        arrive(app, ":q\r3e/tcp\r")
        await settle(app, pilot, lambda: app.leaving)
        assert app._monitor.pane_name == "packets"
    assert app.return_code == 0


async def test_one_prompt_takes_the_place_of_another() -> None:
    """Where one is opened by a click while another is typed in; what is typed then is the new one's."""
    async with monitor((120, 30), live=CannedLive()) as (app, pilot):
        arrive(app, ":w")
        await settle(app, pilot, lambda: app._monitor.is_asking)
        await app.run_action("filter", app._monitor)
        arrive(app, "arp\r")
        await settle(app, pilot, lambda: "[f: arp]" in text_of(app))
        assert not app._monitor.is_asking
        arrive(app, "c")
        await settle(app, pilot, lambda: "TTL" in text_of(app))


async def test_a_click_elsewhere_while_a_text_is_judged() -> None:
    """Keys that wait for the verdict act where the focus is now, and are not held for ever."""
    live = CannedLive()
    judging, go_on = threading.Event(), threading.Event()

    def slow(text: str) -> FilterVerdict:
        judging.set()
        assert go_on.wait(60)
        return FilterVerdict(text)

    async with monitor((120, 30), live=live) as (app, pilot):
        arrive(app, "farp")
        await settle(app, pilot, lambda: app._monitor.is_asking and "ok" in text_of(app))
        live.verdict = slow
        arrive(app, "\r")
        await settle(app, pilot, judging.is_set)
        arrive(app, "2")
        await pilot.pause()
        app._monitor.set_focus(app._monitor.pane.table)
        arrive(app, "3")
        await settle(app, pilot, lambda: app._monitor.pane_name == "flows")
        go_on.set()


async def test_keys_behind_a_pane_whose_rows_are_still_to_come() -> None:
    """They move among the rows and open one, though none was there when they were typed."""
    async with monitor((120, 30)) as (app, pilot):
        arrive(app, "3jj")
        await settle(app, pilot, lambda: "flows" in app._monitor._panes and app._monitor.pane.list.cursor == 2)
        arrive(app, "7\r")
        await settle(app, pilot, lambda: "[only" in text_of(app))
        assert app._monitor.pane_name == "packets"


async def test_keys_behind_the_one_that_asks_for_the_packets_of_a_row(tmp_path: Path) -> None:
    """What is saved is what was narrowed to, not everything; what moves then, moves among those packets."""
    async with monitor((120, 30), save_folder=tmp_path) as (app, pilot):
        arrive(app, "4\rs")
        await settle(app, pilot, lambda: "saved 2 packets" in text_of(app))
        arrive(app, "\x1b4\rj\r")
        await settle(app, pilot, lambda: app._monitor._packets.is_open)
        table = app._monitor._packets.table
        assert table.cursor == table.last == 1


async def test_a_table_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of its rows wait a moment, those that lead elsewhere not at all."""
    monkeypatch.setattr(PageRequests, "ask", lambda *_, **__: None)
    async with monitor((120, 30)) as (app, pilot):
        arrive(app, "3j")
        await settle(app, pilot, lambda: "flows" in app._monitor._panes and app._ahead._held)
        await settle(app, pilot, lambda: not app._ahead._held)
        arrive(app, "4")
        await settle(app, pilot, lambda: app._monitor.pane_name == "handshakes")
