"""A small attack that the screens show: a port scan, a poisoned ARP table and a look around."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.snapshot import CaptureState
from tests.detect.traffic import LAN, PEER, ROUTER, ROUTER_MAC, WEB, Traffic, block_of, mac_of
from tests.scenes import SceneSource, running_engine, wait_for

if TYPE_CHECKING:
    from netwatch.engine import Engine


def attack() -> Traffic:
    """Return its packets."""
    traffic = Traffic()
    traffic.arp(2, ROUTER, LAN, mac=ROUTER_MAC, to=mac_of(LAN))
    for _ in range(4):
        traffic.wait(0.3).connect(LAN, WEB, 443)
    for port in range(60):
        traffic.wait(0.05).refused(PEER, LAN, 20 + port)
    for host in range(40):
        traffic.wait(0.02).arp(1, PEER, f"192.168.1.{100 + host}")
    for _ in range(8):
        traffic.wait(1).arp(2, ROUTER, LAN, mac=mac_of(PEER), to=mac_of(LAN))
        traffic.arp(2, LAN, ROUTER, mac=mac_of(PEER), to=ROUTER_MAC, after=0.1)
        traffic.arp(2, ROUTER, LAN, mac=ROUTER_MAC, to=mac_of(LAN), after=0.5)
    traffic.wait(3).connect(LAN, WEB, 31337)
    return traffic


def attack_engine() -> Engine:
    """Return an engine that has read it from a file to the end, where the last alerts come."""
    frames = attack().sorted()
    engine = running_engine(SceneSource([block_of(frames)], live=False, name="attack.pcap"), len(frames))
    wait_for(lambda: engine.snapshot().state is CaptureState.STOPPED)
    return engine
