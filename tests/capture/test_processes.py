"""Who owns a socket: finding by flow, caching, users of processes that cannot be seen, and real sockets."""

from __future__ import annotations

import os
import socket
import sys
from types import SimpleNamespace

import pytest

from netwatch.capture import processes
from netwatch.capture.processes import (
    FRESH_SECONDS,
    REMEMBERED,
    TCP,
    UDP,
    LocalSockets,
    ProcessOwner,
    SocketKey,
    SocketOwners,
    plain_address,
)
from netwatch.capture.processes_linux import socket_users, user_name

BROWSER = ProcessOwner(7, "browser", "me")
SERVER, RESOLVER = ProcessOwner(8, "nginx", "web"), ProcessOwner(9, "dns", "d")
CONNECTED = SocketKey(TCP, "10.0.0.5", 50000, "192.0.2.1", 443)


def test_flows_find_their_sockets():
    sockets = LocalSockets(
        {
            CONNECTED: BROWSER,
            SocketKey(TCP, "0.0.0.0", 80): SERVER,
            SocketKey(TCP, "::", 8080): SERVER,
            SocketKey(UDP, "10.0.0.5", 53): RESOLVER,
        }
    )
    assert sockets.find(*CONNECTED) == BROWSER
    assert sockets.find(TCP, "10.0.0.5", 50000, "192.0.2.2", 443) is None
    assert sockets.find(TCP, "10.0.0.5", 80, "192.0.2.9", 50000) == SERVER
    assert sockets.find(TCP, "fe80::1", 80, "fe80::2", 50000) is None
    assert sockets.find(TCP, "10.0.0.5", 8080, "192.0.2.9", 50000) == SERVER
    assert sockets.find(TCP, "fe80::1", 8080, "fe80::2", 50000) == SERVER
    assert sockets.find(UDP, "10.0.0.5", 53, "192.0.2.9", 50000) == RESOLVER
    assert sockets.find(UDP, "10.0.0.6", 53) is None
    assert sockets.find(UDP, "10.0.0.5", 80) is None
    assert len(sockets) == 4


def test_labels():
    assert BROWSER.label == "browser (7)"
    assert ProcessOwner(None, "", "www-data").label == "user www-data"
    assert ProcessOwner(None, "", "").label == "unknown"
    assert ProcessOwner(5, "", "").label == "process (5)"


def test_the_system_is_not_asked_too_often():
    answers = [{CONNECTED: BROWSER}, {}]
    asked = []

    def read():
        asked.append(1)
        return answers[len(asked) - 1]

    owners = SocketOwners(read)
    first = owners.refresh(100.0)
    assert owners.refresh(100.0 + FRESH_SECONDS / 2) is first
    assert len(asked) == 1
    second = owners.refresh(100.0 + FRESH_SECONDS)
    assert len(asked) == 2
    assert second is not first
    # The connection is gone, but what was known of it stays
    assert second.find(*CONNECTED) == BROWSER


def test_a_socket_used_again_belongs_to_its_new_owner():
    answers = iter([{CONNECTED: BROWSER}, {}, {CONNECTED: SERVER}])
    owners = SocketOwners(lambda: next(answers))
    found = [owners.refresh(float(time)).find(*CONNECTED) for time in (0, 10, 20)]
    assert found == [BROWSER, BROWSER, SERVER]


def test_connections_that_are_gone_are_bounded():
    rounds = iter(range(100))

    def read():
        number = next(rounds)
        return {SocketKey(TCP, "10.0.0.5", port, f"192.0.2.{number}", 443): BROWSER for port in range(2000)}

    owners = SocketOwners(read)
    for time in range(0, 100, 10):
        sockets = owners.refresh(float(time))
    assert len(sockets) == REMEMBERED
    assert sockets.find(TCP, "10.0.0.5", 1, "192.0.2.9", 443) == BROWSER
    assert sockets.find(TCP, "10.0.0.5", 1, "192.0.2.1", 443) is None


@pytest.mark.parametrize(
    ("address", "plain"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("", ""),
        ("what", ""),
    ],
)
def test_addresses_are_written_as_flows_have_them(address, plain):
    assert plain_address(address) == plain


TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0500000A:C350 010200C0:01BB 01 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 20 4 30 10 -1
   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000    33        0 4243 1 0 100 0 0 10 0
   2: 0500000A:C351 010200C0:01BB 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0
   3: broken
   4: 0500000A:ZZZZ 010200C0:01BB 01 0 0 0 0 0
"""
TABLE6 = """  sl  local_address                         remote_address                        st
   0: 00000000000000000000000001000000:0035 00000000000000000000000000000000:0000 07 0:0 00:0 0   101        0 9 2 0 0
   1: 0000000000000000FFFF00000500000A:C360 0000000000000000FFFF0000010200C0:0035 01 0:0 00:0 0   102        0 9 2 0 0
"""


@pytest.mark.skipif(sys.byteorder != "little", reason="the tables are written by a little-endian kernel")
def test_the_tables_of_the_kernel(tmp_path):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(TABLE)
    (tmp_path / "net" / "udp6").write_text(TABLE6)
    assert socket_users(tmp_path) == {
        (TCP, "10.0.0.5", 50000, "192.0.2.1", 443): 1000,
        (TCP, "0.0.0.0", 80, "", 0): 33,
        (UDP, "::1", 53, "", 0): 101,
        (UDP, "10.0.0.5", 50016, "192.0.2.1", 53): 102,
    }
    assert socket_users(tmp_path / "nothing") == {}


def test_names_of_users():
    assert user_name(0) == "root"
    assert user_name(4_000_000_123) == "4000000123"
    assert user_name(1 << 80) == str(1 << 80)


class PsutilError(Exception):
    pass


def connection(kind, local, remote=(), pid=None):
    return SimpleNamespace(type=kind, laddr=local, raddr=remote, pid=pid)


def fake_psutil(monkeypatch, **parts):
    whole = SimpleNamespace(Error=PsutilError, Process=process, **parts)
    monkeypatch.setattr(processes.importlib, "import_module", lambda _name: whole)
    monkeypatch.setattr(processes, "socket_users", lambda: {(UDP, "0.0.0.0", 53, "", 0): 0})
    return processes.read_sockets()


def process(pid):
    if pid == 66:
        raise PsutilError
    return SimpleNamespace(name=lambda: "bad\x1bname", username=lambda: "me")


def test_what_cannot_be_seen_is_said_to_be_the_users(monkeypatch):
    found = fake_psutil(
        monkeypatch,
        net_connections=lambda kind: [
            connection(1, ("10.0.0.5", 50000), ("192.0.2.1", 443), 5),
            connection(2, ("0.0.0.0", 53)),
            connection(2, ("0.0.0.0", 54)),
            connection(1, ("10.0.0.5", 50001), ("192.0.2.1", 443), 66),
            connection(5, ("10.0.0.5", 1)),
            connection(1, ()),
        ],
    )
    assert found == {
        CONNECTED: ProcessOwner(5, "bad\\x1bname", "me"),
        SocketKey(UDP, "0.0.0.0", 53): ProcessOwner(None, "", "root"),
        SocketKey(TCP, "10.0.0.5", 50001, "192.0.2.1", 443): ProcessOwner(66, "", ""),
    }


def test_where_only_own_processes_tell_their_sockets(monkeypatch):
    def refuse(kind):
        raise PsutilError

    own = SimpleNamespace(pid=5, net_connections=lambda kind: [connection(1, ("10.0.0.5", 50000), ("192.0.2.1", 443))])
    found = fake_psutil(
        monkeypatch,
        net_connections=refuse,
        process_iter=lambda: [SimpleNamespace(pid=6, net_connections=refuse), own],
    )
    assert found == {CONNECTED: ProcessOwner(5, "bad\\x1bname", "me")}


def test_real_sockets():
    """This very process, through a listener, a connection and a datagram socket on the loopback."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as client,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        datagrams.bind(("127.0.0.1", 0))
        sockets = SocketOwners().refresh(0.0)
        (address, port), (_, own_port) = server.getsockname(), client.getsockname()
        found = [
            sockets.find(TCP, address, own_port, address, port),
            sockets.find(TCP, address, port, address, 1),
            sockets.find(UDP, address, datagrams.getsockname()[1], "127.0.0.9", 53),
        ]
    assert [owner.pid if owner else None for owner in found] == [os.getpid()] * 3
    assert all(owner.name and owner.user for owner in found)
