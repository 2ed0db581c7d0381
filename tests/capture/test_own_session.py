"""The remote session is found in a /proc that is made up for each way of being remote."""

from __future__ import annotations

import ipaddress
import os
import sys

import pytest
from bpf_frames import frames_of

from netwatch.capture.bpf import CaptureFilter, FilterCompiler
from netwatch.capture.own_session import OwnSession, find_own_session

CLIENT, SERVER = ("203.0.113.9", 52144), ("192.0.2.5", 22)
SESSION = OwnSession(*CLIENT, *SERVER, "tcp")
CONNECTION = "203.0.113.9 52144 192.0.2.5 22"
NETWATCH = 500
LISTEN, ESTABLISHED, TIME_WAIT = 10, 1, 6


class FakeProc:
    """A folder like /proc."""

    def __init__(self, root):
        self.root = root
        self._tables = {name: ["  sl  local_address"] for name in ("tcp", "tcp6", "udp", "udp6")}
        (root / "net").mkdir()
        self._write_tables()

    def process(self, pid, parent, name, environ="", sockets=(), session=None, used=None):
        folder = self.root / str(pid)
        (folder / "fd").mkdir(parents=True)
        (folder / "stat").write_text(f"{pid} ({name}) S {parent} {pid} {pid} 0 -1 4194304 1 2")
        (folder / "environ").write_bytes(environ.encode().replace(b"\n", b"\0"))
        if session is not None:
            (folder / "sessionid").write_text(str(session))
        for number, inode in enumerate(sockets, 3):
            (folder / "fd" / str(number)).symlink_to(f"socket:[{inode}]")
        if used is not None:
            terminal = self.root / f"pts{pid}"
            terminal.write_text("")
            os.utime(terminal, (used, used))
            (folder / "fd/0").symlink_to(terminal)

    def connection(self, local, remote, inode=0, state=ESTABLISHED, table="tcp"):
        line = f"  0: {_hex(*local)} {_hex(*remote)} {state:02X} 0:0 0:0 0 0 0 {inode} 1 0"
        self._tables[table].append(line)
        self._write_tables()

    def _write_tables(self):
        for name, lines in self._tables.items():
            (self.root / "net" / name).write_text("\n".join(lines) + "\n")

    def find(self, environ=None):
        return find_own_session(environ or {}, self.root, NETWATCH)


def _hex(address, port):
    packed = ipaddress.ip_address(address).packed
    words = [int.from_bytes(packed[i : i + 4], sys.byteorder) for i in range(0, len(packed), 4)]
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"


@pytest.fixture
def proc(tmp_path):
    return FakeProc(tmp_path)


def test_a_local_start_has_no_session(proc):
    proc.process(NETWATCH, 400, "netwatch")
    proc.process(400, 1, "bash", "TERM=xterm\nHOME=/root")
    assert proc.find() is None


def test_the_own_environment_is_enough(proc):
    proc.process(NETWATCH, 1, "netwatch")
    proc.connection(SERVER, CLIENT)
    assert proc.find({"SSH_CONNECTION": CONNECTION}) == SESSION


def test_sudo_hides_it_and_an_ancestor_has_it(proc):
    proc.process(NETWATCH, 450, "netwatch", "SUDO_UID=1000")
    proc.process(450, 400, "su) do ((")
    proc.process(400, 300, "bash", f"HOME=/home/x\nSSH_CONNECTION={CONNECTION}\nX=1")
    proc.process(300, 1, "sshd")
    proc.connection(SERVER, CLIENT)
    assert proc.find() == SESSION


@pytest.mark.parametrize("state", [TIME_WAIT, None])
def test_an_environment_that_outlived_its_session_is_not_believed(proc, state):
    proc.process(NETWATCH, 1, "netwatch")
    proc.connection(("192.0.2.5", 22), ("203.0.113.9", 1), 7)
    if state is not None:
        proc.connection(SERVER, CLIENT, state=state)
    assert proc.find({"SSH_CONNECTION": CONNECTION}) is None


def test_without_tables_the_environment_is_believed(proc):
    proc.process(NETWATCH, 1, "netwatch")
    for name in ("tcp", "tcp6"):
        (proc.root / "net" / name).unlink()
    assert proc.find({"SSH_CONNECTION": CONNECTION}) == SESSION


@pytest.mark.parametrize("name", ["sshd", "sshd-session", "dropbear"])
def test_the_sockets_of_an_ancestor_server(proc, name):
    proc.process(NETWATCH, 400, "netwatch")
    proc.process(400, 300, "bash")
    proc.process(300, 200, name, sockets=(71, 72, 73))
    proc.process(200, 1, name, sockets=(60,))
    proc.connection(("0.0.0.0", 22), ("0.0.0.0", 0), 60, LISTEN)
    proc.connection(("192.0.2.5", 40000), ("198.51.100.1", 443), 71)  # ssh -L
    proc.connection(("127.0.0.1", 8080), ("0.0.0.0", 0), 73, LISTEN)  # ssh -R
    proc.connection(SERVER, CLIENT, 72)
    assert proc.find() == SESSION


def test_ipv6_and_mapped_addresses_are_told_apart(proc):
    proc.process(NETWATCH, 1, "netwatch")
    proc.connection(("::ffff:192.0.2.5", 22), ("::ffff:203.0.113.9", 52144), table="tcp6")
    proc.connection(("2001:db8::5", 22), ("fe80::9", 4000), table="tcp6")
    assert proc.find({"SSH_CONNECTION": CONNECTION}) == SESSION
    assert proc.find({"SSH_CONNECTION": "::ffff:203.0.113.9 52144 ::ffff:192.0.2.5 22"}) == SESSION
    sixth = proc.find({"SSH_CONNECTION": "fe80::9%eth0 4000 2001:db8::5 22"})
    assert sixth == OwnSession("fe80::9", 4000, "2001:db8::5", 22, "tcp")
    assert sixth.label == "[fe80::9]:4000 > [2001:db8::5]:22"


def test_in_tmux_the_client_that_was_typed_in_last_counts(proc):
    stale = "SSH_CONNECTION=203.0.113.9 1111 192.0.2.5 22\nTMUX=/tmp/tmux-0/default,300,0"
    proc.process(NETWATCH, 400, "netwatch")
    proc.process(400, 300, "bash", stale)
    proc.process(300, 1, "tmux: server", stale)
    proc.process(610, 600, "tmux: client", used=1000)
    proc.process(600, 1, "bash", "SSH_CONNECTION=203.0.113.9 2222 192.0.2.5 22")
    proc.process(710, 700, "tmux: client", used=2000)
    proc.process(700, 1, "bash", f"SSH_CONNECTION={CONNECTION}")
    for port in (1111, 2222, 52144):
        proc.connection(SERVER, (CLIENT[0], port))
    assert proc.find({"SSH_CONNECTION": "203.0.113.9 1111 192.0.2.5 22"}) == SESSION


def test_a_tmux_that_is_looked_at_locally_has_no_session(proc):
    proc.process(NETWATCH, 300, "netwatch", f"SSH_CONNECTION={CONNECTION}")
    proc.process(300, 1, "tmux: server", f"SSH_CONNECTION={CONNECTION}")
    proc.process(610, 1, "tmux: client")
    proc.connection(SERVER, CLIENT)
    assert proc.find() is None


def test_screen_and_tmux_one_in_the_other(proc):
    proc.process(NETWATCH, 300, "netwatch")
    proc.process(300, 1, "tmux: server")
    proc.process(310, 400, "tmux: client", used=1)
    proc.process(400, 1, "screen")
    proc.process(410, 420, "screen", used=1)
    proc.process(420, 1, "sshd-session", sockets=(9,))
    proc.connection(SERVER, CLIENT, 9)
    assert proc.find() == SESSION


def test_mosh_is_left_out_by_its_port(proc):
    proc.process(NETWATCH, 400, "netwatch")
    proc.process(400, 300, "bash", f"SSH_CONNECTION={CONNECTION}")
    proc.process(300, 1, "mosh-server", sockets=(5,))
    proc.connection(("192.0.2.5", 60001), ("0.0.0.0", 0), 5, 7, "udp")
    found = proc.find()
    assert found == OwnSession("", 0, "192.0.2.5", 60001, "udp")
    assert found.filter == "not (udp port 60001 and host 192.0.2.5)"
    assert found.label == "mosh > 192.0.2.5:60001"


def test_a_mosh_that_listens_everywhere(proc):
    proc.process(NETWATCH, 300, "netwatch")
    proc.process(300, 1, "mosh-server", sockets=(5,))
    proc.connection(("::", 60002), ("::", 0), 5, 7, "udp6")
    found = proc.find()
    assert found.filter == "not (udp port 60002)"
    assert found.label == "mosh > this machine:60002"


def test_the_audit_session_finds_a_server_that_is_no_ancestor(proc):
    proc.process(NETWATCH, 1, "netwatch", session=42)
    proc.process(700, 1, "sshd-session", sockets=(8,), session=41)
    proc.process(800, 1, "sshd-session", sockets=(9,), session=42)
    proc.connection(SERVER, ("203.0.113.9", 1), 8)
    proc.connection(SERVER, CLIENT, 9)
    assert proc.find() == SESSION


def test_no_audit_session_is_no_match(proc):
    proc.process(NETWATCH, 1, "netwatch", session=4294967295)
    proc.process(800, 1, "sshd-session", sockets=(9,), session=4294967295)
    proc.connection(SERVER, CLIENT, 9)
    assert proc.find() is None


@pytest.mark.parametrize(
    "value", ["", "a b c d", "1.2.3.4 5 6.7.8.9", "1.2.3.4 99999 5.6.7.8 22", "x 1 y 2", "1.2.3.4 1 5.6.7.8 -1"]
)
def test_a_senseless_environment_is_ignored(proc, value):
    proc.process(NETWATCH, 1, "netwatch", f"SSH_CONNECTION={value}")
    proc.connection(SERVER, CLIENT)
    assert proc.find({"SSH_CONNECTION": value}) is None


def test_a_damaged_proc_is_survived(proc):
    proc.process(NETWATCH, NETWATCH, "netwatch", f"SSH_CONNECTION={CONNECTION}")  # its own parent
    proc.connection(SERVER, CLIENT)
    with (proc.root / "net/tcp").open("ab") as file:
        file.write(b"rubbish\n 1: zz:00 00:zz 01 0 0 0 0 0 x\n\xff\xfe\n")
    assert proc.find() == SESSION
    (proc.root / str(NETWATCH) / "stat").write_bytes(b"\xff no parentheses")
    assert proc.find() is None


def test_a_missing_proc_is_no_session(tmp_path):
    assert find_own_session({}, tmp_path / "none", 1234) is None


def test_the_filter_is_exactly_the_session_in_both_directions():
    from scapy.layers.inet import IP, TCP, UDP
    from scapy.layers.l2 import Ether

    def packet(source, destination, layer=TCP):
        ether = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")  # or Scapy would ask the network
        return bytes(ether / IP(src=source[0], dst=destination[0]) / layer(sport=source[1], dport=destination[1]))

    swapped = ((CLIENT[0], SERVER[1]), (SERVER[0], CLIENT[1]))
    other = (CLIENT[0], 52145)
    packets = [
        packet(CLIENT, SERVER), packet(SERVER, CLIENT), packet(*swapped), packet(other, SERVER),
        packet(CLIENT, SERVER, UDP), packet(("198.51.100.1", CLIENT[1]), SERVER),
    ]  # fmt: skip
    compiler = FilterCompiler.open()
    found = CaptureFilter(SESSION.filter, compiler).matches(frames_of(packets))
    assert found.tolist() == [False, False, True, True, True, True]
    sixth = OwnSession("fe80::9", 4000, "2001:db8::5", 22, "tcp")
    assert compiler.verdict(sixth.filter, 1).valid
    assert SESSION.label == "203.0.113.9:52144 > 192.0.2.5:22"
    compiler.close()


def test_the_real_proc_is_read_without_an_error():
    find_own_session({})
