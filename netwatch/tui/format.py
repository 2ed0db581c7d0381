"""Numbers as people read them, each of a known width."""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from netwatch.nanoseconds import SECOND

if TYPE_CHECKING:
    from netwatch.tui.panes.columns import Look

SPARKS = {"block": " ▁▂▃▄▅▆▇█", "ascii": " .:-=+*#@"}
_BRAILLE_LEFT = (0x00, 0x40, 0x44, 0x46, 0x47)
_BRAILLE_RIGHT = (0x00, 0x80, 0xA0, 0xB0, 0xB8)


def count(value: float) -> str:
    """Return `value` in at most six cells: 950, 12.3k, 1.05M."""
    return _scaled(value, 1000, ("", "k", "M", "G", "T", "P"))


def bits(value: float) -> str:
    """Return bits a second in at most eleven cells: 3.12 Mb/s."""
    return _scaled(value, 1000, (" ", " k", " M", " G", " T", " P")) + "b/s"


def size(value: float) -> str:
    """Return bytes in at most eight cells: 41.2 MiB."""
    return _scaled(value, 1024, (" B", " KiB", " MiB", " GiB", " TiB", " PiB"))


def sparkline(values: list[float], width: int, glyphs: str) -> str:
    """Return the newest values as a graph of `width` cells; braille has two values a cell."""
    if width <= 0:
        return ""
    per_cell = 2 if glyphs == "braille" else 1
    shown = ([0.0] * width * per_cell + values)[-width * per_cell :]
    peak = max(shown) or 1
    if glyphs == "braille":
        levels = [_level(value, peak, 4) for value in shown]
        pairs = zip(levels[::2], levels[1::2], strict=True)
        return "".join(chr(0x2800 + _BRAILLE_LEFT[left] + _BRAILLE_RIGHT[right]) for left, right in pairs)
    bars = SPARKS[glyphs]
    return "".join(bars[_level(value, peak, len(bars) - 1)] for value in shown)


def clock(time_ns: int) -> str:
    """Return the local time of day with microseconds, 15 cells."""
    try:
        moment = datetime.fromtimestamp(time_ns // SECOND).astimezone()
    except (OverflowError, OSError, ValueError):
        return f"{time_ns // SECOND}"[:15]
    return f"{moment:%H:%M:%S}.{time_ns % SECOND // 1000:06d}"


def utc(time_ns: int, width: int = 16) -> str:
    """Return the time of day in UTC with as many decimals as `width` cells have room for."""
    try:
        moment = datetime.fromtimestamp(time_ns // SECOND, UTC)
    except (OverflowError, OSError, ValueError):
        return str(time_ns // SECOND)[:width]
    return f"{moment:%H:%M:%S}.{time_ns % SECOND // 1000:06d}"[: width - 1] + "Z"


def date(time_ns: int, width: int = 26) -> str:
    """Return local date and time; where `width` cells are too few for all of it without year and fraction."""
    try:
        moment = datetime.fromtimestamp(time_ns // SECOND).astimezone()
    except (OverflowError, OSError, ValueError):
        return str(time_ns // SECOND)[:width]
    whole = f"{moment:%Y-%m-%d %H:%M:%S}.{time_ns % SECOND // 1000:06d}"
    return whole if width >= len(whole) else whole[5:19]


def since(time_ns: int, first_ns: int, width: int = 11) -> str:
    """Return seconds after `first_ns` with as many decimals, at most six, as `width` cells have room for."""
    seconds, rest = divmod(abs(time_ns - first_ns), SECOND)
    whole = f"{'-' if time_ns < first_ns else ''}{seconds}"
    decimals = min(width - len(whole) - 1, 6)
    return f"{whole}.{rest // 1000:06d}"[: len(whole) + 1 + decimals] if decimals > 0 else whole


def delay(nanoseconds: int) -> str:
    """Return a latency in at most eight cells: 35 us, 1.04 ms, 250 ms, 3.2 s; `-` for a negative one, not measured."""
    if nanoseconds < 0:
        return "-"
    if nanoseconds < 999_500:
        return f"{nanoseconds / 1000:.0f} us"
    milliseconds = nanoseconds / 1_000_000
    if milliseconds < 999.5:
        return f"{milliseconds:.{_decimals(milliseconds)}f} ms"
    return duration(nanoseconds)


def duration(nanoseconds: int) -> str:
    """Return a time span in at most seven cells: 0.4 ms, 31.0 s, 8m02s, 3h12m, 12d03h."""
    seconds = nanoseconds / SECOND
    if seconds < 0.9995:
        return f"{seconds * 1000:.{1 if seconds < 0.09995 else 0}f} ms"
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 100:
        return f"{minutes}m{rest:02d}s"
    hours, minutes = divmod(minutes, 60)
    if hours < 100:
        return f"{hours}h{minutes:02d}m"
    days, hours = divmod(hours, 24)
    return f"{days}d{hours:02d}h"


def moment(time_ns: int, look: Look) -> str:
    """Return a time in the form that was chosen, in at most 15 cells."""
    match look.times:
        case "day":
            return clock(time_ns)
        case "utc":
            return utc(time_ns, 15)
        case "date":
            return date(time_ns, 15)
        case "reference":
            before = bisect_right(look.references, time_ns) - 1
            return since(time_ns, look.references[before] if before >= 0 else look.first_ns, 15)
        case _:
            return since(time_ns, look.first_ns, 15)


def _level(value: float, peak: float, levels: int) -> int:
    return min(-(-int(value * levels * 1000 / peak) // 1000), levels) if value > 0 else 0


def _scaled(value: float, base: int, units: tuple[str, ...]) -> str:
    for unit in units[:-1]:
        if value < base * 0.9995:
            return f"{value:.0f}{unit}" if unit == units[0] else f"{value:.{_decimals(value)}f}{unit}"
        value /= base
    return f"{value:.{_decimals(value)}f}{units[-1]}"


def _decimals(value: float) -> int:
    return 2 if value < 9.995 else 1 if value < 99.95 else 0
