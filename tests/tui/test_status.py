"""The status lines: every figure at every width, nothing wider than the terminal, no chip pushed out by another."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from netwatch.snapshot import CaptureState, History, Loss, Rates, Reading, Recording, Snapshot, ViewState
from netwatch.tui import format as text
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.status import Chip, StatusLine, View
from tests.build import FakeEngine
from tests.tui.screen import monitor, settle, text_of

if TYPE_CHECKING:
    from netwatch.tui.app import NetwatchApp

RATES = Rates(np.arange(60, dtype=np.int64), np.arange(60, dtype=np.int64) * 8000, 412_345.0, 3_120_000_000.0)
BUSY = Snapshot(
    capture_id=9,
    state=CaptureState.WAITING,
    message="eth0 is down; capture goes on when it returns",
    source="eth0",
    live=True,
    capture_filter="tcp port 443 and host 203.0.113.77 and not host 198.51.100.3",
    own_session="10.0.0.9:52144 > 10.0.0.5:22",
    packets=184_203_117,
    bytes=41 << 30,
    history=History(1, 900, 128 << 20, 256 << 20),
    rates=RATES,
    loss=Loss(kernel_dropped=3, interface_dropped=4, malformed=5, evicted_packets=6),
    recording=Recording("/tmp/x.pcap", 1234, 5678),
)


def lines(app: NetwatchApp, snapshot: Snapshot, view: View | None = None) -> str:
    """Return what the widget shows of `snapshot`."""
    status = app._monitor.query_one(StatusLine)
    status.show(snapshot, view or View())
    assert status._shown is not None
    return status._shown.plain


@pytest.mark.parametrize("width", [80, 100, 149, 150, 160, 200])
async def test_nothing_is_wider_than_the_terminal(width: int) -> None:
    """Two lines below 150 columns, one from there."""
    async with monitor((width, 24)) as (app, _pilot):
        shown = lines(app, BUSY, View(following=False, behind=1_234_567, skipped_frames=8, slow_rate=2.5))
        assert all(len(line) <= width for line in shown.splitlines())
        assert len(shown.splitlines()) == (1 if width >= 150 else 2)
        assert "eth0 WAITING +1.23M new" in shown
        assert "412k pkt/s  3.12 Gb/s" in shown


async def test_every_loss_is_counted_and_unknown_ones_are_said() -> None:
    """A number that cannot be known is a question mark, never a zero."""
    async with monitor((120, 24)) as (app, _pilot):
        shown = lines(app, replace(BUSY, message="", capture_filter="", own_session=""), View(skipped_frames=8))
        for part in ("buf 50%", "drop 3", "if-drop 4", "malformed 5", "evicted 6", "not drawn 8", "REC 1.23k 5.54 KiB"):
            assert part in shown
        assert "drop ?" in lines(app, replace(BUSY, loss=Loss()))
        file = replace(
            BUSY,
            message="",
            capture_filter="",
            live=False,
            state=CaptureState.LOADING,
            progress=0.42,
            loss=Loss(truncated_file=True),
        )
        shown = lines(app, file)
        assert "LOADING 42%" in shown
        assert "cut-file" in shown
        assert " drop" not in shown


async def test_every_loss_at_once_fits_eighty_columns() -> None:
    """Under short names, none of them cut: chips go first."""
    everything = Loss(
        offered=10**9,
        kernel_dropped=17_200,
        malformed=259,
        evicted_packets=16_560_128,
        evicted_flows=22_400,
        evicted_rows=5_650,
        inspection_skipped=4_059_999,
        unseen_segments=8_776,
    )
    async with monitor() as (app, _pilot):
        shown = lines(app, replace(BUSY, loss=everything), View(skipped_frames=812)).splitlines()[1]
        words = "buf 50% drop 17.2k bad 259 out 16.6M rows 28.1k skip 4.06M gap 8.78k und 812"
        assert shown.startswith(f" {words}")
        assert len(shown) <= 80


async def test_a_long_filter_leaves_room_for_the_other_chips() -> None:
    """At 80 columns the chips are cut, not pushed out."""
    async with monitor() as (app, _pilot):
        shown = lines(app, replace(BUSY, message="", recording=None, loss=Loss(kernel_dropped=0)))
        assert "[f: tcp" in shown
        assert "[own" in shown
        shown = lines(app, replace(BUSY, loss=Loss(kernel_dropped=0)))
        for part in ("eth0 ", "REC", "[f:", "[own"):
            assert part in shown.splitlines()[1]


@pytest.mark.parametrize("standing", [None, Chip("[ROOT, no capabilities]", "warning")], ids=["user", "root"])
async def test_the_key_that_leads_back_is_not_cut(standing: Chip | None) -> None:
    """Neither behind a filter nor behind what is shown only, at 80 columns and as root."""
    view = ViewState(1, "tcp.port == 443 && ip.addr == 192.0.2.17", None, 766, 3022)
    narrowed = replace(BUSY, message="", recording=None, capture_filter="", own_session="", loss=Loss(kernel_dropped=0))
    async with monitor() as (app, _pilot):
        app._monitor.query_one(StatusLine)._standing = standing
        for snapshot in (narrowed, replace(narrowed, view=view)):
            counters = lines(app, snapshot, View(only="192.0.2.17", skipped_frames=40)).splitlines()[1]
            assert counters.count(": Esc]") == 1 + (snapshot.view is not None)
            assert ("[ROOT" in counters) == (standing is not None)
            assert len(counters) <= 80


async def test_modes_are_words() -> None:
    """FOLLOW, PAUSED and what is behind."""
    async with monitor() as (app, _pilot):
        assert "eth0 WAITING FOLLOW" in lines(app, BUSY)
        assert "PAUSED +412" in lines(app, BUSY, View(paused=True, behind=412))
        assert "+412 new" in lines(app, BUSY, View(following=False, behind=412))
        failed = replace(BUSY, message="", loss=Loss(kernel_dropped=3), recording=Recording("x", 1, 1, "disk full"))
        assert "REC FAILED: disk" in lines(app, failed)


async def test_what_reads_as_before_is_not_drawn_again() -> None:
    """An idle interface costs nothing."""
    async with monitor() as (app, _pilot):
        status = app._monitor.query_one(StatusLine)
        drawn: list[object] = []
        status.update = lambda text, **_: drawn.append(text)
        for snapshot, count in ((BUSY, 1), (replace(BUSY, capture_id=10), 1), (replace(BUSY, packets=1), 2)):
            status.show(snapshot, View())
            assert len(drawn) == count


@pytest.mark.parametrize(("glyphs", "empty", "full"), [("braille", "⠀", "⣿"), ("block", " ", "█"), ("ascii", " ", "@")])
def test_sparklines(glyphs: str, empty: str, full: str) -> None:
    """The newest values, the largest of them at full height, as wide as asked."""
    assert text.sparkline([], 5, glyphs) == empty * 5
    assert text.sparkline([0, 0, 0, 0], 2, glyphs) == empty * 2
    assert text.sparkline([7.0] * 99, 6, glyphs) == full * 6
    assert text.sparkline([1], 0, glyphs) == ""
    assert text.sparkline([0, 0, 1e-9, 1e12], 4, glyphs)[-1] != empty


@pytest.mark.parametrize(
    "value", [0, 1, 999, 1000, 9_994, 9_996, 99_949, 999_499, 999_501, 10**6, 10**9, 10**15, 2**62]
)
def test_numbers_have_a_known_width(value: int) -> None:
    """Whatever is counted, its column stays."""
    assert len(text.count(value)) <= 6
    assert len(text.bits(value)) <= 11
    assert len(text.size(value)) <= 8


async def test_a_file_tells_pace_and_what_left_the_buffer() -> None:
    """Share, speed, time left; which packets are read again, or are gone."""
    file = Snapshot(
        capture_id=9,
        state=CaptureState.LOADING,
        source="a.pcap",
        packets=900,
        progress=0.25,
        reading=Reading(200 << 20, 12.0),
        history=History(500, 900, 1 << 20, 1 << 20, again=True),
    )
    async with monitor((160, 24)) as (app, _pilot):
        shown = lines(app, file)
        assert "a.pcap LOADING 25% 200 MiB/s, 12.0 s left" in shown
        assert "[1 to 499 from the file]" in shown
        piped = replace(file, reading=Reading(1 << 20, None), history=replace(file.history, again=False))
        assert "[1 to 499 gone: piped or compressed, -B keeps more]" in lines(app, piped)
        assert "left" not in lines(app, piped).split("pkts")[0]
        ended = replace(file, state=CaptureState.STOPPED, history=History(1, 900))
        assert "file]" not in lines(app, ended)
        assert "25%" not in lines(app, ended)
        done = replace(file, progress=1.0, reading=Reading(1 << 20, 0.0))
        assert "left" not in lines(app, done).split("pkts")[0]
        several = replace(file, source="a-very-long-name-of-a-file.pcap and 12 more")
        assert " a-very-lo... and 12 more LOADING" in lines(app, several)


@pytest.mark.parametrize("width", [80, 120, 160])
async def test_a_failed_recording_is_said_in_full(width: int) -> None:
    """Once over the keys; the status line keeps the words, whatever else it has to tell."""
    engine = FakeEngine(replace(BUSY, recording=Recording("x", 1, 1)))
    async with monitor((width, 24), engine=engine) as (app, pilot):
        failed = Recording("x", 1, 1, "cannot write to /root/captures/x.pcap: No space left on device")
        engine.newest = replace(BUSY, recording=failed)
        view = View(following=False, behind=1_234_567, skipped_frames=8, slow_rate=2.5)
        notice = app._monitor.query_one(Notice)
        await settle(app, pilot, lambda: "No space left on device" in notice.text)
        assert "REC FAILED" in lines(app, engine.newest, view)
        notice.forget()
        engine.newest = replace(engine.newest, packets=5)
        await settle(app, pilot, lambda: " 5 pkts" in text_of(app))
        assert notice.text == ""
