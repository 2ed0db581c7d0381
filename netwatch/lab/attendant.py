"""The process that looks at hosts for the monitor: it keeps the sockets for that and can do nothing else.

It is forked before the monitor gives its rights up, opens its sockets, and gives up its own. Over a socket that keeps
messages apart it takes `{"host": ADDRESS, "interface": NAME or ""}` and answers `{"found": {...}, "told": [[part,
result], ...]}` or `{"error": TEXT, "hint": TEXT}`; the first thing it says is `{"ready": true}` or an error.
"""

from __future__ import annotations

import ipaddress
import json
import time
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import NetwatchError, UsageError
from netwatch.lab.bench import Bench, Progress
from netwatch.lab.parent_death import end_with_parent
from netwatch.lab.rights import SendRights
from netwatch.lab.sent_log import SentLog
from netwatch.lab.surroundings import Surroundings
from netwatch.lab.wire import SocketWire
from netwatch.text import printable

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from netwatch.tables.enrichment import Look

MOST_ASKED: Final = 512
"""Bytes of a question."""
MOST_ANSWERED: Final = 64 << 10
LOOKS: Final = 10
"""In a minute, at most."""
MINUTE: Final = 60.0
NOTHING: Final = "ip proto 255"
"""BPF expression that no packet matches: libpcap refuses those that cannot."""
MOST_WAITING: Final = 10_000
"""Packets that came between two looks."""


def attend(channel: socket.socket, look: Look, log: Callable[[], Path]) -> None:
    """Take the rights to send, drop all others, and answer until the monitor has gone; `log` says where to log."""
    try:
        rights = SendRights.acquire(None, frames=False)
    except NetwatchError as error:
        _say(channel, {"error": error.message, "hint": error.hint})
        return
    end_with_parent()
    _say(channel, {"ready": True})
    attendant = Attendant(look, lambda host, interface: _look(rights, look, log(), host, interface))
    while asked := channel.recv(MOST_ASKED + 1):
        _say(channel, attendant.answer(asked))


class Attendant:
    """Answers questions: each is checked, and there are only so many a minute."""

    def __init__(
        self, look: Look, carry_out: Callable[[str, str], dict[str, Any]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Let `carry_out` look at a host through an interface, of which the name may be empty."""
        self.look = look
        self._carry_out = carry_out
        self._clock = clock
        self._begun: deque[float] = deque(maxlen=LOOKS)

    def answer(self, asked: bytes) -> dict[str, Any]:
        """Return what a question is answered with."""
        try:
            host, interface = parse_question(asked)
            self._count()
            return self._carry_out(host, interface)
        except NetwatchError as error:
            return {"error": error.message, "hint": error.hint}
        except Exception as error:  # noqa: BLE001  # packets decide what is looked at; the next question must be answered
            return {"error": f"internal error: {printable(repr(error), 200)}", "hint": ""}

    def _count(self) -> None:
        now = self._clock()
        if len(self._begun) == LOOKS and now - self._begun[0] < MINUTE:
            raise UsageError(f"at most {LOOKS} looks a minute are sent", "Wait a little")
        self._begun.append(now)


def parse_question(asked: bytes) -> tuple[str, str]:
    """Return (address, interface or an empty text) of a question.

    Raises:
        UsageError: it is not exactly one.
    """
    try:
        question = json.loads(asked) if len(asked) <= MOST_ASKED else None
    except (ValueError, RecursionError):
        question = None
    if not isinstance(question, dict) or set(question) != {"host", "interface"}:
        raise UsageError("that is no question")
    host, interface = question["host"], question["interface"]
    if not isinstance(host, str) or not isinstance(interface, str):
        raise UsageError("that is no question")
    try:
        return str(ipaddress.ip_address(host)), interface
    except ValueError:
        raise UsageError(f"{printable(host, 60)} is not an IP address") from None


def _look(rights: SendRights, look: Look, path: Path, host: str, interface: str) -> dict[str, Any]:
    from netwatch.lab.look import LISTEN, look_at, told

    around = Surroundings.look(interface or None, authorised=False, dry=False)
    address = around.targets([host]).addresses[0]
    name = around.interface_towards(address).name
    wire = SocketWire(rights, name)
    with SentLog(path) as log:
        log.begin(["enrich", host], interface=name, authorised=False)
        bench = Bench(wire, log, progress=Progress(shown=False), say=lambda _: None)
        outcome = "failed"
        try:
            with bench.stop.on_signals():
                wire.listen(LISTEN)
                _forget(wire)
                found = look_at(bench, address, look, around)
            outcome = "interrupted" if bench.stop.wanted else "done"
        finally:
            log.end(outcome)
            wire.listen(NOTHING)
    if bench.stop.wanted:
        raise SystemExit(0)
    return {"found": found, "told": told(found)}


def _forget(wire: SocketWire) -> None:
    """Leave out what was heard before."""
    for _ in range(MOST_WAITING):
        if wire.receive(0) is None:
            return


def _say(channel: socket.socket, answer: dict[str, Any]) -> None:
    data = json.dumps(answer).encode()
    if len(data) > MOST_ANSWERED:
        data = json.dumps({"error": "the answer is too long", "hint": ""}).encode()
    channel.send(data)
