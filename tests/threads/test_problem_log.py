"""A part that breaks: the others go on, the screen and the log say which one, and nothing hostile reaches either."""

from __future__ import annotations

import stat
import threading
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from netwatch.engine import Engine
from netwatch.problem import Problem
from netwatch.run.session import Session
from netwatch.snapshot import CaptureState
from netwatch.tables.query import TableQuery
from netwatch.threads.problem_log import LARGEST, ProblemLog
from netwatch.track.buffer import PacketBuffer
from tests.build import FakeEngine
from tests.build import snapshot as built
from tests.scenes import SceneSource, day, frames_of, wait_for
from tests.tui.screen import monitor, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from netwatch.decode.batch import PacketBatch
    from netwatch.track.flow_batch import FlowBatch

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def broken(_batch: PacketBatch, _flows: FlowBatch) -> None:
    """Fail as a tracker would that a packet confuses."""
    raise ValueError("\x1b[2Jno such\nrow")


def broken_anyhow(*_: object) -> None:
    """Fail whatever is asked."""
    raise ValueError("\x1b[2J")


def test_the_others_go_on() -> None:
    """Flows and hosts are as without the failure; what broke is said once, however many packets follow."""
    session = Session(SceneSource([frames_of(day())] * 3, live=False), PacketBuffer(1 << 20))
    session.analysis.parts._feeds["dns"] = broken
    while session.step(0):
        pass
    snapshot = session.snapshot()
    assert snapshot.state is CaptureState.STOPPED
    assert snapshot.packets == 3 * len(day())
    assert session.page("hosts", TableQuery("bytes", count=9)).total
    assert session.page("dns", TableQuery("serial", count=9)).total == 0
    (problem,) = snapshot.problems
    assert problem.words.startswith("dns is off: ValueError(")
    assert "broken" in problem.trace
    assert all(line.isprintable() for line in (problem.words, *problem.trace.splitlines()))


@pytest.mark.parametrize("part", ["traffic", "flows", "contents", "neighbours", "hosts", "detection"])
@pytest.mark.parametrize("live", [False, True], ids=["file", "live"])
def test_whichever_part_breaks_the_capture_goes_on(part: str, live: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """All packets are held and counted, what nobody could inspect too, and the part is named once."""
    session = Session(SceneSource([frames_of(day())] * 3, live=live), PacketBuffer(1 << 20))
    owner = session.detection if part == "detection" else getattr(session.analysis, part)
    if part in session.analysis.parts._feeds:
        session.analysis.parts._feeds[part] = broken
    else:
        monkeypatch.setattr(owner, "settle" if part == "contents" else "feed", broken_anyhow)
    while session.step(0) and session.packets < 3 * len(day()):
        pass
    session.end()
    snapshot = session.snapshot()
    assert snapshot.state is CaptureState.STOPPED
    assert snapshot.packets == sum(map(len, session.buffer.batches)) == 3 * len(day())
    (problem,) = snapshot.problems
    assert " is off: ValueError(" in problem.words
    assert problem.words.isprintable()
    assert snapshot.loss.inspection_skipped == (3 * len(day()) if part == "flows" else 0)
    if part != "hosts":
        assert session.page("hosts", TableQuery("bytes", count=9)).total == (0 if part == "flows" else 4)


@pytest.mark.parametrize("owner", ["contents", "detection", "kept", "flight"])
def test_what_breaks_beside_the_packets_ends_no_capture(owner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in a pause of the traffic nor while packets are kept or saved for alerts."""
    source = SceneSource([frames_of(day())])
    session = Session(source, PacketBuffer(1 << 20), monotonic=lambda: 0.0)
    if owner == "flight":
        broke = dict.fromkeys(("add", "tell", "pass_time", "finish"), broken_anyhow)
        session.flight = SimpleNamespace(**broke, problems=())
    else:
        does = {"contents": "read_on", "detection": "idle", "kept": "keep"}[owner]
        place = session.analysis.contents if owner == "contents" else getattr(session, owner)
        monkeypatch.setattr(place, does, broken_anyhow)
    for _ in range(5):
        session.step(0)
    source.blocks.append(frames_of(day()))
    session.step(0)
    assert session.snapshot().state is CaptureState.LIVE
    session.end()
    snapshot = session.snapshot()
    assert (snapshot.state, snapshot.packets) == (CaptureState.STOPPED, 2 * len(day()))
    (problem,) = snapshot.problems
    assert " is off: ValueError(" in problem.words


def test_the_log_is_the_users_and_bounded(tmp_path: Path) -> None:
    """Mode 0600, never through a link, and not for ever."""
    log = ProblemLog(tmp_path / "state" / "problems.log")
    log.add([Problem("dns is off: x", "here\nthere")], NOON)
    assert stat.S_IMODE(log.path.stat().st_mode) == 0o600
    assert "2026-01-01T12:00:00+00:00 netwatch" in log.path.read_text()
    assert log.path.read_text().endswith("dns is off: x\nhere\nthere\n")
    for _ in range(100):
        log.add([Problem("x" * (LARGEST // 20))], NOON)
    assert sum(path.stat().st_size for path in log.path.parent.iterdir()) < 2.2 * LARGEST
    assert {path.name for path in log.path.parent.iterdir()} == {"problems.log", "problems.log.1"}


def test_the_log_does_not_follow_links(tmp_path: Path) -> None:
    """Somebody else's file stays as it is; a folder that cannot be written is nobody's trouble."""
    other = tmp_path / "other"
    other.write_text("precious")
    (tmp_path / "problems.log").symlink_to(other)
    ProblemLog(tmp_path / "problems.log").add([Problem("x")], NOON)
    assert other.read_text() == "precious"
    (tmp_path / "file").write_text("")
    ProblemLog(tmp_path / "file" / "problems.log").add([Problem("x")], NOON)


def test_the_engine_tells_the_log(tmp_path: Path) -> None:
    """Once for each part that breaks."""
    log = ProblemLog(tmp_path / "problems.log")
    engine = Engine(buffer_bytes=1 << 20, log=log)
    source = SceneSource([frames_of(day())] * 3, live=False)
    drawn = threading.Event()
    engine.start(source, after=drawn)
    engine._loaded().session.analysis.parts._feeds["dns"] = broken
    drawn.set()
    wait_for(lambda: engine.snapshot().state is CaptureState.STOPPED)
    wait_for(log.path.exists)
    engine.close()
    assert log.path.read_text().count("dns is off") == 1


async def test_the_status_line_says_it() -> None:
    """Before everything else."""
    engine = FakeEngine(built(problems=(Problem("dns is off: ValueError('x')"),), capture_filter="tcp"))
    async with monitor((160, 45), engine=engine) as (app, _pilot):
        assert "dns is off: ValueError('x')  [f: tcp]" in text_of(app)
