"""Requests: done in order by another thread, each with its own result, error or end."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from typing import TYPE_CHECKING

import pytest

from netwatch.errors import FilterError, NetwatchError
from netwatch.request import RequestQueue, at_once

if TYPE_CHECKING:
    from netwatch.request import Request


def test_calls_are_carried_out_in_order() -> None:
    """By whoever runs the queue, and only then."""
    requests, done = RequestQueue(), []
    made = [requests.put(lambda _, n=n: done.append(n) or n * 2) for n in range(5)]
    assert done == []
    requests.run_all()
    assert done == [0, 1, 2, 3, 4]
    assert [request.result(0) for request in made] == [0, 2, 4, 6, 8]


def test_errors_go_to_who_asked() -> None:
    """What the user can understand stays as it is, a bug becomes one printable line, and the queue goes on."""

    def fails(error: Exception) -> Request[None]:
        def work(_request: Request[None]) -> None:
            raise error

        return requests.put(work)

    requests = RequestQueue()
    known, gone = fails(FilterError("syntax error")), fails(LookupError("packet 3"))
    bug, memory = fails(RuntimeError("\x1b]0;x")), fails(MemoryError())
    after = requests.put(lambda _: 42)
    requests.run_all()
    assert isinstance(known.exception(0), FilterError)
    assert isinstance(gone.exception(0), LookupError)
    for request in (bug, memory):
        assert isinstance(request.exception(0), NetwatchError)
        assert str(request.exception(0)).startswith("internal error")
        assert str(request.exception(0)).isprintable()
    assert after.result(0) == 42


def test_cancelled_before_it_begins() -> None:
    """It is never carried out."""
    requests, done = RequestQueue(), []
    request = requests.put(lambda _: done.append(1))
    assert request.cancel()
    requests.run_all()
    assert request.cancelled()
    assert done == []


def test_cancelled_while_it_runs() -> None:
    """The work sees it and stops by itself; progress is seen meanwhile."""
    requests = RequestQueue()
    running, go_on = threading.Event(), threading.Event()

    def work(request: Request[int]) -> int:
        request.progress = 0.5
        running.set()
        assert go_on.wait(180)
        if request.cancel_wanted:
            raise CancelledError
        return 1

    request = requests.put(work)
    assert request.progress is None
    worker = threading.Thread(target=requests.run_next, args=(None,))
    worker.start()
    assert running.wait(180)
    assert request.progress == 0.5
    assert not request.cancel()
    go_on.set()
    worker.join(180)
    with pytest.raises(CancelledError):
        request.result(0)


def test_an_empty_queue_does_nothing() -> None:
    """And says so."""
    requests = RequestQueue()
    requests.run_all()
    assert not requests.run_next(0)
    assert not requests.run_next(0.001)
    requests.put(lambda _: None)
    assert requests.run_next(0)


def test_a_request_may_put_another() -> None:
    """It is served in the same round, and nothing deadlocks."""
    requests = RequestQueue()
    outer = requests.put(lambda _: requests.put(lambda _: "inner"))
    requests.run_all()
    assert outer.result(0).result(0) == "inner"


def test_what_nobody_will_carry_out_is_cancelled() -> None:
    """Who waits for it is told at once, whether it was put before the end or after."""
    requests, done = RequestQueue(), []
    waits, regretted = requests.put(lambda _: done.append(1)), requests.put(lambda _: done.append(2))
    regretted.cancel()
    requests.end()
    late = requests.put(lambda _: done.append(3))
    for request in (waits, regretted, late):
        with pytest.raises(CancelledError):
            request.result(0)
    requests.run_all()
    assert done == []


def test_what_is_done_at_once() -> None:
    """It has its result, or its error, when it is returned."""
    assert at_once(lambda _: 42).result(0) == 42
    assert isinstance(at_once(lambda _: {}["packet"]).exception(0), LookupError)
