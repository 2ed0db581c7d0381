"""What /sys/class/net tells about one interface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

_MAX_BYTES = 4096
_DEVICE_TYPES: Final = {"wlan": "Wi-Fi", "wwan": "mobile broadband", "bluetooth": "Bluetooth"}
_KINDS: Final = (("bridge", "bridge"), ("bonding", "bond"), ("tun_flags", "tun/tap"))


@dataclass(frozen=True, slots=True)
class SysfsInterface:
    """One folder of /sys/class/net; everything is empty where the folder or the file is missing."""

    name: str
    sys_root: Path

    @property
    def folder(self) -> Path:
        """Where the kernel shows the interface; a name that is no single path component gives an empty place."""
        plain = self.name not in ("", ".", "..") and "/" not in self.name and "\0" not in self.name
        return self.sys_root / "class/net" / (self.name if plain else "-/-")

    def read(self, file: str) -> str:
        """Return the stripped text of a file in the folder, empty when it cannot be read."""
        try:
            with (self.folder / file).open("rb") as stream:
                return stream.read(_MAX_BYTES).decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def hardware_type(self) -> int | None:
        """Return the ARPHRD_ value, None when there is no such interface."""
        text = self.read("type")
        return int(text) if text.isascii() and text.isdecimal() else None

    def driver(self) -> str:
        """Return the name of the driver, empty for interfaces that are made by software."""
        try:
            return (self.folder / "device/driver").readlink().name
        except OSError:
            return ""

    def is_virtual(self) -> bool:
        """Return True for an interface without a device: veth, bridge, tunnel, loopback."""
        try:
            return "/devices/virtual/" in f"{self.folder.readlink()}/"
        except OSError:
            return False

    def is_wireless(self) -> bool:
        """Return True for Wi-Fi."""
        return any((self.folder / name).exists() for name in ("wireless", "phy80211"))

    def description(self) -> str:
        """Return in a few words what kind of interface it is; empty when nothing says so."""
        uevent = dict(line.partition("=")[::2] for line in self.read("uevent").splitlines())
        kind = uevent.get("DEVTYPE", "") or next((text for file, text in _KINDS if (self.folder / file).exists()), "")
        kind = _DEVICE_TYPES.get(kind, kind)
        driver = self.driver()
        return f"{kind} ({driver})" if kind and driver else kind or driver


def number_in(path: Path) -> int | None:
    """Return the number that a file of the kernel holds, None for none."""
    try:
        return int(path.read_text("ascii"))
    except (OSError, ValueError):
        return None
