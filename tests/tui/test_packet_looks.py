"""How the packet table looks: times, references, names, own columns, colours by display filter; remembered."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from netwatch.errors import NetwatchError
from netwatch.tui.packet_look import OwnColumn, PacketLook, look_of
from netwatch.view.row_facts import wanted
from tests.scenes import scene_engine
from tests.tui.screen import monitor, settle, text_of

if TYPE_CHECKING:
    from pathlib import Path


async def test_times_and_references_are_chosen_and_remembered(tmp_path: Path) -> None:
    """T goes through the forms, Ctrl+T lets times count from a packet; the next start has the same form."""
    memory = tmp_path / "tables.json"
    async with monitor((120, 30), memory_file=memory) as (app, pilot):
        await pilot.press("g", "j", "j")
        await settle(app, pilot, lambda: "  0.022006" in text_of(app))
        await pilot.press("T", "T")
        await settle(app, pilot, lambda: "00:00:00.022006Z" in text_of(app))
        await pilot.press("T")
        await settle(app, pilot, lambda: "2026-01-01" in text_of(app) or "2025-12-31" in text_of(app))
        await pilot.press("T")
        await settle(app, pilot, lambda: text_of(app).count(" 0.011003 ") > 5)
        await pilot.press("ctrl+t")
        await settle(app, pilot, lambda: "*REF*" in text_of(app))
        assert " 0.022006 " in text_of(app)  # of packet 5, two steps of the scene behind the reference
        await pilot.press("ctrl+t")
        await settle(app, pilot, lambda: "*REF*" not in text_of(app))
    assert json.loads(memory.read_text())["packets"]["times"] == "reference"
    async with monitor((120, 30), memory_file=memory) as (app, _):
        assert app._monitor._packets.table.look.times == "reference"


@pytest.mark.parametrize(("width", "tick"), [(160, "[x]"), (120, "[ ]")])
async def test_the_columns_that_are_seen_have_a_tick(width: int, tick: str) -> None:
    """Also those that only a wide terminal shows unasked, and those that `c` showed."""
    async with monitor((width, 45)) as (app, pilot):
        await pilot.press("ctrl+k")
        await settle(app, pilot, lambda: "[x] Source" in text_of(app))
        assert all(f"{tick} {title}" in text_of(app) for title in ("TTL", "VLAN", "Dir", "If"))
        await pilot.press("escape", "c", "ctrl+k")
        await settle(app, pilot, lambda: f"{'[ ]' if tick == '[x]' else '[x]'} TTL" in text_of(app))


async def test_own_columns_are_chosen_and_remembered(tmp_path: Path) -> None:
    """A field is added, a column moved, widened, hidden; a field that is none is refused; u brings the usual back."""
    memory = tmp_path / "tables.json"
    async with monitor((120, 30), memory_file=memory) as (app, pilot):
        table = app._monitor._packets.table
        await pilot.press("g", "ctrl+k")
        await settle(app, pilot, lambda: "Columns of the packets" in text_of(app))
        await pilot.press("n", *"ip.tt")
        await settle(app, pilot, lambda: "time to live" in text_of(app))
        await pilot.press("enter")
        await settle(app, pilot, lambda: "did you mean ip.ttl" in text_of(app))
        await pilot.press("tab", "enter")
        await settle(app, pilot, lambda: "[x] ip.ttl" in text_of(app))
        await pilot.press("J", "plus", "j", "space", "enter")
        await settle(app, pilot, lambda: " ttl  " in text_of(app))
        shown = [column for column in table.look.columns if column.shown]
        assert [column.field for column in shown] == ["number", "time", "ip.ttl", *shown_after("time")]
        assert OwnColumn("ip.ttl", 13) in shown
        assert [line.split()[2] for line in text_of(app).splitlines() if "www.example.com" in line][:1] == ["64"]
        await pilot.press("c")
        await settle(app, pilot, lambda: " ttl  " not in text_of(app))
    async with monitor((120, 30), memory_file=memory) as (app, pilot):
        await settle(app, pilot, lambda: " ttl  " in text_of(app))
        await pilot.press("ctrl+k")
        await settle(app, pilot, lambda: "Columns of the packets" in text_of(app))
        await pilot.press("u")
        await settle(app, pilot, lambda: " ttl  " not in text_of(app))


def shown_after(name: str) -> list[str]:
    """The usual columns behind one, without the next, which the test hides."""
    usual = ["number", "time", "source", "destination", "protocol", "length", "info"]
    return usual[usual.index(name) + 2 :]


async def test_names_of_hosts(tmp_path: Path) -> None:
    """R shows names that packets told, and addresses again."""
    async with monitor((160, 45), memory_file=tmp_path / "tables.json") as (app, pilot):
        await pilot.press("g")
        await settle(app, pilot, lambda: "10.0.0.17" in text_of(app))
        before = text_of(app).count("www.example.com:443")
        await pilot.press("R")
        await settle(app, pilot, lambda: text_of(app).count("www.example.com:443") > before)
        await pilot.press("R")
        await settle(app, pilot, lambda: text_of(app).count("www.example.com:443") == before)


async def test_colours_by_display_filter() -> None:
    """The first rule that fits colours the row; what only trackers know comes a moment later."""
    colors = {"tcp.flags.reset == 1": "severity-critical", "flow.id == 2": "warning", "dns": "accent"}
    async with monitor((120, 30), colors=colors) as (app, pilot):
        table = app._monitor._packets.table
        await pilot.press("g")
        await settle(app, pilot, lambda: table._facts.color(14) == "severity-critical")
        await settle(app, pilot, lambda: table._facts.color(3) == "warning")
        assert table._facts.color(1) == ""
        row = table.row_segments(14, 100, selected=False)
        assert {segment.style for segment in row[2:]} >= {table.styles_now.kinds["severity-critical"]}


def test_what_cannot_be_shown_is_refused() -> None:
    """Fields that are none, and rules that are no filter."""
    for fields, rules in ((("tcp.prt",), ()), ((), ("tcp ==",))):
        with pytest.raises(NetwatchError):
            wanted(fields, rules)


def test_values_of_every_kind() -> None:
    """Numbers by name where they have one, addresses, flags, texts, bytes, times, presence."""
    engine, _ = scene_engine()
    fields = (
        "eth.src",
        "ip.src",
        "dns.qry.type",
        "dns.qry.name",
        "ip.flags.df",
        "frame.time",
        "dns",
        "flow.id",
        "alert",
    )
    try:
        told = engine.facts_asked([3, 5], fields, ("dns", "tcp"), names=True).result(180)
        cells = ("3c:22:fb:10:11:12", "10.0.0.17", "A", "www.example.com", "True", "2026-01-01 00:00:00.022006Z", "dns")
        assert told[3].cells[:7] == cells
        assert told[3].cells[7].isdecimal()
        assert [told[number].rule for number in (3, 5)] == [0, 1]
        assert told[5].names == ("", "www.example.com")
        assert engine.facts([3, 99999], fields, ()).keys() == {3}
        assert engine.facts([3], fields, ())[3].cells[7] == ""
    finally:
        engine.close()


NONSENSE = (None, 3, [], {"times": 4, "names": "x", "columns": 9}, {"columns": [[1], ["", 0, 1]]})


@pytest.mark.parametrize("values", NONSENSE, ids=("none", "number", "list", "types", "columns"))
def test_a_look_that_makes_no_sense(values: object) -> None:
    """Is the usual one."""
    assert look_of(values) == PacketLook()


def test_a_look_lasts() -> None:
    """What is written is read back, widths within bounds."""
    look = PacketLook("utc", True, (OwnColumn("ip.ttl", 5), OwnColumn("info", shown=False)))
    assert look_of(json.loads(json.dumps(look.as_values()))) == look
    assert look_of({"columns": [["x", 9999, True]]}).columns == (OwnColumn("x"),)
