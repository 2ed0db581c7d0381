"""The ring on real interfaces: counts, VLAN tags, loopback, `any`, filters, snaplen, links that go and come."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.live.conftest import Cable, carrying, make_link

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.child import Child

pytestmark = pytest.mark.live

SEND = """
import socket, sys
frame = bytes.fromhex(sys.argv[1]); s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); s.bind(("v0", 0))
for _ in range(int(sys.argv[2])): s.send(frame)
"""
"""Writes one frame to the cable of its own namespace, so many times."""


END = """
import json, socket
from netwatch.capture.privileges import CaptureRights
rights = CaptureRights.acquire()
from netwatch.capture.live import LiveCapture
from netwatch.capture.ring import RingOptions
from netwatch.run.session import Session
from netwatch.track.buffer import PacketBuffer
source = LiveCapture(rights, RingOptions()).open(("lo",), "udp port 9009", include_own_session=True)
session = Session(source, PacketBuffer(64 << 20))
hears = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
hears.bind(("127.0.0.1", 9009))
sends = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for number in range(5000):
    sends.sendto(bytes(1000), ("127.0.0.1", 9009))
session.stop()
loss = session.snapshot().loss
print(json.dumps([session.packets, loss.offered, loss.kernel_dropped]))
"""
"""Ends a capture of which nothing was read: several blocks of the ring are full, and one is being filled."""


def ping(cable: Cable, times: int = 5) -> None:
    """Let `two` ping `one`."""
    cable.run(cable.two, "ping", "-q", "-i", "0.02", "-c", str(times), "10.98.0.1")


def frame(ethertype: str, payload: bytes) -> str:
    """Return a broadcast frame as hex."""
    return "ffffffffffff" + "020000000001" + ethertype + payload.hex()


def test_every_frame_is_counted_once(cable: Cable, child: Callable[..., Child]) -> None:
    """Five thousand frames are five thousand packets, none dropped, none malformed."""
    capturing = child("v0", "ether proto 0x88b5")
    cable.run(cable.two, sys.executable, "-c", SEND, frame("88b5", bytes(200)), "5000")
    state = capturing.until(lambda state: state["packets"] >= 5000)
    assert (state["packets"], state["dropped"]) == (5000, 0)
    assert state["bytes"] == 5000 * 214
    assert state["directions"] == {"in": 5000}


def test_what_waits_in_the_ring_at_the_end_is_read(cable: Cable) -> None:
    """By the kernel's own count nothing is missing, also of the block that it had not handed over."""
    assert json.loads(cable.run(cable.one, sys.executable, "-c", END)) == [5000, 5000, 0]


def test_a_vlan_tag_is_put_back(cable: Cable, child: Callable[..., Child]) -> None:
    """The kernel takes tags out; rows, bytes and frames have them, and the filter word vlan finds them."""
    capturing = child("v0", "vlan 5")
    payload = bytes.fromhex("4500001c000100004011" + "0000" + "0a620002" + "0a620001" + "1389138900080000")
    cable.run(cable.two, sys.executable, "-c", SEND, frame("8100", b"\x00\x05\x08\x00" + payload), "3")
    cable.run(cable.two, sys.executable, "-c", SEND, frame("0800", payload), "3")
    state = capturing.until(lambda state: state["packets"] >= 3)
    assert state["packets"] == 3
    assert state["vlans"] == ["5"]
    assert state["frames"] == [18 + 28] * 3
    assert state["bytes"] == 3 * (18 + 28)


def test_loopback_shows_each_packet_once(cable: Cable, child: Callable[..., Child]) -> None:
    """Two pings are four packets."""
    capturing = child("lo")
    cable.run(cable.one, "ping", "-q", "-i", "0.02", "-c", "2", "127.0.0.1")
    assert capturing.until(lambda state: state["packets"] >= 4)["packets"] == 4


def test_any_hears_all_interfaces(cable: Cable, child: Callable[..., Child]) -> None:
    """Cooked frames name the interface they came from, and filters work on them."""
    capturing = child("any", "icmp")
    ping(cable, 3)
    cable.run(cable.one, "ping", "-q", "-i", "0.02", "-c", "2", "127.0.0.1")
    state = capturing.until(lambda state: state["packets"] >= 10)
    assert state["packets"] == 10
    assert state["link_types"] == [276]
    assert state["interfaces"] == {"v0": 6, "lo": 4}
    assert state["protocols"] == {"ICMP": 10}


def test_several_interfaces_at_once(cable: Cable, child: Callable[..., Child]) -> None:
    """Two rings, one capture."""
    capturing = child("v0,lo", "icmp")
    ping(cable, 3)
    cable.run(cable.one, "ping", "-q", "-i", "0.02", "-c", "2", "127.0.0.1")
    state = capturing.until(lambda state: state["packets"] >= 10)
    assert state["interfaces"] == {"v0": 6, "lo": 4}


def test_the_filter_changes_while_it_runs(cable: Cable, child: Callable[..., Child]) -> None:
    """The buffer stays, the change is marked, an error changes nothing."""
    capturing = child("v0", "icmp")
    ping(cable, 3)
    capturing.until(lambda state: state["packets"] >= 6)
    assert "syntax error" in capturing.ask("filter icmp and and")["error"]
    capturing.ask("filter icmp and src host 10.98.0.2")
    ping(cable, 4)
    state = capturing.until(lambda state: state["packets"] >= 10)
    assert state["packets"] == 10
    assert state["changes"] == [[7, "icmp and src host 10.98.0.2"]]


def test_snaplen_cuts_what_is_kept_not_what_is_counted(cable: Cable, child: Callable[..., Child]) -> None:
    """Frames of 214 bytes keep 100."""
    capturing = child("v0", "ether proto 0x88b5", "100")
    cable.run(cable.two, sys.executable, "-c", SEND, frame("88b5", bytes(200)), "3")
    state = capturing.until(lambda state: state["packets"] >= 3)
    assert state["frames"] == [100] * 3
    assert state["bytes"] == 3 * 214


def test_a_link_that_goes_down_comes_back(cable: Cable, child: Callable[..., Child]) -> None:
    """Down is a state, not an end."""
    capturing = child("v0", "icmp")
    ping(cable, 2)
    capturing.until(lambda state: state["packets"] >= 4)
    cable.ip(cable.one, "link", "set", "v0", "down")
    assert "down" in capturing.until(lambda state: state["state"] == "WAITING")["message"]
    cable.ip(cable.one, "link", "set", "v0", "up")
    capturing.until(lambda state: state["state"] == "LIVE")
    carrying(cable)
    ping(cable, 2)
    capturing.until(lambda state: state["packets"] >= 8 and state["state"] == "LIVE")


def test_an_interface_that_vanishes_comes_back(cable: Cable, child: Callable[..., Child]) -> None:
    """A new interface of the same name is captured on."""
    capturing = child("v0", "icmp")
    cable.ip(cable.one, "link", "del", "v0")
    assert "gone" in capturing.until(lambda state: state["state"] == "WAITING")["message"]
    make_link(cable)
    capturing.until(lambda state: state["state"] == "LIVE")
    ping(cable, 2)
    assert capturing.until(lambda state: state["packets"] >= 4)["state"] == "LIVE"


def test_another_interface_without_any_capability(cable: Cable, child: Callable[..., Child]) -> None:
    """The pool's sockets need no rights to be bound elsewhere; an unknown name is said."""
    capturing = child("v0")
    assert "v1" in capturing.ask("open v1")["error"]
    names = ("lo", *("v0", "lo") * 6)
    for name in names:
        capturing.ask(f"open {name}")
    cable.run(cable.one, "ping", "-q", "-i", "0.02", "-c", "2", "127.0.0.1")
    state = capturing.until(lambda state: state["packets"] >= 4)
    assert state["interfaces"] == {"lo": 4}
    assert state["capture_id"] == 1 + len(names)
