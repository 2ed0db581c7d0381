"""Files larger than the buffer: analysed whole, and every packet can be looked at, found and saved."""

from __future__ import annotations

from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

import pytest

from netwatch.capture import file_source
from netwatch.capture.file_source import FileSource
from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from netwatch.errors import FileError
from netwatch.request import Request
from netwatch.snapshot import Loss
from netwatch.threads.captures import Captures
from tests.scenes import SceneSource, day, frames_of
from tests.tui.screen import monitor, text_of

if TYPE_CHECKING:
    from pathlib import Path

PACKETS = day(40)


@pytest.fixture
def captures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Captures:
    """Return a file read to its end, of which the buffer holds a few packets only."""
    monkeypatch.setattr(file_source, "_SMALLEST_BLOCK", 1 << 13)
    path = tmp_path / "scene.pcapng"
    save(str(path), [(frames_of(PACKETS), None)], [FrameInterface("eth0")])
    result = Captures(60_000, lambda: 0.0, lambda _question: Request())
    result.begin(FileSource([str(path)], block=1 << 13), "", "")
    while result.session.step(0):
        pass
    return result


def test_every_packet_can_be_looked_at(captures: Captures) -> None:
    """In order, across the edge of the buffer, and one by one from its far end."""
    history = captures.session.snapshot().history
    assert history.first > 100
    assert (history.again, history.readable, history.last) == (True, 1, len(PACKETS))
    rows = captures.reader.rows(1, len(PACKETS) + 9)
    assert [row.number for row in rows] == list(range(1, len(PACKETS) + 1))
    assert [captures.reader.frame(number)[0] for number in range(len(PACKETS), 0, -1)] == PACKETS[::-1]
    assert captures.examiner.dissect(3, Request()).row.protocol == "DNS"
    for number in (0, len(PACKETS) + 1):
        with pytest.raises(LookupError):
            captures.reader.frame(number)


def test_the_packets_of_a_row_are_found_in_the_whole_file(captures: Captures) -> None:
    """Of a flow at the beginning, from any number on, and not when the user has gone on."""
    flows = captures.session.analysis.flows.table()
    wanted = captures.session.analysis.packet_filter("flows", int(flows.serial[1]))
    found = captures.reader.select(wanted, 1)
    assert found.numbers.tolist() == [3, 4]
    assert found.last == len(PACKETS)
    assert captures.reader.select(wanted, 4).numbers.tolist() == [4]
    with pytest.raises(CancelledError):
        captures.reader.select(wanted, 1, lambda: True)


def test_saving_writes_the_whole_file(captures: Captures, tmp_path: Path) -> None:
    """All that the list shows, or what it is narrowed to; no packet twice."""
    assert captures.save(tmp_path / "all.pcap", Request(), Loss(), None, overwrite=False).packets == len(PACKETS)
    flows = captures.session.analysis.flows.table()
    wanted = captures.session.analysis.packet_filter("flows", int(flows.serial[1]))
    assert captures.save(tmp_path / "some.pcap", Request(), Loss(), wanted, overwrite=False).packets == 2


def test_a_paused_view_reads_before_what_it_holds(captures: Captures) -> None:
    """What is held is the end; the rest is still in the file."""
    held = captures.reader.hold()
    assert held.readable == 1
    assert captures.reader.frame(1)[0] == PACKETS[0]


def test_a_file_that_is_gone_is_no_crash(captures: Captures, tmp_path: Path) -> None:
    """Rows are missing, requests say why."""
    (tmp_path / "scene.pcapng").unlink()
    assert captures.reader.rows(1, 10) == []
    with pytest.raises(FileError, match="no such file"):
        captures.reader.frame(1)
    with pytest.raises(FileError, match="no such file"):
        captures.save(tmp_path / "all.pcap", Request(), Loss(), None, overwrite=False)
    assert not (tmp_path / "all.pcap").exists()


async def test_the_list_begins_at_the_first_packet_of_the_file(captures: Captures) -> None:
    """And says which part comes from the file."""
    from tests.build import FakeEngine

    class FileEngine(FakeEngine):
        rows_of = captures.reader.rows_of

    async with monitor((160, 24), engine=FileEngine(captures.session.snapshot())) as (app, pilot):
        await pilot.press("2", "g")
        shown = text_of(app)
        assert "Who has 10.0.0.1" in shown
        assert "from the file]" in shown


def test_a_snapshot_of_a_live_capture_ends_where_it_began() -> None:
    """However fast packets come and go meanwhile: it has what the buffer had, and nothing that came later."""
    captures = Captures(60_000, lambda: 0.0, lambda _question: Request())
    source = SceneSource([frames_of(PACKETS)] * 40)
    captures.begin(source, "", "")
    while captures.session.packets < 3 * len(PACKETS):
        captures.session.step(0)
    begun, first = captures.session.packets, captures.session.buffer.batches[0].first_number
    numbers = []
    for batch, start in captures.reader.batches_now(first):
        numbers += range(batch.first_number + start, batch.last_number + 1)
        captures.session.step(0)
        captures.session.step(0)
    assert numbers == list(range(first, begun + 1))
    assert captures.session.buffer.batches[0].first_number > first
