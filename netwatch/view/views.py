"""The views of a capture, one after another: the one that is shown, and the one that will replace it."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netwatch.errors import NetwatchError
from netwatch.filter.display_filter import compile_filter
from netwatch.filter.tables import Tables
from netwatch.track.address_filter import address_halves
from netwatch.track.packet_numbers import among
from netwatch.view.alerts_seen import AlertsSeen
from netwatch.view.view import View

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from netwatch.request import Request
    from netwatch.run.session import Session
    from netwatch.snapshot import Snapshot
    from netwatch.tables.alerts import Alert
    from netwatch.tables.overview import Overview
    from netwatch.tables.query import Page, TableQuery
    from netwatch.tables.resolution import Resolution
    from netwatch.tables.selection import PacketFilter, Selection
    from netwatch.track.analysis import Analysis
    from netwatch.view.figures import Figures
    from netwatch.view.row_facts import Ends

JUDGED_INTERVAL = 0.01
"""Seconds between two looks at how far a view has come."""
ANSWER_TIMEOUT = 10.0
"""Seconds that a view waits for what the trackers of the whole capture know."""


class Views:
    """Made and replaced by the worker of requests; read by any thread."""

    def __init__(self, ask: Callable[[Callable[[Any], Any]], Request[Any]], oldest: Callable[[], int]) -> None:
        """`ask` has the capture thread do something with the newest session.

        `oldest` tells the number of its first packet that can be looked at.
        """
        self._ask = ask
        self._oldest = oldest
        self._count = 0
        self._shown: View | None = None
        self._coming: View | None = None
        self._merged: tuple[Snapshot, Figures, int | None, Snapshot] | None = None
        self._seen: AlertsSeen | None = None
        self._tables: Tables | None = None

    def set(self, session: Session, text: str, time_range: tuple[int, int] | None) -> int:
        """Begin a view of `session`, which is shown once it is ready; without filter and range show everything.

        Returns the identifier of the view, 0 for none.

        Raises:
            DisplayFilterError: the filter is not understood; nothing changed.
        """
        wanted = compile_filter(text)
        if self._coming is not None:
            self._coming.end()
            self._coming = None
        if wanted.test is None and time_range is None:
            self._replace(None)
            return 0
        self._count += 1
        tables = None
        if "tables" in wanted.needs:
            tables = self._new_tables()
        self._coming = View(self._count, session, wanted, time_range, tables, self._oldest)
        self._coming.start()
        return self._count

    @property
    def tables(self) -> Tables:
        """What the trackers of the whole capture know of single packets; for the worker of requests alone."""
        if self._tables is None:
            self._tables = self._new_tables()
        return self._tables

    def names(self, ends: Mapping[int, Ends]) -> dict[int, tuple[str, str]]:
        """Return the names of both ends of packets, as each may have called the other."""

        def ask(analysis: Analysis) -> dict[int, tuple[str, str]]:
            best = analysis.names.best
            return {key: (best(*one, client=two), best(*two, client=one)) for key, (one, two) in ends.items()}

        found: dict[int, tuple[str, str]] = self._answer(ask)
        return found

    def names_of(self, addresses: Sequence[str]) -> dict[str, str]:
        """Return the names of those of `addresses`, as they are written, that packets told one of."""
        halves = {}
        for written in addresses:
            try:
                halves[written] = address_halves(written)
            except ValueError:
                continue

        def ask(analysis: Analysis) -> dict[str, str]:
            return {written: analysis.names.best(*each) for written, each in halves.items()}

        return {written: name for written, name in self._answer(ask).items() if name}

    def renew(self, session: Session) -> None:
        """Begin the newest view anew, for another capture."""
        self._tables = None
        newest = self.newest
        if newest is not None:
            self._replace(None)
            self.set(session, newest.filter.text, newest.time_range)

    def close(self) -> None:
        """End the threads."""
        for view in (self._coming, self._shown):
            if view is not None:
                view.close()

    @property
    def newest(self) -> View | None:
        """The view that was asked for last, ready or not."""
        return self._coming or self._shown

    @property
    def shown(self) -> View | None:
        """The view whose trackers answer questions; None while these are the session's."""
        coming = self._coming
        if coming is not None and coming.ready:
            self._replace(coming)
            self._coming = None
        return self._shown

    @property
    def answering(self) -> View | None:
        """The same, but None for a view that everything passes: of that too the session's trackers know all."""
        shown = self.shown
        return None if shown is not None and shown.whole else shown

    @property
    def alerts_seen(self) -> AlertsSeen | None:
        """What tells which alerts stand in the view that is shown; None while all do."""
        return self._seen if self.answering is not None else None

    def merge(self, snapshot: Snapshot) -> Snapshot:
        """Return the state of a capture with the figures of what is shown."""
        shown, newest = self.shown, self.newest
        if newest is None:
            return snapshot
        figures, seen = newest.figures, self.alerts_seen
        if seen is not None:
            seen.look()
        count = seen.count if seen is not None else None
        if self._merged is not None and self._merged[0] is snapshot and self._merged[1:3] == (figures, count):
            return self._merged[3]
        merged = replace(snapshot, view=figures.state)
        if shown is not None and shown.whole:
            merged = replace(merged, shown_view=shown.figures.state.id)
        elif shown is not None:
            ours = shown.figures
            merged = replace(
                merged,
                shown_view=ours.state.id,
                packets=ours.packets,
                bytes=ours.bytes,
                first_time_ns=snapshot.first_time_ns,
                last_time_ns=ours.last_time_ns,
                protocols=ours.protocols,
                tables=(*ours.tables, ("alerts", count or 0)),
                rates=ours.rates,
            )
        self._merged = (snapshot, figures, count, merged)
        return merged

    def overview(self, view: View, resolution: Resolution, steps: int) -> Overview:
        """Return what the overview shows of a view, with the newest alerts in it; for the view's thread."""
        found = view.analysis.overview(view.now_ns(), resolution, steps)
        return replace(found, alerts=self._seen.newest) if self._seen is not None else found

    def narrowed(self, found: Selection) -> Selection:
        """Return what of `found` passes the newest view, as far as that was judged."""
        view = self.newest
        if view is None:
            return found
        passing = view.selection(0)
        numbers = found.numbers[among(found.numbers, passing.numbers)]
        return replace(found, numbers=numbers, last=min(found.last, passing.last))

    def filter(self, only: PacketFilter | None, last: int, give_up: Callable[[], bool]) -> PacketFilter | None:
        """Return what passes both the newest view and `only`, once packets up to number `last` were judged.

        It is returned before that when `give_up()`. To be called in another thread than the view's.

        Raises:
            NetwatchError: they will not be judged.
        """
        view = self.newest
        if view is None:
            return only
        while view.judged < last and not give_up():
            if (error := view.figures.state.error) or view is not self.newest:
                raise NetwatchError(error or "the filter was changed meanwhile")
            time.sleep(JUDGED_INTERVAL)
        return view.as_filter if only is None else Both(f"{view.label} and {only.label}", view.as_filter, only)

    def _replace(self, view: View | None) -> None:
        before, self._shown = self._shown, view
        self._merged = None
        self._seen = AlertsSeen(view, self._ask) if view is not None else None
        if before is not None and before is not view:
            before.end()

    def _new_tables(self) -> Tables:
        return Tables(self._answer, self._processes, self._alerts)

    def _answer(self, question: Callable[[Analysis], Any]) -> Any:
        return self._ask(lambda session: question(session.analysis)).result(ANSWER_TIMEOUT)

    def _alerts(self) -> tuple[Alert, ...]:
        found: tuple[Alert, ...] = self._ask(lambda session: session.detection.episodes.alerts()).result(ANSWER_TIMEOUT)
        return found

    def _processes(self, query: TableQuery) -> Page[Any]:
        page: Page[Any] = self._ask(lambda session: session.page("flows", query)).result(ANSWER_TIMEOUT)
        return page


class Both:
    """Implements PacketFilter: what passes two filters."""

    def __init__(self, label: str, one: PacketFilter, two: PacketFilter) -> None:
        self.label = label
        self._one = one
        self._two = two

    def mask(self, batch: Any) -> Any:
        """Return which packets of a batch pass both."""
        return self._one.mask(batch) & self._two.mask(batch)
