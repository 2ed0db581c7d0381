"""The monitor under sudo, in a sandbox and as nobody: what every thread may still do, and what works all the same."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from netwatch.capture.landlock import landlock_version
from tests.live.child import wait_for
from tests.live.monitor import ROOT, Monitor, children, descriptors, statuses

if TYPE_CHECKING:
    import pwd
    from collections.abc import Iterator

    from tests.live.conftest import Cable

pytestmark = [pytest.mark.live, pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv (util-linux)")]

SETS = ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")
OWN_KINDS = re.compile(r"socket:\[|pipe:\[|anon_inode:\[?(?:eventpoll|eventfd)|/dev/pts/|/dev/ptmx|/dev/null")
"""What descriptors of the monitor may point at besides files that it writes."""
PACKAGES = Path(np.__file__).parents[1]


@pytest.fixture(scope="module")
def somebody() -> pwd.struct_passwd:
    """An ordinary user who can run netwatch by the system's Python."""
    import pwd

    python = f"/usr/bin/python3.{sys.version_info.minor}"
    for entry in pwd.getpwall():
        if entry.pw_uid >= 1000 and Path(entry.pw_dir).is_dir() and Path(python).exists():
            command = ["setpriv", "--reuid", str(entry.pw_uid), "--clear-groups", python, "-c", "import numpy, textual"]
            variables = {"PYTHONPATH": f"{ROOT}:{PACKAGES}", "PATH": os.defpath}
            if subprocess.run(command, env=variables, capture_output=True, check=False, cwd=ROOT).returncode == 0:
                return entry
    pytest.skip("no user but root can read this checkout and a Python for it")


@pytest.fixture
def home(somebody: pwd.struct_passwd) -> Iterator[Path]:
    """A folder that belongs to that user."""
    folder = Path(tempfile.mkdtemp(prefix="netwatch-rights-"))  # pytest's own folder is closed to others
    os.chown(folder, somebody.pw_uid, somebody.pw_gid)
    yield folder
    shutil.rmtree(folder)


def started(cable: Cable, somebody: pwd.struct_passwd, folder: Path, *words: str, sudo: bool = True) -> Monitor:
    """Return the monitor as root starts it, for that user when `sudo`."""
    own = folder / ("user" if sudo else "-".join(("own", *words[2:])))
    caller = {"SUDO_UID": str(somebody.pw_uid), "SUDO_GID": str(somebody.pw_gid)} if sudo else {}
    variables = {
        "HOME": "/root", "PYTHONPATH": f"{ROOT}:{PACKAGES}", "XDG_STATE_HOME": f"{own}/state",
        "XDG_CONFIG_HOME": f"{own}/config", **caller,
    }  # fmt: skip
    python = f"/usr/bin/python3.{sys.version_info.minor}"
    return Monitor(cable.one, words, environment=variables, folder=folder, python=python, size=(240, 30))


def stray(monitor: Monitor, folder: Path) -> list[str]:
    """Return what the monitor has open besides its sockets, its terminal and the file it records to."""
    every = descriptors(monitor.process).values()
    return [target for target in every if not OWN_KINDS.match(target) and not target.startswith(f"{folder}/.netwatch-")]


def promiscuous(cable: Cable, name: str) -> bool:
    """Return whether somebody listens to all of an interface."""
    return "promiscuity 1" in cable.run(cable.one, "ip", "-d", "link", "show", name)


def narrow(monitor: Monitor) -> None:
    """Have another capture filter."""
    monitor.type("f")
    monitor.expect("portrange")
    monitor.type("icmp")
    monitor.expect(" ok")
    monitor.type("\r")
    monitor.expect("capturing what matches: icmp")
    monitor.expect("[f: icmp]")


def assert_nothing_left(monitor: Monitor, somebody: pwd.struct_passwd) -> None:
    """Every thread is the user's, without a capability and without a way to get one; others cannot trace it.

    So is the process that waits to give the terminal back, which has nothing else open.
    """
    assert os.stat(f"/proc/{monitor.process}/fd").st_uid == 0  # which of a user's process says so (proc_pid(5))
    threads = statuses(monitor.process)
    assert len(threads) > 3
    (keeper,) = children(monitor.process)  # of the terminal
    wait_for(lambda: {status["NoNewPrivs"][0] for status in statuses(keeper)} == {"1"}, "the keeper to give up rights")
    kinds = sorted(target.split(":")[0] for target in descriptors(keeper).values())
    assert [kind.rstrip("0123456789") for kind in kinds] == ["/dev/pts/", "pipe"]
    for status in (*threads, *statuses(keeper)):
        assert {status[name][0].strip("0") for name in SETS} == {""}
        assert (status["Uid"], status["Gid"]) == ([str(somebody.pw_uid)] * 4, [str(somebody.pw_gid)] * 4)
        assert set(status["Groups"]) == {str(g) for g in os.getgrouplist(somebody.pw_name, somebody.pw_gid)}
        assert status["NoNewPrivs"] == ["1"]


@pytest.mark.parametrize("sandbox", [False, True], ids=["plain", "sandbox"])
def test_under_sudo_nothing_is_left_and_everything_works(
    cable: Cable, somebody: pwd.struct_passwd, home: Path, sandbox: bool
) -> None:
    """No capability in any thread, the user's identity and files, no stray descriptor; captures can be changed."""
    if sandbox and not landlock_version():
        pytest.skip("this kernel has no Landlock")
    words = ["-i", "v0", "-w", str(home / "rec.pcapng"), *(["--sandbox"] if sandbox else [])]
    monitor = started(cable, somebody, home, *words)
    try:
        monitor.expect("v0 LIVE")
        cable.run(cable.two, "ping", "-q", "-i", "0.02", "-c", "3", "10.98.0.1")
        monitor.expect("Echo reply")
        assert promiscuous(cable, "v0")
        assert_nothing_left(monitor, somebody)
        wait_for(lambda: not stray(monitor, home), "files that are imported to be closed")
        monitor.expect(f"[as {somebody.pw_name}, no capabilities")
        narrow(monitor)
        monitor.type("s")
        monitor.expect("saved ")
        monitor.type("i")
        monitor.expect("127.0.0.1/8")
        monitor.type("\x1b[B\r")
        monitor.expect("lo LIVE")
        wait_for(lambda: not promiscuous(cable, "v0"), "v0 to be left alone")
        cable.run(cable.one, "ping", "-q", "-i", "0.02", "-c", "3", "127.0.0.1")
        monitor.expect("Echo reply")
        monitor.type("q")
        monitor.expect("Leave netwatch?")
        monitor.type("y")
        assert monitor.ended() == 0
    finally:
        monitor.close()
    saved = [home / "rec.pcapng", *home.glob("capture_*"), *home.glob("user/state/**/*.json")]
    assert len(saved) > 1
    for path in saved:
        assert (path.stat().st_uid, path.stat().st_mode & 0o777) == (somebody.pw_uid, 0o600), path


def test_root_itself_is_warned_or_becomes_nobody(cable: Cable, somebody: pwd.struct_passwd, home: Path) -> None:
    """Without sudo the status line says ROOT; --user drops it, and an unknown one is refused."""
    home.chmod(0o777)
    for words, said in ((("--user",), "[as nobody, no capabilities]"), ((), "[ROOT, no capabilities]")):
        monitor = started(cable, somebody, home, "-i", "v0", *words, sudo=False)
        try:
            monitor.expect(said)
            assert {status["Uid"][0] for status in statuses(monitor.process)} == {"65534" if words else "0"}
            monitor.type("q")
            assert monitor.ended() == 0
        finally:
            monitor.close()
    for name, reason in (("root", "no such user besides root"), ("no such one", "no such user besides root")):
        child = subprocess.run(
            [sys.executable, "-m", "netwatch", "report", "-i", "lo", "--user", name],
            env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (child.returncode, reason in child.stderr) == (2, True), child.stderr
