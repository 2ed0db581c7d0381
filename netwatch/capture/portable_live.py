"""Live capture where there are no packet sockets (macOS, BSD, Windows): opens interfaces through libpcap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.capture.filtered_capture import FilteredCapture
from netwatch.capture.interfaces import require_interface
from netwatch.capture.portable import PortableOptions, PortableSource
from netwatch.capture.source_group import SourceGroup
from netwatch.errors import NetwatchError

if TYPE_CHECKING:
    from netwatch.capture.privileges import CaptureRights
    from netwatch.capture.source import Source


class PortableCapture(FilteredCapture):
    """What the engine asks for live sources; implements LiveSources. The process keeps its rights for the next one."""

    def __init__(self, rights: CaptureRights, options: PortableOptions) -> None:
        super().__init__(rights)
        self._options = options
        self._source: Source | None = None

    def open(self, names: tuple[str, ...], text: str, *, include_own_session: bool) -> Source:
        """See LiveSources. Only libpcap knows a link type, so interfaces are open before their filter is set."""
        if self._source is not None:
            self._source.close()
            self._source = None
        found = {interface.name: interface for interface in map(require_interface, names)}
        opened: list[PortableSource] = []
        try:
            opened.extend(PortableSource(name, self._options) for name in found)
            self.link_types = tuple({source.interfaces[0].link_type for source in opened})
            capture_filter = self.filter(text, include_own_session=include_own_session)
            for source in opened:
                source.set_filter(capture_filter)
        except NetwatchError:
            for source in opened:
                source.close()
            raise
        self._source = opened[0] if len(opened) == 1 else SourceGroup(opened)
        return self._source
