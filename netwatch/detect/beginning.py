"""Beginning: what detectors are told of a capture before anything else."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Beginning:
    """How the capture is read, and what is known from before."""

    live: bool = False
    """It may not wait; of a file nothing need be left out for speed."""
    known_names: frozenset[str] = frozenset()
    """Names that were looked up in earlier runs, empty where nobody remembers."""
