"""One file of a recording: it grows by whole writes, and a write that fails leaves it as it was before."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Protocol

from netwatch.capture.atomic import AtomicFile
from netwatch.capture.file_errors import cannot
from netwatch.capture.gzip_sink import GzipSink
from netwatch.capture.save import is_compressed
from netwatch.errors import FileError

if TYPE_CHECKING:
    from netwatch.capture.frame_writer import ByteSink

STDOUT = "-"


class RecordingFile(Protocol):
    """Where a recording goes."""

    @property
    def path(self) -> str:
        """The file, `-` for standard output."""
        ...

    @property
    def size(self) -> int:
        """Bytes in the file."""
        ...

    @property
    def compressed(self) -> bool:
        """True when `size` is not the sum of what was written."""
        ...

    def publish(self) -> None:
        """Let the file be seen, now that its header is written.

        Raises:
            FileError: something else has its name.
        """
        ...

    def write(self, data: bytes) -> None:
        """Append all of `data`.

        Raises:
            FileError: it cannot be written; nothing of it is in the file.
        """
        ...

    def end(self) -> None:
        """Write what completes the file; `size` is its last now.

        Raises:
            FileError: it cannot be written.
        """
        ...

    def close(self) -> None:
        """Bring the file, which was ended, to the disk; this may take long and may be done by another thread.

        Raises:
            FileError: the last bytes did not reach the disk.
        """
        ...

    def abandon(self) -> None:
        """Close the file as it is. May be called twice."""
        ...


class GrowingFile:
    """Implements RecordingFile for a file that has its name while it grows, so that it can be read meanwhile."""

    def __init__(self, path: str, *, overwrite: bool) -> None:
        """Create the file, still without its name.

        Raises:
            FileError: it exists and `overwrite` is False, or it cannot be created.
        """
        self.path = path
        self._file = AtomicFile(path, overwrite=overwrite)
        self.compressed = is_compressed(path)
        self._packed = GzipSink(self._file, flush_each=True) if self.compressed else None
        self._sink: ByteSink = self._packed or self._file

    @property
    def size(self) -> int:
        """Bytes in the file, compressed if it is."""
        return self._file.size

    def write(self, data: bytes) -> None:
        """Append all of `data` or, with a FileError, nothing; after an error only `abandon` is left to do."""
        before = self._file.size
        try:
            self._sink.write(data)
        except FileError:
            with contextlib.suppress(FileError):  # the first error is the one to tell
                self._file.truncate(before)
            raise

    def publish(self) -> None:
        """Give the file its name, now that its header is written."""
        self._file.publish()

    def end(self) -> None:
        """Write the end of compressed data."""
        if self._packed:
            self._packed.finish()

    def close(self) -> None:
        """Bring the file to the disk."""
        try:
            self._file.commit()
        finally:
            self._file.abort()

    def abandon(self) -> None:
        """Close the file as it is, and remove it if it has no name yet."""
        self._file.abort()


class StandardOutput:
    """Implements RecordingFile for standard output."""

    path = STDOUT
    compressed = False

    def __init__(self, descriptor: int = 1) -> None:
        """Use a copy of `descriptor`.

        Raises:
            FileError: it is a terminal, or closed.
        """
        self.size = 0
        try:
            if os.isatty(descriptor):
                raise FileError("cannot write packets to a terminal", "name a file or pipe the output: -w - | ...")
            self._descriptor = os.dup(descriptor)
        except OSError as error:
            raise cannot("write", "standard output", error) from error

    def write(self, data: bytes) -> None:
        """Write all of `data`; FileError when the reader has gone."""
        view = memoryview(data)
        while view:
            try:
                count = os.write(self._descriptor, view)
            except OSError as error:
                raise cannot("write", "standard output", error) from error
            self.size += count
            view = view[count:]

    def publish(self) -> None:
        """Do nothing: what is written is out."""

    def end(self) -> None:
        """Do nothing: there is nothing more to write."""

    def close(self) -> None:
        """Close this copy of the descriptor. May be called twice."""
        self.abandon()

    def abandon(self) -> None:
        """Do the same."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
