"""An engine for tests that does nothing by itself: made-up rows by number, snapshots by hand, answers when told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from netwatch.dissection import Dissection, Layer, LayerField, PacketRow
from netwatch.request import Request
from netwatch.run.annotations import Annotations
from netwatch.snapshot import CaptureState, History, Loss, Rates, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

T = TypeVar("T")

START_NS = 1_767_225_600_000_000_000
"""2026-01-01 00:00:00 UTC."""

KINDS = (
    ("DNS", "dns", 53, "A? www.example.com id=0x0001"),
    ("TCP", "syn", 443, "52144 > 443 [S] seq=1 win=64240 len=0"),
    ("TLS", "tls", 443, "Client Hello TLS1.2 sni=www.example.com"),
    ("TCP", "reset", 443, "52144 > 443 [R] seq=1 win=0 len=0"),
    ("ARP", "arp", -1, "Who has 10.0.0.1? Tell 10.0.0.17"),
)


def packet(number: int) -> PacketRow:
    """Return the row of packet `number`; every fifth one is of the same kind."""
    protocol, kind, port, info = KINDS[number % len(KINDS)]
    return PacketRow(
        number=number,
        time_ns=START_NS + number * 1_000_000,
        source="10.0.0.17",
        source_port=52144 if port > 0 else -1,
        destination="93.184.216.34",
        destination_port=port,
        protocol=protocol,
        kind=kind,
        length=54 + number % 1000,
        info=info,
        ttl=64 if port > 0 else -1,
        vlan="",
        direction="out",
        interface="eth0",
    )


def snapshot(first: int = 1, last: int = 100, **changes: Any) -> Snapshot:
    """Return a live capture on eth0 whose buffer holds packets `first` to `last`."""
    whole = Snapshot(
        capture_id=1,
        state=CaptureState.LIVE,
        source="eth0",
        live=True,
        packets=last,
        bytes=last * 100,
        first_time_ns=START_NS,
        last_time_ns=START_NS + last * 1_000_000,
        history=History(first, last, 64 << 20, 256 << 20),
        rates=Rates(np.zeros(60, np.int64), np.zeros(60, np.int64), 0.0, 0.0),
        loss=Loss(offered=last, kernel_dropped=0, decoded=last, evicted_packets=first - 1),
    )
    return replace(whole, **changes)


def dissection(number: int) -> Dissection:
    """Return packet `number` as two layers: 14 bytes of Ethernet, 20 of IP."""
    ethernet = Layer("Ethernet", "to 10.0.0.1", (LayerField("type", "IPv4"),), 0, 14)
    options = LayerField("options", "1 entry", (LayerField("option", "nop"),))
    ip = Layer("IP", "10.0.0.17 > 93.184.216.34", (LayerField("ttl", "64"), options), 14, 20)
    return Dissection(packet(number), (ethernet, ip), bytes(range(60)))


class FakeEngine:
    """Implements the part of Engine that screens use; every request is kept until the test answers it."""

    def __init__(self, newest: Snapshot | None = None) -> None:
        self.newest = newest or snapshot()
        self.calls: list[tuple[str, tuple[Any, ...], Request[Any]]] = []
        """(method, arguments, request) in the order in which they were made."""
        self.asked_rows: list[tuple[int, int]] = []
        self.held = False
        self._noted = Annotations()

    def work(self, call: Callable[[Any], T]) -> Request[T]:
        """Do it at once."""
        request: Request[T] = Request()
        request.set_result(call(request))
        return request

    def annotations(self) -> Annotations:
        """Return marks and comments as the engine does."""
        return self._noted

    def scapy_command(self, number: int) -> Request[Any]:
        """Wait for the test."""
        return self._call("scapy_command", number)

    def snapshot(self) -> Snapshot:
        """Return what the test put there."""
        return self.newest

    def rows_of(self, numbers: Sequence[int]) -> list[PacketRow]:
        """Return rows as far as the buffer holds them."""
        self.asked_rows.append((numbers[0], len(numbers)))
        history = self.newest.history
        return [packet(number) for number in numbers if history.first <= number <= history.last]

    def hold(self) -> History:
        """Keep all."""
        self.held = True
        return self.newest.history

    def release(self) -> None:
        """Keep nothing."""
        self.held = False

    def dissect(self, number: int) -> Request[Any]:
        """Wait for the test."""
        return self._call("dissect", number)

    def interfaces(self) -> Request[Any]:
        """Wait for the test."""
        return self._call("interfaces")

    def open(self, names: tuple[str, ...]) -> Request[Any]:
        """Wait for the test."""
        return self._call("open", names)

    def check_filter(self, text: str) -> Request[Any]:
        """Wait for the test."""
        return self._call("check_filter", text)

    def set_capture_filter(self, text: str) -> Request[Any]:
        """Wait for the test."""
        return self._call("set_capture_filter", text)

    def include_own_session(self, include: bool) -> Request[Any]:
        """Wait for the test."""
        return self._call("include_own_session", include)

    def stop(self) -> Request[Any]:
        """Wait for the test."""
        return self._call("stop")

    def resume(self) -> Request[Any]:
        """Wait for the test."""
        return self._call("resume")

    def save(self, path: Path, overwrite: bool = False) -> Request[Any]:
        """Wait for the test."""
        return self._call("save", path, overwrite)

    def close(self) -> None:
        """Nothing runs."""

    def last_call(self, method: str) -> tuple[tuple[Any, ...], Request[Any]]:
        """Return the arguments and the request of the newest call of `method`."""
        return next((arguments, request) for name, arguments, request in reversed(self.calls) if name == method)

    def count(self, method: str) -> int:
        """Return how often `method` was called."""
        return sum(name == method for name, _, _ in self.calls)

    def _call(self, method: str, *arguments: Any) -> Request[Any]:
        request: Request[Any] = Request()
        self.calls.append((method, arguments, request))
        return request
