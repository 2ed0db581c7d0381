"""How long a slice of packet time is."""

from __future__ import annotations

from typing import Final

SLICES_A_SECOND: Final = 4
SLICE_NS: Final = 1_000_000_000 // SLICES_A_SECOND
"""Detectors look at so much packet time at once. Slices begin at multiples of it, whatever the batches."""
