"""The one growing list of interfaces that all sections of all files of a source share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netwatch.capture.frames import FrameInterface

MAX_INTERFACES: Final = 65536
"""As many as the uint16 column Frames.interface can name."""


class InterfaceTable:
    """Gives every interface a number; the same interface in another section or file keeps its number."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[FrameInterface, int], int] = {}
        self._interfaces: list[FrameInterface] = []
        self._snapshot: tuple[FrameInterface, ...] = ()

    def number(self, interface: FrameInterface, twin: int = 0) -> int:
        """Return the number of `interface`, entering it when it is new.

        `twin` tells equal interfaces of one section apart: how many equal ones come before it there. A table that is
        full gives its last number, so that hostile files cannot grow it without end.
        """
        key = (interface, twin)
        known = self._numbers.get(key)
        if known is not None:
            return known
        if len(self._interfaces) >= MAX_INTERFACES:
            return MAX_INTERFACES - 1
        self._numbers[key] = len(self._interfaces)
        self._interfaces.append(interface)
        return len(self._interfaces) - 1

    def interfaces(self) -> tuple[FrameInterface, ...]:
        """Return all interfaces by number; may be called from any thread."""
        if len(self._snapshot) != len(self._interfaces):
            self._snapshot = tuple(self._interfaces)
        return self._snapshot
