"""What live tests run inside a namespace: captures and writes what it saw as JSON.

`python -m tests.live.ring_child INTERFACES [FILTER]` takes commands on standard input, one a line: `filter TEXT`,
`open NAMES`, `state`, `tables`, `report FILE`; each is answered by one line of JSON. It ends with its input.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.live.child import PATIENCE

if TYPE_CHECKING:
    from netwatch.engine import Engine
    from netwatch.request import Request

SETTLE = 0.1
"""Seconds before an answer: who asks again and again lets others work, and what was not expected has time to come."""
TABLES = ("flows", "handshakes", "services", "hosts", "neighbours", "dns", "web")


def seen(engine: Engine) -> dict[str, Any]:
    """Return what the engine knows."""
    snapshot = engine.snapshot()
    rows = engine.rows(1, 5000)
    return {
        "state": snapshot.state.value,
        "message": snapshot.message,
        "packets": snapshot.packets,
        "bytes": snapshot.bytes,
        "dropped": snapshot.loss.kernel_dropped,
        "protocols": Counter(row.protocol for row in rows),
        "infos": [row.info for row in rows[:500]],
        "vlans": sorted({row.vlan for row in rows}),
        "directions": Counter(row.direction for row in rows),
        "interfaces": Counter(row.interface for row in rows),
        "link_types": list(snapshot.link_types),
        "changes": [list(change) for change in snapshot.history.filter_changes],
        "frames": [len(engine.frame(row.number)) for row in rows[:50]],
        "capture_id": snapshot.capture_id,
    }


def tables(engine: Engine) -> dict[str, Any]:
    """Return the rows of all tables of the same moment, oldest first, and the totals of handshakes."""
    from netwatch.snapshot import CaptureState
    from netwatch.tables.query import TableQuery

    query = TableQuery("serial", descending=False, count=1000)

    def work(_request: Request[dict[str, Any]]) -> dict[str, Any]:
        session = engine._loaded().session
        found: dict[str, Any] = {name: as_rows(session.page(name, query).table) for name in TABLES}
        return found | {"counts": as_row(session.analysis.handshakes.counts())}

    engine.page("flows", query).result(PATIENCE)  # only a pane has sockets looked at
    assert engine.snapshot().state is not CaptureState.FAILED, engine.snapshot().message
    return engine._call(work).result(PATIENCE)


def as_rows(table: Any) -> list[dict[str, Any]]:
    """Return the columns of a table as one dictionary a row."""
    columns: dict[str, list[Any]] = {}
    for field in fields(table):
        column = getattr(table, field.name)
        columns[field.name] = as_rows(column) if is_dataclass(column) else plain(column)
    rows = max(map(len, columns.values()))
    # Names and processes are () where nobody looked
    columns = {name: column or [""] * rows for name, column in columns.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def as_row(one: Any) -> dict[str, Any]:
    """Return the fields of what is no table."""
    return {field.name: getattr(one, field.name) for field in fields(one)}


def plain(column: Any) -> list[Any]:
    """Return a column as a list of what JSON knows."""
    values = column if isinstance(column, tuple) else column.tolist()
    return [value if value == value else None for value in values]  # NaN is not


def report(engine: Engine, path: Path) -> dict[str, Any]:
    """End the capture, save the whole buffer, and return the report of what was seen live."""
    from netwatch.export.report import report_object

    def work(_request: Request[dict[str, Any]]) -> dict[str, Any]:
        session = engine._loaded().session
        return report_object(session.snapshot(), session.analysis.summary("bytes", 1000))

    engine.stop().result(PATIENCE)
    engine.save(path).result(PATIENCE)
    return engine._call(work).result(PATIENCE)


def main() -> None:
    """Serve commands."""
    from netwatch.capture.privileges import CaptureRights

    rights = CaptureRights.acquire()
    from netwatch.capture.live import LiveCapture
    from netwatch.capture.ring import RingOptions
    from netwatch.engine import Engine
    from netwatch.errors import NetwatchError
    from netwatch.snapshot import CaptureState

    names, text = tuple(sys.argv[1].split(",")), sys.argv[2] if len(sys.argv) > 2 else ""
    snaplen = int(sys.argv[3]) if len(sys.argv) > 3 else 262144
    live = LiveCapture(rights, RingOptions(snaplen=snaplen))
    engine = Engine(buffer_bytes=64 << 20, live=live)
    engine.start(live.open(names, text, include_own_session=True), capture_filter=text)
    while engine.snapshot().state is CaptureState.STARTING:  # until then nobody empties the ring
        time.sleep(0.01)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        command, _, rest = line.strip().partition(" ")
        try:
            if command == "filter":
                engine.set_capture_filter(rest).result(PATIENCE)
            elif command == "open":
                engine.open(tuple(rest.split(","))).result(PATIENCE)
            time.sleep(SETTLE)
            answer: dict[str, Any]
            if command == "tables":
                answer = tables(engine)
            elif command == "report":
                answer = report(engine, Path(rest))
            else:
                answer = seen(engine)
        except NetwatchError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)
    engine.close()


if __name__ == "__main__":
    main()
