"""DnsNames: the names that are asked for, how often and by whom; those not seen for longest leave when it is full."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.info.dns_name import LONGEST_NAME, label_text
from netwatch.decode.info.netbios import netbios_name
from netwatch.text import printable
from netwatch.track.dns_packets import DnsKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOT_HELD: Final = 0
"""The row of names for which there was no room."""
SIZE: Final = 16 << 20
"""Bytes of memory for names."""
MOST_CLIENTS: Final = 256
"""Clients of one name that are told apart."""
CLIENTS: Final = 200_000
"""The same of all names."""
LEAVE: Final = 4
"""When it is full, one name in so many leaves at once."""
OVERHEAD: Final = 400
"""Bytes that a name takes besides its text and wire form, columns included."""
LONGEST_TEXT: Final = 255 * 4
_LONGEST_LABEL: Final = 63
_ESCAPE: Final = re.compile(rb"\\(?:(\d{3})|(.))")
_PLAIN: Final = b"abcdefghijklmnopqrstuvwxyz0123456789-_."
"""Bytes of nearly all names, in lower case."""


class DnsNames:
    """Names by their wire form in lower case, or by their text where that has no usual wire form.

    Columns have shape (capacity,); row 0 is NOT_HELD.
    """

    def __init__(
        self, capacity: int, size: int = SIZE, clients: int = CLIENTS, known: frozenset[str] | None = None
    ) -> None:
        """Hold at most `capacity` names in about `size` bytes, and `clients` pairs of name and client.

        Names with one client do not count among the latter. The texts `known` are those of earlier runs, None where
        nobody remembers.
        """
        self.capacity = capacity
        self.evicted = 0
        self.serial = np.zeros(capacity, np.int64)
        self.queries, self.responses, self.nxdomain = np.zeros((3, capacity), np.int64)
        self.first_ns, self.last_ns = np.zeros((2, capacity), np.int64)
        self.kinds = np.zeros(capacity, np.uint8)
        """One bit for each DnsKind."""
        self.known = None if known is None else np.zeros(capacity, np.bool_)
        """Names of earlier runs."""
        self._earlier = known or frozenset()
        # As many rows as were needed until now
        self.texts = [""]
        self._keys: list[bytes] = [b""]
        self._clients: list[bytes | set[bytes]] = [b""]
        """Most names have one client only."""
        self._rows: dict[bytes, int] = {}
        self.find = self._rows.get
        """Returns the row of a name in wire form and lower case."""
        self._free: list[int] = []
        """Rows that were used before."""
        self._next_serial = 1
        self._bytes = self._pairs = 0
        self._size, self._most_pairs = size, clients
        self.added: list[int] = []
        """Rows of the names that came since their times were last noted."""

    def __len__(self) -> int:
        return len(self._rows)

    def add_wire(self, wire: bytes, kind: int) -> int:
        """Add a name that ends with its first zero byte and return its row; -1 when its wire form is unusual."""
        text = plain_text(wire)
        if text is None:
            return -1
        if kind == DnsKind.NBNS:
            text = printable(netbios_name(text.upper()), LONGEST_TEXT)
        return self._add(wire, text)

    def row_of_text(self, name: str, kind: int) -> int:
        """Return the row of a name in presentation form, which is added when it is not there."""
        wire = _wire_of(name)
        row = self._rows.get(wire, -1)
        if row >= 0:
            return row
        text = netbios_name(name.upper()) if kind == DnsKind.NBNS else readable(name) if kind == DnsKind.MDNS else name
        return self._add(wire, printable(text, LONGEST_TEXT))

    def note_client(self, row: int, client: bytes) -> None:
        """Remember that `client` asked for a name."""
        known = self._clients[row]
        if isinstance(known, set):
            if self._pairs < self._most_pairs and len(known) < MOST_CLIENTS and client not in known:
                known.add(client)
                self._pairs += 1
        elif known == client or row == NOT_HELD:
            return
        elif known:
            self._clients[row] = {known, client}
            self._pairs += 2
        else:
            self._clients[row] = client

    def clients(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        """Return how many clients asked for the names in `rows`."""
        return np.array([_count(self._clients[row]) for row in rows.tolist()], np.int64)

    def rows(self) -> NDArray[np.intp]:
        """Return the rows of all names that are held."""
        return np.flatnonzero(self.serial)

    def make_room(self, wanted: int) -> None:
        """See to it that `wanted` names can come, if that can be; nothing that is to be noted may wait for a row."""
        room = len(self._free) + self.capacity - len(self.texts)
        if room >= wanted and self._bytes < self._size:
            return
        rows = self.rows()
        if not len(rows):
            return
        leaving = min(max(len(rows) // LEAVE, wanted - room), len(rows))
        # Serials break ties, so that it does not matter in which row a name is
        order = np.lexsort((self.serial[rows], self.last_ns[rows]))
        for row in rows[order[:leaving]].tolist():
            self._drop(row)

    def _add(self, key: bytes, text: str) -> int:
        row = self._new_row()
        if row == NOT_HELD:
            self.evicted += 1
            return NOT_HELD
        self._rows[key] = row
        self._keys[row], self.texts[row] = key, text
        self._bytes += len(key) + len(text) + OVERHEAD
        self.serial[row] = self._next_serial
        self._next_serial += 1
        self.added.append(row)
        if self.known is not None:
            self.known[row] = text in self._earlier
        return row

    def _new_row(self) -> int:
        if self._free:
            return self._free.pop()
        if len(self.texts) == self.capacity:
            return NOT_HELD
        self.texts.append("")
        self._keys.append(b"")
        self._clients.append(b"")
        return len(self.texts) - 1

    def _drop(self, row: int) -> None:
        self._bytes -= len(self._keys[row]) + len(self.texts[row]) + OVERHEAD
        self._pairs -= len(self._clients[row]) if isinstance(self._clients[row], set) else 0
        del self._rows[self._keys[row]]
        self._keys[row], self.texts[row], self._clients[row] = b"", "", b""
        for column in (self.serial, self.queries, self.responses, self.nxdomain, self.first_ns, self.last_ns):
            column[row] = 0
        self.kinds[row] = 0
        self._free.append(row)
        self.evicted += 1


def _count(clients: bytes | set[bytes]) -> int:
    return len(clients) if isinstance(clients, set) else int(clients != b"")


def plain_text(wire: bytes) -> str | None:
    """Return a name whose labels end where `wire` ends, without pointers; None for any other."""
    at, last = 0, len(wire) - 1
    labels = []
    while at < last:
        length = wire[at]
        if not 0 < length <= _LONGEST_LABEL:
            return None
        labels.append(wire[at + 1 : at + 1 + length])
        at += length + 1
    if at != last or len(wire) > LONGEST_NAME:
        return None
    name = b".".join(labels)
    if name.translate(None, _PLAIN) or name.count(b".") != len(labels) - 1:
        return ".".join(map(label_text, labels)) or "."
    return name.decode()


def readable(name: str) -> str:
    """Return the name of a service instance without a master file's escapes (RFC 6763 section 4.1.3); not printable."""
    if "\\" not in name:
        return name
    plain = _ESCAPE.sub(lambda found: bytes([int(found[1]) & 0xFF]) if found[1] else found[2], name.encode())
    return plain.decode("utf-8", "backslashreplace")


def _wire_of(name: str) -> bytes:
    """Return a key for a name as read_name writes it: its wire form where that is usual, else something unlike any."""
    labels = [] if name == "." else name.encode().split(b".")
    if b"\\" in name.encode() or not all(0 < len(label) <= _LONGEST_LABEL for label in labels):
        return b"\xff" + name.encode()
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
