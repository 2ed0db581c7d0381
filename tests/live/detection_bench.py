"""Two hosts, one of which attacks, and netwatch on the other one; what it tells is in a file of events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.live.carrier import join, wait_for_carrier
from tests.live.child import PATIENCE, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

_numbers = count()
REPOSITORY = Path(__file__).resolve().parents[2]
TARGET, SECOND_TARGET = "10.97.0.2", "10.97.0.3"
"""Addresses of the host that is attacked."""


class Bench:
    """Two namespaces joined by a cable; what netwatch hears in the second one is in a file of events."""

    def __init__(self, folder: Path, settings: str = "") -> None:
        """Make them, and begin to listen, with `settings` in the file of these."""
        prefix = f"nwd{os.getpid()}x{next(_numbers)}"
        self.one, self.two = f"{prefix}a", f"{prefix}b"
        self._path = folder / "events.json"
        self._number = 9
        self.expected: dict[str, list[str]] = {}
        """By address what was to be told of it, and nothing besides."""
        for name in (self.one, self.two):
            self.do("ip", "netns", "add", name)
        join(self.one, "v0", self.two, "v0")
        for target in (TARGET, SECOND_TARGET):
            self.do("ip", "-n", self.two, "addr", "add", f"{target}/24", "dev", "v0")
        for name in (self.one, self.two):
            self.do("ip", "-n", name, "link", "set", "lo", "up")
            self.do("ip", "-n", name, "link", "set", "v0", "up")
        for name in (self.one, self.two):
            wait_for_carrier(name, "v0")
        self.do("ip", "netns", "exec", self.two, "sysctl", "-qw", "net.ipv4.icmp_ratelimit=0")
        (folder / "config.toml").write_text(settings)
        command = ["-i", "v0", "--types", "alert,arp", "--to", str(self._path), "--config", str(folder / "config.toml")]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SUDO_")}
        self._listener = subprocess.Popen(
            ["ip", "netns", "exec", self.two, sys.executable, "-m", "netwatch", "events", *command],
            cwd=REPOSITORY,
            env=environment | {"PYTHONPATH": str(REPOSITORY)},
        )
        self.become()
        self._hears()

    def close(self) -> None:
        """Leave nothing behind."""
        self._listener.terminate()
        try:
            self._listener.wait(PATIENCE)
        finally:
            self._listener.kill()
            for name in (self.one, self.two):
                subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)

    def become(self) -> str:
        """Give the first host another address and MAC address, and return the address."""
        self._number += 1
        address = f"10.97.0.{self._number}"
        self.do("ip", "-n", self.one, "addr", "flush", "dev", "v0")
        self.do("ip", "-n", self.one, "link", "set", "v0", "address", f"00:16:3e:00:00:{self._number:02x}")
        self.do("ip", "-n", self.one, "addr", "add", f"{address}/24", "dev", "v0")
        return address

    def attack(self, *words: str) -> None:
        """Run a tool of the first host to its end."""
        self.do("ip", "netns", "exec", self.one, *words)

    def try_to(self, *words: str) -> None:
        """Run a tool of the first host, whatever its status: that of hping3 tells how many answers came."""
        inside = ["ip", "netns", "exec", self.one]
        subprocess.run([*inside, *words], check=False, capture_output=True, timeout=PATIENCE)

    @contextmanager
    def attacking(self, *words: str) -> Iterator[None]:
        """Run a tool of the first host that does not end by itself."""
        inside = ["ip", "netns", "exec", self.one]
        tool = subprocess.Popen([*inside, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            tool.kill()
            tool.wait()

    def alerts(self) -> list[dict[str, Any]]:
        """Return the alerts of severity low or higher, as they were opened."""
        told = [record for record in self._records() if record["event_type"] == "alert"]
        return [record for record in told if record["alert"]["context"]["netwatch"]["severity"] != "info"]

    def rules_of(self, address: str) -> list[str]:
        """Return the rules of the alerts that opened with one source or victim."""
        return sorted(_rule(record) for record in self._opened() if address in _ends(record))

    def rules_against(self, address: str) -> list[str]:
        """Return those of the alerts that opened with one victim."""
        return sorted(_rule(record) for record in self._opened() if record.get("dest_ip") == address)

    def _opened(self) -> list[dict[str, Any]]:
        return [record for record in self.alerts() if record["alert"]["context"]["netwatch"]["news"] == "open"]

    def wait_for_alert(self, address: str, rule: str) -> None:
        """Wait until a source has an alert."""
        wait_for(lambda: rule in self.rules_of(address), f"{rule} of {address}: {self.alerts()}")

    @contextmanager
    def serving(self, *words: str, kind: str, port: int) -> Iterator[None]:
        """Run a server on the second host from when it has a socket on a port; `kind` are options of ss."""
        inside = ["ip", "netns", "exec", self.two]
        server = subprocess.Popen([*inside, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        listening = [*inside, "ss", kind, f"sport = :{port}"]
        try:
            wait_for(lambda: subprocess.run(listening, capture_output=True, check=True).stdout, f"{words[0]} to serve")
            yield
        finally:
            server.kill()
            server.wait()

    @staticmethod
    def do(*words: str) -> None:
        """Run a command that must succeed."""
        subprocess.run(words, check=True, capture_output=True, timeout=PATIENCE)

    def _records(self) -> list[dict[str, Any]]:
        if not self._path.exists():
            return []
        text = self._path.read_text()
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def _hears(self) -> None:
        """Wait until a packet was captured."""

        def heard() -> bool:
            subprocess.run(
                ["ip", "netns", "exec", self.one, "ping", "-c1", "-W1", TARGET], capture_output=True, check=False
            )
            return any(record["event_type"] == "arp" for record in self._records())

        wait_for(heard, "the first packet")


def _ends(record: dict[str, Any]) -> tuple[str, str]:
    return str(record.get("src_ip", "")), str(record["alert"]["context"]["netwatch"]["victim"])


def _rule(record: dict[str, Any]) -> str:
    return str(record["alert"]["category"])
