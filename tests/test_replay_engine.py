"""A replay behind the engine: its state, its place, and jumps back that are a capture of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from netwatch.capture.replay import ReplaySource
from netwatch.errors import CaptureError, UsageError
from netwatch.nanoseconds import SECOND
from netwatch.snapshot import CaptureState
from tests.capture.capture_bytes import NANO, pcap_header, pcap_record
from tests.scenes import day, running_engine, scene_engine, wait_for
from tests.tui.screen import monitor, settle, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from netwatch.engine import Engine

PACKETS = day()
START = 1_780_000_000 * SECOND


@pytest.fixture
def replayed(tmp_path: Path) -> Engine:
    """Return an engine that replays a packet an hour and holds behind the first."""
    path = tmp_path / "hours.pcap"
    records = (pcap_record(frame, START + at * 3600 * SECOND, magic=NANO) for at, frame in enumerate(PACKETS))
    path.write_bytes(pcap_header(magic=NANO) + b"".join(records))
    return running_engine(ReplaySource(lambda: FileSource([str(path)]), 1), 1)


def test_orders_reach_the_replay(replayed: Engine) -> None:
    """Held, stepped, jumped forwards, then back to where it was."""
    try:
        replayed.replay("hold").result(180)
        wait_for(lambda: replayed.snapshot().replay is not None and replayed.snapshot().replay.held)
        assert replayed.snapshot().state is CaptureState.REPLAYING
        replayed.replay("step").result(180)
        wait_for(lambda: replayed.snapshot().packets == 2)
        first = replayed.snapshot().capture_id
        replayed.replay("jump", "+3h").result(180)
        wait_for(lambda: replayed.snapshot().packets == 5)
        replayed.replay("jump", "-2h").result(180)
        wait_for(lambda: replayed.snapshot().packets == 3)
        assert replayed.snapshot().capture_id == first + 1
        assert replayed.frame(3) == PACKETS[2]
        with pytest.raises(UsageError):
            replayed.replay("jump", "nowhere").result(180)
    finally:
        replayed.close()


def test_what_is_no_replay_says_so() -> None:
    """With the command that makes one."""
    engine, _ = scene_engine()
    try:
        with pytest.raises(CaptureError, match="nothing is being replayed"):
            engine.replay("hold").result(180)
    finally:
        engine.close()


async def test_keys_of_a_replay(replayed: Engine) -> None:
    """The status line tells place, speed and that it is held."""
    async with monitor((120, 24), engine=replayed) as (app, pilot):
        await pilot.press("p")
        await settle(app, pilot, lambda: "REPLAY x1 HELD" in text_of(app))
        await pilot.press("right_curly_bracket")
        await settle(app, pilot, lambda: "REPLAY x2 HELD" in text_of(app))
        await pilot.press("full_stop")
        await settle(app, pilot, lambda: "2 pkts" in text_of(app))
        await pilot.press("J")
        await settle(app, pilot, lambda: "Enter jumps" in text_of(app))
        await pilot.press("5", "enter")
        await settle(app, pilot, lambda: "5 pkts" in text_of(app))
        await pilot.press("J", "x", "enter")
        await settle(app, pilot, lambda: "cannot jump to x" in text_of(app))
