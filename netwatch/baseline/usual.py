"""Usual: what captures are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netwatch.baseline.day_file import DayFile
    from netwatch.baseline.sample import Sample


@dataclass(frozen=True, slots=True, eq=False)
class Usual:
    """What captures are compared with; nothing unless told."""

    file: DayFile | None = None
    """The days before."""
    keeps: bool = False
    """Live captures are added to `file`."""
    samples: tuple[Sample, ...] = ()
    """Captures to compare with instead of days."""
    said: str = ""
    """What `samples` are, printable."""
