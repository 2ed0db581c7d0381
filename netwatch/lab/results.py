"""What a tool found, as a table for the terminal, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, field
from typing import Any, Final

from netwatch import __version__
from netwatch.text import printable

_FORMULA_STARTS: Final = ("=", "+", "-", "@")
"""A cell that begins so is carried out by spreadsheets (CWE-1236); texts from the network must not be."""


@dataclass(slots=True)
class Results:
    """Rows of one table and what they come to."""

    columns: tuple[str, ...]
    rows: list[dict[str, Any]] = field(default_factory=list)
    """A value for each column; None where there is nothing to say."""
    summary: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    """The summary in words, one or more lines."""
    failed: bool = False
    """The exit status is 1 although everything was carried out: a check that found something."""


def as_text(results: Results) -> str:
    """Return an aligned table and the summary."""
    lines = []
    if results.rows:
        table = [results.columns, *([_cell(row.get(name)) for name in results.columns] for row in results.rows)]
        widths = [max(len(line[place]) for line in table) for place in range(len(results.columns))]
        lines = [
            "  ".join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)).rstrip() for line in table
        ]
    return "\n".join([*lines, *([printable(line) for line in results.text.splitlines()])]) + "\n"


def as_json(results: Results, facts: dict[str, Any]) -> str:
    """Return one object: `facts` of the run, the rows and the summary; every text in it is printable."""
    whole = {"netwatch": __version__, **facts, "results": results.rows, "summary": results.summary}
    return json.dumps(_printable(whole), indent=2) + "\n"


def as_csv(results: Results) -> str:
    """Return the rows with a header line (RFC 4180)."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(results.columns)
    writer.writerows([_safe(row.get(name)) for name in results.columns] for row in results.rows)
    return stream.getvalue()


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return printable(", ".join(map(str, value)), 200)
    return printable(str(value), 200)


def _safe(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        value = " ".join(map(str, value))
    if isinstance(value, str):
        text = printable(value)
        return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
    return value


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value, 4096)
    if isinstance(value, dict):
        return {printable(str(name)): _printable(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(one) for one in value]
    return value
