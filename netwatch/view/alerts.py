"""Alerts: what is asked of the alerts of the newest capture, and the mutes, which outlive captures."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from netwatch.detect.alert_filters import around as time_filter
from netwatch.detect.alert_filters import packets_of
from netwatch.errors import FileError
from netwatch.run.mute_file import write_mutes
from netwatch.tables.query import Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.detect.episodes import Episodes
    from netwatch.detect.settings import DetectionSettings
    from netwatch.tables.alerts import Alert
    from netwatch.tables.mutes import Mute
    from netwatch.tables.query import TableQuery
    from netwatch.tables.selection import PacketFilter
    from netwatch.view.alerts_seen import AlertsSeen


class Alerts:
    """Used by the thread of the newest session."""

    def __init__(self, wanted: DetectionSettings, episodes: Callable[[], Episodes]) -> None:
        """Begin with the mutes that are `wanted`; `episodes` gives the alerts of the newest session."""
        self._wanted = wanted
        self._newest = episodes
        self._mutes = wanted.mutes

    @property
    def settings(self) -> DetectionSettings:
        """What a new session is to detect: as it was wanted, with the mutes of now."""
        return replace(self._wanted, mutes=self._mutes)

    def page(self, table: str, query: TableQuery, seen: AlertsSeen | None = None) -> Page[Any]:
        """Return rows of `alerts` (see Episodes.page), of `alerts_by_time`, which are the same, or all `mutes`.

        Of alerts only those that are `seen`, None for all.
        """
        if table == "mutes":
            found = self._episodes.muted_table()
            return Page(found, 0, len(found), found.serial if query.whole_order else None)
        return self._episodes.page(query, seen.chosen if seen is not None else None)

    def alert(self, serial: int) -> Alert:
        """Return one alert; LookupError when it is not held any more."""
        return self._episodes.alert(serial)

    def finish(self, serial: int, *, done: bool) -> None:
        """Mark an alert as done, or not; LookupError when it is not held any more."""
        self._episodes.finish(serial, done=done)

    def filter(self, serial: int, *, around: bool) -> PacketFilter:
        """Return the filter of the packets of an alert, or of everything around its time."""
        alert = self._episodes.alert(serial)
        return time_filter(alert) if around else packets_of(alert)

    def mute(self, mute: Mute) -> None:
        """Add a mute; times count from the newest packet.

        Raises:
            FileError: one that is to hold for ever cannot be kept; it holds as long as netwatch runs.
        """
        self._take((*self._mutes, mute))

    def unmute(self, serial: int) -> None:
        """Take a mute back; FileError when the file still has it, so that the next run has too."""
        self._take(tuple(mute for number, mute in enumerate(self._mutes, 1) if number != serial))

    @property
    def _episodes(self) -> Episodes:
        return self._newest()

    def _take(self, mutes: tuple[Mute, ...]) -> None:
        lasting = [mute for mute in self._mutes if not mute.until_ns]
        self._mutes = self._episodes.mutes = mutes
        path = self._wanted.mute_file
        if path is not None and lasting != [mute for mute in mutes if not mute.until_ns]:
            try:
                write_mutes(path, mutes)
            except FileError as error:
                raise FileError(f"{error}; until netwatch ends it is as you wanted") from error
