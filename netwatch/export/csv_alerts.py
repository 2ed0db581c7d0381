"""Alerts and mutes as CSV columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _of(name: str) -> Callable[[Any], list[Any]]:
    return lambda table: [getattr(alert, name) for alert in table.alerts]


def _time(name: str) -> Callable[[Any], list[str]]:
    def seconds(table: Any) -> list[str]:
        times = (getattr(alert, name) for alert in table.alerts)
        return [f"{time_ns // SECOND}.{time_ns % SECOND:09d}" for time_ns in times]

    return seconds


ALERTS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "time": _time("opened_ns"),
    "severity": _of("word"),
    "rule": _of("rule"),
    "title": _of("title"),
    "src": _of("source"),
    "dst": _of("destination"),
    "dport": _of("port"),
    "protocol": _of("protocol"),
    "entity": _of("actor"),
    "summary": _of("summary"),
    "value": _of("value"),
    "threshold": _of("threshold"),
    "window_s": _of("window_s"),
    "confidence": _of("confidence"),
    "state": _of("state"),
    "episodes": _of("episodes"),
    "first_time": _time("first_ns"),
    "last_time": _time("last_ns"),
    "mitre": lambda table: [" ".join(alert.mitre) for alert in table.alerts],
    "evidence": lambda table: ["; ".join(f"{name}: {text}" for name, text in alert.evidence) for alert in table.alerts],
    "packets": lambda table: [" ".join(map(str, alert.packets)) for alert in table.alerts],
}

EVE_COLUMNS: Final[Mapping[str, Callable[[Any], Any]]] = {"alert": lambda table: table.alerts}

MUTES: Final[Mapping[str, Callable[[Any], Any]]] = {
    "rule": lambda table: [mute.rule for mute in table.mutes],
    "host": lambda table: [mute.host for mute in table.mutes],
    "port": lambda table: [mute.port for mute in table.mutes],
    "until": lambda table: [mute.until_ns // SECOND if mute.until_ns else "" for mute in table.mutes],
}
