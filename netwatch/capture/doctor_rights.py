"""Doctor: what this process may do, what it sees of the machine, and the commands that allow more."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from typing import TYPE_CHECKING, Final

from netwatch.capture.capabilities import CAP_NET_RAW, raise_capability, read_capabilities
from netwatch.capture.check import Check, fail, ok, warn
from netwatch.capture.containers import detect_container, detect_hypervisor
from netwatch.capture.invoking_user import invoking_user
from netwatch.capture.landlock import Restriction, landlock_version
from netwatch.capture.privileges import own_command, permitted_command, setpriv_command
from netwatch.capture.socket_pool import SocketPool
from netwatch.errors import NetwatchError, NotPermittedError
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

RIGHTS: Final = "rights"
SYSTEM: Final = "system"
_SECURE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where sudo looks for commands unless /etc/sudoers says otherwise (Debian, Fedora, Arch)."""


def examine_rights(root: Path, environ: Mapping[str, str]) -> Iterator[Check]:
    """Yield who runs this, whether packet sockets can be opened, and how to be allowed to."""
    yield _who(environ)
    if sys.platform != "linux":
        return
    yield from _packet_sockets()
    if _no_new_privileges(root):
        yield fail(
            RIGHTS, "sudo cannot work in this shell (no_new_privs is set)", "start netwatch from another terminal"
        )
    sets = read_capabilities(root / "proc")
    if sets is not None and not sets.bounding >> CAP_NET_RAW & 1:
        container = detect_container(root) or "the"
        yield fail(
            RIGHTS, "not even root may open packet sockets here", f"start {container} container with --cap-add NET_RAW"
        )
    yield _sandbox()
    program = own_command()[0]
    if shutil.which("netwatch", path=_SECURE_PATH) is None and os.path.basename(program) == "netwatch":
        yield warn(RIGHTS, "sudo does not find netwatch by its name", f"sudo ln -s {program} /usr/local/bin/netwatch")


def examine_system(root: Path) -> Iterator[Check]:
    """Yield the kernel and what lies between it and a network: a container, a virtual machine."""
    yield ok(SYSTEM, printable(f"{platform.system()} {platform.release()} on {platform.machine()}"))
    container = detect_container(root)
    if container:
        yield warn(
            SYSTEM,
            f"inside {printable(container)}: only the interfaces of the container are seen",
            "start the container with --net host to see those of the machine",
        )
    hypervisor = detect_hypervisor(root)
    if hypervisor:
        yield warn(
            SYSTEM,
            f"a virtual machine ({hypervisor}): a virtual switch shows it no other machine's traffic",
            "capture on the host, or let the switch mirror its traffic here",
        )


def _who(environ: Mapping[str, str]) -> Check:
    if not hasattr(os, "geteuid"):
        return ok(RIGHTS, "this system gives rights by its capture driver")
    uid = os.geteuid()
    if uid != 0:
        return ok(RIGHTS, f"runs as user {_name(uid)}")
    user = invoking_user(environ)
    if user is not None:
        return ok(
            RIGHTS, f"root for {printable(user.name)}; a capture runs as {printable(user.name)} without any capability"
        )
    return warn(
        RIGHTS,
        "runs as root itself, so a capture stays root (without any capability) and its files are root's",
        f"netwatch --user nobody, or log in as an ordinary user and run {permitted_command([])}",
    )


def _packet_sockets() -> Iterator[Check]:
    raise_capability(CAP_NET_RAW)
    try:
        SocketPool.open(1, 1).close()
    except NotPermittedError:
        yield fail(RIGHTS, "packet sockets cannot be opened, so only files can be read", permitted_command([]))
        yield warn(RIGHTS, "or as yourself, with one capability instead of root", setpriv_command([]))
        if shutil.which("dumpcap"):
            yield warn(RIGHTS, "or as a member of the group wireshark", "dumpcap -q -i any -w - | netwatch -r -")
    except NetwatchError as error:
        yield fail(RIGHTS, printable(error.message), error.hint or "capture on another machine and read the file here")
    else:
        yield ok(RIGHTS, f"packet sockets can be opened ({'root' if os.geteuid() == 0 else 'CAP_NET_RAW'})")


def _sandbox() -> Check:
    found = Restriction(landlock_version())
    if not found.files:
        return ok(RIGHTS, f"{found.words}, so --sandbox changes nothing")
    return ok(RIGHTS, f"--sandbox would be a {found.words}")


def _no_new_privileges(root: Path) -> bool:
    try:
        text = (root / "proc/self/status").read_text("utf-8", "replace")
    except OSError:
        return False
    return "NoNewPrivs:\t1" in text and hasattr(os, "geteuid") and os.geteuid() != 0


def _name(uid: int) -> str:
    import pwd

    try:
        return printable(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return str(uid)
