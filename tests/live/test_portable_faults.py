"""What becomes of a capture through libpcap when its interface goes, is none, or may not be read."""

from __future__ import annotations

import shutil

import pytest

from tests.live.portable_script import script

pytestmark = pytest.mark.live

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
