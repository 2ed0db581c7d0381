"""What the user may tell a replay: hold, step, slower, faster, and where to jump to."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final

from netwatch.errors import CaptureError, UsageError
from netwatch.nanoseconds import SECOND
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.capture.replay import ReplaySource
    from netwatch.snapshot import ReplayOrder

HALF_DAY: Final = 43_200 * SECOND
FACTOR: Final = 2.0
"""Between one speed and the next."""
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
_RELATIVE: Final = re.compile(r"(?P<sign>[+-])\s*(?P<count>\d{1,9}(?:\.\d{1,9})?)\s*(?P<unit>[smhd]?)", re.ASCII)
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?", re.ASCII)
_NUMBER: Final = re.compile(r"#?(\d{1,15})", re.ASCII)


def obey(source: ReplaySource, order: ReplayOrder, text: str = "", *, over: bool = False) -> ReplaySource | None:
    """Tell `source` what to do; return another that is to take its place when the jump leads back.

    `over` says that all of it was played. `text` is a time of day as the screen shows it (`12:30:05`), a time from
    here (`+30`, `-5m`) or the number of a packet.

    Raises:
        CaptureError: the replay is over, or it cannot go back.
        UsageError: `text` is none of these.
    """
    if order == "jump":
        return _jump(source, text, over=over)
    if over:
        raise CaptureError("the replay is over", "J jumps back")
    if order == "hold":
        source.hold(held=not source.held)
    elif order == "step":
        if not source.held:
            source.hold(held=True)
        source.step(1)
    else:
        source.set_speed(source.speed * FACTOR if order == "faster" else source.speed / FACTOR)
    return None


def target(text: str, now_ns: int) -> tuple[int | None, int | None]:
    """Return (recorded time in nanoseconds, packet number) that `text` names; one of them is None.

    Raises:
        UsageError: it names neither.
    """
    text = text.strip()
    if found := _RELATIVE.fullmatch(text):
        span = int(float(found["count"]) * _UNITS[found["unit"]] * SECOND)
        return now_ns + (span if found["sign"] == "+" else -span), None
    if found := _CLOCK.fullmatch(text):
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        if hour < 24 and minute < 60 and second < 60:
            return _nearest(hour, minute, second, now_ns) + int((found[4] or "0").ljust(9, "0")), None
    if found := _NUMBER.fullmatch(text):
        return None, int(found[1])
    raise UsageError(
        f"a replay cannot jump to {printable(text, 40)}", "use a time (12:30:05), a span (+30 -5m) or a packet number"
    )


def _jump(source: ReplaySource, text: str, *, over: bool) -> ReplaySource | None:
    time_ns, number = target(text, source.now_ns)
    back = over or (time_ns is not None and time_ns < source.now_ns) or (number is not None and number <= source.given)
    found = source.again() if back else source
    if time_ns is not None:
        found.jump(time_ns)
    elif number is not None:
        found.step(max(number - found.given, 1))
    return found if back else None


def _nearest(hour: int, minute: int, second: int, now_ns: int) -> int:
    """Return the local time of day that is nearest to `now_ns`."""
    day = datetime.fromtimestamp(now_ns // SECOND).astimezone()
    here = int(day.replace(hour=hour, minute=minute, second=second, microsecond=0).timestamp()) * SECOND
    if here - now_ns > HALF_DAY:
        return here - 2 * HALF_DAY
    return here + 2 * HALF_DAY if now_ns - here > HALF_DAY else here
