"""coin.stratum: a machine mines coins for a pool."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import numpy as np

from netwatch.decode.batch import FRAGMENT_OFFSET, PROTOCOL_TCP
from netwatch.detect.config import Config, threshold
from netwatch.detect.detector import Detector
from netwatch.detect.finding import MOST_SAMPLES, Finding
from netwatch.detect.rule import Rule, Severity
from netwatch.detect.waiting_events import WaitingEvents
from netwatch.detect.window import Keys
from netwatch.track.stream_reader import Moment
from netwatch.track.tls_event import DatagramHello, TlsHello

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.decode.batch import PacketBatch
    from netwatch.detect.observation import Observation
    from netwatch.track.flow_batch import FlowBatch

OPENING: Final = ord("{")
"""Messages of Stratum are lines of JSON, an object each."""
LONGEST: Final = 2048
"""Bytes of a segment that are looked at."""
MOST_A_BATCH: Final = 500
CLIENT: Final = re.compile(
    rb'"method"\s{0,4}:\s{0,4}"(mining\.(?:subscribe|authorize|submit|configure|extranonce\.subscribe)|eth_submit(?:Login|Work)'
    rb'|login|keepalived|getjob)"'
)
"""What a miner says: Stratum 1, Ethereum's form and Monero's."""
SERVER: Final = re.compile(rb'"(mining\.(?:notify|set_difficulty|set_extranonce|set_target)|job_id|seed_hash)"')
LOGIN: Final = re.compile(rb'"(?:agent|pass)"\s{0,4}:')
"""What stands beside `login` of a miner."""
SURE: Final = (b"mining.", b"eth_submit")
POOLS: Final = (
    ".2miners.com", ".antpool.com", ".c3pool.com", ".c3pool.org", ".ethermine.org", ".f2pool.com", ".flypool.org",
    ".hashvault.pro", ".herominers.com", ".minexmr.com", ".moneroocean.stream", ".nanopool.org", ".nicehash.com",
    ".p2pool.io", ".poolin.com", ".slushpool.com", ".braiins.com", ".supportxmr.com", ".unmineable.com", ".viabtc.com",
    ".woolypooly.com", ".xmrpool.eu", ".zpool.ca",
)  # fmt: skip
"""Domains of large pools, as their own pages name them."""


@dataclass(frozen=True, slots=True)
class Thresholds(Config):
    """detections.md 7.4."""

    markers: int = threshold(2)
    """Different words of the protocol between two hosts."""


class _Talk:
    __slots__ = ("first_ns", "markers", "packets")

    def __init__(self) -> None:
        self.markers: dict[str, int] = {}
        self.packets: deque[int] = deque(maxlen=MOST_SAMPLES)
        self.first_ns = 0


class _Word(NamedTuple):
    moment: Moment
    client: tuple[int, int]
    server: tuple[int, int]
    port: int
    word: str


class CoinStratum(Detector[Thresholds]):
    """Looks for words of the protocol at the begin of segments, in both directions."""

    rule: ClassVar[Rule] = Rule(
        "coin.stratum",
        174,
        "Mining of coins",
        Severity.HIGH,
        what="One host talks Stratum, the protocol of pools that mine coins: it logs in, gets work and hands in "
        "results. Who breaks in often does nothing but this with a machine. Of encrypted connections only the name of "
        "a known pool tells, which is low.",
        benign="Somebody mines on purpose.",
        tune="Add the miner to ignore_src.",
        mitre=("T1496.001",),
    )
    defaults: ClassVar[Config] = Thresholds()

    def __init__(self, config: Thresholds) -> None:
        super().__init__(config)
        self._talks: Keys[_Talk] = Keys(config.max_keys, _Talk)
        self._words: WaitingEvents[_Word] = WaitingEvents()

    def watch(self, batch: PacketBatch, flows: FlowBatch) -> None:
        """Look at segments that begin with a brace."""
        # Where a packet has no payload the offset is behind its end, perhaps behind that of the data
        opening = batch.frames.data.take(batch.payload_offset, mode="clip") == OPENING
        rows = np.flatnonzero(opening)
        rows = rows[(batch.payload_captured[rows] > 0) & (batch.protocol[rows] == PROTOCOL_TCP)]
        if not len(rows):
            return
        rows = rows[batch.fragment[rows] & FRAGMENT_OFFSET == 0]
        self.left_out += max(len(rows) - MOST_A_BATCH, 0)
        for row in rows[:MOST_A_BATCH].tolist():
            begin = int(batch.payload_offset[row])
            data = batch.frames.data[begin : begin + min(int(batch.payload_captured[row]), LONGEST)].tobytes()
            from_client = bool(flows.from_initiator[row])
            found = (CLIENT if from_client else SERVER).search(data)
            if found is None or (found[1] == b"login" and LOGIN.search(data) is None):
                continue
            ends = (
                (int(batch.src_high[row]), int(batch.src_low[row])),
                (int(batch.dst_high[row]), int(batch.dst_low[row])),
            )
            client, server = ends if from_client else ends[::-1]
            port = int((batch.dport if from_client else batch.sport)[row])
            moment = Moment(int(batch.frames.time_ns[row]), batch.number(row))
            self._words.add((_Word(moment, client, server, port, found[1].decode("ascii")),))

    def feed(self, seen: Observation) -> Iterator[Finding]:
        """Count words by client and server; look at names of servers of TLS."""
        yield from self._talk(seen)
        yield from self._pools(seen)

    @property
    def held(self) -> int:
        """Pairs that are followed."""
        return len(self._talks)

    @property
    def evicted(self) -> int:
        """Pairs that left."""
        return self._talks.evicted

    def _talk(self, seen: Observation) -> Iterator[Finding]:
        for word in self._words.take(seen.last):
            source, target = seen.surroundings.party(*word.client), seen.surroundings.party(*word.server)
            talk = self._talks.at((source.entity, target.text))
            talk.first_ns = talk.first_ns or word.moment.time_ns
            talk.markers[word.word] = talk.markers.get(word.word, 0) + 1
            talk.packets.append(word.moment.number)
            if len(talk.markers) < self.config.markers:
                continue
            sure = any(name.encode().startswith(SURE) for name in talk.markers) or "login" in talk.markers
            if sure:
                yield Finding(
                    key=(source.entity, target.text),
                    moment=word.moment,
                    summary=f"{source.text} mines coins with {target.text} port {word.port}",
                    value=len(talk.markers),
                    threshold=self.config.markers,
                    source=source.text,
                    destination=target.text,
                    port=word.port,
                    protocol="TCP",
                    actor=source.entity,
                    victim=target.text,
                    confidence=95,
                    first_ns=talk.first_ns,
                    evidence=(("words", ", ".join(f"{name} {count}" for name, count in talk.markers.items())),),
                    packets=tuple(talk.packets),
                )

    def _pools(self, seen: Observation) -> Iterator[Finding]:
        hellos: tuple[TlsHello | DatagramHello, ...] = (*seen.of(TlsHello), *seen.of(DatagramHello))
        for event in hellos:
            name, carrier = event.request.name, event.request.kind.name
            if not f".{name}".endswith(POOLS):
                continue
            source, target = (seen.surroundings.party(*end[:2]) for end in (event.request.client, event.request.server))
            yield Finding(
                key=(source.entity, name),
                moment=event.moment,
                summary=f"{source.text} talks {carrier} to {name}, a pool that mines coins",
                value=1,
                threshold=1,
                source=source.text,
                destination=target.text,
                port=event.request.server[2],
                protocol=carrier,
                actor=source.entity,
                victim=target.text,
                severity=Severity.LOW,
                confidence=50,
                evidence=(("server name", name),),
                packets=(event.moment.number,),
            )
