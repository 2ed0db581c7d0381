"""Requests: calls that another thread carries out, with a result to wait for, progress and cancelling."""

from __future__ import annotations

import queue
import threading
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from netwatch.errors import NetwatchError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Request(Future[T], Generic[T]):
    """A future that tells how far its work is and can be cancelled while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.progress: float | None = None
        """Share of the work that is done, None when unknown."""
        self.cancel_wanted = False

    def cancel(self) -> bool:
        """Cancel if still queued; else ask the running work to stop, which then raises CancelledError."""
        self.cancel_wanted = True
        return super().cancel()


class RequestQueue:
    """Calls that wait to be carried out, in order, by whichever thread calls `run_next` or `run_all`."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[tuple[Request[Any], Callable[[Request[Any]], Any]]] = queue.SimpleQueue()
        self._ended = False

    @property
    def waiting(self) -> bool:
        """True while a call waits; any thread may ask."""
        return not self._waiting.empty()

    def put(self, work: Callable[[Request[T]], T]) -> Request[T]:
        """Queue `work`, which gets its own request to report progress to, and return that request.

        It is cancelled when nobody will carry it out any more.
        """
        request: Request[T] = Request()
        self._waiting.put((request, work))
        if self._ended:
            self.end()
        return request

    def end(self) -> None:
        """Cancel what waits and whatever is still put: who waits for its result would wait for ever."""
        self._ended = True
        with suppress(queue.Empty):
            while True:
                request, _ = self._waiting.get_nowait()
                request.cancel()
                request.set_running_or_notify_cancel()

    def run_all(self) -> None:
        """Carry out everything that waits, without blocking."""
        while self.waiting:
            self.run_next(0)

    def run_next(self, timeout: float | None) -> bool:
        """Carry out one call, waiting for it at most `timeout` seconds; return False when none came."""
        try:
            request, work = self._waiting.get(timeout=timeout) if timeout != 0 else self._waiting.get_nowait()
        except queue.Empty:
            return False
        if request.set_running_or_notify_cancel():
            _carry_out(request, work)
        return True


def at_once(work: Callable[[Request[T]], T]) -> Request[T]:
    """Carry out `work` here and now; return its request, which is done."""
    request: Request[T] = Request()
    request.set_running_or_notify_cancel()
    _carry_out(request, work)
    return request


def in_own_thread(work: Callable[[Request[T]], T]) -> Request[T]:
    """Carry out `work` in a thread of its own, which does not keep the program from ending; return its request."""
    request: Request[T] = Request()
    request.set_running_or_notify_cancel()
    threading.Thread(target=_carry_out, args=(request, work), daemon=True).start()
    return request


def _carry_out(request: Request[T], work: Callable[[Request[T]], T]) -> None:
    try:
        result = work(request)
    except (NetwatchError, LookupError, CancelledError) as error:
        request.set_exception(error)
    except Exception as error:  # noqa: BLE001  # the caller gets it; the thread that serves others must live on
        request.set_exception(NetwatchError(f"internal error: {printable(repr(error))}"))
    else:
        request.set_result(result)
