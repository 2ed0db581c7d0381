"""Table panes as they look, narrow and wide, and the form of times and names that all of them have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.tui.panes.columns import Look
from netwatch.tui.widgets.packets import PacketTable
from tests.tui.screen import check_frame, monitor, settle, text_of
from tests.tui.tables import FLOWS_OF_THE_DAY, SIZES, flows, table

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("utc")


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
        await settle(app, pilot, lambda: "10 s a step" in text_of(app))
        await pilot.press("minus", "minus", "minus")
        await settle(app, pilot, lambda: "60 s a step" in text_of(app))
        await pilot.press("plus", "plus")
        await settle(app, pilot, lambda: "a step" not in text_of(app))
        await pilot.press("b")
        await check_frame(app, pilot, f"traffic-{size}")


async def test_every_letter_of_the_graph_is_explained() -> None:
    """Where graphs are made of letters, figures give way to what those mean."""
    async with monitor((80, 24), glyphs="ascii") as (app, pilot):
        await pilot.press("1")
        await settle(app, pilot, lambda: "Throughput, last 19 s" in text_of(app))
        lines = text_of(app).splitlines()
        title = next(line for line in lines if "Throughput" in line)
        drawn = {letter for line in lines[lines.index(title) + 1 :][:3] for letter in line if letter.isupper()}
        assert len(drawn) > 1
        for letter in drawn:
            assert f" {letter} " in title


async def test_tabs() -> None:
    """A click goes to a pane, and the panes know how much is in them."""
    async with monitor((160, 45)) as (app, pilot):
        await settle(app, pilot, lambda: "Flows 34" in text_of(app))
        await pilot.click("#tabs", offset=(text_of(app).splitlines()[1].index("Flows"), 0))
        await table(app, pilot, FLOWS_OF_THE_DAY)
        await pilot.press("2")
        await settle(app, pilot, lambda: app._monitor.query_one(PacketTable).has_focus)
