"""The monitor screen: every key does what the help says, at 80x24 and at 160x45."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from netwatch.snapshot import Recording
from netwatch.tui.screens.help import HelpScreen
from netwatch.tui.screens.picker import InterfacePicker
from netwatch.tui.screens.quit import QuitScreen
from netwatch.tui.screens.themes import ThemeChooser
from netwatch.tui.screens.too_small import TooSmallScreen
from netwatch.tui.widgets.detail import PacketDetail
from netwatch.tui.widgets.filter_prompt import FilterPrompt
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.packets import PacketTable
from tests.scenes import SceneSource, day, frames_of, running_engine, wait_for
from tests.tui.screen import CannedLive, check_frame, monitor, settle, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from netwatch.tui.app import NetwatchApp

SIZES = {"80x24": (80, 24), "160x45": (160, 45)}


@pytest.fixture(params=SIZES)
def size(request: pytest.FixtureRequest) -> str:
    """Return the name of a terminal size."""
    return request.param


def table_of(app: NetwatchApp) -> PacketTable:
    """Return the packet table."""
    return app._monitor.query_one(PacketTable)


async def test_packets(size: str) -> None:
    """The tail is followed and every column can be read."""
    async with monitor(SIZES[size]) as (app, pilot):
        await check_frame(app, pilot, f"packets-{size}")
        assert table_of(app).following


async def test_moving_leaves_and_finds_the_tail() -> None:
    """Up stops following, End follows again."""
    async with monitor() as (app, pilot):
        table = table_of(app)
        last = table.last
        await pilot.press("k")
        assert not table.following
        assert table.cursor == last - 1
        await pilot.press("g")
        assert table.cursor == table.first == 1
        await pilot.press("j", "j", "ctrl+d")
        assert table.cursor == 3 + table.page_rows // 2
        await pilot.press("pagedown", "pageup", "ctrl+u", "home", "down")
        assert table.cursor == 2
        await pilot.press("G")
        assert table.following
        assert table.cursor == last


async def test_mouse() -> None:
    """A click selects, the wheel moves, the scrollbar jumps."""
    async with monitor() as (app, pilot):
        table = table_of(app)
        await pilot.click(PacketTable, offset=(20, 3))
        assert table.cursor == table.top + 2
        top, cursor = table.top, table.cursor
        await pilot._post_mouse_events(
            [__import__("textual.events", fromlist=["x"]).MouseScrollUp], PacketTable, (10, 5)
        )
        assert (table.top, table.cursor) == (top - 3, cursor)
        await pilot.click(PacketTable, offset=(79, 1))
        assert table.cursor == table.first


async def test_detail(size: str) -> None:
    """Enter opens the packet, Escape closes it."""
    async with monitor(SIZES[size]) as (app, pilot):
        await pilot.press("g", "j", "j", "j", "enter")
        detail = app._monitor.query_one(PacketDetail)
        await settle(app, pilot, lambda: "DNS" in text_of(app) and "#4" in text_of(app))
        await check_frame(app, pilot, f"detail-{size}")
        await pilot.press("tab", "j", "h", "l")
        await pilot.press("escape")
        assert not detail.is_open
        assert app.focused is table_of(app)


async def test_filter_prompt(size: str) -> None:
    """Examples, libpcap's verdict, an error that changes nothing, a filter that is applied."""
    live = CannedLive()
    async with monitor(SIZES[size], live=live) as (app, pilot):
        await pilot.press("f")
        await check_frame(app, pilot, f"filter-{size}")
        await pilot.press(*"bogus", "enter")
        await settle(app, pilot, lambda: "syntax error" in text_of(app))
        assert app._monitor.query_one(FilterPrompt).is_open
        await pilot.press(*["backspace"] * 5, *"arp")
        await settle(app, pilot, lambda: " ok" in text_of(app))
        await pilot.press("enter")
        prompt = app._monitor.query_one(FilterPrompt)  # the filter may be seen before the prompt has its answer
        await settle(app, pilot, lambda: "[f: arp]" in text_of(app) and not prompt.is_open)
        await pilot.press("f", "up")
        assert app._monitor.query_one("#filter-text").value == "arp"
        await pilot.press("escape")
        assert "[f: arp]" in text_of(app)


async def test_a_host_name_is_asked_for_twice() -> None:
    """The resolver is asked only after a second Enter."""
    async with monitor() as (app, pilot):
        await pilot.press("f", *"host gateway", "enter")
        await settle(app, pilot, lambda: "Enter again asks the resolver" in text_of(app))
        await pilot.press("enter")
        await settle(app, pilot, lambda: "[f: host gateway]" in text_of(app))


async def test_picker(size: str) -> None:
    """The interfaces with the default marked; typing narrows, Enter opens, an error is said."""
    live = CannedLive()
    async with monitor(SIZES[size], live=live) as (app, pilot):
        await pilot.press("i")
        await settle(app, pilot, lambda: "wlan0" in text_of(app))
        assert isinstance(app.screen, InterfacePicker)
        await check_frame(app, pilot, f"picker-{size}")
        app.screen._refresh()
        await settle(app, pilot, lambda: "412 pkt/s" in text_of(app))
        await pilot.press(*"lo", "enter")
        await settle(app, pilot, lambda: " lo LIVE" in text_of(app))
        assert live.opened == [("lo",)]
        await pilot.press("i", *"wlan", "enter")
        await settle(app, pilot, lambda: "wlan0 is no good" in text_of(app))
        await pilot.press("i", "escape")
        assert not isinstance(app.screen, InterfacePicker)


async def test_help(size: str) -> None:
    """The key that opens help closes it."""
    async with monitor(SIZES[size]) as (app, pilot):
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await check_frame(app, pilot, f"help-{size}")
        await pilot.press("question_mark")
        assert not isinstance(app.screen, HelpScreen)


async def test_pause_keeps_the_view_while_capture_goes_on(size: str) -> None:
    """Space freezes the table; what arrives meanwhile is counted."""
    packets = day()
    source = SceneSource([frames_of(packets)])
    engine = running_engine(source, len(packets), CannedLive())
    async with monitor(SIZES[size], engine=engine) as (app, pilot):
        last = table_of(app).last
        await pilot.press("space")
        source.blocks.append(frames_of(day(1), first_ns=1_767_225_602_000_000_000))
        source.wake()
        await settle(app, pilot, lambda: "PAUSED +14" in text_of(app))
        assert table_of(app).last == last
        await check_frame(app, pilot, f"paused-{size}")
        await pilot.press("space")
        await settle(app, pilot, lambda: table_of(app).last == last + 14)


async def test_snapshot(tmp_path: Path) -> None:
    """s saves the buffer, says where and how many, and never takes a name twice."""
    async with monitor(save_folder=tmp_path) as (app, pilot):
        await pilot.press("s")
        await settle(app, pilot, lambda: "saved 112 packets" in text_of(app))
        await pilot.press("s")
        await settle(app, pilot, lambda: len(list(tmp_path.glob("capture_*"))) == 2)
    for path in tmp_path.iterdir():
        assert _packets_in(path) == 112
        assert path.stat().st_mode & 0o777 == 0o600


def _packets_in(path: Path) -> int:
    source = FileSource([str(path)])
    packets = 0
    with contextlib.suppress(EOFError):
        while True:
            packets += len(source.read(1) or ())
    return packets


async def test_stop_and_start_again() -> None:
    """Ctrl+E ends the capture and begins it again on the same interface."""
    live = CannedLive()
    async with monitor(live=live) as (app, pilot):
        await pilot.press("ctrl+e")
        await settle(app, pilot, lambda: "STOPPED" in text_of(app))
        await pilot.press("ctrl+e")
        await settle(app, pilot, lambda: "LIVE" in text_of(app) and "126 pkts" in text_of(app))
        assert live.opened == [("eth0",)]


async def test_own_session_is_hidden_and_shown() -> None:
    """O toggles, and the chip says so."""
    async with monitor() as (app, pilot):
        await pilot.press("O")
        await settle(app, pilot, lambda: "[own session hidden: O]" in text_of(app))
        await pilot.press("O")
        await settle(app, pilot, lambda: "[own session hidden: O]" not in text_of(app))


async def test_columns_time_and_theme() -> None:
    """c, T and t change how things look."""
    async with monitor() as (app, pilot):
        assert "TTL" not in text_of(app)
        await pilot.press("c")
        assert "TTL" in text_of(app)
        before = text_of(app)
        await pilot.press("T")
        assert text_of(app) != before
        theme = app.theme
        await pilot.press("t", "t")
        assert app.theme != theme


async def test_quit_asks_only_while_recording() -> None:
    """Nothing is lost silently, and nobody is asked without need."""
    async with monitor() as (app, pilot):
        app._monitor._snapshot = __import__("dataclasses").replace(
            app._monitor._snapshot, recording=Recording("/tmp/x.pcap", 5, 500)
        )
        app._monitor.action_quit()
        await pilot.pause()
        assert isinstance(app.screen, QuitScreen)
        await pilot.press("n")
        assert not isinstance(app.screen, QuitScreen)
    async with monitor() as (app, pilot):
        await pilot.press("q")
        assert app.return_value == 0


async def test_a_terminal_that_is_too_small() -> None:
    """20x5 says what is needed; a larger one brings everything back."""
    async with monitor((20, 5)) as (app, pilot):
        await settle(app, pilot, lambda: "80x24" in text_of(app))
        assert isinstance(app.screen, TooSmallScreen)
        assert "20x5" in text_of(app)
        await pilot.resize_terminal(80, 24)
        await settle(app, pilot, lambda: "A? www" in text_of(app))
        assert not isinstance(app.screen, TooSmallScreen)


async def test_a_wrong_theme_is_said() -> None:
    """An unknown theme falls back and says what there is."""
    async with monitor(theme="no-such") as (app, _pilot):
        assert "no theme no-such" in app._monitor.query_one(Notice).text
        assert app.theme == "netwatch-dark"


async def test_an_evicted_cursor_moves_to_what_is_left() -> None:
    """Rows may leave under the cursor."""
    async with monitor() as (app, pilot):
        table = table_of(app)
        await pilot.press("g")
        table.set_range(50, 112)
        await pilot.pause()
        assert table.cursor == table.top == 50


async def test_a_million_rows_are_drawn_like_ten() -> None:
    """Only visible rows are asked for."""
    async with monitor() as (app, _pilot):
        table = table_of(app)
        asked: list[int] = []
        rows = app._monitor._engine.rows
        app._monitor._engine.rows = lambda first, count: asked.append(count) or rows(first, count)
        table.following = True
        table.set_range(1, 1_000_000)
        table.render_lines(table.size.region)
        assert sum(asked) <= table.page_rows


def test_wait_for_gives_up() -> None:
    """The tests' own waiting ends."""
    with pytest.raises(AssertionError):
        wait_for(lambda: False, 0.01)


async def test_a_dialog_over_a_terminal_that_is_too_small() -> None:
    """When the terminal grew meanwhile, the notice below is gone once the dialog is."""
    async with monitor((20, 5)) as (app, pilot):
        await settle(app, pilot, lambda: "80x24" in text_of(app))
        app.push_screen(ThemeChooser(sorted(app.available_themes), app.theme))
        chooser = app.screen
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert app.screen is chooser
        chooser.dismiss(None)
        await settle(app, pilot, lambda: app.screen is app._monitor)
