"""AlertsSeen: which of the alerts of a capture belong to a view of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.track.packet_numbers import among

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from netwatch.request import Request
    from netwatch.tables.alerts import Alert
    from netwatch.view.view import View

REFRESH: Final = 1.0
"""Seconds after which the alerts of a capture are counted again."""
NEWEST: Final = 5


class AlertsSeen:
    """Asked by any thread.

    An alert stands in a view when one of the packets that it lists passes; in a mere time range, when it lasts into it.
    """

    def __init__(
        self,
        view: View,
        ask: Callable[[Callable[[Any], Any]], Request[Any]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Have the capture thread tell its alerts by `ask`."""
        self._view = view
        self._ask = ask
        self._clock = clock
        self._asked: Request[tuple[Alert, ...]] | None = None
        self._asked_at = -REFRESH
        self.count: int | None = None
        """Alerts of the view that are neither muted, done nor explained by another; None before the first count."""
        self.newest: tuple[Alert, ...] = ()
        """The newest of them, the newest first."""

    def chosen(self, alerts: Sequence[Alert]) -> NDArray[np.bool_]:
        """Return which alerts stand in the view, shape (len(alerts),)."""
        if not self._view.filter.text and self._view.time_range is not None:
            first, last = self._view.time_range
            overlap = (alert.first_ns <= last and alert.last_ns >= first for alert in alerts)
            return np.fromiter(overlap, np.bool_, len(alerts))
        packets = np.array([number for alert in alerts for number in alert.packets], np.int64)
        owners = np.repeat(np.arange(len(alerts)), [len(alert.packets) for alert in alerts])
        found = np.zeros(len(alerts), np.bool_)
        found[owners[among(packets, self._view.numbers)]] = True
        return found

    def look(self) -> None:
        """Count anew when it is time; never waits."""
        now = self._clock()
        if self._asked is not None:
            if not self._asked.done():
                return
            self._take(self._asked)
            self._asked = None
        if now - self._asked_at >= REFRESH:
            self._asked_at = now
            self._asked = self._ask(lambda session: session.detection.episodes.alerts())

    def _take(self, answered: Request[tuple[Alert, ...]]) -> None:
        if answered.cancelled() or answered.exception() is not None:
            return
        alerts = [alert for alert in answered.result() if not alert.done]
        shown = [alert for alert, chosen in zip(alerts, self.chosen(alerts).tolist(), strict=True) if chosen]
        self.count = len(shown)
        self.newest = tuple(sorted(shown, key=lambda alert: -alert.serial)[:NEWEST])
