"""The ranges of options."""

from __future__ import annotations

from netwatch.errors import UsageError


def require_within(name: str, value: float, least: float, most: float) -> None:
    """Raise UsageError when an option is not in its range, both ends included."""
    if not least <= value <= most:
        raise UsageError(f"{name} must be between {least:,g} and {most:,g}, not {value:g}")
