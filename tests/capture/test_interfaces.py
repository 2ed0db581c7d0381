"""Interfaces as psutil and the kernel's folders describe them, and which of them is meant."""

from __future__ import annotations

import socket
import sys
from types import SimpleNamespace

import pytest

from netwatch.capture import default_route
from netwatch.capture.arphrd import link_type_of_hardware
from netwatch.capture.interfaces import (
    ANY,
    default_interface,
    describe_interfaces,
    find_interface,
    link_type_of,
    list_interfaces,
)
from netwatch.errors import CaptureError
from netwatch.snapshot import Interface

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads the folders of a Linux kernel")


class Machine:
    """A made-up machine: /sys, /proc and what psutil says of it."""

    def __init__(self, root):
        self.sys, self.proc = root / "sys", root / "proc"
        (self.sys / "class/net").mkdir(parents=True)
        (self.proc / "net").mkdir(parents=True)
        self.stats, self.addresses, self.counters = {}, {}, {}

    def interface(self, name, flags="up,broadcast,running", hardware=1, device=None, traffic=0, driver="", **files):
        place = self.sys / "devices" / (device or "virtual") / "net" / name
        place.mkdir(parents=True)
        (self.sys / "class/net" / name).symlink_to(f"../../devices/{device or 'virtual'}/net/{name}")
        (place / "type").write_text(f"{hardware}\n")
        if driver:
            (place / "device").mkdir()
            (place / "device/driver").symlink_to(f"../../../bus/pci/drivers/{driver}")
        for file, text in files.items():
            (place / file).write_text(text)
        self.stats[name] = SimpleNamespace(isup="up" in flags.split(","), speed=0, mtu=1500, flags=flags)
        self.counters[name] = SimpleNamespace(
            bytes_sent=traffic, bytes_recv=traffic, packets_sent=1, packets_recv=2, dropin=3, dropout=4
        )
        self.addresses[name] = []

    def address(self, name, address, netmask, family=socket.AF_INET):
        self.addresses[name].append(SimpleNamespace(family=family, address=address, netmask=netmask))

    def routes(self, *lines, table="route"):
        head = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n" if table == "route" else ""
        (self.proc / "net" / table).write_text(head + "\n".join(lines) + "\n")

    def list(self):
        return describe_interfaces(self.stats, self.addresses, self.counters, self.sys, self.proc)

    def names(self):
        return [interface.name for interface in self.list()]


@pytest.fixture
def machine(tmp_path):
    made = Machine(tmp_path)
    made.interface("lo", "up,loopback,running", 772, traffic=10**9)
    return made


def default(name, metric=0, flags="0003"):
    return f"{name} 00000000 0102000A {flags} 0 0 {metric} 00000000 0 0 0"


@LINUX
def test_the_default_route_comes_first_and_the_loopback_behind_what_is_up(machine):
    machine.interface("eth0", traffic=1)
    machine.interface("eth1", traffic=500)
    machine.interface("eth2", traffic=50)
    machine.interface("eth3", "broadcast", traffic=5000)
    machine.routes("eth1 0002000A 00000000 0001 0 0 0 00FFFFFF 0 0 0", default("eth0"))
    assert machine.names() == ["eth0", "eth1", "eth2", "lo", "eth3"]
    assert [i.name for i in machine.list() if i.default_route] == ["eth0"]


@LINUX
def test_the_lowest_metric_wins_and_rejected_routes_do_not_count(machine):
    for name in ("wlan0", "eth0", "tun0"):
        machine.interface(name)
    machine.routes(default("wlan0", 600), default("eth0", 100), default("tun0", 0, "0201"))
    assert machine.names()[0] == "eth0"


@LINUX
def test_an_ipv6_default_route_counts_where_there_is_no_ipv4_one(machine):
    machine.interface("eth0", traffic=5)
    machine.interface("eth1")
    machine.routes("eth0 0002000A 00000000 0001 0 0 0 00FFFFFF 0 0 0")
    zeros = "0" * 32
    machine.routes(
        f"{zeros} 00 {zeros} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth1",
        f"{zeros} 00 {zeros} 00 {zeros} ffffffff 00000001 00000000 00200200       lo",
        table="ipv6_route",
    )
    assert machine.names()[0] == "eth1"


@LINUX
def test_without_a_default_route_the_busiest_comes_first(machine):
    machine.interface("eth0", traffic=10)
    machine.interface("eth1", traffic=20)
    assert machine.names() == ["eth1", "eth0", "lo"]


@LINUX
def test_the_loopback_is_first_only_when_it_is_alone(machine):
    assert default_interface(machine.list()).name == "lo"
    machine.interface("eth0", "broadcast")
    assert default_interface(machine.list()).name == "eth0"


@LINUX
def test_damaged_route_tables_are_survived(machine):
    machine.interface("eth0")
    (machine.proc / "net/route").write_bytes(b"\xff\xfe\neth0\neth0 00000000 0 zz 0 0 x 00000000\n")
    (machine.proc / "net/ipv6_route").write_bytes(b"rubbish\n" + b"0" * 32 + b" 00\n")
    assert machine.names() == ["eth0", "lo"]


@LINUX
def test_everything_that_is_known_is_told(machine):
    machine.interface(
        "wlp2s0",
        device="pci0000:00/0000:00:03.0",
        driver="iwlwifi",
        traffic=500,
        uevent="DEVTYPE=wlan\nX=1\n",
        wireless="",
    )
    machine.stats["wlp2s0"].speed = 866
    machine.address("wlp2s0", "192.0.2.7", "255.255.255.0")
    machine.address("wlp2s0", "fe80::1%wlp2s0", "ffff:ffff:ffff:ffff::", socket.AF_INET6)
    machine.address("wlp2s0", "2001:db8::7", None, socket.AF_INET6)
    machine.address("wlp2s0", "02:00:00:00:00:07", None, socket.AF_PACKET)
    found = find_interface("wlp2s0", machine.list())
    assert found == Interface(
        name="wlp2s0",
        description="Wi-Fi (iwlwifi)",
        addresses=("192.0.2.7/24", "fe80::1/64", "2001:db8::7"),
        mac="02:00:00:00:00:07",
        up=True,
        wireless=True,
        speed_mbps=866,
        mtu=1500,
        packets=3,
        bytes=1000,
        dropped=7,
    )


@LINUX
def test_software_interfaces_are_virtual_and_a_missing_carrier_is_down(machine):
    machine.interface("br0", "up,broadcast", uevent="DEVTYPE=bridge\n")
    found = find_interface("br0", machine.list())
    assert (found.virtual, found.up, found.description) == (True, False, "bridge")


@LINUX
def test_hostile_names_are_made_printable(machine):
    machine.interface("e\x1b[31m\u202e")
    assert all(interface.name.isprintable() for interface in machine.list())


def test_an_unknown_name_names_similar_ones():
    interfaces = [Interface("eth0"), Interface("enp3s0"), Interface("wlan0")]
    with pytest.raises(CaptureError, match="no interface eth1") as caught:
        find_interface("eth1", interfaces)
    assert "eth0" in caught.value.hint
    with pytest.raises(CaptureError) as caught:
        find_interface("zzzzzz\x1b", interfaces)
    assert caught.value.message.isprintable()
    assert "eth0, enp3s0, wlan0" in caught.value.hint
    with pytest.raises(CaptureError):
        find_interface("eth0", [])


def test_numbers_and_any_are_names_too():
    interfaces = [Interface("eth0"), Interface("7")]
    assert find_interface("1", interfaces).name == "eth0"
    assert find_interface("2", interfaces).name == "7"
    assert find_interface("7", interfaces).name == "7"
    assert find_interface("3", interfaces) is ANY
    assert find_interface("any", interfaces) is ANY
    for wrong in ("0", "4", "-1", "99999999999999999999", "\u0661"):
        with pytest.raises(CaptureError):
            find_interface(wrong, interfaces)


def test_no_interfaces_at_all_is_an_error():
    with pytest.raises(CaptureError, match="no network interface"):
        default_interface([])


@pytest.mark.parametrize(
    ("hardware", "link_type"),
    [
        (1, 1), (772, 1), (65534, 101), (512, 276), (768, 101), (769, 101), (776, 101), (778, 276), (823, 276),
        (801, 105), (802, 119), (803, 127), (280, 227), (32, 247), (824, 276), (12345, 276),
    ],
)  # fmt: skip
def test_hardware_types_and_their_frames(hardware, link_type):
    assert link_type_of_hardware(hardware) == link_type


@LINUX
def test_the_link_type_of_an_interface(machine):
    machine.interface("tun0", hardware=65534)
    machine.interface("switch0", device="platform", hardware=1)
    (machine.sys / "class/net/switch0/dsa").mkdir()
    (machine.sys / "class/net/switch0/dsa/tagging").write_text("edsa\n")
    assert link_type_of("lo", machine.sys) == 1
    assert link_type_of("tun0", machine.sys) == 101
    assert link_type_of("switch0", machine.sys) == 285
    assert link_type_of("any", machine.sys) == 276
    for wrong in ("nosuch0", "", ".", "..", "a/b", "../../../etc", "x\0y"):
        with pytest.raises(CaptureError):
            link_type_of(wrong, machine.sys)


def test_elsewhere_the_own_address_names_the_interface(monkeypatch):
    probe = SimpleNamespace(
        connect=lambda _address: None, getsockname=lambda: ("192.0.2.7", 4), __enter__=None, __exit__=None
    )

    class Probe:
        def __init__(self, *_arguments):
            pass

        def __enter__(self):
            return probe

        def __exit__(self, *_arguments):
            return None

    monkeypatch.setattr(default_route.sys, "platform", "darwin")
    monkeypatch.setattr(default_route.socket, "socket", Probe)
    addresses = {"en0": [SimpleNamespace(address="192.0.2.7%en0")], "lo0": [SimpleNamespace(address="127.0.0.1")]}
    assert default_route.default_route_interface(None, addresses) == "en0"
    assert default_route.default_route_interface(None, {}) is None


def test_this_machine_is_listed():
    interfaces = list_interfaces()
    assert len({interface.name for interface in interfaces}) == len(interfaces)
    assert len(interfaces) < 2 or not interfaces[0].loopback
