"""Packets, the overview and tables as CSV and JSON; packets as whole flows."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from netwatch.errors import FileError
from netwatch.export.table_forms import FORMS
from netwatch.tables.query import TableQuery
from netwatch.tables.resolution import Resolution
from tests.scenes import scene_engine, wait_for
from tests.tui.screen import monitor, settle, text_of

if TYPE_CHECKING:
    from pathlib import Path


async def test_what_is_shown_is_exported(tmp_path: Path) -> None:
    """e and W on packets with an own field, on the overview and on a table; only what the view shows."""
    async with monitor((120, 30), save_folder=tmp_path) as (app, pilot):
        app._engine.set_view("tcp.port == 443").result(180)
        await settle(app, pilot, lambda: "32 of 112" in text_of(app))
        await pilot.press("ctrl+k")
        await settle(app, pilot, lambda: "Columns of the packets" in text_of(app))
        await pilot.press("n", *"ip.ttl", "enter")
        await settle(app, pilot, lambda: "[x] ip.ttl" in text_of(app))
        await pilot.press("enter", "e")
        await settle(app, pilot, lambda: "exported 32 packets" in text_of(app))
        await pilot.press("W", "1")
        await settle(app, pilot, lambda: list(tmp_path.glob("packets*.json")) != [] and "Throughput" in text_of(app))
        await settle(app, pilot, lambda: app._monitor.pane._latest is not None)
        await pilot.press("W")
        await settle(app, pilot, lambda: list(tmp_path.glob("overview*.json")) != [])
        await pilot.press("3")
        await settle(app, pilot, lambda: "8 flows" in text_of(app))
        await pilot.press("W")
        await settle(app, pilot, lambda: "exported 8 flows" in text_of(app))
    (comma,), (packets,) = tmp_path.glob("packets*.csv"), tmp_path.glob("packets*.json")
    rows = list(csv.DictReader(comma.open(newline="")))
    objects = json.loads(packets.read_text())
    assert len(rows) == len(objects) == 32
    assert {(row["ip.ttl"], row["dport"] if row["dport"] == "443" else row["sport"]) for row in rows} == {("64", "443")}
    assert [int(row["number"]) for row in rows] == [each["number"] for each in objects]
    assert str(objects[0]["time"])[:12] == rows[0]["time"][:12]
    overview = json.loads(next(tmp_path.glob("overview*.json")).read_text())
    assert {each["part"] for each in overview} >= {"protocol", "port", "size", "talker"}
    flows = json.loads(next(tmp_path.glob("flows*.json")).read_text())
    assert len(flows) == 8
    assert {flow["dport"] for flow in flows} == {443}
    assert isinstance(flows[0]["first_time"], float)


def test_json_is_json_whatever_is_in_it() -> None:
    """Quotes, control characters, unknown numbers, no rows, rows in parts."""
    form = FORMS["json"](("a", "b"))
    text = (
        form.begin() + form.rows([['"\x00\u202e', "="], [1.5, float("nan")]]) + form.rows([["c"], [None]]) + form.end()
    )
    assert json.loads(text) == [{"a": '"\x00\u202e', "b": 1.5}, {"a": "=", "b": None}, {"a": "c", "b": None}]
    empty = FORMS["json"](("a",))
    assert json.loads(empty.begin() + empty.end()) == []
    times = FORMS["json"](("t",))
    assert times.rows([["1.000000001", ""]]).count("null") == 1


def test_a_flow_is_saved_whole(tmp_path: Path) -> None:
    """Of packets that match come all others of their flows, and nothing else."""
    engine, _ = scene_engine()
    try:
        number = engine.set_view("tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.port == 443").result(180)
        wait_for(lambda: engine.snapshot().shown_view == number)
        some = engine.save(tmp_path / "some.pcapng").result(180)
        whole = engine.save(tmp_path / "whole.pcapng", whole_flows=True).result(180)
        engine.set_view("tcp.port == 443").result(180)
        wait_for(lambda: engine.snapshot().packets == 32)
        every = engine.save(tmp_path / "every.pcapng").result(180)
        assert (some.packets, whole.packets, every.packets) == (8, 32, 32)
        assert (tmp_path / "whole.pcapng").stat().st_size > (tmp_path / "some.pcapng").stat().st_size
        with pytest.raises(FileError):
            engine.save(tmp_path / "whole.pcapng", whole_flows=True).result(180)
        engine.set_view("").result(180)
        assert engine.save(tmp_path / "all.pcapng", whole_flows=True).result(180).packets == 112
        assert engine.page("flows", TableQuery("bytes")).result(180).total
        assert engine.overview(Resolution.SECOND, 5).result(180).traffic.packets == 112
    finally:
        engine.close()
