"""A small routed network of namespaces for the lab tools: client, router, server, and an address that is silent."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.carrier import join, wait_for_carrier
from tests.live.child import PATIENCE, Child, wait_for
from tests.live.servers import NGINX, need

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVER, SERVER6 = "10.98.1.2", "fd98:1::2"
ROUTER, ROUTER6 = "10.98.0.254", "fd98::254"
SILENT = "10.98.1.9"
"""The router sends what goes there to a machine that is not there."""
NOBODY = "10.98.0.77"
"""On the client's link, but no host has it."""


@dataclass(frozen=True)
class Done:
    """How a run of netwatch ended."""

    status: int
    out: str
    err: str
    sent: int
    """Packets that the client's interfaces sent meanwhile."""

    @property
    def results(self) -> list[dict[str, Any]]:
        """The rows of `--json`."""
        found: list[dict[str, Any]] = json.loads(self.out)["results"]
        return found


@dataclass(frozen=True)
class LabNetwork:
    """Namespaces: client (10.98.0.1) - router - server (10.98.1.2), IPv6 beside it."""

    client: str
    router: str
    server: str
    child: Child

    def lab(self, *words: object) -> Done:
        """Run `netwatch lab` in the client's namespace."""
        return self.netwatch("lab", *words)

    def netwatch(self, *words: object) -> Done:
        """Run netwatch in the client's namespace."""
        return Done(**self.child.ask(json.dumps([str(word) for word in words])))

    def run(self, namespace: str, *words: str) -> str:
        """Run a command that must succeed in a namespace and return what it writes."""
        command = ["ip", "netns", "exec", namespace, *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE).stdout

    @contextmanager
    def serving(self, *words: str, port: int, kind: str = "-Hltn") -> Iterator[None]:
        """Run a server in the server's namespace from when it listens on a port."""
        command = ["ip", "netns", "exec", self.server, *words]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(lambda: self.run(self.server, "ss", kind, f"sport = :{port}"), f"{words[0]} on port {port}")
            yield
        finally:
            server.terminate()
            server.wait(PATIENCE)


@contextmanager
def lab_network() -> Iterator[LabNetwork]:
    """Build the network and take it away again; nothing else can be reached from it."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("needs root and iproute2")
    need("ip", "ss", "sysctl")
    client, router, server = (f"nwlab{os.getpid()}{name}" for name in ("c", "r", "s"))
    with ExitStack() as stack:
        for name in (client, router, server):
            _ip("netns", "add", name)
            stack.callback(subprocess.run, ["ip", "netns", "del", name], check=False, capture_output=True)
        join(client, "v0", router, "r0")
        join(router, "r1", server, "v0")
        _address(client, "v0", "10.98.0.1/24", "fd98::1/64")
        _address(router, "r0", f"{ROUTER}/24", f"{ROUTER6}/64")
        _address(router, "r1", "10.98.1.254/24", "fd98:1::254/64")
        _address(server, "v0", f"{SERVER}/24", f"{SERVER6}/64")
        for name, gateways in ((client, (ROUTER, ROUTER6)), (server, ("10.98.1.254", "fd98:1::254"))):
            for gateway in gateways:
                _ip("-n", name, "route", "add", "default", "via", gateway)
        silent = ["lladdr", "02:00:00:00:00:09", "dev", "r1", "nud", "permanent"]
        _ip("-n", router, "neigh", "add", SILENT, *silent)
        # every probe is answered, however many come at once from a machine that was held up
        settings = ["net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0"]
        _sysctl(server, *settings)
        _sysctl(router, *settings, "net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
        for name, links in ((client, ("v0",)), (router, ("r0", "r1")), (server, ("v0",))):
            wait_for_carrier(name, *links)
        child = Child(client, module="tests.live.lab_child")
        stack.callback(child.close)
        yield LabNetwork(client, router, server, child)


@contextmanager
def serving_names_and_pages(net: LabNetwork, folder: Path) -> Iterator[None]:
    """Let nginx serve on port 80 and dnsmasq on port 53 of the server; the folder is nginx's."""
    need("nginx", "dnsmasq")
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder, listen="listen 80; listen [::]:80;", more=""))
    records = [f"--txt-record=long{number}.lab.test,{'x' * 200}" for number in range(3)]
    many = [f"--host-record=many.lab.test,10.99.{number}.1" for number in range(100)]
    dnsmasq = ["dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "--pid-file=", "--address=/www.lab.test/192.0.2.7"]
    with (
        net.serving("nginx", "-p", str(folder), "-c", str(configuration), port=80),
        net.serving(*dnsmasq, *records, *many, port=53),
    ):
        yield


def _address(namespace: str, interface: str, *addresses: str) -> None:
    _ip("-n", namespace, "link", "set", "lo", "up")
    for address in addresses:
        extra = ["nodad"] if ":" in address else []
        _ip("-n", namespace, "addr", "add", address, "dev", interface, *extra)
    _ip("-n", namespace, "link", "set", interface, "up")


def _sysctl(namespace: str, *settings: str) -> None:
    _ip("netns", "exec", namespace, "sysctl", "-qw", *settings)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=PATIENCE)
