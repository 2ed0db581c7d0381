"""The engine captures through libpcap as through a ring."""

from __future__ import annotations

import pytest

from tests.live.portable_script import script

pytestmark = pytest.mark.live

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
