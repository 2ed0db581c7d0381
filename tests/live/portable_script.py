"""Programs of tests that capture through libpcap in a namespace, and answer with JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.live.child import PATIENCE
from tests.live.namespace_pairs import answer_of

ROOT = Path(__file__).resolve().parents[2]

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


def script(namespace: str, body: str, *before: str) -> Any:
    """Run `body` after the prelude inside the namespace; return the JSON that it prints."""
    return answer_of(namespace, *before, sys.executable, "-W", "error", "-c", PRELUDE + body)
