"""Views: everything through a display filter and a time range, while the capture goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from netwatch.engine import Engine
from netwatch.errors import FilterError
from netwatch.export.farewell import farewell
from netwatch.filter.display_filter import compile_filter
from netwatch.snapshot import CaptureState
from netwatch.tables.query import TableQuery
from netwatch.tables.resolution import Resolution
from netwatch.view.view import MOST_GONE, View
from tests.capture.capture_bytes import pcap
from tests.prepared import netwatch
from tests.scenes import START_NS, SceneSource, day, frames_of, running_engine, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netwatch.snapshot import ViewState

PACKETS = day()
ROUNDS = 8
PER_ROUND = len(PACKETS) // ROUNDS
STEP_NS = 11_003_000


@pytest.fixture
def running() -> Iterator[tuple[Engine, SceneSource]]:
    """Return an engine that has seen the scene, and its source."""
    source = SceneSource([frames_of(PACKETS)])
    engine = running_engine(source, len(PACKETS))
    yield engine, source
    engine.close()


def see(engine: Engine, text: str, time_range: tuple[int, int] | None = None) -> ViewState:
    """Set a view and wait until everything is seen through it."""
    number = engine.set_view(text, time_range).result(180)

    def ready() -> bool:
        view = engine.snapshot().view
        return view is not None and view.id == number and view.progress is None

    wait_for(ready)
    view = engine.snapshot().view
    assert view is not None
    return view


def test_comments_can_be_filtered_by(running: tuple[Engine, SceneSource]) -> None:
    """Also those that were written here."""
    engine, _ = running
    engine.annotations().write(9, "look at this")
    assert see(engine, 'frame.comment contains "look"').matched == 1
    selection = engine.matches(0)
    assert selection is not None
    assert selection.numbers.tolist() == [9]


@pytest.mark.parametrize(
    ("text", "begin", "offered"),
    [
        ("ip.addr == 10.0.0.1", 11, {"10.0.0.17", "10.0.0.1"}),
        ("tcp.port in {80, 44", 17, {"443"}),
        ("dns.qry.name == ", 16, {'"www.example.com"'}),
        ('http.host contains "exam', 19, {'"www.example.com"'}),
        ("arp.opcode == ", 14, {"request", "reply"}),
        ("handshake.state == com", 19, {'"complete"'}),
        ("tcp.stream == ", 14, set()),
        ("eth.src[0:3] == ", 16, set()),
    ],
)
def test_values_that_packets_had_are_offered(
    running: tuple[Engine, SceneSource], text: str, begin: int, offered: set[str]
) -> None:
    """Those that begin with, or have in them, what was typed; of texts with quotes."""
    found = running[0].complete(text, len(text)).result(180)
    assert found[0] == begin
    assert {each.text for each in found[1]} >= offered
    assert bool(found[1]) == bool(offered)
    assert running[0].complete(text, len(text), seen=False).result(180)[0] == begin


def test_one_filter_narrows_every_table(running: tuple[Engine, SceneSource]) -> None:
    """Packets, flows, handshakes, DNS, hosts, totals and graph are of what matches; clearing brings all back."""
    engine, _ = running
    before = engine.snapshot()
    view = see(engine, "tcp.port == 443")
    snapshot = engine.snapshot()
    assert view.matched == snapshot.packets == 4 * ROUNDS
    selection = engine.matches(0)
    assert selection is not None
    assert selection.numbers.tolist()[:5] == [5, 6, 7, 8, PER_ROUND + 5]
    flows = engine.page("flows", TableQuery("bytes")).result(180)
    assert flows.total == ROUNDS
    assert set(flows.table.dport.tolist()) == {443}
    assert engine.page("dns", TableQuery("time")).result(180).total == 0
    assert engine.page("handshakes", TableQuery("syn")).result(180).total == ROUNDS
    overview = engine.overview(Resolution.SECOND, 60).result(180)
    assert int(overview.series.packets.sum()) == 4 * ROUNDS
    assert overview.flows.tcp == ROUNDS
    assert engine.set_view("").result(180) == 0
    after = engine.snapshot()
    assert after.view is None
    assert after.packets == before.packets == len(PACKETS)
    assert engine.matches(0) is None


def test_the_last_state_is_of_the_whole_capture(running: tuple[Engine, SceneSource]) -> None:
    """What stays on the terminal tells of all packets, whatever filter was left on the screen."""
    engine, _ = running
    assert engine.last_state() is None
    assert see(engine, "arp").matched < len(PACKETS)
    engine.close()
    state = engine.last_state()
    assert state is not None
    assert state[0].packets == len(PACKETS)
    said = farewell(*state, [])
    assert f": {len(PACKETS)} packets, " in said
    assert "TCP " in said


def test_a_view_goes_on_with_the_capture(running: tuple[Engine, SceneSource]) -> None:
    """New packets that match appear; their numbers go on."""
    engine, source = running
    see(engine, "arp")
    source.blocks.append(frames_of(PACKETS, START_NS + 10_000_000_000))
    source.wake()
    wait_for(lambda: engine.snapshot().packets == 4 * ROUNDS)
    selection = engine.matches(len(PACKETS))
    assert selection is not None
    assert selection.numbers.tolist()[:2] == [len(PACKETS) + 1, len(PACKETS) + 2]
    wait_for(lambda: engine.snapshot().history.last == 2 * len(PACKETS))


def test_numbers_of_packets_that_nobody_can_look_at_are_forgotten(
    running: tuple[Engine, SceneSource], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A live capture goes on for weeks; what is held for a paused view stays, and so do packets with copies."""
    monkeypatch.setattr("netwatch.view.passing.AT_ONCE", 0)
    engine, source = running
    see(engine, "tcp")
    session = engine._captures.newest
    engine._captures.keep(5)
    session.buffer.capacity = 1
    held = engine.hold()

    def numbers_after_rounds(last: int) -> list[int]:
        for number in range(session.packets + len(PACKETS), last + 1, len(PACKETS)):
            source.blocks.append(frames_of(PACKETS))
            source.wake()
            wait_for(lambda number=number: engine.matches(0).last == number)
        return engine.matches(0).numbers.tolist()

    assert (held.first, numbers_after_rounds(4 * len(PACKETS))[:4]) == (1, [5, 6, 7, 8])
    engine._captures.reader.held = ()
    found = numbers_after_rounds(7 * len(PACKETS))
    assert found[0] == 5
    assert found[1] > 5 * len(PACKETS)
    wait_for(lambda: engine.snapshot().view.looked_at == 7 * len(PACKETS))
    assert engine.snapshot().view.matched == 7 * sum(
        packet[12:14] == b"\x08\x00" and packet[23] == 6 for packet in PACKETS
    )


def test_packets_that_left_the_buffer_do_not_wait_for_long(running: tuple[Engine, SceneSource]) -> None:
    """Those that wait stay in memory whatever bound the buffer has."""
    engine, _ = running
    session = engine._loaded().session
    view = View(9, session, compile_filter("tcp"), None, None, lambda: 1)
    (batch,) = session.buffer.batches
    view._judge([batch])
    waiting = view._gathering.waiting
    assert waiting > 0
    assert view.analysis.traffic.packets == 0
    for times, evicted in ((2, MOST_GONE), (3, MOST_GONE + 1)):
        session.buffer.evicted = evicted
        view._judge([replace(batch, first_number=1 + (times - 1) * len(batch))])
        assert view.analysis.traffic.packets == (times * waiting if evicted > MOST_GONE else 0)
    assert view._gathering.waiting == 0


def test_a_wrong_filter_changes_nothing(running: tuple[Engine, SceneSource]) -> None:
    """The view before stays; the verdict tells the place."""
    engine, _ = running
    before = see(engine, "udp")
    with pytest.raises(FilterError):
        engine.set_view("udp.prot == 3").result(180)
    view = engine.snapshot().view
    assert view is not None
    assert view.id == before.id
    verdict = engine.check_display_filter("udp and tcp.prot").result(180)
    assert (verdict.position, verdict.length, verdict.valid) == (8, 8, False)
    assert engine.check_display_filter("udp").result(180).valid
    begin, found = engine.complete("udp and tcp.fl", 14).result(180)
    assert (begin, found[0].text) == (8, "tcp.flags")


def test_a_time_range_is_a_view(running: tuple[Engine, SceneSource]) -> None:
    """From and to are both included, and go together with a filter."""
    engine, _ = running
    first = START_NS + PER_ROUND * STEP_NS
    view = see(engine, "", (first, first + (PER_ROUND - 1) * STEP_NS))
    assert view.matched == PER_ROUND
    assert engine.snapshot().first_time_ns == START_NS
    assert see(engine, "icmp", view.time_range).matched == 2


def test_what_trackers_know_can_be_asked(running: tuple[Engine, SceneSource]) -> None:
    """Flow numbers, names of hosts, how a handshake went: as the panes show it."""
    engine, _ = running
    flows = engine.page("flows", TableQuery("bytes")).result(180).table
    serial = int(flows.serial[0])
    packets = int(flows.packets[0].sum())
    assert see(engine, f"flow.id == {serial}").matched == packets
    assert see(engine, "handshake.state == refused").matched == 2 * ROUNDS
    assert see(engine, "handshake.state == complete").matched == 4 * ROUNDS
    assert see(engine, 'host.name contains "example"').matched == 6 * ROUNDS
    assert see(engine, "process.name").matched == 0


def test_saving_and_selecting_stay_inside_the_view(running: tuple[Engine, SceneSource], tmp_path: Path) -> None:
    """A snapshot file holds what is seen; the packets of a row are narrowed by the filter too."""
    engine, _ = running
    host = engine.page("hosts", TableQuery("bytes")).result(180).table
    see(engine, "udp")
    wanted = engine.packet_filter("hosts", int(host.serial[0]))
    chosen = engine.select(wanted.result(180)).result(180)
    assert len(chosen.numbers) == 2 * ROUNDS
    saved = engine.save(tmp_path / "udp.pcap").result(180)
    assert (saved.packets, saved.only) == (2 * ROUNDS, "udp")


def test_a_save_waits_until_the_view_has_judged(running: tuple[Engine, SceneSource], tmp_path: Path) -> None:
    """Saved at once behind the filter's Enter, nothing that passes is left out."""
    engine, _ = running
    for count in range(3):
        engine.set_view("udp", None)
        saving = engine.save(tmp_path / f"{count}.pcap")
        assert saving.result(180).packets == 2 * ROUNDS


def test_a_fault_is_said() -> None:
    """A view that cannot go on ends with its words, not with silence."""
    source = SceneSource([frames_of(PACKETS)])
    engine = running_engine(source, len(PACKETS))
    try:
        see(engine, "arp")
        view = engine._captures.views.shown
        assert view is not None
        view._run.filter = None  # a fault of ours
        source.blocks.append(frames_of(PACKETS))
        source.wake()
        wait_for(lambda: engine.snapshot().view.error != "")
    finally:
        engine.close()


def test_of_a_file_that_passes_whole_the_trackers_there_are_answer(tmp_path: Path) -> None:
    """A view of all packets of a file that was read is there as soon as they were judged; one of fewer has its own."""
    path = tmp_path / "day.pcap"
    path.write_bytes(pcap(PACKETS))
    engine = Engine(buffer_bytes=1 << 20)
    engine.start(FileSource([str(path)]))
    try:
        wait_for(lambda: engine.snapshot().state is CaptureState.STOPPED)
        before = engine.page("flows", TableQuery("bytes")).result(10)
        whole = see(engine, "frame.len > 0")
        assert (whole.matched, whole.looked_at) == (len(PACKETS), len(PACKETS))
        captures = engine._captures
        assert captures is not None
        assert captures.views.shown is not None
        assert captures.views.answering is None
        snapshot = engine.snapshot()
        assert (snapshot.shown_view, snapshot.packets) == (whole.id, len(PACKETS))
        after = engine.page("flows", TableQuery("bytes")).result(10)
        assert (after.total, after.table.serial.tolist()) == (before.total, before.table.serial.tolist())
        some = see(engine, "dns")
        assert captures.views.answering is captures.views.shown
        assert some.matched == engine.snapshot().packets == 2 * ROUNDS
        assert engine.page("flows", TableQuery("bytes")).result(10).total < before.total
    finally:
        engine.close()


def test_report_with_a_display_filter(tmp_path: Path) -> None:
    """Every figure is of the matching packets; a wrong filter is wrong usage and says where."""
    path = tmp_path / "day.pcap"
    path.write_bytes(pcap(PACKETS))
    found = json.loads(netwatch("report", "-r", path, "-Y", "dns", "--format", "json").stdout)
    assert found["capture"]["packets"] == 2 * ROUNDS
    assert (found["flows"]["udp"], found["flows"]["tcp"]) == (ROUNDS, 0)
    assert found["dns"]["queries"] == ROUNDS
    found = json.loads(netwatch("report", "-r", path, "-Y", "handshake.state == refused", "--format", "json").stdout)
    assert (found["handshakes"]["refused"], found["flows"]["tcp"]) == (ROUNDS, ROUNDS)
    refused = netwatch("report", "-r", path, "-Y", "dns and tcp.prot")
    assert refused.returncode == 2
    assert "character 9: there is no field tcp.prot. did you mean tcp.port" in refused.stderr
