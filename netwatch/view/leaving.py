"""Leaving: what is done to what leaves the program."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.capture.frames import Frames


@dataclass(frozen=True, slots=True)
class Leaving:
    """Changes of frames and of texts; nothing unless told."""

    frames: Callable[[Frames], Frames] = lambda frames: frames
    text: Callable[[str], str] = str
    """To remarks."""
