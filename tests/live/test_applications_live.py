"""HTTP, SSH and FTP of real programs: what a report tells of them, and that no password is in it."""

from __future__ import annotations

import json
import subprocess
from hashlib import md5
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.child import PATIENCE
from tests.live.servers import need, nginx
from tests.live.sockets import connect
from tests.live.talk import Script, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.live.child import Child
    from tests.live.conftest import Cable

pytestmark = pytest.mark.live

SERVER = "10.98.0.2"
PAGE = b"hello " * 1000
SWITCHED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n\x81\x02hi"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n"
SECRET = "not-to-be-shown"


def curl(cable: Cable, *words: str) -> str:
    """Run curl in namespace `one`, whatever it thinks of the answer."""
    command = ["ip", "netns", "exec", cable.one, "curl", "-sS", "--noproxy", "*", "-m", "60", *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=PATIENCE).stderr


def http_over(tables: dict[str, Any], flows: int) -> bool:
    """Return whether so many TCP flows are there and over."""
    states = [flow["state"] for flow in tables["flows"] if flow["protocol"] == "TCP"]
    return len(states) >= flows and all(state in ("CLOSED", "RESET") for state in states)


def whole_key_exchange(heard: bytes) -> bool:
    """Return whether an SSH client has said its version and its algorithms."""
    packet = heard.partition(b"\r\n")[2]
    return len(packet) >= 4 and len(packet) >= 4 + int.from_bytes(packet[:4], "big")


def test_http(cable: Cable, child: Callable[..., Child], tmp_path: Path) -> None:
    """One connection for several requests, pipelining, chunks, HEAD, errors, a body, and WebSocket."""
    need("curl")
    (tmp_path / "page").write_bytes(PAGE)
    wants = b"Upgrade: websocket"
    own = Script(b"", lambda asked: SWITCHED if wants in asked else CHUNKED, lambda asked: wants in asked)
    with nginx(cable, cable.two, [SERVER], tmp_path), serving(cable.two, SERVER, {8099: own}):
        capturing = child("v0")
        curl(cable, f"http://{SERVER}/page", f"http://{SERVER}/none", "-o", "/dev/null", "-o", "/dev/null")
        curl(cable, "-I", f"http://{SERVER}/page")
        curl(cable, "-A", "agent-x", "-u", f"al:{SECRET}", "-d", "a=b", f"http://{SERVER}/page")
        pipelined = connect(cable.one, SERVER, 80)
        pipelined.sendall(b"GET /page HTTP/1.1\r\nHost: piped\r\n\r\n" * 5 + b"DELETE / HTTP/1.0\r\n\r\n")
        while pipelined.recv(65536):
            pass
        pipelined.close()
        curl(cable, f"http://{SERVER}:8099/chunks", "-o", "/dev/null")
        ask = ("-H", "Upgrade: websocket", "-H", "Connection: Upgrade", "--http1.1", "-o", "/dev/null")
        curl(cable, *ask, f"http://{SERVER}:8099/socket")
        capturing.until(lambda tables: http_over(tables, 6), command="tables")
        report = capturing.ask(f"report {tmp_path / 'saved.pcap'}")
    found = report["http"]
    assert (found["requests"], found["responses"]) == (12, 12)
    assert found["hosts"] == {SERVER: 4, "piped": 5, f"{SERVER}:8099": 2}
    assert found["methods"] == {"GET": 9, "HEAD": 1, "POST": 1, "DELETE": 1}
    assert found["statuses"] == {"200": 8, "405": 2, "404": 1, "101": 1}
    assert found["user_agents"]["agent-x"] == 1
    applications = sorted(flow["application"] for flow in report["flows"]["top"] if flow["protocol"] == "tcp")
    assert applications == ["HTTP"] * 5 + ["WebSocket"]
    assert SECRET not in json.dumps(report)


def test_ssh_and_ftp(cable: Cable, child: Callable[..., Child], tmp_path: Path) -> None:
    """Versions and algorithms of SSH on any port; who logs in by FTP, and who may not."""
    need("curl", "ssh")
    ssh = Script(b"SSH-2.0-Netwatch_test\r\n", lambda _heard: b"", whole_key_exchange)
    replies = {b"USER": b"331 more\r\n", b"PASS": b"530 no\r\n"}
    ftp = Script(b"220 a small FTP server\r\n", lambda line: replies.get(line[:4], b"200 ok\r\n"))
    with serving(cable.two, SERVER, {2200: ssh, 2100: ftp}):
        capturing = child("v0")
        curl(cable, f"ftp://al:{SECRET}@{SERVER}:2100/")
        options = (
            "-F",
            "/dev/null",
            "-o",
            "ConnectTimeout=60",
            "-o",
            "BatchMode=yes",
            "-o",
            "StrictHostKeyChecking=no",
        )
        command = ["ip", "netns", "exec", cable.one, "ssh", *options, "-p", "2200", f"al@{SERVER}"]
        subprocess.run(command, check=False, capture_output=True, timeout=PATIENCE)
        capturing.until(lambda tables: http_over(tables, 2), command="tables")
        report = capturing.ask(f"report {tmp_path / 'saved.pcap'}")
    flows = {flow["dport"]: flow for flow in report["flows"]["top"] if flow["protocol"] == "tcp"}
    banner, _, packet = ssh.heard.partition(b"\r\n")
    names = [b""] * 8
    at = 22
    for number in range(8):
        size = int.from_bytes(packet[at : at + 4], "big")
        names[number] = packet[at + 4 : at + 4 + size]
        at += 4 + size
    hassh = md5(b";".join((names[0], names[2], names[4], names[6]))).hexdigest()
    assert flows[2200]["application"] == "SSH"
    assert flows[2200]["about"] == f"{banner.decode()} -> SSH-2.0-Netwatch_test, hassh {hassh}"
    assert (flows[2100]["application"], flows[2100]["about"]) == ("FTP", "220 a small FTP server")
    assert SECRET not in json.dumps(report)
