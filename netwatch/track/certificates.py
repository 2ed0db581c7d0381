"""Certificates: those that servers showed, each once; the ones not seen for longest leave when the table is full."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.x509 import CertificateFacts, read_certificate
from netwatch.nanoseconds import SECOND
from netwatch.tables.query import Page
from netwatch.tables.web import CertificateTable
from netwatch.track.flow_find import MOST_WORDS
from netwatch.track.paging import page_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.tables.query import TableQuery

NOBODY: Final = 0
"""The serial that stands for no certificate."""
CAPACITY: Final = 5_000
LIVE_READ: Final = 500
"""New certificates that a capture can afford to have read in one second of packet time."""
UNLIMITED: Final = 1 << 62


@dataclass(slots=True)
class HeldCertificate:
    """One certificate, and where it was seen."""

    serial: int
    fingerprint: str
    facts: CertificateFacts
    chain: int
    flow: int
    server: str
    name: str
    first_ns: int
    last_ns: int
    count: int = 0

    @property
    def state(self) -> str:
        """Whether it was valid when it was shown last."""
        if not self.facts.readable:
            return "unreadable"
        seen = self.last_ns // SECOND
        if seen > self.facts.not_after:
            return "expired"
        return "not yet valid" if seen < self.facts.not_before else "valid"


class Certificates:
    """Reads each certificate when it comes for the first time."""

    def __init__(self, capacity: int = CAPACITY, *, most_read: int = UNLIMITED) -> None:
        """Hold at most `capacity` certificates and read at most `most_read` new ones in a second of packet time."""
        self.evicted = 0
        self.skipped = 0
        """Certificates that were not read, because too many came at once."""
        self._capacity = max(capacity, 1)
        self._most_read = most_read
        self._second, self._left = -1, 0
        self._by_fingerprint: OrderedDict[bytes, HeldCertificate] = OrderedDict()
        self._by_serial: dict[int, bytes] = {}
        self._next = 1

    def __len__(self) -> int:
        return len(self._by_fingerprint)

    def note(self, der: bytes, *, chain: int, flow: int, server: str, name: str, time_ns: int) -> int:
        """Take note that a server showed a certificate, the first of `chain`; return its serial."""
        fingerprint = sha256(der).digest()
        held = self._by_fingerprint.get(fingerprint)
        if held is None:
            if not self._may_read(time_ns // SECOND):
                self.skipped += 1
                return NOBODY
            held = self._add(fingerprint, read_certificate(der), chain, time_ns)
        else:
            self._by_fingerprint.move_to_end(fingerprint)
        held.count += 1
        held.flow, held.server, held.name, held.chain = flow, server, name, chain
        held.first_ns, held.last_ns = min(held.first_ns, time_ns), max(held.last_ns, time_ns)
        return held.serial

    def line(self, serial: int) -> str:
        """Return what is worth knowing of a certificate in one line; empty when it left."""
        held = self._of(serial)
        if held is None:
            return ""
        facts = held.facts
        if not facts.readable:
            return "unreadable"
        issuer = "self-signed" if facts.self_signed else f"by {facts.issuer}"
        return f"{facts.subject or 'no subject'} {issuer}, {facts.key}, {held.state} until {day(facts.not_after)}"

    def held(self, serial: int) -> HeldCertificate | None:
        """Return a certificate, None when it left or was not read."""
        return self._of(serial)

    def flow_of(self, serial: int) -> int:
        """Return the serial of the newest flow that a certificate was seen in.

        Raises:
            LookupError: it left the table.
        """
        held = self._of(serial)
        if held is None:
            raise LookupError(f"certificate {serial} is not in the table any more")
        return held.flow

    def page(self, query: TableQuery) -> Page[CertificateTable]:
        """Return the certificates that `query` wants; words are parts of a name or fingerprint, or a state.

        Raises:
            KeyError: there is no such column.
        """
        every = [each for each in self._by_fingerprint.values() if _matches(each, query.text)]
        serials = np.array([each.serial for each in every], np.int64)
        key = _KEYS[query.sort]
        page = page_rows(np.arange(len(every)), serials, lambda rows: key([every[row] for row in rows.tolist()]), query)
        return Page(_table([every[row] for row in page.rows.tolist()]), page.first, page.total, page.order)

    def _of(self, serial: int) -> HeldCertificate | None:
        fingerprint = self._by_serial.get(serial)
        return self._by_fingerprint.get(fingerprint) if fingerprint is not None else None

    def _may_read(self, second: int) -> bool:
        if second != self._second:
            self._second, self._left = second, self._most_read
        self._left -= 1
        return self._left >= 0

    def _add(self, fingerprint: bytes, facts: CertificateFacts, chain: int, time_ns: int) -> HeldCertificate:
        if len(self) >= self._capacity:
            _, oldest = self._by_fingerprint.popitem(last=False)
            del self._by_serial[oldest.serial]
            self.evicted += 1
        held = HeldCertificate(self._next, fingerprint.hex(), facts, chain, 0, "", "", time_ns, time_ns)
        self._by_fingerprint[fingerprint] = held
        self._by_serial[held.serial] = fingerprint
        self._next += 1
        return held


def day(seconds: int) -> str:
    """Return the date of a moment since the epoch, in UTC."""
    return str(np.datetime64(seconds, "s").astype("datetime64[D]"))


def _matches(held: HeldCertificate, text: str) -> bool:
    if not text:
        return True
    facts = held.facts
    words = (facts.subject, facts.issuer, *facts.names, facts.key, facts.signature, held.server, held.name)
    state = f"{held.state} {'self-signed' if facts.self_signed else ''}"
    everything = f"{' '.join(words)} {held.fingerprint} {state}".lower()
    return all(word in everything for word in text.lower().split()[:MOST_WORDS])


def _table(held: list[HeldCertificate]) -> CertificateTable:
    def column(values: list[int]) -> NDArray[np.int64]:
        return np.array(values, np.int64)

    return CertificateTable(
        serial=column([each.serial for each in held]),
        flow=column([each.flow for each in held]),
        subject=tuple(each.facts.subject for each in held),
        issuer=tuple(each.facts.issuer for each in held),
        names=tuple(each.facts.names for each in held),
        not_before=column([each.facts.not_before for each in held]),
        not_after=column([each.facts.not_after for each in held]),
        state=tuple(each.state for each in held),
        self_signed=np.array([each.facts.self_signed for each in held], np.bool_),
        key=tuple(each.facts.key for each in held),
        signature=tuple(each.facts.signature for each in held),
        fingerprint=tuple(each.fingerprint for each in held),
        chain=column([each.chain for each in held]),
        server=tuple(each.server for each in held),
        name=tuple(each.name for each in held),
        count=column([each.count for each in held]),
        first_ns=column([each.first_ns for each in held]),
        last_ns=column([each.last_ns for each in held]),
    )


def _number(key: Callable[[HeldCertificate], int]) -> Callable[[list[HeldCertificate]], NDArray[Any]]:
    """Return keys from numbers of any size, as differences from the smallest."""

    def keys(held: list[HeldCertificate]) -> NDArray[Any]:
        values = [key(each) for each in held]
        least = min(values, default=0)
        return np.array([value - least for value in values], np.float64)

    return keys


def _text(key: Callable[[HeldCertificate], str]) -> Callable[[list[HeldCertificate]], NDArray[Any]]:
    def keys(held: list[HeldCertificate]) -> NDArray[Any]:
        values = [key(each) for each in held]
        place = {text: place for place, text in enumerate(sorted(set(values)))}
        return np.array([place[text] for text in values], np.int64)

    return keys


_KEYS: Final[dict[str, Callable[[list[HeldCertificate]], NDArray[Any]]]] = {
    "serial": _number(lambda held: held.serial),
    "count": _number(lambda held: held.count),
    "first": _number(lambda held: held.first_ns),
    "last": _number(lambda held: held.last_ns),
    "not_before": _number(lambda held: held.facts.not_before),
    "not_after": _number(lambda held: held.facts.not_after),
    "chain": _number(lambda held: held.chain),
    "subject": _text(lambda held: held.facts.subject),
    "issuer": _text(lambda held: held.facts.issuer),
    "state": _text(lambda held: held.state),
    "key": _text(lambda held: held.facts.key),
    "self_signed": _number(lambda held: int(held.facts.self_signed)),
    "server": _text(lambda held: held.server),
    "name": _text(lambda held: held.name),
}
