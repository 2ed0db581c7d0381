"""What the worker writes page by page: each table while the capture goes on, and not at all once it is over."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from netwatch.export.csv_columns import CSV_COLUMNS
from netwatch.export.table_csv import export_table
from netwatch.tables.query import TableQuery
from netwatch.tui.saving import free_name
from tests.scenes import scene_engine, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from netwatch.engine import Engine
    from netwatch.request import Request

PATIENCE = 60


def export(engine: Engine, table: str, path: Path) -> Request[int]:
    """Ask for it as a pane does."""
    query = TableQuery("serial", descending=False)
    return engine.work(
        lambda asked: export_table(lambda wanted: engine.page(table, wanted).result(), table, query, path, asked)
    )


@pytest.mark.parametrize("table", sorted(CSV_COLUMNS))
def test_every_table_can_be_written_by_the_worker(table: str, tmp_path: Path) -> None:
    """Also those that the worker itself answers for, which would wait for itself."""
    engine, _ = scene_engine()
    try:
        path = free_name(tmp_path, datetime(2026, 7, 28, tzinfo=UTC), ".csv", table)
        rows = export(engine, table, path).result(PATIENCE)
        assert len(path.read_text().splitlines()) == rows + 1
    finally:
        engine.close()


def test_an_export_ends_with_the_capture(tmp_path: Path) -> None:
    """Nobody would answer it; nothing of it is left."""
    engine, _ = scene_engine()
    begun, go_on = threading.Event(), threading.Event()

    def between_pages(_request: object) -> int:
        begun.set()
        assert go_on.wait(PATIENCE)
        return export(engine, "flows", tmp_path / "flows.csv").result(0)

    request = engine.work(between_pages)
    assert begun.wait(PATIENCE)
    closing = threading.Thread(target=engine.close)
    closing.start()
    wait_for(lambda: not engine._thread.is_alive())
    go_on.set()
    with pytest.raises(CancelledError):
        request.result(PATIENCE)
    closing.join(PATIENCE)
    assert list(tmp_path.iterdir()) == []
