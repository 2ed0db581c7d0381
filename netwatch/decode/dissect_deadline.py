"""A limit on the time that somebody else's Python code may take in this thread."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


class OutOfTimeError(BaseException):
    """The time is over. Not an Exception, because dissectors swallow every Exception of the layers inside them."""


@contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Raise OutOfTimeError at the first function call of this thread after `seconds`.

    Threads cannot be stopped from outside, and signals reach only the main thread, so the call hook of the
    interpreter looks at the clock. It costs some 0.1 microseconds a call and is gone when the block ends.
    """
    end = time.monotonic() + seconds

    def look(_frame: FrameType, _event: str, _argument: object) -> None:
        if time.monotonic() > end:
            raise OutOfTimeError

    before = sys.gettrace()
    sys.settrace(look)
    try:
        yield
    finally:
        sys.settrace(before)
