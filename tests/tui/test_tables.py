"""Table panes: order, what keeps rows still, quick filter, copy, export, columns, and the way to packets."""

from __future__ import annotations

import csv
import time
from typing import TYPE_CHECKING

import pytest
from textual.widgets import OptionList

from netwatch.capture.file_source import FileSource
from netwatch.tui.format import counted
from netwatch.tui.panes.columns import Look
from netwatch.tui.panes.table_list import TableList
from netwatch.tui.panes.table_pane import TablePane
from netwatch.tui.screens.columns import ColumnChooser
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.packets import PacketTable
from tests.capture.capture_bytes import blocks_of, rows_of
from tests.scenes import SceneSource, day, frames_of, running_engine
from tests.tui.screen import check_frame, monitor, settle, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from textual.pilot import Pilot

    from netwatch.tui.app import NetwatchApp

SIZES = {"80x24": (80, 24), "160x45": (160, 45)}
FLOWS_OF_THE_DAY = 8 * 4 + 2
"""Look-ups, TLS, web, refused; one of pings and one of ARP."""


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Show the same time of day everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


async def flows(app: NetwatchApp, pilot: Pilot[int]) -> TableList:
    """Go to the flows and return their list."""
    await pilot.press("3")
    return await table(app, pilot, FLOWS_OF_THE_DAY)


async def table(app: NetwatchApp, pilot: Pilot[int], rows: int) -> TableList:
    """Wait for the table that is seen to have so many rows."""
    pane = app._monitor.pane
    assert isinstance(pane, TablePane)
    await settle(app, pilot, lambda: pane.list.total == rows and not pane._pages.waiting)
    return pane.list


def column(shown: TableList, title: str) -> list[str]:
    """Return the cells of a column that can be read."""
    place = next(at for at in shown._placed(shown.size.width) if at.column.title == title)
    assert shown._page is not None
    rows = range(shown.top, min(shown.top + shown.page_rows, shown.total))
    return [place.column.cell(shown._page.table, shown._known[row], shown.look) for row in rows]


@pytest.mark.parametrize("size", SIZES)
async def test_flows(size: str) -> None:
    """The heaviest first, with what is known of the one under the cursor."""
    async with monitor(SIZES[size]) as (app, pilot):
        await flows(app, pilot)
        await check_frame(app, pilot, f"flows-{size}")


async def test_times_and_names_of_every_table(tmp_path: Path) -> None:
    """What T and R choose in one pane holds in all, the packets too, and at the next start."""
    memory = tmp_path / "tables.json"
    async with monitor((160, 45), memory_file=memory) as (app, pilot):
        await pilot.press("4")
        await table(app, pilot, 24)
        await settle(app, pilot, lambda: "00:00:00.044012" in text_of(app))
        await pilot.press("T")
        await settle(app, pilot, lambda: "00:00:00.044012Z" not in text_of(app) and "00:00:00.04401Z" in text_of(app))
        await pilot.press("R")
        await settle(app, pilot, lambda: "www.example.com:443" in text_of(app))
        await pilot.press("6", "4", "5")
        await settle(app, pilot, lambda: ".02200Z" in text_of(app))
        await pilot.press("2", "g")
        await settle(app, pilot, lambda: "www.example.com:443" in text_of(app) and ".022006Z" in text_of(app))
        await pilot.press("R", "T", "3")
        await settle(app, pilot, lambda: "93.184.216.34:443" in text_of(app) and "first 01-01 00:00:00" in text_of(app))
    async with monitor((160, 45), memory_file=memory) as (app, pilot):
        await pilot.press("4")
        await settle(app, pilot, lambda: "01-01 00:00:00" in text_of(app))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("10.0.0.1", "ten"),
        ("10.0.0.1:53", "ten:53"),
        ("10.0.0.2:53", "10.0.0.2:53"),
        ("2001:db8::1", "six"),
        ("[2001:db8::1]:53 > 10.0.0.1", "six:53 > ten"),
        ("-", "-"),
    ],
)
def test_names_in_place_of_addresses(written: str, shown: str) -> None:
    """With and without ports, both ends."""
    assert Look(names={"10.0.0.1": "ten", "2001:db8::1": "six"}).named(written) == shown


@pytest.mark.parametrize("size", SIZES)
async def test_handshakes(size: str) -> None:
    """Every attempt with its diagnosis; grouped by service the shares of success."""
    async with monitor(SIZES[size]) as (app, pilot):
        await pilot.press("4")
        await table(app, pilot, 24)
        await check_frame(app, pilot, f"handshakes-{size}")
        await pilot.press("b", "greater_than_sign")  # as many attempts at each: only their success tells them apart
        await table(app, pilot, 2)
        await check_frame(app, pilot, f"services-{size}")


@pytest.mark.parametrize("size", SIZES)
async def test_dns(size: str) -> None:
    """Every look-up with its answer; grouped by name, then by server."""
    async with monitor(SIZES[size]) as (app, pilot):
        await pilot.press("5")
        await table(app, pilot, 8)
        await check_frame(app, pilot, f"dns-{size}")
        await pilot.press("b")
        await table(app, pilot, 1)
        await check_frame(app, pilot, f"dns-names-{size}")
        await pilot.press("b")
        await table(app, pilot, 1)
        await check_frame(app, pilot, f"dns-servers-{size}")


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


@pytest.mark.parametrize("size", SIZES)
async def test_hosts(size: str) -> None:
    """Machines with names and roles; grouped, which MAC address claims which IP address."""
    async with monitor(SIZES[size]) as (app, pilot):
        await pilot.press("7")
        await table(app, pilot, 4)
        await check_frame(app, pilot, f"hosts-{size}")
        await pilot.press("b")
        await table(app, pilot, 2)
        await check_frame(app, pilot, f"neighbours-{size}")


@pytest.mark.parametrize("size", SIZES)
async def test_overview(size: str) -> None:
    """What is going on, in one look."""
    async with monitor(SIZES[size]) as (app, pilot):
        await pilot.press("1")
        await check_frame(app, pilot, f"overview-{size}")
        await pilot.press("minus")
        await settle(app, pilot, lambda: "10.0 s a step" in text_of(app))
        await pilot.press("minus", "minus", "minus")
        await settle(app, pilot, lambda: "60.0 s a step" in text_of(app))
        await pilot.press("plus", "plus")
        await settle(app, pilot, lambda: "a step" not in text_of(app))
        await pilot.press("b")
        await check_frame(app, pilot, f"traffic-{size}")


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


async def test_sorting() -> None:
    """By the next column, the other way round, by a click on a title."""
    async with monitor((160, 45)) as (app, pilot):
        shown = await flows(app, pilot)
        sizes = [sum(line) for line in shown._page.table.bytes.tolist()]
        assert sizes == sorted(sizes, reverse=True)
        await pilot.press("r")
        await table(app, pilot, FLOWS_OF_THE_DAY)
        assert not shown.descending
        sizes = [sum(line) for line in shown._page.table.bytes.tolist()]
        assert sizes == sorted(sizes)
        await pilot.press("less_than_sign")
        await table(app, pilot, FLOWS_OF_THE_DAY)
        assert (shown.sort, shown.descending) == ("packets", True)
        counts = [int(cell) for cell in column(shown, "Pkts")]
        assert counts == sorted(counts, reverse=True)
        place = next(at for at in shown._placed(shown.size.width) if at.column.title == "From")
        await pilot.click(TableList, offset=(place.start + 1, 0))
        await table(app, pilot, FLOWS_OF_THE_DAY)
        assert shown.sort == "source"


async def test_rows_keep_still_under_the_cursor() -> None:
    """What arrives changes numbers, not places; back on the first row the order is live again."""
    source = SceneSource([frames_of(day())])
    engine = running_engine(source, len(day()))
    async with monitor(engine=engine) as (app, pilot):
        shown = await flows(app, pilot)
        await pilot.press("j", "j")
        await settle(app, pilot, lambda: shown.held and shown._order is not None)
        table_, index = shown.selected()
        serial = int(table_.serial[index])
        before = int(table_.packets[index].sum())
        source.blocks.extend([frames_of(day(), first_ns=engine.snapshot().last_time_ns + 1)] * 2)
        source.wake()

        def grown() -> bool:
            chosen = shown.selected()
            return chosen is not None and int(chosen[0].packets[chosen[1]].sum()) > before

        await settle(app, pilot, grown)
        chosen = shown.selected()
        assert chosen is not None
        assert int(chosen[0].serial[chosen[1]]) == serial
        assert shown.cursor == 2
        assert "order held" in text_of(app)
        await pilot.press("g")
        await settle(app, pilot, lambda: "order held" not in text_of(app))


async def test_the_quick_filter() -> None:
    """Narrows while one types; Enter keeps it, Esc takes it away."""
    async with monitor() as (app, pilot):
        shown = await flows(app, pilot)
        await pilot.press("ampersand", *"10.0.0.5")
        await table(app, pilot, 8)
        assert set(column(shown, "To")) >= {"10.0.0.5:23"}
        await pilot.press("enter")
        assert app.focused is shown
        assert "&10.0.0.5" in text_of(app)
        await pilot.press("ampersand", "end", "x")
        await table(app, pilot, 0)
        assert "nothing matches" in text_of(app)
        await pilot.press("escape")
        await table(app, pilot, FLOWS_OF_THE_DAY)
        assert app.focused is shown


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
        await settle(app, pilot, lambda: "Enter or y copies" in text_of(app))
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
        (path,) = tmp_path.iterdir()
        assert path.name.startswith("flows_")
        assert path.name.endswith(".csv")
        rows = list(csv.DictReader(path.read_text().splitlines()))
        assert len(rows) == shown.total
        sizes = [int(row["bytes"]) for row in rows]
        assert sizes == sorted(sizes)


async def test_columns_are_chosen_and_remembered(tmp_path: Path) -> None:
    """By the next start as well."""
    memory = tmp_path / "state" / "tables.json"
    async with monitor(memory_file=memory) as (app, pilot):
        shown = await flows(app, pilot)
        assert "vlan" not in shown.shown()
        await pilot.press("c")
        await settle(app, pilot, lambda: isinstance(app.screen, ColumnChooser))
        wanted = {"source", "vlan", "peak"}
        for at, (name, _) in enumerate(app.screen._names):
            if (name in wanted) is not (name in shown.shown()):
                app.screen.query_one(OptionList).highlighted = at
                await pilot.press("space")
        assert app.screen._ticked == wanted
        await pilot.press("enter")
        await settle(app, pilot, lambda: shown.shown() == wanted)
        await pilot.press("greater_than_sign")
        await settle(app, pilot, lambda: "recall" not in memory.parent.name and memory.exists())
        kept = shown.sort
    async with monitor(memory_file=memory) as (app, pilot):
        shown = await flows(app, pilot)
        assert shown.shown() == {"source", "vlan", "peak"}
        assert shown.sort == kept


async def test_a_pane_of_another_capture() -> None:
    """Shows nothing of the capture before."""
    async with monitor() as (app, pilot):
        shown = await flows(app, pilot)
        await pilot.press("j", "j", "j")
        app._monitor._engine.open(("eth0",)).result(180)
        await table(app, pilot, 6)
        assert shown.cursor == 0
        assert not shown.held


async def test_tabs() -> None:
    """A click goes to a pane, and the panes know how much is in them."""
    async with monitor((160, 45)) as (app, pilot):
        await settle(app, pilot, lambda: "Flows 34" in text_of(app))
        await pilot.click("#tabs", offset=(text_of(app).splitlines()[1].index("Flows"), 0))
        await table(app, pilot, FLOWS_OF_THE_DAY)
        await pilot.press("2")
        await settle(app, pilot, lambda: app._monitor.query_one(PacketTable).has_focus)
