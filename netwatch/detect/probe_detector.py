"""ProbeDetector: the base of detectors that look at single TCP segments which belong to no connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeVar

from netwatch.detect.config import Config
from netwatch.detect.keyed import KeyedDetector

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from netwatch.detect.probe_events import Probes

C = TypeVar("C", bound=Config)
V = TypeVar("V")
MOST_PROBES: Final = 1000
"""Segments of one slice of time that are looked at."""


class ProbeDetector(KeyedDetector[C, V]):
    """Looks at MOST_PROBES segments of a slice and counts the others."""

    needs: ClassVar[tuple[str | type, ...]] = ("probes",)

    def rows(self, probes: Probes, at: NDArray[np.intp], columns: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
        """Return what `columns` hold of the segments `at`, one tuple each."""
        self.left_out += max(len(at) - MOST_PROBES, 0)
        return zip(*(getattr(probes, name)[at[:MOST_PROBES]].tolist() for name in columns), strict=True)
