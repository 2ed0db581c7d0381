"""How an answer of the engine reaches the screen: on its thread, and only while whoever asked is still there."""

from __future__ import annotations

from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.dom import DOMNode

    from netwatch.request import Request

T = TypeVar("T")


def deliver(
    asker: DOMNode, request: Request[T], then: Callable[[T], None], failed: Callable[[BaseException], None]
) -> None:
    """Have `then` called with the result, or `failed` with the error; neither after a cancel or when `asker` is gone.

    To be called on the screen's thread; returns at once.
    """
    from netwatch.tui.pane_guard import Guarded  # panes use this module

    app = asker.app

    def arrive() -> None:
        if request.cancelled() or not asker.is_attached:
            return
        error = request.exception()
        with Guarded(asker.screen):
            if error is None:
                then(request.result())
            elif not isinstance(error, CancelledError):
                failed(error)

    def post(_: object) -> None:
        # Another thread calls this, perhaps after the screen's loop has ended
        with suppress(RuntimeError):
            app.call_later(arrive)

    request.add_done_callback(post)
