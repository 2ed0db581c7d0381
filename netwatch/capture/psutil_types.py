"""The parts of psutil's answers that are used here; psutil itself has no type information."""

from __future__ import annotations

from typing import Protocol


class InterfaceStats(Protocol):
    """One value of psutil.net_if_stats()."""

    isup: bool
    speed: int
    """Mb/s, 0 when unknown."""
    mtu: int
    flags: str
    """Names joined by commas: `up,broadcast,running`."""


class InterfaceCounters(Protocol):
    """One value of psutil.net_io_counters(pernic=True)."""

    bytes_sent: int
    bytes_recv: int
    packets_sent: int
    packets_recv: int
    dropin: int
    dropout: int


class AddressEntry(Protocol):
    """One entry of a value of psutil.net_if_addrs()."""

    family: int
    address: str
    netmask: str | None
