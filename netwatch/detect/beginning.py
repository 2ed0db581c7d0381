"""Beginning: what detectors are told of a capture before anything else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netwatch.tables.baseline import UsualBytes


@dataclass(frozen=True, slots=True)
class Beginning:
    """How the capture is read, and what is known from before."""

    live: bool = False
    """It may not wait; of a file nothing need be left out for speed."""
    known_names: frozenset[str] = frozenset()
    """Names that were looked up in earlier runs, empty where nobody remembers."""
    usual: Mapping[str, UsualBytes] = field(default_factory=dict)
    """By address as text; empty where no other day is known."""
