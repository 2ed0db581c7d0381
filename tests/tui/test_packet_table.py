"""The packet table over an engine that is driven by hand: millions of rows, eviction, the tail, mouse and scrollbar."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events

from netwatch.snapshot import CaptureState, History
from netwatch.tui.widgets.packets import PacketTable
from tests.build import FakeEngine, snapshot
from tests.tui.screen import monitor, text_of

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from netwatch.tui.app import NetwatchApp


def table_of(app: NetwatchApp) -> PacketTable:
    """Return the packet table."""
    return app._monitor.query_one(PacketTable)


def numbers(app: NetwatchApp) -> list[int]:
    """Return the packet numbers that can be read."""
    lines = text_of(app).splitlines()[4:-1]
    return [int(line[2:].split()[0]) for line in lines if line[2:].strip()]


async def arrive(app: NetwatchApp, pilot: Pilot[int], engine: FakeEngine, first: int, last: int) -> None:
    """Let the buffer hold packets `first` to `last` and the screen see that."""
    engine.newest = snapshot(first, last)
    app._monitor.tick()
    await pilot.pause()


async def wheel(pilot: Pilot[int], kind: type[events.MouseEvent], times: int = 1) -> None:
    """Turn the wheel over the table."""
    for _ in range(times):
        await pilot._post_mouse_events([kind], PacketTable, (10, 5))


async def test_ten_million_rows_are_drawn_like_ten() -> None:
    """Only what can be seen is asked for, at the end, in the middle and at the beginning; numbers are whole."""
    engine = FakeEngine(snapshot(1, 12_345_678))
    async with monitor(engine=engine) as (app, pilot):
        table = table_of(app)
        assert numbers(app) == list(range(12_345_678 - table.page_rows + 1, 12_345_679))
        await pilot.press("g")
        assert numbers(app)[0] == 1
        await pilot.click(PacketTable, offset=(79, 11))
        assert 0.4 < table.cursor / table.last < 0.6
        assert max(count for _, count in engine.asked_rows) <= table.page_rows
        assert len(engine.asked_rows) < 20


async def test_rows_stay_while_packets_arrive_and_leave() -> None:
    """Without the tail the same packets stay under the eye, until the buffer loses them."""
    engine = FakeEngine(snapshot(1, 1000))
    async with monitor(engine=engine) as (app, pilot):
        await pilot.press("g", *["j"] * 30)
        before, cursor = numbers(app), table_of(app).cursor
        await arrive(app, pilot, engine, 5, 5000)
        assert (numbers(app), table_of(app).cursor) == (before, cursor)
        assert "+4.00k new" in text_of(app)
        await arrive(app, pilot, engine, 3000, 8000)
        assert numbers(app)[0] == table_of(app).cursor == 3000
        await pilot.press("G")
        await arrive(app, pilot, engine, 6000, 9000)
        assert numbers(app)[-1] == table_of(app).cursor == 9000
        assert "FOLLOW" in text_of(app)


async def test_a_paused_view_survives_a_theme_change_and_a_new_size() -> None:
    """What is frozen stays frozen, whatever is drawn anew."""
    engine = FakeEngine(snapshot(1, 100))
    async with monitor(engine=engine) as (app, pilot):
        await pilot.press("space")
        assert engine.held
        await arrive(app, pilot, engine, 1, 300)
        await pilot.press("t", "t", "enter", "ctrl+l")
        await pilot.resize_terminal(120, 30)
        await pilot.pause()
        assert numbers(app)[-1] == 100
        assert "PAUSED +200" in text_of(app)
        await pilot.press("space")
        assert not engine.held
        assert numbers(app)[-1] == 300


async def test_another_capture_begins_anew() -> None:
    """A paused view, a place in the list and an open packet belong to the capture before."""
    engine = FakeEngine(snapshot(1, 500))
    async with monitor(engine=engine) as (app, pilot):
        await pilot.press("g", "enter", "tab", "space")
        engine.newest = snapshot(1, 7, capture_id=2)
        app._monitor.tick()
        await pilot.pause()
        assert numbers(app) == list(range(1, 8))
        assert app.focused is table_of(app)
        assert "FOLLOW" in text_of(app)


async def test_a_file_is_read_from_its_beginning() -> None:
    """The tail of a file is not what one wants to see first."""
    newest = snapshot(1, 500, live=False, state=CaptureState.LOADING, progress=0.42, source="a.pcap")
    async with monitor(engine=FakeEngine(newest)) as (app, _pilot):
        assert numbers(app)[0] == 1
        assert "LOADING 42%" in text_of(app)
        assert "FOLLOW" not in text_of(app)


async def test_the_wheel_scrolls_and_the_cursor_stays_in_sight() -> None:
    """Three rows a notch; upwards the tail is left, though everything may still be in sight."""
    async with monitor(engine=FakeEngine(snapshot(1, 100))) as (app, pilot):
        table = table_of(app)
        await wheel(pilot, events.MouseScrollUp, 20)
        assert table.top == 100 - table.page_rows + 1 - 60
        assert table.cursor == table.top + table.page_rows - 1
        assert not table.following
        await wheel(pilot, events.MouseScrollDown, 60)
        assert numbers(app)[-1] == 100
        assert not table.following
    async with monitor(engine=FakeEngine(snapshot(1, 3))) as (app, pilot):
        await wheel(pilot, events.MouseScrollUp)
        assert "+0 new" in text_of(app)


async def test_the_scrollbar_can_be_dragged() -> None:
    """From the end to the beginning and over it."""
    async with monitor(engine=FakeEngine(snapshot(1, 10_000))) as (app, pilot):
        table = table_of(app)
        await pilot.mouse_down(PacketTable, offset=(79, table.size.height - 1))
        assert app.mouse_captured is table
        await pilot.hover(PacketTable, offset=(79, 10))
        assert 4000 < table.cursor < 6000
        await pilot.hover(PacketTable, offset=(5, 0))
        assert table.cursor == 1
        await pilot.mouse_up(PacketTable, offset=(5, 0))
        assert app.mouse_captured is None


async def test_the_info_scrolls_sideways_and_not_for_ever() -> None:
    """`l` shows more, `h` goes back, the title says so."""
    async with monitor(engine=FakeEngine()) as (app, pilot):
        await pilot.press("l")
        assert "<Info" in text_of(app)
        assert "seq=1 win=64240" in text_of(app)
        await pilot.press(*["l"] * 50)
        assert "len=0" in text_of(app)
        await pilot.press(*["h"] * 5)
        assert "<Info" not in text_of(app)


async def test_a_change_of_the_filter_is_marked_on_its_first_packet() -> None:
    """A sign in the gutter, and words in the status line while the cursor is there."""
    history = History(1, 100, 0, 0, ((40, "arp"), (95, "")))
    async with monitor(engine=FakeEngine(snapshot(1, 100, history=history))) as (app, pilot):
        assert " =    95" in text_of(app)
        await pilot.press(*["k"] * 5)
        assert "= from here: everything" in text_of(app)
        await pilot.press("k")
        assert "from here" not in text_of(app)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"source": ""}, "nothing is being captured: press i"),
        ({}, "no packets yet on eth0: i chooses"),
        ({"capture_filter": "arp"}, "that match the filter: f changes it"),
        ({"live": False, "source": "\x1b]0;x\x07.pcap"}, "\\x1b]0;x\\x07.pcap holds no packets"),
        ({"state": CaptureState.WAITING, "message": "eth0 is down\x1b[2J"}, "eth0 is down\\x1b[2J"),
    ],
)
async def test_an_empty_table_says_why(changes: dict[str, object], words: str) -> None:
    """And what to do about it; names of files and the system's words are printable."""
    async with monitor(engine=FakeEngine(snapshot(1, 0, **changes))) as (app, pilot):
        assert words in text_of(app)
        await pilot.press("j", "k", "g", "G", "pagedown", "enter", "l", "h")
        await pilot.click(PacketTable, offset=(79, 5))
        assert words in text_of(app)


async def test_an_unchanged_capture_draws_nothing() -> None:
    """An idle interface must not cost anything: the terminal is not even asked for its cursor."""
    engine = FakeEngine()
    async with monitor(engine=engine) as (app, pilot):
        asked: list[str] = []
        await pilot.pause(0.1)  # the first frame
        app._link.connect(asked.append)
        for _ in range(5):
            await arrive(app, pilot, engine, 1, 100)
        assert asked == []
        await arrive(app, pilot, engine, 1, 101)
        assert len(asked) == 1


async def test_a_slow_terminal_skips_frames_and_says_so() -> None:
    """Frames that are not drawn are counted on the screen."""
    engine = FakeEngine()
    async with monitor((160, 45), engine=engine) as (app, pilot):
        await pilot.pause(0.1)  # the first frame
        app._link.connect(lambda _: None)
        for last in range(101, 105):
            await arrive(app, pilot, engine, 1, last)
        skipped = app._link.skipped
        assert skipped >= 3
        assert numbers(app)[-1] == 101
        await app.on_event(events.CursorPosition(1, 1))
        await arrive(app, pilot, engine, 1, 200)
        assert numbers(app)[-1] == 200
        assert f"not drawn {skipped}" in text_of(app)
        assert "slow link, 0.3 Hz" in text_of(app)


async def test_the_end_is_kept_in_mind_before_there_are_packets() -> None:
    """Who presses G while a file is opened reads its end as it comes; whoever does not, its beginning."""
    for key, expected in (("G", 500), ("g", 1)):
        nothing = snapshot(1, 0, capture_id=0, state=CaptureState.IDLE)
        engine = FakeEngine(nothing)
        async with monitor(engine=engine) as (app, pilot):
            await pilot.press(key)
            for last in (100, 500):
                engine.newest = snapshot(1, last, live=False, state=CaptureState.LOADING)
                app._monitor.tick()
                await pilot.pause()
            assert table_of(app).number == expected
