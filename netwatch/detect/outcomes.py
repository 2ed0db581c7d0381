"""OutcomeReader: makes failures and successes of columns, with the entities behind both ends."""

from __future__ import annotations

from collections import OrderedDict, deque
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.detect.icmp_events import REFUSING_CODES
from netwatch.detect.outcome import Failure, Record, Success
from netwatch.detect.tcp_events import Ending
from netwatch.detect.traces import Traces
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from netwatch.detect.icmp_events import Errors
    from netwatch.detect.surroundings import Party, Surroundings
    from netwatch.detect.tcp_events import Endings

LIVE_MOST: Final = 1500
"""Failures, and successes, that become objects of one tick of packet time while nobody can wait for them; of failures
those of sources with many of them first."""
FILE_MOST: Final = 50_000
"""The same of a file."""
MONITOR_TIMES: Final = 3
MONITOR_NS: Final = 300 * SECOND
"""A service that was probed so often over so long is watched by somebody, not scanned (detections.md 2.3)."""
MOST_MONITORED: Final = 20_000
ONE_WAY_NS: Final = 300 * SECOND
ONE_WAY_LEAST: Final = 50
ONE_WAY_SHARE: Final = 0.9
_UNREACHABLE: Final = 4
"""Besides the codes of Ending: an ICMP error answered."""


class OutcomeReader:
    """Makes failures and successes of columns."""

    def __init__(self, surroundings: Surroundings, *, live: bool) -> None:
        self._most = self._a_tick = LIVE_MOST if live else FILE_MOST
        self.skipped = 0
        """Failures and successes that were left out because too many came at once."""
        self.record = Record()
        self._surroundings = surroundings
        self._probed: OrderedDict[tuple[tuple[int, int], tuple[int, int], int], tuple[int, int]] = OrderedDict()
        """(times, first time) of probes by source, target and port."""
        self._sides: deque[tuple[int, int, int]] = deque()
        """(time, attempts that ended, those of them that were one-sided)."""
        self._ended = self._one_sided = 0
        """The sums of the latter two."""
        self._traces = Traces()

    def read(
        self,
        endings: Endings | None,
        errors: Errors | None,
        asked: Callable[[Errors], NDArray[np.bool_]],
        *,
        ticks: int = 1,
    ) -> tuple[tuple[Failure, ...], tuple[Success, ...]]:
        """Return what failed and what succeeded, each in the order of their times.

        `asked` tells which errors quote a SYN that was seen; the slice is `ticks` long.
        """
        self._most = ticks * self._a_tick
        failures: list[Failure] = []
        successes: list[Success] = []
        if endings is not None:
            self._note_sides(endings)
            fine = endings.ending == Ending.OK
            successes = self._successes(endings, np.flatnonzero(fine))
            failures = self._failures(endings, np.flatnonzero(~fine & ~endings.one_sided))
        if errors is not None:
            refused = ~(errors.exceeded | errors.redirect) & _REFUSING[errors.code]
            refused &= ~self._traces.read(errors)
            known = _is_asked(errors)
            if np.count_nonzero(refused & ~known):
                known |= asked(errors)
            failures += self._unreachable(errors, np.flatnonzero(refused & known))
            failures.sort(key=lambda failure: failure.moment)
        for success in successes:
            self.record.add(success)
        wanted = (failure for failure in failures if not self.record.reached_otherwise(failure))
        return tuple(wanted), tuple(successes)

    def half_open(self, endings: Endings | None) -> tuple[Failure, ...]:
        """Return handshakes that were answered and not completed; as many as there may be failures."""
        return tuple(self._failures(endings, np.arange(len(endings)))) if endings is not None else ()

    def _successes(self, endings: Endings, at: NDArray[np.intp]) -> list[Success]:
        self.skipped += max(len(at) - self._most, 0)
        if not len(at):
            return []
        at = at[: self._most]
        moments, sources, targets, parties = self._ends(endings, at)
        about = (getattr(endings, name)[at].tolist() for name in ("dport", "syn_ns"))
        opening = (getattr(endings, name)[at].tolist() for name in ("sport", "request_bytes"))
        return list(map(_SUCCESS, zip(moments, *parties, targets, *about, sources, *opening, strict=True)))

    def _failures(self, endings: Endings, at: NDArray[np.intp]) -> list[Failure]:
        if not len(at):
            return []
        at = self._fair(at, endings.src_high, endings.src_low)
        moments, sources, targets, parties = self._ends(endings, at)
        columns = ("dport", "syn_ns", "ending", "window", "bare", "answered")
        rows = zip(*(getattr(endings, name)[at].tolist() for name in columns), strict=True)
        found = []
        for moment, source, target, source_party, target_party, row in zip(
            moments, sources, targets, *parties, rows, strict=True
        ):
            port, began_ns, ending, window, bare, answered = row
            if ending == _PROBED and self._is_monitored((source, target, port), moment.time_ns):
                continue
            style = _style(window, bare=bare)
            about = PROTOCOL_TCP, port, _HOW[ending], began_ns, style, answered
            found.append(_FAILURE((moment, source_party, target_party, target, *about)))
        return found

    def _ends(
        self, endings: Endings, at: NDArray[np.intp]
    ) -> tuple[list[Moment], list[tuple[int, int]], list[tuple[int, int]], tuple[list[Party], list[Party]]]:
        """Return the moments, the addresses of sources and of targets, and the parties behind both."""
        number, time_ns, high, low, to_high, to_low, vlan, mac = (
            getattr(endings, name)[at].tolist()
            for name in ("number", "time_ns", "src_high", "src_low", "dst_high", "dst_low", "vlan", "mac")
        )
        party = self._surroundings.party
        return (
            list(map(_MOMENT, zip(time_ns, number, strict=True))),
            list(zip(high, low, strict=True)),
            list(zip(to_high, to_low, strict=True)),
            (list(map(party, high, low, vlan, mac)), list(map(party, to_high, to_low))),
        )

    def _unreachable(self, errors: Errors, at: NDArray[np.intp]) -> list[Failure]:
        columns = ("number", "time_ns", "src_high", "src_low", "dst_high", "dst_low", "dport", "vlan", "protocol")
        at = self._fair(at, errors.src_high, errors.src_low)
        party = self._surroundings.party
        return [
            Failure(
                Moment(time_ns, number),
                party(*source, vlan),
                party(*target),
                target,
                protocol,
                port,
                _HOW[_UNREACHABLE],
                time_ns,
                "",
                open=False,
            )
            for number, time_ns, high, low, to_high, to_low, port, vlan, protocol in zip(
                *(getattr(errors, name)[at].tolist() for name in columns), strict=True
            )
            for source, target in [((high, low), (to_high, to_low))]
        ]

    def _fair(self, at: NDArray[np.intp], high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[np.intp]:
        """Return as many of `at` as there may be, those of sources with most of them first, in their order."""
        if len(at) <= self._most:
            return at
        self.skipped += len(at) - self._most
        mixed = low[at] ^ high[at] * np.uint64(0x9E37_79B9_7F4A_7C15)
        _, which, counts = np.unique(mixed, return_inverse=True, return_counts=True)
        order = np.argsort(-counts[which], kind="stable")[: self._most]
        return np.sort(at[order])

    def _is_monitored(self, service: tuple[tuple[int, int], tuple[int, int], int], time_ns: int) -> bool:
        times, first_ns = self._probed.pop(service, (0, time_ns))
        self._probed[service] = times + 1, first_ns
        if len(self._probed) > MOST_MONITORED:
            self._probed.popitem(last=False)
        return times + 1 >= MONITOR_TIMES and time_ns - first_ns >= MONITOR_NS

    def _note_sides(self, endings: Endings) -> None:
        now_ns, one_sided = int(endings.time_ns[-1]), int(np.count_nonzero(endings.one_sided))
        self._sides.append((now_ns, len(endings), one_sided))
        self._ended += len(endings)
        self._one_sided += one_sided
        while self._sides[0][0] < now_ns - ONE_WAY_NS:
            _, ended, sides = self._sides.popleft()
            self._ended -= ended
            self._one_sided -= sides
        self._surroundings.one_way = self._ended >= ONE_WAY_LEAST and self._one_sided > ONE_WAY_SHARE * self._ended


_HOW: Final = {
    Ending.SILENT: "silent", Ending.REFUSED: "refused", Ending.PROBED: "probed", _UNREACHABLE: "unreachable",
    Ending.HALF_OPEN: "half-open",
}  # fmt: skip
_PROBED: Final = int(Ending.PROBED)
_MOMENT: Final[Callable[[tuple[int, int]], Moment]] = partial(tuple.__new__, Moment)
_SUCCESS: Final[Callable[[tuple[Any, ...]], Success]] = partial(tuple.__new__, Success)
_FAILURE: Final[Callable[[tuple[Any, ...]], Failure]] = partial(tuple.__new__, Failure)
"""Tens of thousands a second are made: to call the classes themselves takes twice as long."""
PROTOCOL_NAMES: Final = {PROTOCOL_TCP: "TCP", PROTOCOL_UDP: "UDP"}


def _is_asked(errors: Errors) -> NDArray[np.bool_]:
    """Return which errors quote a datagram that asked something, not a late answer to a closed port of a client."""
    answers = _ANSWERING[errors.sport] & (errors.dport >= _EPHEMERAL)
    asked: NDArray[np.bool_] = (errors.protocol == PROTOCOL_UDP) & ~answers
    return asked


def _members(size: int, members: Iterable[int]) -> NDArray[np.bool_]:
    table = np.zeros(size, np.bool_)
    table[list(members)] = True
    return table


_ANSWERING: Final = _members(1 << 16, (53, 123, 137, 161, 443, 500, 1900, 3478, 4500, 5353, 5355))
"""Ports from which servers answer over UDP."""
_REFUSING: Final = _members(1 << 8, REFUSING_CODES)
_EPHEMERAL: Final = 1024


def _style(window: int, *, bare: bool) -> str:
    """Guess the tool by its SYNs (psad uses missing options too): nmap -sS sends 1024 and one option, masscan none."""
    if window in (1024, 2048, 3072, 4096):
        return "nmap -sS"
    return "without options, as masscan, hping3 or zmap send it" if bare else ""
