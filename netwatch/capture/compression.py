"""Compressed captures (gzip, xz, Zstandard), unpacked as a stream so that a small file cannot fill the memory."""

from __future__ import annotations

import importlib
import sys
import zlib
from typing import TYPE_CHECKING, Any, Final, Protocol

from netwatch.errors import FileError
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.capture.byte_stream import Content

MEMORY_LIMIT: Final = 256 << 20
"""Bytes that an unpacker may take: four times what the largest preset of xz needs."""
LONGEST_MAGIC: Final = 6

_INPUT_CHUNK: Final = 256 << 10
_ZSTD_SLICE: Final = 2 << 10
"""zstandard cannot bound its output, but 4 bytes unpack to at most a block of 128 KiB (RFC 8878, 3.1.1.2), so that
a slice of 2 KiB makes at most 64 MiB."""
_WINDOW_LOG_MAX: Final = 27
"""128 MiB, as far as the zstd command goes without being asked."""
_FRUITLESS_CHUNKS: Final = 64
"""Steps without output before the caller gets a turn; a file may hold millions of empty members."""


class Unpacker(Protocol):
    """One member of a compressed file, in the form that lzma has in the standard library."""

    @property
    def eof(self) -> bool:
        """True after the end of the member."""
        ...

    @property
    def needs_input(self) -> bool:
        """False while there is output that `max_length` kept back."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What follows the end of the member."""
        ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Unpack `data`, about `max_length` bytes at a time."""
        ...


def compression_of(start: bytes) -> str:
    """Return `gzip`, `xz` or `zstd` by the first bytes of a file, empty when it is none of them."""
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith(b"\xfd7zXZ\0"):
        return "xz"
    if start.startswith(b"\x28\xb5\x2f\xfd") or (start[1:4] == b"\x2a\x4d\x18" and start[0] & 0xF0 == 0x50):
        return "zstd"  # the second form is a frame to skip (RFC 8878, 3.1.2)
    return ""


class Unpacked:
    """The content of a compressed stream, member after member, with zero padding between them skipped."""

    def __init__(self, source: Content, start: bytes, kind: str) -> None:
        """Unpack `start`, then what `source` has, as `kind` says.

        Raises:
            FileError: this kind needs a package that is not installed.
        """
        self.problem = ""
        self._source = source
        self._kind = kind
        self._input = start
        self._output = memoryview(b"")
        self._unpacker: Unpacker | None
        self._unpacker, self._refusal = _unpacker(kind)
        self._buffer = bytearray(_INPUT_CHUNK)
        self._ended = False

    def read_into(self, view: memoryview) -> int | None:
        """Unpack up to len(view) bytes; None when there is nothing just now, 0 at the end or after a `problem`."""
        for _ in range(_FRUITLESS_CHUNKS):
            if self._output:
                count = min(len(view), len(self._output))
                view[:count] = self._output[:count]
                self._output = self._output[count:]
                return count
            if self._ended:
                return 0
            if not self._advance(len(view)):
                return None
        return None

    def _advance(self, room: int) -> bool:
        """Take one step; False when the source has nothing just now."""
        if self._unpacker is None:
            return self._next_member()
        if self._unpacker.needs_input and not self._input and not self._more_input():
            if self._ended:
                self.problem = f"its {self._kind} data is cut short"
            return self._ended
        data, self._input = self._input, b""
        try:
            self._output = memoryview(self._unpacker.decompress(data, room))
        except self._refusal as error:
            self.problem = f"its {self._kind} data cannot be unpacked ({printable(str(error))})"
            self._ended = True
            return True
        if self._unpacker.eof:
            self._input = self._unpacker.unused_data
            self._unpacker = None
        return True

    def _next_member(self) -> bool:
        self._input = self._input.lstrip(b"\0")
        if len(self._input) < LONGEST_MAGIC and self._more_input():
            return True
        if not self._ended and len(self._input) < LONGEST_MAGIC:
            return False
        if compression_of(self._input) == self._kind:
            self._unpacker, self._refusal = _unpacker(self._kind)
            self._ended = False
        else:
            self._ended = True  # what follows a whole member and is none itself is ignored, as gzip and xz do
        return True

    def _more_input(self) -> bool:
        """Append to the input; False when there is nothing just now or, with `_ended` set, for good."""
        count = self._source.read_into(memoryview(self._buffer))
        if count:
            self._input += bytes(memoryview(self._buffer)[:count])
        self._ended = count == 0
        return bool(count)


class _Gzip:
    """zlib in the form of lzma's decompressor."""

    def __init__(self) -> None:
        self._zlib = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._zlib.eof

    @property
    def unused_data(self) -> bytes:
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        output = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self.needs_input = len(output) < max_length and not self._zlib.unconsumed_tail
        return output


class _Zstandard:
    """The zstandard package in the form of lzma's decompressor."""

    def __init__(self, decompressor: Any) -> None:
        self._zstandard = decompressor.decompressobj()
        self._rest = b""

    @property
    def eof(self) -> bool:
        return bool(self._zstandard.eof)

    @property
    def needs_input(self) -> bool:
        return not self._rest

    @property
    def unused_data(self) -> bytes:
        return bytes(self._zstandard.unused_data) + self._rest

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at least something below `max_length` plus what one slice unpacks to."""
        data = self._rest + data
        pieces: list[bytes] = []
        size = taken = 0
        while taken < len(data) and size < max_length and not self._zstandard.eof:
            pieces.append(self._zstandard.decompress(data[taken : taken + _ZSTD_SLICE]))
            size += len(pieces[-1])
            taken += _ZSTD_SLICE
        self._rest = data[taken:]
        return b"".join(pieces)


def _unpacker(kind: str) -> tuple[Unpacker, type[Exception]]:
    """Return what unpacks one member of this kind, and the error with which it refuses bad data."""
    if kind == "gzip":
        return _Gzip(), zlib.error
    if kind == "xz":
        import lzma

        return lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=MEMORY_LIMIT), lzma.LZMAError
    if sys.version_info >= (3, 14):
        from compression import zstd

        parameters = {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG_MAX}
        return zstd.ZstdDecompressor(options=parameters), zstd.ZstdError
    try:
        zstandard = importlib.import_module("zstandard")
    except ImportError:
        raise FileError(
            "this capture is compressed with Zstandard, which needs a package that is not installed",
            "pip install zstandard",
        ) from None
    return _Zstandard(zstandard.ZstdDecompressor(max_window_size=1 << _WINDOW_LOG_MAX)), zstandard.ZstdError
