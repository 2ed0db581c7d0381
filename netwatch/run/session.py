"""Session: a capture and the answers to what is asked of it; all in one thread, whichever that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from netwatch.problem import Problem
from netwatch.run.capture_run import CaptureRun
from netwatch.snapshot import CaptureState, History, Loss, Reading, Snapshot
from netwatch.track.flow_names import with_dns_processes, with_processes, with_web_processes

if TYPE_CHECKING:
    from netwatch.capture.source import SourceCounters
    from netwatch.tables.overview import Overview, Summary
    from netwatch.tables.query import Page, TableQuery
    from netwatch.tables.resolution import Resolution

RATE_SECONDS = 60
"""Seconds of rate history that a snapshot carries; as many as a sparkline can show."""


@dataclass(slots=True)
class Session(CaptureRun):
    """What front ends, reports and views know of a capture."""

    _reported: tuple[Problem, ...] = ()
    """Parts of front ends that broke."""

    def stop(self, *, keep_recording: bool = False) -> None:
        """End the capture because somebody wants it, with all packets that came before; of a file with those read."""
        self._read_out(keep_recording=keep_recording)
        self.end(keep_recording=keep_recording)

    def snapshot(self) -> Snapshot:
        """Return the state of the capture now."""
        counters = self._counters if self.ended and self._counters else self.source.counters()
        state, message = self._state(counters)
        traffic = self.analysis.traffic
        alerts = self.detection.episodes.counts()
        return Snapshot(
            capture_id=self.capture_id,
            state=state,
            message=message,
            source=self.source.name,
            live=self.source.live,
            capture_filter=self.capture_filter,
            own_session=self.own_session,
            packets=self.packets if self.shown is None else traffic.packets,
            bytes=traffic.bytes,
            first_time_ns=traffic.first_time_ns,
            last_time_ns=traffic.last_time_ns,
            elapsed=self._elapsed(),
            link_types=tuple(sorted(self._link_types)),
            protocols=traffic.protocols(),
            tables=(*self.analysis.rows_held(), ("alerts", alerts.shown)),
            alerts=alerts.by_severity,
            alerts_opened=alerts.opened,
            alerts_urgent=alerts.urgent,
            alert_urgent=alerts.urgent_summary,
            problems=(*self.analysis.parts.problems, *self._problems(), *self._reported),
            history=self._history(),
            rates=traffic.rates(self.now_ns(), RATE_SECONDS),
            loss=self._loss(counters),
            progress=counters.progress,
            reading=self._reading(counters),
            recording=self.recorder.state if self.recorder else None,
            replay=counters.replay,
        )

    def page(self, table: str, query: TableQuery) -> Page[Any]:
        """Return rows of a table; see Analysis.page.

        Flows and web transactions tell the processes of this machine, once these are known.
        """
        return self.with_owners(table, self.analysis.page(table, query))

    def with_owners(self, table: str, page: Page[Any]) -> Page[Any]:
        """Return a page with the processes of this machine, as far as the table and what is known have them."""
        if self.sockets is None or not self.source.live:
            return page
        if table == "flows":
            return replace(page, table=with_processes(page.table, self.sockets))
        if table in ("dns", "dns_unanswered"):
            return replace(page, table=with_dns_processes(page.table, self.sockets))
        return replace(page, table=with_web_processes(page.table, self.sockets)) if table == "web" else page

    def overview(self, resolution: Resolution, steps: int) -> Overview:
        """Return what the overview shows now, with a graph of `steps` of `resolution`."""
        found = self.analysis.overview(self.now_ns(), resolution, steps)
        return replace(found, alerts=self.detection.episodes.counts().newest)

    def summary(self, sort: str, count: int) -> Summary:
        """Return what a report holds besides totals; see Analysis.summary."""
        return replace(self.analysis.summary(sort, count), alerts=self.detection.summary())

    def report(self, problem: Problem) -> None:
        """Add what broke outside of the trackers to what snapshots tell."""
        self._reported += (problem,)

    def now_ns(self) -> int:
        """Return the end of every graph: now for a live capture, the last packet for one that ended or is a file."""
        live = self.source.live and not self.ended
        return int(self.clock() * 1e9) if live else self.analysis.traffic.last_time_ns

    def _state(self, counters: SourceCounters) -> tuple[CaptureState, str]:
        """Return what the capture does, and what is to be said of it."""
        if self.state is CaptureState.LIVE and counters.message:
            return CaptureState.WAITING, counters.message
        if self.state is CaptureState.LOADING and counters.growing:
            return CaptureState.FOLLOWING, self.message
        return self.state, self.message or counters.remark

    def _history(self) -> History:
        batches = self.buffer.batches
        return History(
            first=batches[0].first_number if batches else self.packets + 1,
            last=self.packets,
            bytes=self.buffer.bytes,
            capacity=self.buffer.capacity,
            filter_changes=tuple(self._filter_changes.placed),
            again=self.source.archive is not None,
            copies=self.kept.numbers,
        )

    def _problems(self) -> list[Problem]:
        return [*self.detection.problems, *map(Problem, self.flight.problems if self.flight is not None else ())]

    def _elapsed(self) -> float:
        if not self.source.live or self._started is None:
            return 0.0
        return (self.monotonic() if self._stopped is None else self._stopped) - self._started

    def _reading(self, counters: SourceCounters) -> Reading | None:
        if self.source.live or self._started is None or self.ended or not counters.read_bytes:
            return None
        seconds = max(self.monotonic() - self._started, 1e-3)
        share = counters.progress
        return Reading(counters.read_bytes / seconds, seconds * (1 - share) / share if share else None)

    def _loss(self, counters: SourceCounters) -> Loss:
        counters = counters.after(self._earlier)
        losses = self.analysis.losses(exact=self.ended)
        return Loss(
            offered=counters.received,
            kernel_dropped=counters.dropped,
            interface_dropped=counters.interface_dropped,
            decoded=self.packets,
            malformed=self.analysis.traffic.malformed,
            evicted_packets=self.buffer.evicted,
            evicted_flows=losses.evicted_flows,
            evicted_rows=losses.evicted_rows + self.detection.evicted,
            inspection_skipped=losses.inspection_skipped + self.detection.skipped + self._log.dropped,
            unseen_segments=losses.unseen_segments,
            truncated_file=counters.truncated,
        )
