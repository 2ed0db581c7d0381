"""Capture through libpcap inside a network namespace of the test's own: the same frames, states and counters."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.live.carrier import wait_for_carrier
from tests.live.child import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("ip"), reason="needs root and iproute2"),
]

PRELUDE = f"""
import contextlib, json, os, socket, struct, subprocess, sys, threading, time
sys.path[:0] = [{str(ROOT)!r}]
from netwatch.capture.bpf import CaptureFilter, FilterCompiler
from netwatch.capture.portable import PortableOptions, PortableSource
from netwatch.errors import NetwatchError

PATIENCE = {PATIENCE}

def frame(tag=None, size=0, port=9):
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 28 + size, 1, 0, 64, 17, 0, bytes([10, 0, 0, 1]), bytes([10, 0, 0, 2]))
    vlan = struct.pack('!HH', 0x8100, tag) if tag is not None else b''
    return bytes(12) + vlan + b'\\x08\\x00' + ip + struct.pack('!HHHH', 1, port, 8 + size, 0) + bytes(size)

def sender(name):
    one = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    one.bind((name, 0))
    return one

# Reads until so many packets came, however slow the machine, and then what nobody wants
def collect(source, wanted):
    blocks, end = [], time.monotonic() + PATIENCE
    while time.monotonic() < end:
        frames = source.read(0.2)
        if frames is not None:
            blocks.append(frames)
        elif sum(map(len, blocks)) >= wanted:
            break
    return blocks

def bytes_of(block, place):
    start = int(block.offset[place])
    return block.data[start : start + int(block.captured[place])].tobytes()

def ip(*words):
    subprocess.run(['ip', *words], check=True, capture_output=True)
"""


@pytest.fixture
def namespace():
    """A network namespace with loopback up and one veth pair, va-vb."""
    name = f"nw-portable-{os.getpid()}"
    run("ip", "netns", "add", name)
    try:
        run("ip", "-n", name, "link", "add", "va", "type", "veth", "peer", "name", "vb")
        for link in ("lo", "va", "vb"):
            run("ip", "netns", "exec", name, "sysctl", "-qw", f"net.ipv6.conf.{link}.disable_ipv6=1")
            run("ip", "-n", name, "link", "set", link, "up")
        wait_for_carrier(name, "va", "vb")
        yield name
    finally:
        run("ip", "netns", "del", name)


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)


def script(namespace: str, body: str, *before: str) -> dict:
    child = subprocess.run(
        ["ip", "netns", "exec", namespace, *before, sys.executable, "-W", "error", "-c", PRELUDE + body],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    return json.loads(child.stdout)


def test_frames_are_whole_in_order_and_stamped_in_nanoseconds(namespace):
    found = script(
        namespace,
        """
source = PortableSource('vb', PortableOptions())
out, a = sender('va'), time.time_ns()
for size in range(200):
    out.send(frame(size=size))
blocks = collect(source, 200)
b = time.time_ns()
packets = [bytes_of(block, place) for block in blocks for place in range(len(block))]
times = [int(value) for block in blocks for value in block.time_ns]
print(json.dumps({
    "same": packets == [frame(size=size) for size in range(200)],
    "wire": [int(v) for block in blocks for v in block.wire_length] == [len(frame(size=s)) for s in range(200)],
    "between": a - 10**7 <= min(times) and max(times) <= b, "rising": times == sorted(times),
    "nanoseconds": any(value % 1000 for value in times),
    "columns": sorted({len(getattr(blocks[0], name)) == len(blocks[0]) for name in blocks[0].__slots__
                       if name not in ('data', 'comments')}),
    "padding": bool((blocks[0].data[-128:] == 0).all()), "link_type": int(blocks[0].link_type[0]),
    "interfaces": [i.name for i in source.interfaces], "received": source.counters().received,
    "dropped": source.counters().dropped}))
source.close()
source.close()
""",
    )
    assert found == {
        "same": True, "wire": True, "between": True, "rising": True, "nanoseconds": True, "columns": [True],
        "padding": True, "link_type": 1, "interfaces": ["vb"], "received": 200, "dropped": 0,
    }  # fmt: skip


def test_loopback_shows_each_packet_once(namespace):
    found = script(
        namespace,
        """
source = PortableSource('lo', PortableOptions())
listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener.bind(('127.0.0.1', 0))
talker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(10):
    talker.sendto(b'x', listener.getsockname())
print(json.dumps(sum(map(len, collect(source, 10)))))
source.close()
""",
    )
    assert found == 10


def test_filters_change_while_it_runs(namespace):
    found = script(
        namespace,
        """
compiler = FilterCompiler.open()
source = PortableSource('vb', PortableOptions(), CaptureFilter('udp port 53', compiler))
out, heard = sender('va'), []
def volley(wanted):
    for port in (53, 80, 53, 443):
        out.send(frame(port=port))
    out.send(frame(tag=5))
    heard.append(sum(map(len, collect(source, wanted))))
volley(2)
source.set_filter(CaptureFilter('vlan 5', compiler))
volley(1)
for text in ('udp and', 'tcp and udp'):
    try:
        source.set_filter(CaptureFilter(text, compiler))
    except NetwatchError as error:
        heard.append(type(error).__name__)
volley(1)
source.set_filter(None)
volley(5)
print(json.dumps(heard))
source.close()
compiler.close()
""",
    )
    assert found == [2, 1, "FilterError", "FilterError", 1, 5]


def test_tags_are_put_back_and_long_frames_cut(namespace):
    found = script(
        namespace,
        """
compiler = FilterCompiler.open()
source = PortableSource('vb', PortableOptions(snaplen=64), CaptureFilter('vlan 5', compiler))
out = sender('va')
out.send(frame(size=500))
out.send(frame(tag=5, size=500))
[block] = collect(source, 1)
print(json.dumps({"start": bytes_of(block, 0).hex(), "frames": len(block),
                  "captured": int(block.captured[0]), "wire": int(block.wire_length[0])}))
source.close()
compiler.close()
""",
    )
    whole = bytes(12) + bytes.fromhex("810000050800")
    assert found["start"].startswith(whole.hex())
    assert found["frames"] == 1
    assert found["wire"] == 12 + 4 + 2 + 28 + 500
    assert 64 <= found["captured"] <= 68


def test_any_has_the_cooked_header(namespace):
    found = script(
        namespace,
        """
compiler = FilterCompiler.open()
source = PortableSource('any', PortableOptions(), CaptureFilter('udp port 9', compiler))
out = sender('va')
out.send(frame())
out.send(frame(port=10))
blocks = collect(source, 1)
names = {socket.if_indextoname(int.from_bytes(bytes_of(block, place)[4:8], 'big'))
         for block in blocks for place in range(len(block))}
print(json.dumps({"link_type": int(blocks[0].link_type[0]), "names": sorted(names)}))
source.close()
compiler.close()
""",
    )
    assert found["link_type"] == 276
    assert "vb" in found["names"]


def test_a_read_waits_and_can_be_woken(namespace):
    found = script(
        namespace,
        """
source = PortableSource('vb', PortableOptions())
begun = time.monotonic()
nothing = source.read(0.2)
waited = time.monotonic() - begun
threading.Timer(0.2, source.wake).start()
begun = time.monotonic()
source.read(PATIENCE)
woken = time.monotonic() - begun
source.close()
try:
    source.read(1)
except EOFError:
    print(json.dumps({"nothing": nothing is None, "waited": waited >= 0.19, "woken": woken < PATIENCE / 2}))
""",
    )
    assert found == {"nothing": True, "waited": True, "woken": True}


def test_a_flood_is_read_in_bounded_blocks_and_losses_are_counted(namespace):
    found = script(
        namespace,
        """
source = PortableSource('vb', PortableOptions(buffer_bytes=8 << 20))
out = sender('va')
for _ in range(20_000):
    out.send(frame(size=1400))
blocks, end = [], time.monotonic() + PATIENCE
def balance():
    counters = source.counters()
    return counters.received - counters.dropped - sum(map(len, blocks))
while time.monotonic() < end and (not blocks or balance()):  # the kernel may deliver some only now
    blocks += collect(source, 0)
print(json.dumps({"largest": max(len(block.data) for block in blocks), "dropped": source.counters().dropped,
                  "balance": balance()}))
source.close()
""",
    )
    assert found["largest"] < 5 << 20
    assert found["dropped"] > 0
    assert found["balance"] == 0


COMES_AND_GOES = """
import netwatch.capture.portable as portable
portable.STATE_INTERVAL = 0.1
source = PortableSource('vb', PortableOptions())
said = []
def until(condition, meanwhile=lambda: None):
    end, heard = time.monotonic() + PATIENCE, 0
    while time.monotonic() < end:
        meanwhile()
        frames = source.read(0.05)
        heard += 0 if frames is None else len(frames)
        if condition(source.counters().message, heard):
            return source.counters().message or heard
    return None
def talk():
    with contextlib.suppress(OSError):  # the link may not be up yet
        out.send(frame())
ip('link', 'set', 'vb', 'down')
said.append(until(lambda message, heard: 'down' in message))
ip('link', 'set', 'vb', 'up')
out = sender('va')
said.append(until(lambda message, heard: heard, talk))
ip('link', 'del', 'vb')
said.append(until(lambda message, heard: 'waiting' in message))
ip('link', 'add', 'va', 'type', 'veth', 'peer', 'name', 'vb')
for link in ('va', 'vb'):
    ip('link', 'set', link, 'up')
until(lambda message, heard: not message)
out = sender('va')
said.append(until(lambda message, heard: heard, talk))
print(json.dumps({"said": said, "received": source.counters().received >= 2}))
source.close()
"""
"""Reads from an interface that goes down, vanishes and returns."""


def test_an_interface_goes_down_vanishes_and_returns(namespace):
    found = script(
        namespace,
        COMES_AND_GOES,
    )
    down, again, gone, returned = found["said"]
    assert down == "vb is down, waiting"
    assert again >= 1
    assert gone.startswith("vb: ")
    assert returned >= 1
    assert found["received"]


def test_what_cannot_be_opened_says_why(namespace):
    found = script(
        namespace,
        """
said = []
for name in ('nosuch0', '', 'a\\x1b[31m', 'x' * 300):
    try:
        PortableSource(name, PortableOptions())
    except NetwatchError as error:
        said.append([type(error).__name__, error.message.isprintable(), error.message[:28]])
print(json.dumps(said))
""",
    )
    assert [kind for kind, *_ in found] == ["CaptureError"] * 4
    assert all(printable for _, printable, _ in found)
    assert found[0][2].startswith("cannot capture on nosuch0: N")


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv")
def test_without_rights_it_is_not_permitted(namespace):
    found = script(
        namespace,
        """
try:
    PortableSource('vb', PortableOptions())
except NetwatchError as error:
    print(json.dumps({"status": error.status, "message": error.message}))
""",
        "setpriv", "--bounding-set", "-net_raw", "--",
    )  # fmt: skip
    assert found["status"] == 77
    assert "not permitted" in found["message"]


ENGINE = """
from netwatch.capture.portable_live import PortableCapture
from netwatch.capture.privileges import CaptureRights
from netwatch.capture.socket_pool import SocketPool
from netwatch.engine import Engine

rights = CaptureRights(SocketPool([], []), FilterCompiler.open(), None)
live = PortableCapture(rights, PortableOptions())
engine = Engine(buffer_bytes=1 << 20, live=live)
out = sender('va')
said = {}

def until(condition, port):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, said
        out.send(frame(port=port))
        time.sleep(0.03)

def heard(port, enough):
    until(lambda: engine.snapshot().packets >= enough, port)
    return True

engine.start(live.open(('va', 'vb'), 'udp', include_own_session=False), capture_filter='udp')
said['both'] = heard(9, 8)
seen = lambda port='': sorted({row.interface for row in engine.rows(1, 10000) if port in row.info})
until(lambda: len(seen()) == 2, 9)  # each is read in its turn
said['interfaces'] = seen()
said['verdict'] = engine.check_filter('udp port').result(PATIENCE).valid
engine.set_capture_filter('udp port 77').result(PATIENCE)
until(lambda: len(seen('77')) == 2, 77)  # before that come those of each that waited and passed the old filter
before = engine.snapshot().packets
for _ in range(20):
    out.send(frame(port=9))
heard(77, before + 2)
said['after'] = [row.info for row in engine.rows(before + 1, 100)]
engine.open(('vb',)).result(PATIENCE)
until(lambda: engine.snapshot().source == 'vb', 77)
said['one'] = heard(77, 1)
said['dropped'] = engine.snapshot().loss.kernel_dropped
try:
    live.open(('nosuch0',), '', include_own_session=False)
except NetwatchError as error:
    said['error'] = error.message
engine.close()
print(json.dumps(said))
"""
"""Run by the engine: two interfaces, a filter that changes, another interface, one that there is not."""


def test_the_engine_captures_through_it(namespace):
    """Two interfaces at once, a filter that changes, another interface, and losses that are known."""
    found = script(
        namespace,
        ENGINE,
    )
    assert found["both"]
    assert len(found["interfaces"]) == 2
    assert not found["verdict"]
    assert len(found["after"]) >= 2
    assert all("77" in info for info in found["after"])
    assert found["one"]
    assert found["dropped"] == 0
    assert found["error"] == "there is no interface nosuch0"
