"""What the overview shows as rows of CSV or JSON: protocols, ports, sizes, talkers, names, with packets and bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.capture.atomic import AtomicFile
from netwatch.export.table_forms import FORMS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from netwatch.export.table_forms import FormName
    from netwatch.tables.overview import Overview

NAMES: Final = ("part", "name", "packets", "bytes")


def export_overview(found: Overview, path: Path, form_name: FormName) -> int:
    """Write an overview to a new file and return how many rows there were.

    Raises:
        FileError: nothing was written: the file exists, or no space.
    """
    rows = list(_rows(found))
    form = FORMS[form_name](NAMES)
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in NAMES]
    with AtomicFile(str(path), overwrite=False) as file:
        file.write((form.begin() + form.rows(columns) + form.end()).encode())
        file.commit()
    return len(rows)


def _rows(found: Overview) -> Iterator[tuple[str, str, object, object]]:
    """Yield (part, name, packets, bytes); of names that were asked for the packets are how often that was."""
    path: list[str] = []
    for row in found.traffic.hierarchy:
        path[row.depth :] = [row.name]
        yield "protocol", "/".join(path), row.packets, row.bytes
    for port in found.traffic.ports:
        yield "port", f"{port.protocol.lower()}/{port.port}", port.packets, port.bytes
    for size in found.traffic.sizes:
        yield "size", f"{size.least}-{'' if size.most is None else size.most}", size.packets, size.bytes
    for part, table, column in (("talker", found.talkers, 0), ("destination", found.destinations, 1)):
        for at in range(len(table)):
            name = table.name[at] or table.address[at]
            yield part, name, int(table.packets[at, column]), int(table.bytes[at, column])
    for part, names in (("query", found.names), ("server", found.server_names), ("http", found.http_hosts)):
        for name, count in names:
            yield part, name, count, ""
