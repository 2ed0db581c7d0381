"""When nothing comes: what the empty list says, and that it goes with the first packet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from netwatch.snapshot import CaptureState, Interface, Snapshot
from netwatch.tui.quiet import words
from tests.scenes import SceneSource, day, frames_of, running_engine
from tests.tui.screen import CannedLive, monitor, settle, text_of

SNAPSHOT = Snapshot(capture_id=1, state=CaptureState.LIVE, source="eth0", live=True)
UP, DOWN = Interface("eth0", up=True), Interface("eth0", up=False)


@pytest.mark.parametrize(
    ("changes", "interfaces", "busy", "wanted"),
    [
        ({}, (UP,), (), "no packets for 12 s on eth0. i chooses another interface"),
        ({}, (DOWN,), (), "no packets for 12 s on eth0: no link, is the cable in? i chooses another interface"),
        ({}, (UP,), ("wg0", "eth0"), "no packets for 12 s on eth0. Traffic exists on wg0: press i"),
        (
            {"capture_filter": "arp"},
            (UP,),
            ("wg\x1b0", "b", "c", "d"),
            "no packets for 12 s on eth0 that match the filter: f changes it. "
            "Traffic exists on wg\\x1b0, b, c: press i",
        ),
        ({"message": "eth0 is gone"}, (), (), "eth0 is gone, 12 s without packets. i chooses another interface"),
        ({"source": "any"}, (UP,), ("eth0",), "no packets for 12 s on any. i chooses another interface"),
    ],
)
def test_words(changes: dict[str, Any], interfaces: tuple[Interface, ...], busy: tuple[str, ...], wanted: str) -> None:
    """How long, why, and where there is traffic."""
    assert words(replace(SNAPSHOT, **changes), 12, interfaces, busy) == wanted


class LiveWithTraffic(CannedLive):
    """eth0 is silent while packets arrive at lo."""

    def interfaces(self) -> tuple[Interface, ...]:
        """Return them; lo has ten packets more each time."""
        self.asked += 1
        return (UP, Interface("lo", up=True, loopback=True, packets=10 * self.asked))


@pytest.mark.parametrize("pane", ["1", "2", "3", "4", "5", "6", "7", "8"])
async def test_the_pane_says_where_there_is_traffic(pane: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until a packet comes; wherever one begins."""
    monkeypatch.setattr("netwatch.tui.quiet.PATIENCE", 0.05)
    source = SceneSource([])
    engine = running_engine(source, 0, LiveWithTraffic())
    async with monitor(engine=engine) as (app, pilot):
        await pilot.press(pane)

        def told() -> bool:
            source.wake()
            return "Traffic exists on lo: press i" in text_of(app)

        await settle(app, pilot, told)
        source.blocks.append(frames_of(day()))
        source.wake()
        await settle(app, pilot, lambda: "Traffic exists" not in text_of(app) and " 112 pkts" in text_of(app))


async def test_a_table_that_a_filter_empties_says_so() -> None:
    """Nobody looks for flows that a display filter leaves out; what no packet makes says what it always does."""
    async with monitor() as (app, pilot):
        await pilot.press("slash", *"frame.len == 7", "enter", "3")
        await settle(app, pilot, lambda: "nothing here matches the display filter: Esc goes back" in text_of(app))
        await pilot.press("6")
        await settle(app, pilot, lambda: "nothing here matches the display filter" in text_of(app))
        await pilot.press("b", "b")
        await settle(app, pilot, lambda: "nothing is muted" in text_of(app))
        await pilot.press("9")
        await settle(app, pilot, lambda: "no difference from other days is known" in text_of(app))
        await pilot.press("escape", "3")
        await settle(app, pilot, lambda: "nothing here matches" not in text_of(app) and "34 flows" in text_of(app))
