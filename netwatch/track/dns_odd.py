"""OddReader: questions and owners of records in messages that are not of the usual kind, with bounded work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from netwatch.decode.dns_message import HEADER, counts, read_questions, read_records
from netwatch.decode.info.dns_name import MALFORMED_NAME
from netwatch.decode.info.netbios import netbios_name
from netwatch.nanoseconds import SECOND
from netwatch.text import printable
from netwatch.track.dns_names import LONGEST_TEXT, NOT_HELD, readable
from netwatch.track.dns_packets import DnsKind

if TYPE_CHECKING:
    from netwatch.track.dns_names import DnsNames

MOST_QUESTIONS: Final = 64
MOST_RECORDS: Final = 32
"""Of one message; more are not read."""
STEPS_A_NAME: Final = 2
"""Besides one for each dot."""
ANY: Final = 255


Asked: TypeAlias = tuple[bytes, int, str, int, bool]
"""A question, or what a record answers: its bytes in lower case, which tell it apart, row of the name in DnsNames, the
name (printable), the type, and whether nobody had asked for the name before."""


def any_question(question: bytes) -> bytes:
    """Return the question for records of all types, as OddReader tells questions apart."""
    return question[:-2] + ANY.to_bytes(2, "big")


class OddReader:
    """Reads what DnsMatcher does not read itself."""

    def __init__(self, names: DnsNames, steps: int) -> None:
        """Read at most `steps` labels and records in one second of packet time; 100,000 take a few hundredths of it."""
        self.skipped = 0
        """Messages that were not read because there were too many at once."""
        self.malformed = False
        """The last message that was not read breaks a rule."""
        self._names = names
        self._steps = steps
        self._second = -1
        self._left = 0

    def questions(self, message: bytes, count: int, kind: int, time_ns: int) -> list[Asked] | None:
        """Return the questions, at most MOST_QUESTIONS; None when the message is not to be read."""
        self.malformed = False
        if time_ns // SECOND != self._second:
            self._second, self._left = time_ns // SECOND, self._steps
        if self._left <= 0:
            self.skipped += 1
            return None
        self._left -= STEPS_A_NAME
        found: list[Asked] = []
        end = HEADER
        for question in read_questions(message, min(count, MOST_QUESTIONS)):
            name = question.name.lower()
            self._left -= STEPS_A_NAME + name.count(".")
            end = question.end
            if name.endswith(MALFORMED_NAME) or end > len(message):
                self.malformed = True
                return None
            held = len(self._names)
            row = self._names.row_of_text(name, kind)
            fresh = len(self._names) > held
            found.append((_key(name, question.number), row, self._names.texts[row], question.number, fresh))
        if len(found) < min(count, MOST_QUESTIONS):
            self.malformed = True
            return None
        return found

    def records(self, message: bytes, questions: int, kind: int, most: int = MOST_RECORDS) -> list[Asked]:
        """Return what the answers are of, at most `most` of them."""
        at = HEADER
        for question in read_questions(message, min(questions, MOST_QUESTIONS)):
            at = question.end
        if questions > MOST_QUESTIONS:
            return []
        found: list[Asked] = []
        for record in read_records(message, at, min(counts(message)[1], most)):
            name = record.name.lower()
            self._left -= STEPS_A_NAME + name.count(".")
            text = netbios_name(name.upper()) if kind == DnsKind.NBNS else readable(name)
            shown = printable(text, LONGEST_TEXT)
            found.append((_key(name, record.number), NOT_HELD, shown, record.number, False))
        return found


def _key(name: str, number: int) -> bytes:
    return name.encode() + number.to_bytes(2, "big")
