"""A source port that no program of this machine uses meanwhile."""

from __future__ import annotations

import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

from netwatch.errors import NetwatchError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def reserved_port(version: int, kind: socket.SocketKind) -> Iterator[int]:
    """Give a free port of TCP (SOCK_STREAM) or UDP (SOCK_DGRAM) that stays taken for as long as the block runs.

    Nobody listens there, so the kernel resets what a server answers to a SYN; to UDP it answers nothing.

    Raises:
        NetwatchError: there is none.
    """
    try:
        with socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, kind) as holder:
            holder.bind(("", 0))
            yield holder.getsockname()[1]
    except OSError as error:
        raise NetwatchError(f"cannot reserve a port: {error.strerror}") from error
