"""The monitor as a person uses it: `sudo netwatch` in a terminal, pings, a filter, a snapshot that is read back."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.live.carrier import join, wait_for_carrier
from tests.live.child import PATIENCE
from tests.live.monitor import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TOOLS = ("ip", "tmux", "sudo", "ping")

pytestmark = [
    pytest.mark.live,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(
        any(shutil.which(tool) is None for tool in TOOLS), reason=f"needs {', '.join(TOOLS)} (Debian packages)"
    ),
]


def run(*words: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(words, check=True, capture_output=True)


@pytest.fixture
def namespaces() -> Iterator[tuple[str, str]]:
    """Two hosts of our own, 10.99.0.1 and 10.99.0.2, joined by a cable."""
    one, two = f"nwe{os.getpid()}a", f"nwe{os.getpid()}b"
    for name in (one, two):
        run("ip", "netns", "add", name)
    try:
        join(one, "v0", two, "v0")
        for number, name in enumerate((one, two), 1):
            run("ip", "-n", name, "addr", "add", f"10.99.0.{number}/24", "dev", "v0")
            run("ip", "-n", name, "link", "set", "v0", "up")
            run("ip", "-n", name, "link", "set", "lo", "up")
        for name in (one, two):
            wait_for_carrier(name, "v0")
        yield one, two
    finally:
        for name in (one, two):
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


@pytest.fixture
def command(tmp_path: Path) -> str:
    """`sudo` and netwatch by its name, as pip writes it; it remembers nothing of other runs.

    sudo takes the environment away: where the program lies and whose memory it has is told behind it.
    """
    script = tmp_path / "bin/netwatch"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\nfrom netwatch.__main__ import main\nmain()\n")
    script.chmod(0o755)
    told = {
        "PATH": f"{script.parent}:{os.environ['PATH']}", "PYTHONPATH": ROOT,
        "XDG_STATE_HOME": tmp_path / "state", "XDG_CONFIG_HOME": tmp_path / "config",
    }  # fmt: skip
    return shlex.join(["sudo", "env", *(f"{name}={value}" for name, value in told.items()), "netwatch"])


class Terminal:
    """A tmux session of 100x30 in a namespace."""

    def __init__(self, namespace: str, folder: Path) -> None:
        """Start a shell."""
        self.tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        shell = f"cd {shlex.quote(str(folder))} && exec ip netns exec {namespace} sh"
        run(*self.tmux, "new-session", "-d", "-x", "100", "-y", "30", shell)

    def type(self, *keys: str) -> None:
        """Press keys."""
        run(*self.tmux, "send-keys", *keys)

    def text(self) -> str:
        """Return what is on the screen."""
        return subprocess.run([*self.tmux, "capture-pane", "-p"], capture_output=True, text=True, check=True).stdout

    def expect(self, words: str) -> str:
        """Wait until `words` can be read, and return the screen."""
        return self.until(lambda text: words in text, repr(words))

    def until(self, condition: Callable[[str], bool], what: str) -> str:
        """Wait until the screen is as wanted, and return it."""
        end = time.monotonic() + PATIENCE
        while not condition(text := self.text()):
            assert time.monotonic() < end, f"{what} is not on the screen:\n{text}"
            time.sleep(0.05)
        return text

    def close(self) -> None:
        """End the session and all in it."""
        subprocess.run([*self.tmux, "kill-server"], capture_output=True, check=False)


def test_watch_narrow_save_and_read_back(namespaces: tuple[str, str], command: str, tmp_path: Path) -> None:
    """Packets are seen, a filter narrows them, the snapshot holds what the screen showed, the terminal is restored."""
    watched, other = namespaces
    ping = subprocess.Popen(
        ["ip", "netns", "exec", other, "ping", "-q", "-i", "0.02", "-c", "30000", "10.99.0.1"],
        stdout=subprocess.DEVNULL,
    )
    terminal = Terminal(watched, tmp_path)
    try:
        terminal.type(f"{command} -i v0; echo status $?", "Enter")
        terminal.expect("Echo reply")
        terminal.expect("v0 LIVE")
        terminal.type("f")
        terminal.expect("portrange 1-1024")
        terminal.type("icmp and src host 10.99.0.2")
        terminal.expect(" ok")
        terminal.type("Enter")
        terminal.expect("[f: icmp and src host 10.99.0.2]")
        terminal.until(lambda text: packets(text) > 60, "more than 60 packets")
        terminal.type("s")
        said = terminal.expect("saved ")
        assert "capture_" in said
        terminal.type("q")
        terminal.expect("status 0")  # sudo gives the terminal back only when it ends
        terminal.type("echo back $((40+2))", "Enter")
        terminal.expect("back 42")
    finally:
        terminal.close()
        ping.kill()
        ping.wait()
    (saved,) = tmp_path.glob("capture_*.pcap")
    assert saved.stat().st_mode & 0o777 == 0o600
    report = subprocess.run(
        [sys.executable, "-m", "netwatch", "report", "-r", saved, "--format", "json"], capture_output=True, check=True
    )
    found = json.loads(report.stdout)
    assert found["capture"]["packets"] == int(said.split("saved ")[1].split()[0].replace(",", ""))
    assert found["protocols"]["icmp"]["packets"] > 20  # some may be of the neighbours' questions
    assert not found["capture"]["truncated_file"]


def test_signals_restore_the_terminal_and_complete_a_recording(
    namespaces: tuple[str, str], command: str, tmp_path: Path
) -> None:
    """SIGTERM and SIGHUP end the screen like q does, and the file being written is whole."""
    watched, other = namespaces
    terminal = Terminal(watched, tmp_path)
    try:
        for signal_name, status in (("TERM", 143), ("HUP", 129), ("INT", 0)):
            file = tmp_path / f"{signal_name}.pcapng"
            terminal.type(f"{command} -f icmp -i v0 -w {file}; echo status $?", "Enter")
            terminal.expect("REC")
            run("ip", "netns", "exec", other, "ping", "-q", "-i", "0.02", "-c", "20", "10.99.0.1")
            terminal.expect("Echo reply")
            terminal.expect("REC 40 ")  # none waits in the ring
            if signal_name == "INT":
                terminal.type("C-c")
                terminal.expect("Leave netwatch?")
                terminal.type("y")
            else:
                run("pkill", f"-{signal_name}", "-f", f"^[^ ]*python.* -i v0 -w {file}$")
            terminal.expect(f"status {status}")
            terminal.type("clear", "Enter")
            report = subprocess.run(
                [sys.executable, "-m", "netwatch", "report", "-r", file, "--format", "json"],
                capture_output=True,
                check=True,
            )
            found = json.loads(report.stdout)
            assert found["protocols"]["icmp"]["packets"] == 40
            assert not found["capture"]["truncated_file"]
    finally:
        terminal.close()


def test_a_display_filter_typed_live_narrows_every_pane(
    namespaces: tuple[str, str], command: str, tmp_path: Path
) -> None:
    """Pings and refused connections arrive while a filter is typed; every pane shows what passes, and goes on."""
    watched, other = namespaces
    knock = "import socket, time\nfor _ in range(3000): socket.socket().connect_ex(('10.99.0.1', 9)); time.sleep(0.2)"
    inside = ["ip", "netns", "exec", other]
    senders = [
        subprocess.Popen([*inside, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for words in ([sys.executable, "-c", knock], ["ping", "-q", "-i", "0.2", "-c", "3000", "10.99.0.1"])
    ]
    terminal = Terminal(watched, tmp_path)
    try:
        terminal.type(f"{command} -i v0", "Enter")
        terminal.expect("Echo request")
        terminal.type("/")
        terminal.expect("Tab completes")
        terminal.type("-l", "icmp.type == 8")
        terminal.expect(" ok")
        terminal.type("Enter")
        terminal.expect("[/ ")
        terminal.until(lambda text: below(text, "Info", holds="Echo request", lacks="Echo reply"), "requests only")
        terminal.type("3")
        text = terminal.until(lambda text: below(text, "State", holds="ICMP", lacks="TCP"), "no flow but of pings")
        first = matches(text)
        terminal.until(lambda text: matches(text) > first, "a view that goes on")
        terminal.type("1")
        terminal.expect("TCP attempts 0")
        terminal.type("Escape")
        terminal.expect("refused")
        terminal.type("q")
        terminal.expect("talkers")
    finally:
        terminal.close()
        for sender in senders:
            sender.kill()
            sender.wait()


def packets(text: str) -> int:
    """Return how many packets were captured, by the status line."""
    found = re.search(r"([\d,]+) pkts", text)
    return int(found.group(1).replace(",", "")) if found else 0


def below(text: str, heading: str, *, holds: str, lacks: str) -> bool:
    """Return whether the rows below a heading of the table show the one and not the other."""
    rows = text.partition(heading)[2]
    return holds in rows and lacks not in rows


def matches(text: str) -> int:
    """Return how many packets pass the filter, by the chip."""
    found = re.search(r"\[/ ([\d,]+) of", text)
    return int(found.group(1).replace(",", "")) if found else 0
