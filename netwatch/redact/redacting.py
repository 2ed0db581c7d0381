"""An engine that can answer with every address and name replaced; what it captures and counts stays as it is."""

from __future__ import annotations

from concurrent.futures import CancelledError
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from netwatch.engine import Engine
from netwatch.errors import NetwatchError
from netwatch.request import Request
from netwatch.view.leaving import Leaving

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netwatch.dissection import Dissection, PacketRow
    from netwatch.redact.redactor import Redactor
    from netwatch.snapshot import Completion, FindMode, Interface, Snapshot
    from netwatch.tables.alerts import Alert
    from netwatch.tables.mutes import Mute
    from netwatch.tables.overview import Overview
    from netwatch.tables.query import Page, TableQuery
    from netwatch.tables.resolution import Resolution
    from netwatch.tables.row_fact import RowFact
    from netwatch.tables.selection import PacketFilter
    from netwatch.tables.stream import Stream

T = TypeVar("T")
U = TypeVar("U")


class Changed(Request[U]):
    """The answer to another request, changed."""

    def __init__(self, asked: Request[T], change: Callable[[T], U]) -> None:
        super().__init__()
        self._asked = asked
        asked.add_done_callback(partial(self._arrived, change))

    def cancel(self) -> bool:
        """Cancel the other request."""
        super().cancel()
        return self._asked.cancel()

    def _arrived(self, change: Callable[[Any], U], asked: Any) -> None:
        if not self.set_running_or_notify_cancel():
            return
        error = CancelledError() if asked.cancelled() else asked.exception()
        if error is not None:
            self.set_exception(error)
        else:
            self.set_result(change(asked.result()))


class RedactingEngine(Engine):
    """Replaces from `redact(on=True)` on in everything that it answers, and puts back in what it is asked."""

    _redactor: Redactor | None = None
    _last: tuple[Snapshot, Snapshot] | None = None
    """The newest snapshot, as it is and as it was answered: whoever compares must get the same one again."""
    _kept: Redactor | None = None
    keeps: tuple[str, ...] = ()
    """What goes on being written as it is, besides a recording: words such as `the file of events`."""

    @property
    def redacts(self) -> bool:
        """See Engine."""
        return self._redactor is not None

    def redact(self, *, on: bool) -> None:
        """Replace from now on, or no more; the replacements of one run stay the same."""
        if on and self._kept is None:
            from netwatch.redact.redactor import Redactor

            self._kept = Redactor()
        self._redactor, self._last = (self._kept if on else None), None

    def snapshot(self) -> Snapshot:
        """See Engine."""
        newest = super().snapshot()
        if self._redactor is None:
            return newest
        if self._last is None or self._last[0] is not newest:
            self._last = (newest, self._shown(newest))
        return self._last[1]

    def rows(self, first: int, count: int) -> list[PacketRow]:
        """See Engine."""
        return self._shown(super().rows(first, count))

    def rows_of(self, numbers: Sequence[int]) -> list[PacketRow]:
        """See Engine."""
        return self._shown(super().rows_of(numbers))

    def frame(self, number: int) -> bytes:
        """See Engine; what follows the headers is left out."""
        frame = super().frame(number)
        return frame if self._redactor is None else self._headers(number)[0]

    def dissect(self, number: int) -> Request[Dissection]:
        """See Engine; of headers only, and without remarks, which tell of the rest."""
        if self._redactor is None:
            return super().dissect(number)

        def work(_request: Request[Dissection]) -> Dissection:
            from netwatch.decode.dissect import dissect

            (row,) = self.rows(number, 1)
            found = dissect(*self._headers(number), row)
            return replace(found, note="redacted: what follows the headers is left out")

        return self._ask_worker(work)

    def facts(self, numbers: Sequence[int], fields: tuple[str, ...], rules: tuple[str, ...]) -> dict[int, RowFact]:
        """See Engine."""
        return self._facts(super().facts(numbers, fields, rules), fields)

    def facts_asked(
        self, numbers: Sequence[int], fields: tuple[str, ...], rules: tuple[str, ...], *, names: bool = False
    ) -> Request[dict[int, RowFact]]:
        """See Engine."""
        asked = super().facts_asked(numbers, fields, rules, names=names)
        return asked if self._redactor is None else Changed(asked, lambda found: self._facts(found, fields))

    def names_of(self, addresses: Sequence[str]) -> Request[dict[str, str]]:
        """See Engine."""
        if self._redactor is None:
            return super().names_of(addresses)
        name, shown = self._redactor.name, {self._real(address): address for address in addresses}
        asked = super().names_of([*shown])
        return Changed(asked, lambda found: {shown[address]: name(text) for address, text in found.items()})

    def facts_now(self, numbers: Sequence[int], fields: tuple[str, ...]) -> dict[int, RowFact]:
        """See Engine."""
        return self._facts(super().facts_now(numbers, fields), fields)

    def scapy_command(self, number: int) -> Request[str]:
        """See Engine."""
        return super().scapy_command(number) if self._redactor is None else self._refused("the packet as it was sent")

    def tshark(self, number: int) -> Request[list[str]]:
        """See Engine."""
        return super().tshark(number) if self._redactor is None else self._refused("what tshark says")

    def follow(self, number: int) -> Request[Stream]:
        """See Engine."""
        return super().follow(number) if self._redactor is None else self._refused("what was said")

    def page(self, table: str, query: TableQuery) -> Request[Page[Any]]:
        """See Engine."""
        if self._redactor is not None:
            query = replace(query, text=self._redactor.real(query.text))
        return self._answer(super().page(table, query))

    def overview(self, resolution: Resolution, steps: int) -> Request[Overview]:
        """See Engine."""
        return self._answer(super().overview(resolution, steps))

    def last_state(self) -> tuple[Snapshot, Overview] | None:
        """See Engine."""
        state = super().last_state()
        return None if state is None else (self._shown(state[0]), self._shown(state[1]))

    def alert(self, serial: int) -> Request[Alert]:
        """See Engine."""
        return self._answer(super().alert(serial))

    def packet_filter(self, table: str, serial: int) -> Request[PacketFilter]:
        """See Engine; its label is shown."""
        return self._answer(super().packet_filter(table, serial))

    def mute(self, mute: Mute) -> Request[None]:
        """See Engine; what was read off the screen is put back."""
        return super().mute(replace(mute, host=self._real(mute.host)))

    def alert_filter(self, serial: int, *, around: bool) -> Request[PacketFilter]:
        """See Engine; its label is shown."""
        return self._answer(super().alert_filter(serial, around=around))

    def interfaces(self) -> Request[tuple[Interface, ...]]:
        """See Engine."""
        return self._answer(super().interfaces())

    def set_view(self, text: str, time_range: tuple[int, int] | None = None) -> Request[int]:
        """See Engine; what was read off the screen is put back."""
        return super().set_view(self._real(text), time_range)

    def set_capture_filter(self, text: str) -> Request[None]:
        """See Engine; what was read off the screen is put back."""
        return super().set_capture_filter(self._real(text))

    def find(self, mode: FindMode, text: str, start: int, step: int) -> Request[int | None]:
        """See Engine; what was read off the screen is put back."""
        return super().find(mode, self._real(text), start, step)

    def complete(self, text: str, cursor: int, *, seen: bool = True) -> Request[tuple[int, tuple[Completion, ...]]]:
        """See Engine."""
        return super().complete(text, cursor, seen=seen and self._redactor is None)

    def _leaving(self) -> Leaving | None:
        """See Engine; headers only, with other addresses."""
        if self._redactor is None:
            return None
        from netwatch.redact.headers import redacted_frames

        return Leaving(partial(redacted_frames, redactor=self._redactor), self._redactor.text)

    def _real(self, text: str) -> str:
        return text if self._redactor is None else self._redactor.real(text)

    def _shown(self, value: T) -> T:
        if self._redactor is None:
            return value
        from netwatch.redact.shown import shown

        return shown(value, self._redactor)

    def _facts(self, found: dict[int, RowFact], fields: tuple[str, ...]) -> dict[int, RowFact]:
        """Return facts with the names of the ends replaced as names, of one label too, and without contents."""
        if self._redactor is None:
            return found
        from netwatch.view.row_contents import without_contents

        name, shown = self._redactor.name, self._shown

        def changed(fact: RowFact) -> RowFact:
            cells = shown(without_contents(fact.cells, fields))
            return fact._replace(cells=cells, names=(name(fact.names[0]), name(fact.names[1])))

        return {number: changed(fact) for number, fact in found.items()}

    def _answer(self, asked: Request[T]) -> Request[T]:
        return asked if self._redactor is None else Changed(asked, self._shown)

    def _headers(self, number: int) -> tuple[bytes, int]:
        """Return the headers of a packet and their link type."""
        from netwatch.redact.headers import redacted

        if self._redactor is None:
            raise LookupError(number)
        frame, link_type = self._loaded().reader.frame(number)
        return redacted(frame, link_type, self._redactor), link_type

    def _refused(self, what: str) -> Request[Any]:
        request: Request[Any] = Request()
        request.set_exception(NetwatchError(f"{what} is not shown while addresses and names are replaced: :redact"))
        return request
