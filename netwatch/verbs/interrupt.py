"""Ending a verb without a screen: Ctrl+C, SIGTERM and a closed terminal ask it to finish, not to break off."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, TracebackType
    from typing import Self

    from netwatch.capture.source import Source

SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)


class Interrupt:
    """While the `with` block runs, `wanted` becomes True when somebody asks for the end; the source is woken then.

    A second request breaks off, as it would have done without us.
    """

    def __init__(self, source: Source) -> None:
        self.wanted = False
        self._source = source
        self._before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}

    def __enter__(self) -> Self:
        for number in SIGNALS:
            if signal.getsignal(number) is signal.SIG_IGN:  # nohup wants it so
                continue
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.wanted = True
        self._source.wake()
        self._restore()

    def _restore(self) -> None:
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)
