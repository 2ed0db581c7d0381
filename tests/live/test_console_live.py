"""`netwatch console` on an interface: it captures, then prompts, with what came in reach."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.live.child import PATIENCE
from tests.live.tap import inside

if TYPE_CHECKING:
    from tests.live.conftest import Cable

pytestmark = pytest.mark.live

TYPED = """print('packets', len(packets), {p[UDP].dport for p in packets}, {bytes(p[UDP].payload) for p in packets})
print('flows', [(f['src'], f['dst'], f['dport'], f['packets']) for f in flows], 'alerts', alerts)
exit()
"""


def test_it_captures_and_then_prompts(cable: Cable) -> None:
    """As many packets as `-c` says, of those that `-f` lets through, and nothing is prompted before."""
    console = [sys.executable, "-m", "netwatch", "console", "-i", "v0", "-f", "udp port 9", "-c", "5"]
    with (
        subprocess.Popen(
            ["ip", "netns", "exec", cable.two, *console],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
        inside(cable.one),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        assert process.stdin is not None
        process.stdin.write(TYPED)  # before anything was captured: it waits
        process.stdin.close()
        process.stdin = None
        end = time.monotonic() + PATIENCE
        while process.poll() is None:
            assert time.monotonic() < end, "it never prompted"
            sender.sendto(b"unwanted", ("10.98.0.2", 10))
            sender.sendto(b"netwatch-test", ("10.98.0.2", 9))
            time.sleep(0.01)
        shown, said = process.communicate()
    assert process.returncode == 0, said
    assert "packets 5 {9} {b'netwatch-test'}" in shown
    assert "flows [('10.98.0.1', '10.98.0.2', 9, 5)] alerts []" in shown
    assert "5 packets in `packets`" in said
