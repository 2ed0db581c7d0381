"""Days behind the engine: a live capture is kept by day and compared with the days before, also in the pane."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.baseline.day_file import DayFile
from netwatch.baseline.days import KEEP_SECONDS
from netwatch.baseline.sample import KINDS, Sample
from netwatch.baseline.usual import Usual
from netwatch.engine import Engine
from netwatch.errors import FileError
from netwatch.tables.query import TableQuery
from tests.scenes import CLIENT, PRINTER, START_NS, SceneSource, day, frames_of, wait_for
from tests.tui.screen import monitor, settle, text_of

if TYPE_CHECKING:
    from pathlib import Path

PACKETS = day()
NOON = START_NS / 1e9 + 43_200


def sample(**hosts: int) -> Sample:
    """Return a sample with these hosts and nothing else."""
    return {kind: dict(hosts) if kind == "hosts" else {} for kind in KINDS}


class Watched:
    """An engine with a clock that a test turns."""

    def __init__(self, usual: Usual) -> None:
        """Read the day."""
        self.now = NOON
        self.source = SceneSource([frames_of(PACKETS)])
        self.engine = Engine(buffer_bytes=32 << 20, clock=lambda: self.now, usual=usual)
        self.engine.start(self.source)
        wait_for(lambda: self.engine.snapshot().packets == len(PACKETS))

    def differences(self, sort: str = "change", text: str = "") -> list[tuple[str, str, str]]:
        """Return what the pane has."""
        table = self.engine.page("baseline", TableQuery(sort, text=text)).result(180).table
        return list(zip(table.change, table.kind, table.key, strict=True))


def test_a_live_capture_is_kept_by_day(tmp_path: Path) -> None:
    """While it runs and when it ends, each packet once."""
    file = DayFile(tmp_path / "days.db")
    watched = Watched(Usual(file, keeps=True))
    watched.now += KEEP_SECONDS + 1
    watched.source.wake()
    wait_for(lambda: len(file.days()) == 1)
    first = file.days()[0]
    assert (first.date, first.source, first.seconds) == ("2026-01-01", "eth0", 61)
    watched.source.blocks.append(frames_of(PACKETS))
    watched.source.wake()
    wait_for(lambda: watched.engine.snapshot().packets == 2 * len(PACKETS))
    watched.now += 9
    watched.engine.close()
    (last,) = file.days()
    assert last.seconds == 70
    assert last.sample["hosts"] == {key: 2 * value for key, value in first.sample["hosts"].items()}
    assert last.sample["names"]


def test_what_is_not_as_on_other_days(tmp_path: Path) -> None:
    """Sorted, narrowed, and of the same interface only."""
    file = DayFile(tmp_path / "days.db")
    for number in range(1, 5):
        file.add(f"2025-12-0{number}", "eth0", 100, sample(**{CLIENT: 10, "10.0.0.99": 90}))
        file.add(f"2025-12-0{number}", "lo", 100, sample(**{PRINTER: 10}))
    watched = Watched(Usual(file))
    try:
        watched.now += 100
        found = watched.differences()
        assert ("new", "hosts", PRINTER) in found
        assert ("gone", "hosts", "10.0.0.99") in found
        assert ("larger", "hosts", CLIENT) in found
        assert found[0][0] == "new"
        assert watched.differences("score", "larger")[0] == ("larger", "hosts", CLIENT)
        assert [key for _, _, key in watched.differences("key", "hosts")] == sorted(
            key for _, kind, key in found if kind == "hosts"
        )
    finally:
        watched.engine.close()
    assert {one.source for one in file.days()} == {"eth0", "lo"}
    assert len(file.days()) == 8


def test_off_unless_wanted_and_other_captures_instead() -> None:
    """Without a file there is nothing to differ from; with samples these are it."""
    watched = Watched(Usual())
    assert watched.differences() == []
    watched.engine.close()
    watched = Watched(Usual(samples=(sample(**{CLIENT: 10}),), said="beside 1 capture in b.json"))
    assert ("larger", "hosts", CLIENT) in watched.differences()
    watched.engine.close()


def test_a_file_that_breaks_is_told(tmp_path: Path) -> None:
    """Capture goes on."""
    path = tmp_path / "days.db"
    watched = Watched(Usual(DayFile(path), keeps=True))
    try:
        path.write_text("something else")
        with pytest.raises(FileError, match="cannot be used"):
            watched.differences()
        watched.now += KEEP_SECONDS + 1
        watched.source.wake()
        watched.now += 100
        with pytest.raises(FileError, match="cannot be used"):
            watched.differences()
    finally:
        watched.engine.close()
    assert path.read_text() == "something else"


async def test_the_pane(tmp_path: Path) -> None:
    """`9` shows it, `a` makes filters of it."""
    file = DayFile(tmp_path / "days.db")
    for number in range(1, 5):
        file.add(f"2025-12-0{number}", "eth0", 100, sample(**{CLIENT: 10}))
    watched = Watched(Usual(file))
    watched.now += 100
    async with monitor((100, 24), engine=watched.engine) as (app, pilot):
        await pilot.press("9")
        await settle(app, pilot, lambda: "beside 4 other days of eth0" in text_of(app))
        assert "new" in text_of(app)
        await pilot.press("a")
        await settle(app, pilot, lambda: "ip.addr" in text_of(app))
