"""Whether this process sees a whole machine, a virtual one, or only a container of one."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Final

_CGROUP_WORDS: Final = (
    ("kubepods", "Kubernetes"),
    ("docker", "Docker"),
    ("libpod", "Podman"),
    ("containerd", "containerd"),
    ("lxc", "LXC"),
)
_HYPERVISORS: Final = (
    ("amazon ec2", "Amazon EC2"),
    ("google compute engine", "Google Compute Engine"),
    ("microsoft corporation virtual machine", "Hyper-V or Azure"),
    ("openstack", "OpenStack"),
    ("digitalocean", "DigitalOcean"),
    ("vmware", "VMware"),
    ("virtualbox", "VirtualBox"),
    ("parallels", "Parallels"),
    ("xen", "Xen"),
    ("qemu", "QEMU"),
    ("kvm", "KVM"),
    ("bochs", "Bochs"),
)
_MAX_BYTES = 1 << 16


def detect_container(root: Path = Path("/")) -> str:
    """Return what kind of container this process runs in, empty for none that can be recognised."""
    if (root / ".dockerenv").exists():
        return "Docker"
    if (root / "run/.containerenv").exists():
        return "Podman"
    named = _read(root / "run/systemd/container")
    if named:
        return named.split()[0]
    # cgroup version 1 shows the path outside of the container, version 2 only to those without a namespace of their own
    groups = _read(root / "proc/1/cgroup").lower()
    return next((name for word, name in _CGROUP_WORDS if word in groups), "")


def detect_hypervisor(root: Path = Path("/")) -> str:
    """Return what kind of virtual machine this is, empty for real hardware or where nothing says so."""
    release = _read(root / "proc/sys/kernel/osrelease").lower()
    if "microsoft" in release:
        return "WSL"
    folder = root / "sys/class/dmi/id"
    words = " ".join(_read(folder / name) for name in ("sys_vendor", "product_name", "bios_vendor")).lower()
    found = next((name for word, name in _HYPERVISORS if word in words), "")
    if found:
        return found
    hypervisor = _read(root / "sys/hypervisor/type")
    if hypervisor:
        return hypervisor.capitalize()
    flags = next((line for line in _read(root / "proc/cpuinfo").splitlines() if line.startswith("flags")), "")
    return "an unnamed hypervisor" if "hypervisor" in flags.split() else ""


def _read(path: Path) -> str:
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(_MAX_BYTES).decode("utf-8", "replace").strip()
    return ""
