"""What the doctor says of interfaces, terminals, libraries and settings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from doctor_checks import LINUX, put, texts, the

from netwatch.capture import doctor_network, doctor_software
from netwatch.capture.check import Status
from netwatch.capture.ethtool import offloads
from netwatch.capture.own_session import OwnSession
from netwatch.errors import NetwatchError
from netwatch.snapshot import Interface

ROOT = Path(__file__).resolve().parents[2]


def interfaces_are(monkeypatch, *interfaces):
    monkeypatch.setattr(doctor_network, "list_interfaces", lambda *_: interfaces)


def test_cloud_adapters_offloads_and_promiscuous_mode(tmp_path, monkeypatch):
    interfaces_are(
        monkeypatch,
        Interface("eth0", description="ena", up=True, addresses=("10.0.0.1/8",), default_route=True, speed_mbps=10000),
        Interface("lo", up=True, loopback=True, addresses=("127.0.0.1/8", "::1/128")),
        Interface("br0", description="bridge", up=True, virtual=True),
    )
    folder = tmp_path / "sys/class/net/eth0/device"
    folder.mkdir(parents=True)
    (folder / "driver").symlink_to("../../bus/pci/drivers/ena")
    put(tmp_path, "sys/class/net/eth0/flags", "0x1103\n")
    put(tmp_path, "sys/class/net/br0/flags", "0x1003\n")
    asked = []

    def on(name):
        asked.append(name)
        return ("tso", "gro", "tx") if name == "eth0" else ()

    checks = list(doctor_network.examine_interfaces(tmp_path, on))
    assert texts(checks)[0] == "eth0, up, ena, 10000 Mb/s, 10.0.0.1/8, default route"
    assert "promiscuous mode: a bridge" in the(checks, "eth0 is in").text
    assert the(checks, "br0 is not in promiscuous").status is Status.OK
    assert "Amazon EC2" in the(checks, "virtual adapter").text
    assert the(checks, "merges").mend == "sudo ethtool -K eth0 tso off gro off"
    assert the(checks, "checksums").mend == "sudo ethtool -K eth0 tx off"
    assert the(checks, "br0 is a virtual interface (bridge)").status is Status.WARN
    assert asked == ["eth0", "br0"]


def test_a_machine_that_is_off_the_net(tmp_path, monkeypatch):
    interfaces_are(monkeypatch)
    assert the(list(doctor_network.examine_interfaces(tmp_path)), "no network interface").status is Status.FAIL
    interfaces_are(monkeypatch, Interface("eth0"), Interface("lo", up=True, loopback=True))
    checks = list(doctor_network.examine_interfaces(tmp_path))
    assert the(checks, "loopback is up").mend == "sudo ip link set eth0 up"


def test_many_interfaces_are_not_all_listed(tmp_path, monkeypatch):
    interfaces_are(monkeypatch, *(Interface(f"veth{number}") for number in range(500)))
    checks = list(doctor_network.examine_interfaces(tmp_path))
    assert len(checks) < 40
    assert the(checks, "476 more")


def test_memory_and_the_room_for_filters(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor_network, "find_own_session", lambda *_: None)
    put(tmp_path, "proc/meminfo", "MemTotal: 9\nMemAvailable:    1048576 kB\n")
    put(tmp_path, "proc/sys/net/core/optmem_max", "20480\n")
    checks = list(doctor_network.examine_capture(tmp_path, {}))
    assert the(checks, "1024 MiB of memory").status is Status.OK
    assert the(checks, "2560 instructions").mend.startswith("sudo sysctl")
    put(tmp_path, "sys/fs/cgroup/memory.max", "134217728\n")
    put(tmp_path, "sys/fs/cgroup/memory.current", "33554432\n")
    put(tmp_path, "proc/sys/net/core/optmem_max", "131072\n")
    checks = list(doctor_network.examine_capture(tmp_path, {}))
    assert the(checks, "96 MiB of memory").status is Status.WARN
    assert the(checks, "filters of every length").status is Status.OK
    put(tmp_path, "proc/meminfo", "MemAvailable: x\n")
    assert the(list(doctor_network.examine_capture(tmp_path, {})), "cannot be told").status is Status.OK


def test_the_own_session_is_shown_or_missed(tmp_path, monkeypatch):
    session = OwnSession("203.0.113.9", 52144, "192.0.2.5", 22, "tcp")
    monkeypatch.setattr(doctor_network, "find_own_session", lambda *_: session)
    found = list(doctor_network.examine_capture(tmp_path, {}))
    assert the(found, "203.0.113.9:52144 > 192.0.2.5:22").status is Status.OK
    monkeypatch.setattr(doctor_network, "find_own_session", lambda *_: None)
    checks = list(doctor_network.examine_capture(tmp_path, {"SSH_TTY": "/dev/pts/1"}))
    assert "not port 22" in the(checks, "was not recognised").mend


@pytest.mark.parametrize(
    ("environ", "words", "status"),
    [
        ({"TERM": "dumb"}, "TERM is dumb", Status.FAIL),
        ({"TERM": "xterm-256color"}, "256 colours", Status.OK),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "16 million", Status.OK),
        ({"TERM": "xterm", "NO_COLOR": "1"}, "colours are off", Status.OK),
        ({"TERM": "x\x1b[31m"}, "TERM is x\\x1b[31m", Status.OK),
        ({"TERM": "screen", "TMUX": "/tmp/x,1,0"}, "inside tmux", Status.OK),
        ({"TERM": "screen", "STY": "1.x"}, "inside screen", Status.OK),
        ({"TERM": "xterm", "SSH_TTY": "/dev/pts/0"}, "over SSH", Status.OK),
    ],
)
def test_terminals(environ, words, status):
    assert the(list(doctor_software.examine_terminal(environ)), words).status is status


@pytest.mark.parametrize(("size", "status"), [((20, 5), Status.WARN), ((80, 24), Status.OK), ((79, 50), Status.WARN)])
def test_terminal_sizes(monkeypatch, size, status):
    monkeypatch.setattr(doctor_software.shutil, "get_terminal_size", lambda _: os.terminal_size(size))
    assert the(list(doctor_software.examine_terminal({"TERM": "xterm"})), f"{size[0]}x{size[1]}").status is status


def test_a_locale_without_braille(monkeypatch):
    monkeypatch.setattr(doctor_software.locale, "getpreferredencoding", lambda **_: "ANSI_X3.4-1968")
    check = the(list(doctor_software.examine_terminal({"TERM": "xterm"})), "the locale is ANSI")
    assert check.mend == "export LANG=C.UTF-8"


def test_missing_libraries(monkeypatch, tmp_path):
    real = doctor_software.metadata.version

    def version(name):
        if name in ("scapy", "cypcap"):
            raise doctor_software.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(doctor_software.metadata, "version", version)
    checks = list(doctor_software.examine_software(tmp_path))
    assert the(checks, "scapy is not installed").mend.endswith("-m pip install scapy")
    assert not [text for text in texts(checks) if "cypcap is not" in text]


def test_no_libpcap_at_all(monkeypatch, tmp_path):
    def missing(*_arguments):
        raise NetwatchError("no libpcap was found", "install it")

    monkeypatch.setattr(doctor_software.FilterCompiler, "open", missing)
    assert the(list(doctor_software.examine_software(tmp_path)), "no libpcap").status is Status.FAIL


def test_the_settings_file(tmp_path, monkeypatch):
    def check():
        return next(iter(doctor_software.examine_settings({"EDITOR": "nano"}, tmp_path)))

    file = tmp_path / "config.toml"
    assert "the defaults hold" in check().text
    file.write_text("buffer = 64\n")
    assert "can be read" in check().text
    for damaged in (b"buffer = \n\x00", b"\xff\xfe"):
        file.write_bytes(damaged)
        assert (check().status, check().mend) == (Status.FAIL, f"nano {file}")
    file.unlink()
    file.mkdir()
    assert check().status is Status.FAIL
    monkeypatch.setattr(doctor_software.os, "geteuid", lambda: 0)
    monkeypatch.setattr(doctor_software, "invoking_user", lambda _: SimpleNamespace(name="alice", home="/home/alice"))
    assert "those of alice" in check().text


@LINUX
def test_offloads_are_asked_without_rights_and_for_any_name():
    assert set(offloads("lo")) <= {"tso", "gso", "gro", "lro", "tx"}
    for name in ("", "nosuch0", "x" * 100, "e\udcff"):
        assert offloads(name) == ()


def test_it_answers_without_any_library(tmp_path):
    (tmp_path / "netwatch").symlink_to(ROOT / "netwatch")
    child = subprocess.run(
        [sys.executable, "-S", "-c", "from netwatch.capture.doctor import *; print(render(examine()))"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    for name in ("scapy", "textual", "numpy", "psutil", "platformdirs"):
        assert f"{name} is not installed" in child.stdout


def test_it_answers_without_a_terminal_and_without_an_environment():
    child = subprocess.run(
        [sys.executable, "-W", "error", "-c", "from netwatch.capture.doctor import *; print(render(examine()))"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    assert child.stderr == ""
    assert child.stdout.startswith("rights\n")
    assert "not a terminal" in child.stdout
