"""Sockets that were opened as root are lent, hear only what they should, and outlive their interfaces."""

from __future__ import annotations

import pytest

from tests.live.rights_script import script

pytestmark = pytest.mark.live


def test_a_socket_that_was_given_back_hears_nothing(namespace):
    found = script(
        namespace,
        """
rights = CaptureRights.acquire(raw=2)
a, listener = sender(rights, 'va'), rights.pool.take()
listener.bind(('vb', 3))
a.send(frame(80))
before = len(received(listener, 1))
a.send(frame(80))
rights.pool.give_back(listener)
a.send(frame(80))
unused = bytes(12) + b'\\xff\\xff' + bytes(46)
a.send(unused)
again = rights.pool.take()
after = received(again, 0)
bind_packet_socket(again, socket.if_nametoindex('vb'), 3)
a.send(frame(80))
print(json.dumps({"before": before, "after": len(after), "later": len(received(again, 1))}))
""",
    )
    assert found == {"before": 1, "after": 0, "later": 1}


def test_a_socket_outlives_its_interface(namespace):
    found = script(
        namespace,
        """
import subprocess
deleter = subprocess.Popen(['sh', '-c', 'read go; ip link del vd'], stdin=subprocess.PIPE)
rights = CaptureRights.acquire(raw=3)
a, listener = sender(rights, 'va'), rights.pool.take()
area = ring(listener, 'vd')
deleter.communicate(b'go')
gone = 'vd' not in os.listdir('/sys/class/net')
area.close()
rights.pool.give_back(listener)
listener = rights.pool.take()
listener.bind(('vb', 3))
a.send(frame(80))
print(json.dumps({"gone": gone, "heard": len(received(listener, 1))}))
""",
    )
    assert found == {"gone": True, "heard": 1}


def test_a_cooked_socket_hears_all_interfaces(namespace):
    found = script(
        namespace,
        """
rights = CaptureRights.acquire()
a, c, listener = sender(rights, 'va'), sender(rights, 'vc'), rights.pool.take(cooked=True)
rights.compiler.compile('tcp port 80', 276).for_cooked_socket().attach(listener)
bind_packet_socket(listener, 0, 3)
for one in (a, c):
    one.send(frame(80))
    one.send(frame(81))
heard = received(listener, 4)
print(json.dumps({"heard": len(heard), "versions": sorted({packet[0] for packet in heard})}))
""",
    )
    assert found == {"heard": 4, "versions": [0x45]}


def test_all_sockets_can_be_lent_and_no_more(namespace):
    found = script(
        namespace,
        """
rights = CaptureRights.acquire(raw=2, cooked=1)
out = []
lent = [rights.pool.take(), rights.pool.take(), rights.pool.take(cooked=True)]
for cooked in (False, True):
    try:
        rights.pool.take(cooked=cooked)
    except NetwatchError as error:
        out.append(error.message)
rights.pool.give_back(lent[0])
rights.pool.give_back(lent[0])
rights.pool.take()
try:
    rights.pool.take()
except NetwatchError as error:
    out.append('given back once')
rights.close()
rights.close()
print(json.dumps(out))
""",
    )
    assert found == [
        "all 2 capture sockets of this kind are in use",
        "all 1 capture sockets of this kind are in use",
        "given back once",
    ]


def test_the_silent_handle_hears_nothing(namespace):
    found = script(
        namespace,
        """
rights = CaptureRights.acquire(raw=1, cooked=0)
lines = [line.split() for line in open('/proc/net/packet').read().splitlines()[1:]]
print(json.dumps({"protocols": sorted(line[3] for line in lines)}))
""",
    )
    assert found["protocols"] == ["0000", "ffff"]
