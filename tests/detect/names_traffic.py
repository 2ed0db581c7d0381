"""Look-ups for the tests of detection: queries with their responses, one after the other."""

from __future__ import annotations

import random
import struct
from ipaddress import ip_address
from typing import TYPE_CHECKING

from tests.detect.traffic import LAN, ROUTER, Traffic

if TYPE_CHECKING:
    from collections.abc import Iterable

A, CNAME, NULL, MX, TXT, KEY, AAAA, SRV, ODD = 1, 5, 10, 15, 16, 25, 28, 33, 65399


def wire_name(name: str) -> bytes:
    """Return a name as it is in messages."""
    labels = [label.encode("latin-1") for label in name.split(".") if label]
    return b"".join(bytes((len(label),)) + label for label in labels) + b"\0"


def addresses(texts: Iterable[str]) -> list[bytes]:
    """Return records of type A and AAAA."""
    kinds = {4: A, 6: AAAA}
    return [
        struct.pack("!HHHIH", 0xC00C, kinds[ip.version], 1, 60, len(ip.packed)) + ip.packed
        for ip in map(ip_address, texts)
    ]


class LookUps(Traffic):
    """Traffic with DNS."""

    def __init__(self, seed: int = 3) -> None:
        super().__init__()
        self.draw = random.Random(seed)

    def query(
        self, name: str, *, kind: int = A, client: str = LAN, server: str = ROUTER, identifier: int = 0, port: int = 53,
        source_port: int = 0,
    ) -> tuple[int, int]:  # fmt: skip
        """Add a query and return its port and identifier."""
        sport, identifier = source_port or self.port(), identifier or self.draw.randrange(1, 1 << 16)
        head = struct.pack("!HHHHHH", identifier, 0x0100, 1, 0, 0, 0)
        self.udp(client, server, sport, port, head + wire_name(name) + struct.pack("!HH", kind, 1))
        return sport, identifier

    def look_up(
        self, name: str, *answers: str, kind: int = A, code: int = 0, client: str = LAN, server: str = ROUTER,
        size: int = 0,
    ) -> None:  # fmt: skip
        """Add a query and the response: addresses, or `size` bytes of text, or the error `code`."""
        sport, identifier = self.query(name, kind=kind, client=client, server=server)
        records = addresses(answers)
        if size:
            records.append(struct.pack("!HHHIH", 0xC00C, kind, 1, 60, size) + bytes(size))
        self.udp(server, client, 53, sport, self.response(name, identifier, records, kind=kind, code=code), after=0.01)

    @staticmethod
    def response(name: str, identifier: int, records: list[bytes], *, kind: int = A, code: int = 0) -> bytes:
        """Return a response."""
        head = struct.pack("!HHHHHH", identifier, 0x8180 | code, 1, len(records), 0, 0)
        return head + wire_name(name) + struct.pack("!HH", kind, 1) + b"".join(records)

    def missing(self, name: str, **how: str) -> None:
        """Add a query for a name that does not exist."""
        self.look_up(name, code=3, **how)

    def noise(self, length: int, alphabet: str = "abcdefghijklmnopqrstuvwxyz234567") -> str:
        """Return a label of random letters."""
        return "".join(self.draw.choice(alphabet) for _ in range(length))
