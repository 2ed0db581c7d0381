"""What is done with rows of tables: their packets are shown, they are copied and exported."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.file_source import FileSource
from netwatch.plural import counted
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.packets import PacketTable
from tests.capture.capture_bytes import blocks_of, rows_of
from tests.scenes import day
from tests.tui.screen import monitor, settle, text_of
from tests.tui.tables import FLOWS_OF_THE_DAY, flows, table

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("utc")


async def test_export_of_dns(tmp_path: Path) -> None:
    """Each of its tables."""
    async with monitor(save_folder=tmp_path) as (app, pilot):
        await pilot.press("5")
        for rows, noun, first in ((8, "look-ups", "93.184.216.34"), (1, "names", "8"), (1, "DNS servers", "10.0.0.1")):
            await table(app, pilot, rows)
            await pilot.press("e")
            await settle(
                app,
                pilot,
                lambda rows=rows, noun=noun: f"exported {counted(rows, noun)}" in app._monitor.query_one(Notice).text,
            )
            written = max(tmp_path.iterdir(), key=lambda path: path.stat().st_mtime_ns).read_text()
            assert first in written.splitlines()[1]
            await pilot.press("b")


async def test_packets_of_a_look_up() -> None:
    """The query and its response, found by ends and identifier."""
    async with monitor() as (app, pilot):
        await pilot.press("5", "ampersand", *"nxdomain")
        await table(app, pilot, 0)
        await pilot.press("escape", "ampersand", *"www.example a", "enter")
        await table(app, pilot, 8)
        await pilot.press("enter")
        packets = app._monitor.query_one(PacketTable)
        await settle(app, pilot, lambda: packets.last == 1)
        assert "only DNS www.example.com" in text_of(app)


async def test_packets_of_a_host() -> None:
    """Everything that it sent or received, whatever is saved after that."""
    async with monitor() as (app, pilot):
        await pilot.press("7", "ampersand", *"printer")
        await table(app, pilot, 0)
        await pilot.press("escape", "ampersand", *"10.0.0.5", "enter")
        await table(app, pilot, 1)
        await pilot.press("enter")
        packets = app._monitor.query_one(PacketTable)
        await settle(app, pilot, lambda: packets.last == 15)
        assert "only 10.0.0.5" in text_of(app)


async def test_packets_of_a_flow(tmp_path: Path) -> None:
    """Enter shows them, a snapshot holds only them, Esc shows all again with the cursor on the same packet."""
    async with monitor(save_folder=tmp_path) as (app, pilot):
        shown = await flows(app, pilot)
        await pilot.press("j", "j")
        await settle(app, pilot, lambda: shown.selected() is not None and not app._monitor.pane._pages.waiting)
        await pilot.press("enter")
        packets = app._monitor.query_one(PacketTable)
        await settle(app, pilot, lambda: packets.last == 3)
        await settle(app, pilot, lambda: "only TCP 10.0.0.17:52144" in text_of(app))
        await pilot.press("s")
        await settle(app, pilot, lambda: "saved 4 packets" in app._monitor.query_one(Notice).text)
        (saved,) = tmp_path.iterdir()
        assert [row.data for row in rows_of(blocks_of(FileSource([str(saved)])))] == day()[4:8]
        await pilot.press("g", "j")
        assert packets.number == 6
        await pilot.press("escape")
        await settle(app, pilot, lambda: packets.last == len(day()))
        assert packets.number == 6


async def test_export_and_copy(tmp_path: Path) -> None:
    """The whole table as it is sorted and narrowed, not only what is in sight."""
    async with monitor(save_folder=tmp_path) as (app, pilot):
        shown = await flows(app, pilot)
        await pilot.press("y")
        await settle(app, pilot, lambda: "Enter y copies" in text_of(app))
        await pilot.press("y")
        await settle(app, pilot, lambda: "copied as row" in app._monitor.query_one(Notice).text)
        assert app.clipboard.split() == ["OTH", "10.0.0.17", "10.0.0.1", "1.53", "KiB", "10.5", "kb/s"]
        await pilot.press("y")
        await settle(app, pilot, lambda: "BPF filter" in text_of(app))
        await pilot.press("j", "j", "enter")
        await settle(app, pilot, lambda: "copied as BPF filter" in app._monitor.query_one(Notice).text)
        assert app.clipboard == "host 10.0.0.17 and host 10.0.0.1"
        await pilot.press("r")
        await table(app, pilot, FLOWS_OF_THE_DAY)
        await pilot.press("e")
        await settle(app, pilot, lambda: "exported 34 flows" in app._monitor.query_one(Notice).text)
        assert app._engine.exported[-1][1] == "34 flows"
        (path,) = tmp_path.iterdir()
        assert path.name.startswith("flows_")
        assert path.name.endswith(".csv")
        rows = list(csv.DictReader(path.read_text().splitlines()))
        assert len(rows) == shown.total
        sizes = [int(row["bytes"]) for row in rows]
        assert sizes == sorted(sizes)
