"""Doctor: the interfaces, what their drivers hide from a capture, and the memory that a capture needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch.capture.bpf_program import MAX_INSTRUCTIONS
from netwatch.capture.check import Check, fail, ok, warn
from netwatch.capture.ethtool import CHECKSUM, MERGING, offloads
from netwatch.capture.interfaces import list_interfaces
from netwatch.capture.memory import available_memory, ring_bytes
from netwatch.capture.own_session import find_own_session
from netwatch.capture.sysfs import SysfsInterface, number_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from netwatch.snapshot import Interface

INTERFACES: Final = "interfaces"
CAPTURE: Final = "capture"
CLOUD_DRIVERS: Final = {
    "ena": "Amazon EC2",
    "ixgbevf": "a virtual function (SR-IOV), as Amazon EC2 has them",
    "iavf": "a virtual function (SR-IOV)",
    "mlx5_core": "a Mellanox card or its virtual function, as Azure has them",
    "mana": "Azure",
    "hv_netvsc": "Hyper-V or Azure",
    "gve": "Google Cloud",
    "virtio_net": "KVM, as most clouds have it",
    "vmxnet3": "VMware",
    "vif": "Xen",
    "xen_netfront": "Xen",
}
"""Drivers of adapters behind which there is a virtual switch instead of a wire."""
_PROMISCUOUS = 0x100  # IFF_PROMISC, linux/if.h
_MOST_INTERFACES = 24


def examine_interfaces(root: Path, offloads_of: Callable[[str], tuple[str, ...]] = offloads) -> Iterator[Check]:
    """Yield one line for each interface and, for those that are up, what distorts a capture on it."""
    interfaces = list_interfaces(root / "sys", root / "proc")
    if not interfaces:
        yield fail(INTERFACES, "this machine shows no network interface", "ip link")
        return
    for interface in interfaces[:_MOST_INTERFACES]:
        yield ok(INTERFACES, _described(interface))
        if interface.up and not interface.loopback:
            yield from _adapter(interface, SysfsInterface(interface.name, root / "sys"))
            yield from _offload(interface, offloads_of(interface.name))
    if len(interfaces) > _MOST_INTERFACES:
        yield ok(INTERFACES, f"and {len(interfaces) - _MOST_INTERFACES} more: netwatch -D lists them")
    if not any(interface.up and not interface.loopback for interface in interfaces):
        first = next((i.name for i in interfaces if not i.loopback), interfaces[0].name)
        yield warn(INTERFACES, "no interface but the loopback is up", f"sudo ip link set {first} up")


def examine_capture(root: Path, environ: Mapping[str, str]) -> Iterator[Check]:
    """Yield the memory for the ring, the kernel's limit for filters, and the own remote session."""
    yield _memory(root)
    limit = number_in(root / "proc/sys/net/core/optmem_max")
    if limit is not None:
        fits = limit // 8  # sizeof(struct sock_filter), and a little more for itself
        if fits > MAX_INSTRUCTIONS:
            yield ok(CAPTURE, "filters of every length that the kernel allows can be attached")
        else:
            mend = "sudo sysctl net.core.optmem_max=131072"
            yield warn(CAPTURE, f"filters of more than about {fits} instructions are refused by this kernel", mend)
    session = find_own_session(environ, root / "proc")
    if session is not None:
        yield ok(CAPTURE, f"the own remote session {session.label} is left out of captures")
    elif any(name in environ for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")):
        text = "a remote session was not recognised, so a capture would show its own screen being sent"
        yield warn(CAPTURE, text, "netwatch -f 'not port 22'")


def _described(interface: Interface) -> str:
    facts = [interface.name, "up" if interface.up else "down"]
    facts += [interface.description] if interface.description else []
    facts += [f"{interface.speed_mbps} Mb/s"] if interface.speed_mbps else []
    facts += [f"{len(interface.addresses)} addresses"] if len(interface.addresses) > 1 else list(interface.addresses)
    facts += [
        word for word, true in (("default route", interface.default_route), ("virtual", interface.virtual)) if true
    ]
    return ", ".join(facts)


def _adapter(interface: Interface, details: SysfsInterface) -> Iterator[Check]:
    name = interface.name
    if _flags(details) & _PROMISCUOUS:
        yield ok(INTERFACES, f"{name} is in promiscuous mode: a bridge, or another capture (see: sudo ss -0 -p)")
    else:
        yield ok(INTERFACES, f"{name} is not in promiscuous mode now; a capture turns it on unless told not to (-p)")
    driver = details.driver()
    if driver in CLOUD_DRIVERS:
        yield warn(
            INTERFACES,
            f"{name} is a virtual adapter ({driver}: {CLOUD_DRIVERS[driver]}); it shows no other machines",
            "mirror the traffic to this machine (VPC traffic mirroring, port group or vSwitch settings)",
        )
    elif interface.virtual:
        kind = interface.description or "made by software"
        yield warn(
            INTERFACES,
            f"{name} is a virtual interface ({kind}); its packets may show again on the interface below it",
            f"netwatch -i {name} captures on it alone",
        )


def _offload(interface: Interface, on: tuple[str, ...]) -> Iterator[Check]:
    merging = [word for word in on if word in MERGING]
    if merging:
        yield warn(
            INTERFACES,
            f"{interface.name} merges packets ({', '.join(merging).upper()}): larger ones than were on the wire",
            f"sudo ethtool -K {interface.name} {' '.join(f'{word} off' for word in merging)}",
        )
    if CHECKSUM in on:
        yield warn(
            INTERFACES,
            f"{interface.name} fills in checksums itself: those of outgoing packets look wrong, and are not judged",
            f"sudo ethtool -K {interface.name} tx off",
        )


def _memory(root: Path) -> Check:
    available = available_memory(root)
    size = ring_bytes(available)
    wanted = size >> 20
    if available is None:
        return ok(CAPTURE, f"a capture takes {wanted} MiB of kernel memory; how much there is cannot be told here")
    if available < 4 * size:
        text = (
            f"{available >> 20} MiB of memory are left, and a capture wants {wanted} MiB for its ring beside its buffer"
        )
        return warn(CAPTURE, text, "netwatch --buffer 32")
    return ok(CAPTURE, f"{available >> 20} MiB of memory are left; a capture takes {wanted} MiB for its ring")


def _flags(details: SysfsInterface) -> int:
    try:
        return int(details.read("flags"), 16)
    except ValueError:
        return 0
