"""Servers of a few lines for live tests: each says what it is told to say, and remembers what it heard."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tests.live.child import PATIENCE
from tests.live.sockets import listen

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence


class Script:
    """Greets, and answers what a client sends, until it leaves or has said enough."""

    def __init__(
        self, greeting: bytes, answers: Callable[[bytes], bytes], enough: Callable[[bytes], bool] | None = None
    ) -> None:
        """Answer each piece with `answers(piece)`; hang up once `enough` holds for all that one client said."""
        self.heard = b""
        """All that the newest client said."""
        self._greeting = greeting
        self._answers = answers
        self._enough = enough or (lambda _heard: False)

    def serve(self, client: socket.socket) -> None:
        """Talk to one client."""
        self.heard = b""
        client.settimeout(PATIENCE)
        client.sendall(self._greeting)
        while data := client.recv(65536):
            self.heard += data
            if answer := self._answers(data):
                client.sendall(answer)
            if self._enough(self.heard):
                return


@contextmanager
def serving(namespace: str, address: str, scripts: dict[int, Script]) -> Iterator[None]:
    """Serve each script on its port, one client after another, as long as the context lasts."""
    sockets = [listen(namespace, address, port) for port in scripts]
    threads = [
        threading.Thread(target=_serve, args=(one, script), daemon=True)
        for one, script in zip(sockets, scripts.values(), strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        _close(sockets)
        for thread in threads:
            thread.join(PATIENCE)


def _serve(server: socket.socket, script: Script) -> None:
    with suppress(OSError):
        while True:
            client, _ = server.accept()
            with client, suppress(OSError):
                script.serve(client)


def _close(sockets: Sequence[socket.socket]) -> None:
    for one in sockets:
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()
