"""CSV: every row once, header and values in step, nothing that a spreadsheet would carry out."""

from __future__ import annotations

import csv
import io
import json
from concurrent.futures import CancelledError
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from netwatch.errors import FileError
from netwatch.export import table_csv
from netwatch.export.csv_columns import CSV_COLUMNS
from netwatch.export.table_csv import csv_text, export_table
from netwatch.request import Request
from netwatch.tables.baseline import BaselineTable
from netwatch.tables.mutes import Mute
from netwatch.tables.query import TableQuery
from tests.detect.scenes import attack_engine
from tests.scenes import analysed, day
from tests.web_scene import web_frames

if TYPE_CHECKING:
    from pathlib import Path

ANALYSIS = analysed(day())


def rows_of(text: str) -> list[dict[str, str]]:
    """Return the rows by column name."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


ALERT_TABLES = {"alerts", "alerts_by_time", "mutes"}
NOT_OF_TRACKERS = {*ALERT_TABLES, "baseline"}


@pytest.mark.parametrize("table", [table for table in CSV_COLUMNS if table not in NOT_OF_TRACKERS])
def test_every_table_has_a_line_for_each_row(table: str) -> None:
    """With a value for each name."""
    page = analysed([*day(1), *web_frames()]).page(table, TableQuery("serial", descending=False))
    rows = rows_of(csv_text(table, page.table))
    assert len(rows) == page.total
    assert rows or table == "dns_unanswered"  # all are answered
    assert all(list(row) == list(CSV_COLUMNS[table]) and None not in row.values() for row in rows)


@pytest.mark.parametrize("table", sorted(ALERT_TABLES))
def test_alerts_have_a_line_for_each_row(table: str) -> None:
    """And mutes."""
    engine = attack_engine()
    try:
        if table == "mutes":
            engine.mute(Mute("scan.vertical")).result(180)
        page = engine.page(table, TableQuery("serial", descending=False)).result(180)
    finally:
        engine.close()
    rows = rows_of(csv_text(table, page.table))
    assert 0 < len(rows) == page.total
    assert all(list(row) == list(CSV_COLUMNS[table]) and None not in row.values() for row in rows)


def test_values_of_flows() -> None:
    """As the table has them; times to the nanosecond."""
    table = ANALYSIS.page("flows", TableQuery("serial", descending=False)).table
    for index, row in enumerate(rows_of(csv_text("flows", table))):
        assert (row["src"], row["dst"]) == (table.source[index], table.destination[index])
        assert int(row["bytes"]) == int(row["bytes_sent"]) + int(row["bytes_received"]) == table.bytes[index].sum()
        seconds, nanoseconds = row["first_time"].split(".")
        assert int(seconds) * 10**9 + int(nanoseconds) == table.first_ns[index]


def test_a_formula_is_text() -> None:
    """Names come from the network."""
    table = ANALYSIS.page("hosts", TableQuery("bytes")).table
    hostile = replace(table, vendor=("=HYPERLINK(1)", *("@x" for _ in range(len(table) - 1))))
    rows = rows_of(csv_text("hosts", hostile))
    assert rows[0]["vendor"] == "'=HYPERLINK(1)"
    assert rows[1]["vendor"] == "'@x"


@pytest.mark.parametrize("at_once", [1, 3, 1000])
def test_pages_put_together_are_the_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int) -> None:
    """However many rows fit a page."""
    monkeypatch.setattr(table_csv, "ROWS_AT_ONCE", at_once)
    path, request = tmp_path / "flows.csv", Request[int]()
    written = export_table(lambda query: ANALYSIS.page("flows", query), "flows", TableQuery("bytes"), path, request)
    rows = rows_of(path.read_text())
    assert len(rows) == written == 34
    sizes = [int(row["bytes"]) for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    assert request.progress == 1


def test_an_export_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that exists is not touched; a cancelled export writes none."""
    path = tmp_path / "flows.csv"
    path.write_text("mine")

    def fetch(query: TableQuery) -> Any:
        return ANALYSIS.page("flows", query)

    with pytest.raises(FileError):
        export_table(fetch, "flows", TableQuery("bytes"), path, Request())
    assert path.read_text() == "mine"
    monkeypatch.setattr(table_csv, "ROWS_AT_ONCE", 3)
    request = Request[int]()
    request.set_running_or_notify_cancel()
    request.cancel()
    with pytest.raises(CancelledError):
        export_table(fetch, "flows", TableQuery("bytes"), tmp_path / "other.csv", request)
    assert [each.name for each in tmp_path.iterdir()] == ["flows.csv"]


def test_a_held_order_is_kept(tmp_path: Path) -> None:
    """What is seen is what is written."""
    table = ANALYSIS.page("flows", TableQuery("serial", descending=False)).table
    held = table.serial[::-1][:5].astype(np.int64)
    path = tmp_path / "flows.csv"
    query = TableQuery("bytes", held=held)
    export_table(lambda wanted: ANALYSIS.page("flows", wanted), "flows", query, path, Request())
    rows = rows_of(path.read_text())
    assert [row["sport"] for row in rows] == [str(port) for port in table.sport[::-1][:5].tolist()]


def test_alerts_as_eve_are_a_record_a_line(tmp_path: Path) -> None:
    """As Suricata writes them, whatever the order of the pane."""
    engine, path = attack_engine(), tmp_path / "alerts.eve.json"
    try:
        written = export_table(
            lambda query: engine.page("alerts", query).result(180), "alerts", TableQuery("time"), path, Request(), "eve"
        )
    finally:
        engine.close()
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(records) == written >= 2
    assert {record["event_type"] for record in records} == {"alert"}
    assert {"scan.vertical", "arp.spoof"} <= {record["alert"]["category"] for record in records}


def test_differences_from_other_days() -> None:
    """Have a line each too."""
    table = BaselineTable(
        serial=np.array([1, 2]),
        change=("new", "larger"),
        kind=("hosts", "names"),
        key=("10.0.0.9", "example.com"),
        value=np.array([1200, 44]),
        usual=np.array([0.0, 3.5]),
        score=np.array([0.0, 9.25]),
        against="7 days before",
    )
    rows = rows_of(csv_text("baseline", table))
    assert rows[1] == {
        "change": "larger",
        "kind": "names",
        "key": "example.com",
        "now": "44",
        "usual": "3.5",
        "robust_z": "9.25",
    }
