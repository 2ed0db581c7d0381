"""FilteredCapture: what all live captures answer of interfaces and filters, however their packets come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.capture.frames import LINKTYPE_ETHERNET
from netwatch.capture.interfaces import list_interfaces
from netwatch.capture.live_filters import LiveFilters

if TYPE_CHECKING:
    from netwatch.capture.bpf import CaptureFilter
    from netwatch.capture.privileges import CaptureRights
    from netwatch.snapshot import FilterVerdict, Interface


class FilteredCapture:
    """The base of LiveSources; who derives from it opens interfaces and sets `link_types` to theirs."""

    def __init__(self, rights: CaptureRights) -> None:
        """Compile filters with these rights."""
        self.link_types: tuple[int, ...] = (LINKTYPE_ETHERNET,)
        self._filters = LiveFilters(rights.compiler, rights.own_session)

    @property
    def own_session(self) -> str:
        """See LiveSources."""
        return self._filters.label

    def interfaces(self) -> tuple[Interface, ...]:
        """See LiveSources."""
        return list_interfaces()

    def verdict(self, text: str) -> FilterVerdict:
        """See LiveSources."""
        return self._filters.verdict(text, self.link_types)

    def filter(self, text: str, *, include_own_session: bool) -> CaptureFilter | None:
        """See LiveSources."""
        return self._filters.filter(text, self.link_types, include_own_session=include_own_session)
