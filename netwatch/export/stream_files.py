"""Every TCP stream of a capture as a file of its own, each direction put together, and the HTTP headers in it."""

from __future__ import annotations

import contextlib
import secrets
from typing import TYPE_CHECKING, Final

from netwatch.capture.atomic import AtomicFile
from netwatch.decode.addresses import address_text
from netwatch.decode.decoder import decode
from netwatch.errors import FileError
from netwatch.text import printable_bytes
from netwatch.track.flow import FlowTracker
from netwatch.track.http_secrets import SECRET_FIELDS, masked, masked_field
from netwatch.track.stream import StreamTracker
from netwatch.track.stream_protocol import StreamProtocol

if TYPE_CHECKING:
    from pathlib import Path

    from netwatch.capture.source import Source
    from netwatch.track.stream_reader import Moment, Stream

MOST_STREAMS: Final = 10_000
LARGEST: Final = 256 << 20
"""Bytes of one direction that are written."""
LONGEST_HEAD: Final = 16 << 10
MOST_HEADS: Final = 100
_STARTS: Final = (b"HTTP/1.", b"GET ", b"POST ", b"HEAD ", b"PUT ", b"DELETE ", b"OPTIONS ", b"PATCH ", b"CONNECT ")
_END: Final = b"\r\n\r\n"


class StreamFiles:
    """Makes readers that write what they read to `stream_N_SRC_SPORT_to_DST_DPORT.bin`, a file a direction."""

    def __init__(self, folder: Path) -> None:
        self.written: list[Path] = []
        self.left_out = 0
        """Streams after the first MOST_STREAMS."""
        self.problem = ""
        """Why the first file that failed could not be written."""
        self._folder = folder
        self._streams = 0

    def reader(self, stream: Stream) -> _Writer:
        """Return what writes a stream."""
        self._streams += 1
        if self._streams > MOST_STREAMS:
            self.left_out += 1
            return _Writer(self, None, 0)
        return _Writer(self, stream, self._streams)

    def write(self, name: str, data: bytes) -> AtomicFile | None:
        """Begin a file; None when it cannot be made."""
        try:
            file = AtomicFile(str(self._folder / name))
            file.write(data)
        except FileError as error:
            self.problem = self.problem or str(error)
            return None
        return file

    def keep(self, file: AtomicFile) -> None:
        """Complete a file."""
        try:
            file.commit()
            self.written.append(self._folder / file.path)
        except FileError as error:
            self.problem = self.problem or str(error)
        finally:
            file.abort()


class _Writer:
    """Implements StreamReader."""

    def __init__(self, files: StreamFiles, stream: Stream | None, number: int) -> None:
        self._files = files
        self._stream = stream
        self._number = number
        self._open: dict[bool, AtomicFile | None] = {}
        self._heads: list[bytes] = []
        self._ended: set[bool] = set()

    def read(self, from_initiator: bool, data: bytes, _moment: Moment) -> None:
        """Append to the file of the direction."""
        if data.startswith(_STARTS) and len(self._heads) < MOST_HEADS:
            self._heads.append(data[:LONGEST_HEAD].partition(_END)[0])
        if from_initiator not in self._open:
            self._open[from_initiator] = self._files.write(self._name(from_initiator), data)
            return
        file = self._open[from_initiator]
        if file is None or file.size >= LARGEST:
            return
        try:
            file.write(data)
        except FileError as error:
            self._files.problem = self._files.problem or str(error)
            file.abort()
            self._open[from_initiator] = None

    def lost(self, from_initiator: bool, length: int, moment: Moment) -> None:
        """Leave the gap out, as following a stream does."""

    def closed(self, from_initiator: bool, _moment: Moment) -> None:
        """Complete the file of a direction; after both, write the headers."""
        self._ended.add(from_initiator)
        file = self._open.pop(from_initiator, None)
        if file is not None:
            self._files.keep(file)
        if len(self._ended) == 2 and self._heads:
            text = "\n\n".join(_shown(head) for head in self._heads)
            headers = self._files.write(self._name(initiator=True)[:-4] + "_http.txt", text.encode())
            if headers is not None:
                self._files.keep(headers)
            self._heads = []

    def unwanted(self, _from_initiator: bool) -> int:
        """Return how many bytes to skip: none, unless there is no file."""
        return -1 if self._stream is None else 0

    def _name(self, initiator: bool) -> str:
        stream = self._stream
        if stream is None:
            return ""
        ends = [
            (address_text(stream.initiator_high, stream.initiator_low), stream.initiator_port),
            (address_text(stream.responder_high, stream.responder_low), stream.responder_port),
        ]
        (source, sport), (destination, dport) = ends if initiator else ends[::-1]
        name = f"stream_{self._number}_{source}_{sport}_to_{destination}_{dport}.bin"
        return name.replace(":", "-")


def write_streams(source: Source, folder: Path) -> StreamFiles:
    """Put the streams of `source` together in files; return which.

    Raises:
        FileError: the source broke.
    """
    files = StreamFiles(folder)
    flows = FlowTracker(seed=secrets.randbits(63), patience_ns=None)
    protocol = StreamProtocol("any", files.reader, recognises=lambda _initiator, _data: True)
    streams = StreamTracker(flows.columns, (protocol,))
    first = 1
    with contextlib.suppress(EOFError):
        while True:
            frames = source.read(1.0)
            if frames is not None:
                batch = decode(frames, first)
                first += len(frames)
                streams.feed(batch, flows.feed(batch))
    streams.finish()
    return files


def _shown(head: bytes) -> str:
    """Return request or status line and fields as text, values of secrets masked."""
    lines = []
    for line in head.split(b"\r\n"):
        name = line.partition(b":")[0].strip().lower()
        lines.append(printable_bytes(masked_field(name, line) if name in SECRET_FIELDS else masked(line)))
    return "\n".join(lines)
