"""PacketQuestions: what is asked of single packets: their rows, bytes, layers, relations, and what is put on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.plural import counted
from netwatch.run.annotations import Annotations
from netwatch.snapshot import History
from netwatch.threads.capture_threads import CaptureThreads

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from netwatch.dissection import Dissection, PacketRow, Relation
    from netwatch.request import Request
    from netwatch.snapshot import Saved
    from netwatch.tables.row_fact import RowFact
    from netwatch.tables.stream import Stream


class PacketQuestions(CaptureThreads):
    """A part of Engine."""

    def rows(self, first: int, count: int) -> list[PacketRow]:
        """Return packets `first` to `first + count - 1` as far as they are held."""
        return self._captures.reader.rows(first, count) if self._captures else []

    def rows_of(self, numbers: Sequence[int]) -> list[PacketRow]:
        """Return those of the packets `numbers`, ascending, that are held."""
        return self._captures.reader.rows_of(numbers) if self._captures else []

    def frame(self, number: int) -> bytes:
        """Return the bytes of a packet, its VLAN tag put back.

        Raises:
            LookupError: the packet is not held any more.
        """
        if self._captures is None:
            raise LookupError(f"packet {number} is not in the buffer")
        return self._captures.reader.frame(number)[0]

    def dissect(self, number: int) -> Request[Dissection]:
        """Take a packet apart with Scapy; LookupError when it is not held any more."""
        return self._ask_worker(lambda request: self._loaded().examiner.dissect(number, request))

    def related(self, number: int, relation: Relation) -> Request[int | None]:
        """Find the packet that is `relation` to packet `number`; None when there is none, LookupError without both."""
        return self._ask_worker(lambda request: self._loaded().examiner.related(number, relation, request))

    def scapy_command(self, number: int) -> Request[str]:
        """Return the Scapy expression that makes a packet; LookupError when it is not held any more."""
        return self._ask_worker(lambda _request: self._loaded().examiner.scapy_command(number))

    def tshark(self, number: int) -> Request[list[str]]:
        """Have tshark take a packet apart; NetwatchError when it is not installed."""
        return self._ask_worker(lambda _request: self._loaded().examiner.tshark(number))

    def follow(self, number: int) -> Request[Stream]:
        """Put together what was said in the flow of a packet; LookupError when it is not held any more."""
        return self._ask_worker(lambda request: self._loaded().examiner.follow(number, request))

    def save_bytes(self, path: Path, data: bytes) -> Request[Saved]:
        """Write a new file; FileError when it exists or cannot be written."""

        def work(_request: Request[Saved]) -> Saved:
            saved = self._loaded().save_bytes(path, data)
            self.exported += ((saved.path, counted(saved.bytes, "bytes")),)
            return saved

        return self._ask_worker(work)

    def annotations(self) -> Annotations:
        """Return the marks and comments of the newest capture; what is on a packet is kept with `keep`."""
        captures = self._captures
        return captures.newest.annotations if captures is not None and captures.newest is not None else Annotations()

    def keep(self, number: int) -> Request[None]:
        """Let a packet outlive its place in the buffer."""
        return self._call(lambda _request: self._loaded().keep(number))

    def hold(self) -> History:
        """Keep the newest packets (64 MiB at most) readable until `release`, whatever leaves the buffer."""
        return self._captures.reader.hold() if self._captures else History()

    def release(self) -> None:
        """Forget what `hold` kept."""
        if self._captures is not None:
            self._captures.reader.held = ()

    def facts(self, numbers: Sequence[int], fields: tuple[str, ...], rules: tuple[str, ...]) -> dict[int, RowFact]:
        """Return cells of `fields` and the colour rule of those of the packets `numbers`, ascending, that are held.

        What only trackers know is left out; `facts_asked` has it.

        Raises:
            NetwatchError: a field or rule is not understood; see `check_facts`.
        """
        if self._captures is None:
            return {}
        return self._captures.facts.told(numbers, fields, rules)

    def facts_asked(
        self, numbers: Sequence[int], fields: tuple[str, ...], rules: tuple[str, ...], *, names: bool
    ) -> Request[dict[int, RowFact]]:
        """Return the same with what trackers know, and with `names` the names of both ends."""
        return self._ask_worker(
            lambda request: self._loaded().facts.asked(
                numbers, fields, rules, names=names, cancelled=lambda: request.cancel_wanted
            )
        )

    def names_of(self, addresses: Sequence[str]) -> Request[dict[str, str]]:
        """Return the names of those of `addresses` that packets told one of."""
        return self._ask_worker(lambda _request: self._loaded().views.names_of(addresses))

    def facts_now(self, numbers: Sequence[int], fields: tuple[str, ...]) -> dict[int, RowFact]:
        """Return cells with what trackers know, for what `Engine.work` does: in its thread."""
        return self._loaded().facts.asked(numbers, fields, (), names=False)

    def check_facts(self, fields: tuple[str, ...], rules: tuple[str, ...]) -> Request[bool]:
        """Return whether trackers have to be asked; NetwatchError when a field or a rule cannot be shown."""
        return self._ask_worker(lambda _request: self._loaded().facts.asks_trackers(fields, rules))
