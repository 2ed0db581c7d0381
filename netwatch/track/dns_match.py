"""DnsMatcher: queries and responses brought together one by one, in the order in which they were captured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np

from netwatch.decode.dns_message import HEADER, RESPONSE, SMALLEST_QUESTION
from netwatch.track.dns_headers import CLIENT_BYTES, KEY, SERVER_BYTES
from netwatch.track.dns_names import NOT_HELD
from netwatch.track.dns_odd import OddReader, any_question
from netwatch.track.dns_packets import KEPT, DnsKind
from netwatch.track.dns_storage import NOBODY

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netwatch.track.dns_headers import DnsMessages
    from netwatch.track.dns_names import DnsNames
    from netwatch.track.dns_odd import Asked
    from netwatch.track.dns_storage import DnsTransactions

RETRY_NS: Final = 30_000_000_000
"""The same query within so much packet time is a retry; resolvers give up sooner (RFC 1123 section 6.1.3.3)."""
FALL_BACK_NS: Final = 10_000_000_000
"""Packet time within which a client asks again over TCP, or a group answers."""
MOST_TRUNCATED: Final = 1024
"""Truncated responses that wait for the former."""
MOST_MULTICAST: Final = 4096
"""Multicast questions that wait for the latter."""
TRUNCATED: Final = 0x0200
"""The flag TC."""
FIXED: Final = SMALLEST_QUESTION - 1
"""Bytes of type and class."""
_MDNS: Final = int(DnsKind.MDNS)
"""Looking a member of an enumeration up takes as long as all else that is done with most messages."""
_TCP_AT: Final = KEY.itemsize - 1
_UNUSUAL: Final = RESPONSE | TRUNCATED

Seen: TypeAlias = tuple[int, bytes, bytes, int, int, int, int]
"""Position, KEY, first bytes, questions, flags, DnsKind and time of a message."""


@dataclass(slots=True)
class DnsEvents:
    """What the messages of one part of a batch did; `at` are positions in the part."""

    names: list[int] = field(default_factory=list)
    """Row of the name of the first question, one for each message."""
    more_names: list[tuple[int, int]] = field(default_factory=list)
    """(row of a name, at) of further questions."""
    opened: list[int] = field(default_factory=list)
    """`at` of the first message of each transaction that was added; serials rise one by one."""
    types: list[int] = field(default_factory=list)
    """Their question types."""
    answered: list[int] = field(default_factory=list)
    """Serials of transactions with their first response."""
    answered_at: list[int] = field(default_factory=list)
    """`at` of these responses."""
    more_responses: list[int] = field(default_factory=list)
    """Serials."""
    retried: list[int] = field(default_factory=list)
    """Serials."""
    unsolicited: list[int] = field(default_factory=list)
    """Serials of transactions that began with a response."""
    fresh: list[int] = field(default_factory=list)
    """Serials of the first queries for their names."""
    fell_back: list[int] = field(default_factory=list)
    """Serials of transactions that were asked again over TCP, and of these."""
    matched: list[int] = field(default_factory=list)
    """`at` of responses to a query that had none."""
    malformed: list[int] = field(default_factory=list)
    """`at` of messages with a name that breaks a rule."""


class DnsMatcher:
    """Reads messages: the usual ones, with one question and a name without pointers, in few steps."""

    def __init__(self, held: DnsTransactions, names: DnsNames, *, steps: int) -> None:
        """Read at most `steps` labels and records of unusual messages in a second of packet time."""
        self._held = held
        self._names = names
        self._odd = OddReader(names, steps)
        self._events = DnsEvents()
        self._truncated: dict[bytes, tuple[int, int]] = {}
        """(serial, time) of truncated responses by addresses and question."""
        self._multicast: dict[bytes, list[int]] = {}
        """Serials of multicast queries by question."""

    @property
    def skipped(self) -> int:
        """Messages with unusual questions that were not read because too many came at once."""
        return self._odd.skipped

    def read(self, part: DnsMessages, messages: Sequence[bytes]) -> DnsEvents:
        """Read the messages of `part`, whose bytes are `messages`; there must be room for as many names."""
        events = self._events = DnsEvents()
        names, held = self._names, self._held
        find, texts, latest = names.find, names.texts, held.latest
        note_name, note_match = events.names.append, events.matched.append
        for seen in _each(part, messages):
            at, key, message, questions, flags, kind, time_ns = seen
            end = message.find(b"\0", HEADER) + SMALLEST_QUESTION
            if questions == 1 and kind != _MDNS and SMALLEST_QUESTION <= end <= len(message):
                question = message[HEADER:end].lower()
                wire = question[:-FIXED]
                row = find(wire, -1)
                fresh = row < 0
                if fresh:
                    row = names.add_wire(wire, kind)
                if row >= 0:
                    note_name(row)
                    # What nearly all messages are takes few steps: a response that was waited for, a new query
                    if flags & _UNUSUAL == RESPONSE and (serial := held.answer_only(key, question, message)) >= 0:
                        note_match(at)
                        events.answered.append(serial)
                        events.answered_at.append(at)
                    elif flags & RESPONSE:
                        self._answer(seen, (question, row, texts[row], _number(message, end), fresh))
                    elif fresh or key[_TCP_AT] or key in latest:
                        self._ask(seen, (question, row, texts[row], _number(message, end), fresh))
                    else:
                        names.note_client(row, key[CLIENT_BYTES])
                        held.add(key, question, texts[row], message, 1, time_ns)
                        events.opened.append(at)
                        events.types.append(_number(message, end))
                    continue
            self._read_odd(seen)
        return events

    def _ask(self, seen: Seen, asked: Asked) -> int:
        """Open a transaction and return its serial; NOBODY for a retry."""
        _, key, _, _, _, _, time_ns = seen
        question, row, _, _, fresh = asked
        held = self._held
        self._names.note_client(row, key[CLIENT_BYTES])
        serial = held.find(key, question)
        pending = 1
        if serial >= held.first:
            place = serial % held.capacity
            if not held.answered[place] and abs(time_ns - held.asked_ns[place]) <= RETRY_NS:
                held.pending[place] += 1
                held.asked_ns[place] = time_ns
                self._events.retried.append(serial)
                return NOBODY
            pending += held.pending[place]
            held.pending[place] = 0
        serial = self._open(seen, asked, pending)
        if fresh and (self._names.known is None or not self._names.known[row]):
            self._events.fresh.append(serial)
        if key[_TCP_AT] and self._truncated:
            self._fall_back(serial, seen, asked)
        return serial

    def _answer(self, seen: Seen, asked: Asked) -> None:
        held = self._held
        serial = held.find(seen[1], asked[0])
        if serial < held.first:
            serial = self._open(seen, asked, 0)
            self._events.unsolicited.append(serial)
            self._first_response(seen, serial)
        else:
            self._respond(seen, asked, serial)

    def _respond(self, seen: Seen, asked: Asked, serial: int) -> None:
        at, key, _, _, flags, _, time_ns = seen
        held, events = self._held, self._events
        place = serial % held.capacity
        if held.pending[place]:
            held.pending[place] -= 1
            events.matched.append(at)
        if held.answered[place]:
            events.more_responses.append(serial)
        else:
            self._first_response(seen, serial)
        if flags & TRUNCATED and not key[_TCP_AT]:
            if len(self._truncated) >= MOST_TRUNCATED:
                self._truncated.clear()
            self._truncated[_addresses(key) + asked[0]] = serial, time_ns

    def _open(self, seen: Seen, asked: Asked, pending: int) -> int:
        at, key, message, _, _, _, time_ns = seen
        question, _, name, number, _ = asked
        self._events.opened.append(at)
        self._events.types.append(number)
        return self._held.add(key, question, name, message[:KEPT], pending, time_ns)

    def _first_response(self, seen: Seen, serial: int) -> None:
        self._held.answer(serial, seen[2][:KEPT])
        self._events.answered.append(serial)
        self._events.answered_at.append(seen[0])

    def _fall_back(self, serial: int, seen: Seen, asked: Asked) -> None:
        before, time_ns = self._truncated.pop(_addresses(seen[1]) + asked[0], (NOBODY, 0))
        if before >= self._held.first and abs(seen[6] - time_ns) <= FALL_BACK_NS:
            self._events.fell_back += (before, serial)

    def _read_odd(self, seen: Seen) -> None:
        """Read a message without a question, with several, with an unusual name, or of mDNS."""
        _, key, message, questions, flags, kind, time_ns = seen
        found = self._odd.questions(message, questions, kind, time_ns)
        if found is None:
            self._events.names.append(NOT_HELD)
            if self._odd.malformed:
                self._events.malformed.append(seen[0])
            return
        self._events.names.append(found[0][1] if found else NOT_HELD)
        self._events.more_names += [(asked[1], seen[0]) for asked in found[1:]]
        if kind == _MDNS:
            self._read_multicast(seen, found)
        elif found and flags & RESPONSE:
            self._answer(seen, found[0])
        elif found:
            self._ask(seen, found[0])
        elif flags & RESPONSE:
            serial = self._held.find_waiting(key)
            owner = (self._odd.records(message, questions, kind, 1) or (_NOTHING,))[0]
            if serial >= self._held.first:
                self._respond(seen, owner, serial)
            else:
                self._answer(seen, owner)
        else:
            self._ask(seen, _NOTHING)

    def _read_multicast(self, seen: Seen, found: list[Asked]) -> None:
        _, _, message, questions, flags, kind, _ = seen
        if flags & RESPONSE:
            self._answer_multicast(seen, self._odd.records(message, questions, kind))
            return
        serial = self._ask(seen, found[0] if found else _NOTHING)
        if serial >= self._held.first:
            self._held.pending[serial % self._held.capacity] = 0
            for asked in found:
                if len(self._multicast) >= MOST_MULTICAST:
                    self._multicast.clear()
                self._multicast.setdefault(asked[0], []).append(serial)

    def _answer_multicast(self, seen: Seen, owners: list[Asked]) -> None:
        """Answer all queries that the records answer (RFC 6762 section 6): whoever asked, everybody hears it."""
        held = self._held
        serials: set[int] = set()
        for owner in owners:
            serials.update(self._multicast.pop(owner[0], ()))
            serials.update(self._multicast.pop(any_question(owner[0]), ()))
        matched = False
        for serial in sorted(serials):
            place = serial % held.capacity
            late = serial < held.first or abs(seen[6] - held.asked_ns[place]) > FALL_BACK_NS
            if not late and not held.answered[place]:
                self._first_response(seen, serial)
                matched = True
        if matched:
            self._events.matched.append(seen[0])
        else:
            self._answer(seen, owners[0] if owners else _NOTHING)


_NOTHING: Final[Asked] = (b"", NOT_HELD, "", 0, False)


def _addresses(key: bytes) -> bytes:
    return key[CLIENT_BYTES] + key[SERVER_BYTES]


def _number(message: bytes, end: int) -> int:
    """Return the type in the question that ends at `end`."""
    return message[end - 4] << 8 | message[end - 3]


def _each(part: DnsMessages, messages: Sequence[bytes]) -> Iterator[Seen]:
    """Return the messages of a part one by one."""
    return zip(
        range(len(part)),
        part.keys().view(_KEY_BYTES).tolist(),
        messages,
        part.questions.tolist(),
        part.flags.tolist(),
        part.kind.tolist(),
        part.time_ns.tolist(),
        strict=True,
    )


_KEY_BYTES: Final = np.dtype(f"V{KEY.itemsize}")
