"""Dates in reports."""

from __future__ import annotations

from datetime import UTC, datetime

from netwatch.nanoseconds import SECOND


def date_text(time_ns: int) -> str:
    """Return a date and a time of day, UTC, to the second."""
    return f"{datetime.fromtimestamp(time_ns // SECOND, UTC):%Y-%m-%d %H:%M:%S}"
