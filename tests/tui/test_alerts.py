"""The alert pane: rows, evidence, packets, mutes, done, and the mark on the tab."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from netwatch.detect.settings import DetectionSettings
from netwatch.engine import Engine
from netwatch.errors import FileError
from netwatch.run.mute_file import read_moved_mutes, read_mutes, write_mutes
from netwatch.settings import Settings, config_path
from netwatch.tables.mutes import Mute
from netwatch.tables.query import TableQuery
from netwatch.tui.panes.alerts import ALERTS
from netwatch.tui.panes.columns import Look
from netwatch.verbs.detecting import detection_settings
from tests.detect.scenes import attack, attack_engine
from tests.detect.traffic import block_of
from tests.scenes import START_NS, SceneSource, wait_for
from tests.tui.screen import check_frame, monitor, settle, text_of

if TYPE_CHECKING:
    from pathlib import Path


def line(app, holding):
    """The line of the screen that holds a text."""
    return next((one for one in text_of(app).splitlines() if holding in one), "?")


SIZES = {"80x24": (80, 24), "160x45": (160, 45)}


@pytest.mark.parametrize("size", SIZES)
async def test_alerts_look_as_expected(size: str) -> None:
    async with monitor(SIZES[size], engine=attack_engine()) as (app, pilot):
        await settle(app, pilot, lambda: "*" in line(app, "Overview"))
        await pilot.press("6")
        await settle(app, pilot, lambda: "scan.vertical" in text_of(app))
        assert "*" not in line(app, "Overview")
        await check_frame(app, pilot, f"alerts-{size}")
        await pilot.press("enter")
        await settle(app, pilot, lambda: "What the rule looks for" in text_of(app))
        await check_frame(app, pilot, f"alert-{size}")
        await pilot.press("escape", "x")
        await settle(app, pilot, lambda: "Enter mutes" in text_of(app))
        await check_frame(app, pilot, f"mute-{size}")


async def test_packets_of_an_alert_are_shown_and_saved(tmp_path: Path) -> None:
    async with monitor((120, 32), engine=attack_engine(), save_folder=tmp_path) as (app, pilot):
        await pilot.press("6")
        await settle(app, pilot, lambda: "scan.vertical" in text_of(app))
        await pilot.press("W")
        await settle(app, pilot, lambda: list(tmp_path.glob("alerts_*.eve.json")) != [])
        await pilot.press("enter")
        await settle(app, pilot, lambda: "What the rule looks for" in text_of(app))
        await pilot.press("s")
        await settle(app, pilot, lambda: list(tmp_path.glob("alert_*.pcapng")) != [])
        (saved,) = tmp_path.glob("alert_*.pcapng")
        assert b"alert " in saved.read_bytes()
        await pilot.press("enter")
        await settle(app, pilot, lambda: "only alert" in text_of(app))


async def test_muting_and_done_take_alerts_away_and_back() -> None:
    async with monitor((120, 32), engine=attack_engine()) as (app, pilot):
        await pilot.press("6")
        await settle(app, pilot, lambda: "scan.vertical" in text_of(app))
        shown = line(app, "alerts   by").split()[0]
        await pilot.press("x")
        await settle(app, pilot, lambda: "Enter mutes" in text_of(app))
        await pilot.press("enter")
        await settle(app, pilot, lambda: line(app, "alerts   by").split()[0] < shown)
        shown = line(app, "alerts   by").split()[0]
        await pilot.press("d")
        await settle(app, pilot, lambda: line(app, "alerts   by").split()[0] < shown)
        await pilot.press("b", "b")
        await settle(app, pilot, lambda: "for an hour" in text_of(app) or "takes the mute back" in text_of(app))
        await pilot.press("x")
        await settle(app, pilot, lambda: "nothing is muted" in text_of(app))


def test_mutes_for_ever_outlive_the_program(tmp_path: Path) -> None:
    path = tmp_path / "state" / "mutes.json"
    frames = attack().sorted()
    wanted = DetectionSettings(mutes=(Mute("scan.*"),), mute_file=path)
    engine = Engine(buffer_bytes=32 << 20, clock=lambda: START_NS / 1e9, detect=wanted)
    engine.start(SceneSource([block_of(frames)], live=False))
    wait_for(lambda: engine.snapshot().packets == len(frames))
    engine.mute(Mute("arp.*", until_ns=1)).result(180)
    engine.mute(Mute(host="192.168.1.20", port=22)).result(180)
    assert read_mutes(path) == (Mute("scan.*"), Mute(host="192.168.1.20", port=22))
    table = engine.page("mutes", TableQuery("serial", count=9)).result(180).table
    assert [mute.text for mute in table.mutes] == ["scan.*", "arp.*", "every rule of 192.168.1.20 on port 22"]
    engine.unmute(1).result(180)
    assert read_mutes(path) == (Mute(host="192.168.1.20", port=22),)
    engine.close()


def test_a_mute_that_cannot_be_kept_is_said_and_holds(tmp_path: Path) -> None:
    """The folder of the file is a file itself, so not even root can write there."""
    (tmp_path / "config").write_text("")
    engine = Engine(buffer_bytes=1 << 20, detect=DetectionSettings(mute_file=tmp_path / "config" / "mutes.json"))
    engine.start(SceneSource([], live=False))
    with pytest.raises(FileError, match="until netwatch ends"):
        engine.mute(Mute("scan.*")).result(180)
    assert len(engine.page("mutes", TableQuery("serial", count=9)).result(180).table) == 1
    engine.mute(Mute("arp.*", until_ns=1)).result(180)
    engine.close()


def test_mutes_of_earlier_versions_move_beside_the_settings(tmp_path: Path) -> None:
    """Once; what was taken back later does not come again."""
    path, before = tmp_path / "config" / "mutes.json", tmp_path / "state" / "mutes.json"
    before.parent.mkdir()
    write_mutes(before, (Mute("scan.*"),))
    assert read_moved_mutes(path, before) == (Mute("scan.*"),)
    assert not before.exists()
    assert read_mutes(path) == (Mute("scan.*"),)
    write_mutes(path, ())
    write_mutes(before, (Mute("arp.*"),))
    assert read_moved_mutes(path, before) == ()


def test_mutes_that_cannot_be_moved_are_read_where_they_are(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("")
    before = tmp_path / "mutes.json"
    write_mutes(before, (Mute("scan.*"),))
    assert read_moved_mutes(tmp_path / "config" / "mutes.json", before) == (Mute("scan.*"),)
    assert before.exists()


def test_mutes_are_kept_beside_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    write_mutes(tmp_path / "netwatch" / "mutes.json", (Mute("scan.*"),))
    found = detection_settings(Settings())
    assert (found.mutes, found.mute_file) == ((Mute("scan.*"),), config_path().with_name("mutes.json"))


@pytest.mark.parametrize("content", ["", "{", "[1, {}]", '[{"rule": 5}]', "[[[[", '[{"port": true}]', "null"])
def test_a_file_of_mutes_that_makes_no_sense_is_as_good_as_none(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mutes.json"
    path.write_text(content)
    assert read_mutes(path) == ()
    write_mutes(path, (Mute("a.b"), Mute("c.d", until_ns=5)))
    assert json.loads(path.read_text()) == [{"rule": "a.b", "host": "", "port": 0}]


def engine_without_room() -> Engine:
    """The attack, in an engine whose buffer holds no more than the last block."""
    frames = attack().sorted()
    blocks = [block_of(frames[start : start + 40]) for start in range(0, len(frames), 40)]
    engine = Engine(buffer_bytes=1, clock=lambda: START_NS / 1e9)
    engine.start(SceneSource(blocks))
    wait_for(lambda: engine.snapshot().packets == len(frames))
    return engine


async def test_packets_that_left_the_buffer_are_shown_and_saved_too(tmp_path: Path) -> None:
    async with monitor((120, 60), engine=engine_without_room(), save_folder=tmp_path) as (app, pilot):
        await pilot.press("6")
        await settle(app, pilot, lambda: "scan.vertical" in text_of(app))
        await pilot.press("&", *"scan.vertical", "enter")
        await settle(app, pilot, lambda: "1 alert " in text_of(app))
        await pilot.press("enter", "s")
        await settle(app, pilot, lambda: "left the buffer" in text_of(app))
        assert "saved 0 packets" not in text_of(app)
        await pilot.press("enter")
        await settle(app, pilot, lambda: "only alert" in text_of(app))
        await settle(app, pilot, lambda: "10.77" in text_of(app) or "192.168" in text_of(app))
        await pilot.pause(1.0)
        assert "no packets of it" not in text_of(app)


def test_packets_of_alerts_outlive_the_buffer(tmp_path: Path) -> None:
    engine = engine_without_room()
    found = engine.page("alerts", TableQuery("severity", count=9)).result(180).table.alerts
    serial, numbers = next((alert.serial, alert.packets) for alert in found if alert.rule == "scan.vertical")
    history = engine.snapshot().history
    gone = [number for number in numbers if number < history.first]
    assert gone
    assert {row.number for row in engine.rows_of(gone)}
    assert engine.frame(engine.rows_of(gone)[0].number)
    copies = set(gone) & set(history.copies)
    assert copies
    there = sorted(copies | {number for number in numbers if number >= history.first})
    its = engine.alert_filter(serial, around=False).result(9)
    assert engine.select(its).result(9).numbers.tolist() == there
    assert engine.save(tmp_path / "alert.pcapng", only=its).result(9).packets == len(there)
    engine.close()


def test_more_techniques_than_one_are_counted() -> None:
    """Two of them cut to the width of the column would read as one that there is not."""
    alert = SimpleNamespace(mitre=("T1595.002", "T1595.003"))
    column = next(column for column in ALERTS.columns if column.id == "mitre")
    told = column.cell(SimpleNamespace(alerts=[alert]), 0, Look())
    assert told == "T1595.002 +1"
    assert len(told) <= column.width
