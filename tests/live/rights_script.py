"""Programs of tests that take rights in a namespace, as root or as who called sudo, and answer with JSON."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.live.child import PATIENCE
from tests.live.namespace_pairs import answer_of

if TYPE_CHECKING:
    import pwd

ROOT = Path(__file__).resolve().parents[2]

PRELUDE = f"""
import ctypes, json, mmap, os, socket, struct, sys, threading, time
sys.path[:0] = [{str(ROOT)!r}]
from netwatch.capture.privileges import CaptureRights
from netwatch.capture.socket_pool import bind_packet_socket
from netwatch.errors import NetwatchError

def statuses():
    found = []
    for task in os.listdir('/proc/self/task'):
        lines = open(f'/proc/self/task/{{task}}/status').read().splitlines()
        found.append(dict(line.split(':', 1) for line in lines))
    return [{{k: v.split() for k, v in s.items()
             if k.startswith('Cap') or k in ('Uid', 'Gid', 'Groups', 'NoNewPrivs')}} for s in found]

def frame(port, tag=None):
    ip = bytes.fromhex('45000028000100004006000000000000') + bytes([10, 0, 0, 2])
    tcp = struct.pack('!HHIIBBHHH', 1234, port, 0, 0, 0x50, 2, 100, 0, 0)
    vlan = struct.pack('!HH', 0x8100, tag) if tag is not None else b''
    return bytes(12) + vlan + b'\\x08\\x00' + ip + tcp + bytes(6)

# What came once so many frames did, and what came besides
def received(listener, wanted):
    got = []
    try:
        while True:
            listener.settimeout({PATIENCE} if len(got) < wanted else 0.2)
            got.append(listener.recv(2048))
    except TimeoutError:
        return got

def promiscuous(name):
    return bool(int(open(f'/sys/class/net/{{name}}/flags').read(), 16) & 0x100)

def sender(rights, name):
    one = rights.pool.take()
    bind_packet_socket(one, socket.if_nametoindex(name), 0)
    return one

def ring(listener, name, blocks=8, size=1 << 16):
    listener.setsockopt(263, 10, 2)
    listener.setsockopt(263, 5, struct.pack('=7I', size, blocks, 2048, blocks * size // 2048, 20, 0, 0))
    area = mmap.mmap(listener.fileno(), blocks * size)
    listener.setsockopt(263, 1, struct.pack('=iHH8s', socket.if_nametoindex(name), 1, 0, b''))
    listener.bind((name, 3))
    return area

# How many frames came once so many did, in one block or, on a slow machine, in several
def in_ring(area, wanted, blocks=8, size=1 << 16):
    end, came = time.monotonic() + {PATIENCE}, 0
    while time.monotonic() < end and came < wanted:
        time.sleep(0.05)
        headers = [struct.unpack_from('=II', area, block * size + 8) for block in range(blocks)]
        came = sum(packets for status, packets in headers if status & 1)
    return came
"""


@dataclass(frozen=True)
class Account:
    """An ordinary user, and a Python that this user can run with the packages of this one."""

    entry: pwd.struct_passwd
    python: str
    path: str


def script(
    namespace: str, body: str, *, before: tuple[str, ...] = (), account: Account | None = None, **environ: str
) -> Any:
    """Run `body` after the prelude inside the namespace; return the JSON that it prints."""
    ours = {key: value for key, value in os.environ.items() if not key.startswith(("SUDO_", "SSH_", "DOAS_", "PKEXEC"))}
    environment = {**ours, **environ, **({"PYTHONPATH": account.path} if account else {})}
    python = account.python if account else sys.executable
    return answer_of(namespace, *before, python, "-c", PRELUDE + body, environment=environment)


def sudo_of(account: Account) -> dict[str, str]:
    """Return what sudo tells of a user who called it."""
    entry = account.entry
    return {"SUDO_UID": str(entry.pw_uid), "SUDO_GID": str(entry.pw_gid), "HOME": "/root", "XDG_CONFIG_HOME": "/x"}
