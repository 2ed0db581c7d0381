"""The wire of a DNS client: one connected socket, which needs no rights."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import time
from typing import Final

from netwatch.errors import NetwatchError
from netwatch.lab.wire import Heard

_SO_TIMESTAMPNS: Final = 35
_LARGEST: Final = 65537


class DnsWire:
    """Implements Wire for DNS messages, over UDP and, with their length before them, over TCP (RFC 1035 4.2)."""

    frames = True  # messages are compared as they are

    def __init__(self, server: str, port: int, *, tcp: bool) -> None:
        self._server = server
        self._port = port
        self._tcp = tcp
        self._socket: socket.socket | None = None
        self._received = b""

    def listen(self, filter_text: str | None) -> None:
        """See Wire; a connected socket hears its peer only."""

    def use_tcp(self) -> None:
        """Ask over TCP from now on."""
        self.close()
        self._tcp = True

    def send(self, packet: bytes) -> bool:
        """See Wire."""
        try:
            if self._socket is None:
                self._socket = self._connected()
            self._socket.sendall(struct.pack(">H", len(packet)) + packet if self._tcp else packet)
        except ConnectionRefusedError:
            return False
        except OSError as error:
            reason = error.strerror or "it does not answer"
            raise NetwatchError(f"cannot ask {self._server} port {self._port}: {reason}") from error
        return True

    def receive(self, timeout: float) -> Heard | None:
        """See Wire."""
        if self._socket is None or not select.select([self._socket], [], [], max(timeout, 0))[0]:
            return None
        try:
            data, ancillary, _, _ = self._socket.recvmsg(_LARGEST, 64)
        except ConnectionRefusedError as error:
            raise NetwatchError(f"{self._server} has no DNS server on port {self._port}") from error
        except OSError as error:
            raise NetwatchError(f"cannot hear {self._server}: {error.strerror}") from error
        stamp = time.time()
        for level, kind, value in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, _SO_TIMESTAMPNS):
                seconds, nanoseconds = struct.unpack("@ll", value[: struct.calcsize("@ll")])
                stamp = seconds + nanoseconds / 1e9
        return self._of_tcp(data, stamp) if self._tcp else Heard(data, stamp, outgoing=False)

    def close(self) -> None:
        """Close the socket. May be called twice."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
            self._received = b""

    def _connected(self) -> socket.socket:
        kind = socket.SOCK_STREAM if self._tcp else socket.SOCK_DGRAM
        made = socket.socket(socket.AF_INET6 if ":" in self._server else socket.AF_INET, kind)
        try:
            made.settimeout(5)
            if not self._tcp:
                made.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
            made.connect((self._server, self._port))
        except OSError:
            made.close()
            raise
        return made

    def _of_tcp(self, data: bytes, stamp: float) -> Heard | None:
        if not data:
            with contextlib.suppress(OSError):
                self.close()
            return None
        self._received += data
        if len(self._received) < 2:
            return None
        length = int.from_bytes(self._received[:2], "big")
        if len(self._received) < 2 + length:
            return None
        message, self._received = self._received[2 : 2 + length], self._received[2 + length :]
        return Heard(message, stamp, outgoing=False)
