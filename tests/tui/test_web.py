"""The web pane: its views, the way to packets, export."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from netwatch.plural import counted
from netwatch.tables.query import TableQuery
from netwatch.tui.panes.columns import Look
from netwatch.tui.panes.flows import FLOWS
from netwatch.tui.panes.web import WEB
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.packets import PacketTable
from tests.tui.screen import check_frame, monitor, settle, text_of
from tests.tui.tables import SIZES, table
from tests.web_scene import web_engine

if TYPE_CHECKING:
    from pathlib import Path

    from netwatch.tui.panes.table_view import TableView

TRANSACTIONS, NAMES, AGENTS, CERTIFICATES = 7, 5, 4, 2
pytestmark = pytest.mark.usefixtures("utc")


@pytest.mark.parametrize("size", SIZES)
async def test_views(size: str) -> None:
    """Transactions, then grouped by name, by agent, and the certificates."""
    async with monitor(SIZES[size], engine=web_engine()) as (app, pilot):
        await pilot.press("8")
        for view, rows in (("", TRANSACTIONS), ("-names", NAMES), ("-agents", AGENTS), ("-certificates", CERTIFICATES)):
            await table(app, pilot, rows)
            await check_frame(app, pilot, f"web{view}-{size}")
            await pilot.press("b")


async def test_packets_of_a_transaction() -> None:
    """Those of its flow."""
    async with monitor((160, 45), engine=web_engine()) as (app, pilot):
        await pilot.press("8", "ampersand", *"quic video", "enter")
        await table(app, pilot, 1)
        await pilot.press("enter")
        packets = app._monitor.query_one(PacketTable)
        await settle(app, pilot, lambda: packets.last == 1)
        assert "only UDP 10.0.0.17:50005 > 93.184.216.34" in text_of(app)


async def test_export(tmp_path: Path) -> None:
    """Each of its tables."""
    async with monitor(save_folder=tmp_path, engine=web_engine()) as (app, pilot):
        await pilot.press("8")
        for rows, noun in (
            (TRANSACTIONS, "web transactions"),
            (NAMES, "server names"),
            (AGENTS, "agents"),
            (CERTIFICATES, "certificates"),
        ):
            await table(app, pilot, rows)
            await pilot.press("e")
            await settle(
                app,
                pilot,
                lambda rows=rows, noun=noun: f"exported {counted(rows, noun)}" in app._monitor.query_one(Notice).text,
            )
            await pilot.press("b")
        written = {path.name.rsplit("-", 1)[-1]: path.read_text() for path in tmp_path.iterdir()}
        assert any("video.example,v1 TLS1.3,answered" in text for text in written.values())


@pytest.mark.parametrize(("name", "view"), [("web", WEB), ("flows", FLOWS)])
def test_a_process_is_said_to_be_one(name: str, view: TableView) -> None:
    """`unknown` alone tells nobody what is not known."""
    engine = web_engine()
    try:
        page = engine.page(name, TableQuery(view.sort)).result(60)
    finally:
        engine.close()
    owned = replace(page.table, process=("unknown",) * len(page.table))
    assert "process unknown" in view.facts(owned, 0, Look())[0]
