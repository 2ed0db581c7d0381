"""gzip as a byte sink: what is written to it arrives compressed at another one."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netwatch.capture.frame_writer import ByteSink

_LEVEL: Final = 3
"""Captures shrink by hardly less than at level 6, in half the time."""
_GZIP: Final = 31
"""wbits of zlib for the gzip format with the largest window."""


class GzipSink:
    """Implements ByteSink."""

    def __init__(self, sink: ByteSink, *, flush_each: bool = False) -> None:
        """Compress to `sink`; `flush_each` makes all of a write readable at once, for files that are read growing."""
        self._sink = sink
        self._flush_each = flush_each
        self._zlib = zlib.compressobj(_LEVEL, wbits=_GZIP)

    def write(self, data: bytes) -> None:
        """Compress `data`.

        Raises:
            FileError: the sink failed.
        """
        packed = self._zlib.compress(data)
        if self._flush_each:
            packed += self._zlib.flush(zlib.Z_SYNC_FLUSH)
        if packed:
            self._sink.write(packed)

    def finish(self) -> None:
        """Write the end of the gzip data."""
        self._sink.write(self._zlib.flush())
