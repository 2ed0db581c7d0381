"""flood.syn: many connections to one service are begun and not completed."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

import numpy as np

from netwatch.decode.addresses import address_text
from netwatch.detect.columns import chosen
from netwatch.detect.config import Config, threshold
from netwatch.detect.finding import Finding
from netwatch.detect.keyed import KeyedDetector
from netwatch.detect.recent import Recent
from netwatch.detect.rule import Rule, Severity
from netwatch.nanoseconds import SECOND
from netwatch.track.stream_reader import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from netwatch.detect.observation import Observation
    from netwatch.detect.tcp_events import Connections

LEAST_SYNS: Final = 2
"""SYNs to one service in one slice of time with which it begins to be followed; fewer cannot reach a threshold."""
MOST_SERVICES: Final = 200
"""Services of one slice of time that are counted, those with most SYNs."""
MOST_SOURCES: Final = 65_536
"""Sources of one service that are told apart, by 16 bits of a hash."""
SPOOFED_SHARE: Final = 0.5
"""From so many different sources a SYN on average is taken for spoofed."""
_Key: TypeAlias = tuple[int, int, int]
"""Halves of a service's address, and its port."""
_Positions: TypeAlias = "NDArray[np.intp] | Sequence[int]"
_MIXER: Final = np.uint64(0x9E37_79B9_7F4A_7C15)


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """A ratio keeps busy servers out: FastNetMon banned a host for one download, ntopng for a `wget -r`."""

    half_open: int = threshold(100)
    """Connections to one service that were begun within `window_s` and not completed."""
    window_s: int = 10
    completion: float = 0.2
    """Share of handshakes that may be completed at most."""
    suppress_s: int = 600
    max_keys: int = 5000


@dataclass(slots=True)
class _Service:
    slices: deque[tuple[int, int, int]] = field(default_factory=deque)
    """(time, SYNs, completed handshakes) of the slices in the window."""
    sources: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """By hash."""
    syns: int = 0
    """Since the flood began."""
    recent: Recent = field(default_factory=Recent)
    source: str = ""
    bare: int = 0


class FloodSyn(KeyedDetector[Thresholds, _Service]):
    """Counts SYNs and completed handshakes by the server's address and port, all at once."""

    rule: ClassVar[Rule] = Rule(
        "flood.syn",
        120,
        "SYN flood",
        Severity.HIGH,
        what="Many connections to one service were begun within seconds and hardly any handshake was completed. "
        "Whoever uses a service completes them; a flood fills the table of connections that wait.",
        benign="A service that is down or filtered while many clients try it; a load test; a capture that sees one "
        "direction only.",
        tune="Raise half_open for services with more clients than that, or lower completion.",
        mitre=("T1499.001", "T1498.001"),
    )
    defaults: ClassVar[Config] = Thresholds()
    needs: ClassVar[tuple[str | type, ...]] = ("attempts", "completed")
    entry: ClassVar[type] = _Service

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count the slice, then judge every service that got SYNs."""
        if seen.completed is not None and len(self.keys):
            self._count_completed(seen.completed)
        if seen.attempts is None:
            return
        for key, service, last, at in self._count(seen.attempts):
            since_ns = last.time_ns - self.config.window_s * SECOND
            while service.slices and service.slices[0][0] < since_ns:
                service.slices.popleft()
            syns = completed = 0
            for _, count, answered in service.slices:
                syns += count
                completed += answered
            completed = min(completed, syns)
            half_open = syns - completed
            if half_open < self.config.half_open // 2:
                # No flood, or one that is over: nearly all services, so that these must cost little
                if len(service.sources):
                    service.sources, service.recent = np.zeros(0, np.bool_), Recent()
                service.syns = 0
                continue
            self._note_sources(service, seen.attempts, at)
            if half_open >= self.config.half_open and completed < self.config.completion * syns:
                yield self._finding(key, service, last, (syns, completed))

    def _count(self, attempts: Connections) -> Iterator[tuple[_Key, _Service, Moment, _Positions]]:
        """Count SYNs; yield the services that got some, with the last one and the positions of all."""
        few = len(attempts) <= MOST_SERVICES
        for key, at in _services(attempts) if few else self._largest(attempts):
            if len(at) < LEAST_SYNS and self.keys.get(key) is None:
                continue
            service = self.keys.at(key)
            moment = Moment(attempts.time_ns.item(at[-1]), attempts.number.item(at[-1]))
            service.slices.append((moment.time_ns, len(at), 0))
            service.syns += len(at)
            service.bare += int(np.count_nonzero(attempts.bare[at]))
            yield key, service, moment, at

    def _largest(self, attempts: Connections) -> Iterator[tuple[_Key, _Positions]]:
        """Yield as _services() does those with most SYNs, and count those of the others."""
        order, starts = _grouped(attempts)
        sizes = np.diff(np.append(starts, len(order)))
        by_size = np.argsort(-sizes, kind="stable")
        wanted, left_out = by_size[:MOST_SERVICES], sizes[by_size[MOST_SERVICES:]]
        self.left_out += int(left_out[left_out >= LEAST_SYNS].sum())
        wanted = wanted[np.argsort(order[starts[wanted]])]
        keys = _keys(chosen(attempts, order[starts[wanted]]))
        for key, begin, count in zip(keys, starts[wanted].tolist(), sizes[wanted].tolist(), strict=True):
            yield key, order[begin : begin + count]

    def _count_completed(self, completed: Connections) -> None:
        for row in _keys(completed):
            service = self.keys.get(row)
            if service is not None and service.slices:
                time_ns, syns, count = service.slices[-1]
                service.slices[-1] = time_ns, syns, count + 1

    @staticmethod
    def _note_sources(service: _Service, attempts: Connections, positions: _Positions) -> None:
        at = np.asarray(positions, np.intp)
        if not len(service.sources):
            service.sources = np.zeros(MOST_SOURCES, np.bool_)
        mixed = (attempts.src_low[at] ^ attempts.src_high[at] * _MIXER) * _MIXER >> np.uint64(48)
        service.sources[mixed.astype(np.intp)] = True
        first = at[:1] if not service.recent.first_ns else at[:0]
        for index in np.concatenate((first, at[-2:])).tolist():
            source = address_text(int(attempts.src_high[index]), int(attempts.src_low[index]))
            service.source = source
            moment = Moment(int(attempts.time_ns[index]), int(attempts.number[index]))
            service.recent.add(moment, f"SYN from {source} port {attempts.sport[index]}")

    def _finding(self, key: tuple[int, int, int], service: _Service, last: Moment, counts: tuple[int, int]) -> Finding:
        syns, completed = counts
        config = self.config
        target, port = address_text(key[0], key[1]), key[2]
        sources = int(np.count_nonzero(service.sources))
        # Different sources that share a place are counted once (linear counting)
        if sources < MOST_SOURCES:
            sources = min(round(-MOST_SOURCES * float(np.log1p(-sources / MOST_SOURCES))), service.syns)
        spoofed = sources >= SPOOFED_SHARE * service.syns
        one = service.source if sources <= 1 else ""
        who = one or f"{sources:,} sources"
        rate = syns / config.window_s
        return Finding(
            key=key,
            moment=last,
            summary=f"{service.syns:,} SYNs from {who} to {target} port {port}, "
            f"{100 * completed / syns:.0f} % of handshakes completed",
            value=service.syns,
            threshold=config.half_open,
            window_s=config.window_s,
            source=one,
            destination=target,
            port=port,
            protocol="TCP",
            actor=one,
            victim=target,
            confidence=90,
            first_ns=service.recent.first_ns,
            evidence=(
                ("SYNs", f"{syns:,} in {config.window_s} s, {rate:,.0f} a second"),
                ("completed", f"{completed:,}"),
                ("sources", f"about {sources:,}" + (", probably spoofed" if spoofed else "")),
                ("without options", f"{service.bare:,}"),
            ),
            samples=service.recent.samples,
            packets=service.recent.packets,
        )


def _keys(connections: Connections) -> Iterator[_Key]:
    """Return the services that connections are for."""
    columns = (connections.dst_high, connections.dst_low, connections.dport)
    return zip(*(column.tolist() for column in columns), strict=True)


def _services(attempts: Connections) -> Iterable[tuple[_Key, _Positions]]:
    """Return the services of a few attempts in the order in which they come, each with the positions of its own."""
    found: dict[_Key, list[int]] = {}
    for position, key in enumerate(_keys(attempts)):
        found.setdefault(key, []).append(position)
    return found.items()


def _grouped(attempts: Connections) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the attempts in the order of their services, and where each service begins."""
    mixed: NDArray[Any] = (attempts.dst_low ^ attempts.dst_high * _MIXER) * _MIXER
    mixed = mixed ^ attempts.dport.astype(np.uint64)
    order = np.argsort(mixed, kind="stable")
    in_order = mixed[order]
    starts = np.flatnonzero(np.concatenate(([True], in_order[1:] != in_order[:-1])))
    return order, starts
