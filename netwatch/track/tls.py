"""TlsTables: where readers of TLS write, and the protocol as the tracker of TCP streams knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netwatch.decode.tls_records import CLIENT_HELLO, RECORD_HEADER, SERVER_HELLO, is_record, is_ssl_2_hello
from netwatch.track.stream_protocol import StreamProtocol
from netwatch.track.tls_reader import TlsReader

if TYPE_CHECKING:
    from netwatch.track.event_log import EventLog
    from netwatch.track.flow_applications import FlowApplications
    from netwatch.track.names import NameCache
    from netwatch.track.stream_reader import Stream
    from netwatch.track.web import WebTracker

HANDSHAKE: Final = 0x16
"""The content type of records with messages of a handshake."""
FIRST_BYTES: Final = ((b"\x16", b"\3", bytes(range(5))), (bytes(range(0x80, 0x100)), bytes(range(256)), b"\1"))
"""Of a record with a handshake message, and of a hello in the form of SSL 2.0, whose length comes first."""


@dataclass(frozen=True, slots=True, eq=False)
class TlsTables:
    """What a connection tells goes here."""

    web: WebTracker
    names: NameCache
    applications: FlowApplications
    log: EventLog | None = None
    """Where detection learns of it."""

    def protocols(self) -> tuple[StreamProtocol, ...]:
        """Return TLS as StreamTracker takes it: told by content on any port, in either form."""
        return tuple(
            StreamProtocol("TLS", self.reader, lambda _from_initiator, data: begins_tls(data), first, tuple(following))
            for first, *following in FIRST_BYTES
        )

    def reader(self, stream: Stream) -> TlsReader:
        """Return a reader of a stream that speaks TLS from now on: from its beginning, or after STARTTLS.

        Whoever hands a stream over gives it the bytes of both directions behind the last one in the clear.
        """
        return TlsReader(stream, self)


def begins_tls(data: bytes) -> bool:
    """Return True when TLS begins with these bytes of either direction: with the record of a hello.

    Six bytes are enough to know, eleven for the form of SSL 2.0.
    """
    if is_record(data, 0) and len(data) > RECORD_HEADER:
        return data[0] == HANDSHAKE and data[RECORD_HEADER] in (CLIENT_HELLO, SERVER_HELLO)
    return is_ssl_2_hello(data)
