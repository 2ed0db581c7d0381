"""Nanoseconds: the whole numbers in which times since the epoch and spans of time are counted."""

from __future__ import annotations

from typing import Final

SECOND: Final = 1_000_000_000
