"""`lab namespace`: a small network of namespaces, to learn and to demonstrate without touching a real one."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netwatch.capture.privileges import permitted_command
from netwatch.errors import NetwatchError, NotPermittedError, UsageError
from netwatch.lab.namespace_services import Service, end_services, services_for, start_service, start_wire
from netwatch.lab.ranges import require_within
from netwatch.lab.results import Results
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

STATE: Final = Path("/run/netwatch-lab")
"""What was built, by name: one folder each."""
HOSTS: Final = ("client", "attacker", "router", "server")
WIRE: Final = "wire"
"""A fifth namespace, between router and server, where the kernel has no netem."""
COLUMNS: Final = ("host", "namespace", "interface", "addresses", "services")
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,23}")
_COMMAND_TIMEOUT: Final = 20


@dataclass(frozen=True, slots=True)
class NamespaceOptions:
    """What to build."""

    name: str
    loss: float
    """Percent of the packets that are lost between router and server."""
    delay: float
    """Milliseconds that they take longer there, each way."""
    dry: bool


def up(options: NamespaceOptions) -> Results:
    """Build the network and start the services that are installed; nothing is left when something fails.

    Raises:
        UsageError: a wrong name or option.
        NotPermittedError: not root.
        NetwatchError: it exists already, or the kernel or the system lacks something.
    """
    _require_name(options.name)
    require_within("--loss", options.loss, 0, 100)
    require_within("--delay", options.delay, 0, 10_000)
    if options.dry:
        commands = build_commands(options)
        return Results((), [], {"commands": commands}, "\n".join(f"would run {' '.join(one)}" for one in commands))
    _require_root()
    folder = STATE / options.name
    if folder.exists() or any(Path("/run/netns", space).exists() for space in _every_space(options.name)):
        raise NetwatchError(f"{options.name} exists already", f"netwatch lab namespace down --name {options.name}")
    services: list[Service] = []
    try:
        folder.mkdir(parents=True, mode=0o755)
        own_wire = bool(options.loss or options.delay) and not has_netem(options.name)
        for command in build_commands(options, own_wire=own_wire):
            _run(command)
        if own_wire:
            services.append(start_wire(f"{options.name}-{WIRE}", options.loss, options.delay))
        server = spaces(options.name)["server"]
        services += [service for program in services_for() if (service := start_service(program, server, folder))]
        state = {"services": [[one.name, one.pid] for one in services]}
        (folder / "state.json").write_text(json.dumps(state))
    except BaseException:
        _end(options.name, [one.pid for one in services])
        raise
    return _results(options, services, own_wire=own_wire)


def down(options: NamespaceOptions) -> Results:
    """Take away a network that `up` built: its services, its namespaces, its files.

    Raises:
        UsageError: a wrong name.
        NotPermittedError: not root.
        NetwatchError: there is none of that name.
    """
    _require_name(options.name)
    folder = STATE / options.name
    if not folder.is_dir():
        raise NetwatchError(f"there is no lab network {options.name}", "netwatch lab namespace up builds one")
    if options.dry:
        lines = [f"would run ip netns del {space}" for space in spaces(options.name).values()]
        return Results((), [], {}, "\n".join(lines))
    _require_root()
    pids: list[int] = []
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        pids = [int(pid) for _, pid in json.loads((folder / "state.json").read_text())["services"]]
    _end(options.name, pids)
    return Results((), [], {"removed": list(spaces(options.name).values())}, f"{options.name} is gone")


def spaces(name: str) -> dict[str, str]:
    """Return the namespace of each host."""
    return {host: f"{name}-{host}" for host in HOSTS}


def has_netem(name: str) -> bool:
    """Return whether the kernel can lose and delay packets by itself, tried in a namespace made for that.

    Raises:
        NetwatchError: no namespace can be made.
    """
    space = f"{name}-{WIRE}"
    _run(["ip", "netns", "add", space])
    try:
        _run(["ip", "netns", "exec", space, "tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"])
    except NetwatchError:
        return False
    finally:
        _run(["ip", "netns", "del", space])
    return True


def build_commands(options: NamespaceOptions, *, own_wire: bool = False) -> list[list[str]]:
    """Return the commands that build the network, in order.

    Client and attacker share a link with the router, whose bridge br0 sees everything; the server is behind it. With
    `own_wire` the link to the server ends in a namespace of its own, where a process carries frames across.
    """
    space = spaces(options.name)
    router, server = space["router"], space["server"]
    commands = [["ip", "netns", "add", one] for one in space.values()]
    commands += [["ip", "-n", one, "link", "set", "lo", "up"] for one in space.values()]
    commands.append(["ip", "-n", router, "link", "add", "br0", "type", "bridge"])
    for host in ("client", "attacker"):
        peer = ["type", "veth", "peer", "name", host, "netns", router]
        commands.append(["ip", "link", "add", "eth0", "netns", space[host], *peer])
        commands.append(["ip", "-n", router, "link", "set", host, "master", "br0", "up"])
    commands += _links_to_the_server(options.name, own_wire=own_wire)
    commands += [["ip", "-n", space[host], "link", "set", "eth0", "up"] for host in ("client", "attacker", "server")]
    commands += [["ip", "-n", router, "link", "set", interface, "up"] for interface in ("br0", "eth1")]
    for host, interface, *addresses in ADDRESSES:
        for address in addresses:
            extra = ["nodad"] if ":" in address else []
            commands.append(["ip", "-n", space[host], "addr", "add", address, "dev", interface, *extra])
    for host, *gateways in GATEWAYS:
        commands += [["ip", "-n", space[host], "route", "add", "default", "via", gateway] for gateway in gateways]
    forwarding = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")
    commands.append(["ip", "netns", "exec", router, "sysctl", "-qw", *forwarding])
    if (options.loss or options.delay) and not own_wire:
        for one, interface in ((router, "eth1"), (server, "eth0")):
            shape = ["netem", "delay", f"{options.delay:g}ms", "loss", f"{options.loss:g}%"]
            commands.append(["ip", "netns", "exec", one, "tc", "qdisc", "add", "dev", interface, "root", *shape])
    return commands


def _links_to_the_server(name: str, *, own_wire: bool) -> list[list[str]]:
    router, server, wire = spaces(name)["router"], spaces(name)["server"], f"{name}-{WIRE}"
    to_server = ["ip", "link", "add", "eth0", "netns", server, "type", "veth", "peer", "name"]
    if not own_wire:
        return [[*to_server, "eth1", "netns", router]]
    commands = [["ip", "netns", "add", wire], [*to_server, "far", "netns", wire]]
    commands.append(
        ["ip", "link", "add", "eth1", "netns", router, "type", "veth", "peer", "name", "near", "netns", wire]
    )
    commands += [["ip", "-n", wire, "link", "set", end, "addrgenmode", "none", "up"] for end in ("near", "far")]
    return commands


ADDRESSES: Final = (
    ("client", "eth0", "10.98.0.10/24", "fd98::10/64"),
    ("attacker", "eth0", "10.98.0.66/24", "fd98::66/64"),
    ("router", "br0", "10.98.0.1/24", "fd98::1/64"),
    ("router", "eth1", "10.98.1.1/24", "fd98:1::1/64"),
    ("server", "eth0", "10.98.1.10/24", "fd98:1::10/64"),
)
GATEWAYS: Final = (
    ("client", "10.98.0.1", "fd98::1"),
    ("attacker", "10.98.0.1", "fd98::1"),
    ("server", "10.98.1.1", "fd98:1::1"),
)


def _results(options: NamespaceOptions, services: Sequence[Service], *, own_wire: bool) -> Results:
    name = options.name
    rows = [
        {
            "host": host,
            "namespace": spaces(name)[host],
            "interface": interface,
            "addresses": addresses,
            "services": [one.name for one in services if one.port] if host == "server" else [],
        }
        for host, interface, *addresses in ADDRESSES
    ]
    enter = "sudo ip netns exec"
    lines = [
        "Watch all of it where it passes:",
        f"  {enter} {name}-router netwatch -i br0",
        "and in another terminal, for instance:",
        f"  {enter} {name}-client ping 10.98.1.10",
        *([f"  {enter} {name}-client curl http://10.98.1.10/"] if any(one.port == 80 for one in services) else []),
        *([f"  {enter} {name}-client netwatch lab dns www.lab.test --server 10.98.1.10 --i-am-authorised"]
          if any(one.port == 53 for one in services) else []),
        f"  {enter} {name}-attacker netwatch lab scan 10.98.0.10 -p 1-200",
        f"Take it away: sudo netwatch lab namespace down --name {name}",
    ]  # fmt: skip
    by = ""
    if options.loss or options.delay:
        by = "a process of netwatch, for this kernel has no netem" if own_wire else "netem"
        way = f"{options.loss:g} % of what passes between router and server is lost, the rest {options.delay:g} ms late"
        lines.insert(0, f"{way}, by {by}.")
    summary = {"name": name, "services": [[one.name, one.port] for one in services if one.port], "delayed_by": by}
    return Results(COLUMNS, rows, summary, "\n".join(lines))


def _every_space(name: str) -> list[str]:
    return [*spaces(name).values(), f"{name}-{WIRE}"]


def _end(name: str, pids: Sequence[int]) -> None:
    """Take away the processes, the namespaces and the files."""
    for space in (spaces(name)["server"], f"{name}-{WIRE}"):
        end_services(pids, space)
    for space in _every_space(name):
        if Path("/run/netns", space).exists():
            subprocess.run(["ip", "netns", "del", space], check=False, capture_output=True, timeout=_COMMAND_TIMEOUT)
    shutil.rmtree(STATE / name, ignore_errors=True)
    with contextlib.suppress(OSError):
        STATE.rmdir()  # the last one


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_COMMAND_TIMEOUT, check=False)
    except FileNotFoundError:
        raise NetwatchError(f"{command[0]} is not installed", "install iproute2") from None
    except subprocess.TimeoutExpired:
        raise NetwatchError(f"{' '.join(command)} took too long") from None
    if done.returncode != 0:
        reason = (done.stderr.strip().rstrip(".") or f"status {done.returncode}").splitlines()[0]
        raise NetwatchError(f"cannot build the network: {printable(' '.join(command))}: {printable(reason)}")


def _require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise UsageError(f"{printable(name, 40)} is no name for a lab network", "use a-z, 0-9 and -, 24 at most")


def _require_root() -> None:
    if os.geteuid() != 0:
        raise NotPermittedError("network namespaces need root", f"Run: {printable(permitted_command(), 8192)}")
