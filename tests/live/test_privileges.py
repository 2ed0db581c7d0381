"""Rights are taken as root or with CAP_NET_RAW, then gone for good, while captures still work and can be switched."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.live.namespace_pairs import LINKS, run
from tests.live.rights_script import ROOT, Account, script, sudo_of

pytestmark = pytest.mark.live


@pytest.fixture(scope="session")
def user():
    packages = str(Path(np.__file__).parents[1])
    entries = sorted((e for e in pwd.getpwall() if e.pw_uid > 0), key=lambda entry: entry.pw_uid != 1000)
    for entry in entries[:5]:
        for python, path in ((sys.executable, ""), (f"/usr/bin/python3.{sys.version_info.minor}", packages)):
            if _can_run(entry, python, path):
                return Account(entry, python, path)
    pytest.skip("no user but root can read this checkout and a Python for it")


def _can_run(entry: pwd.struct_passwd, python: str, path: str) -> bool:
    code = f"import os; os.listdir({str(ROOT / 'netwatch')!r}); import numpy, cypcap"
    try:
        child = subprocess.run(
            [python, "-c", code],
            env={**os.environ, "PYTHONPATH": path},
            user=entry.pw_uid,
            group=entry.pw_gid,
            extra_groups=[],
            capture_output=True,
            check=False,
        )
    except OSError:
        return False
    return child.returncode == 0


AFTER_THE_DROP = """
# What another process of the same user gets of this one: its descriptors, its memory, a place as its tracer
def seen_by_others():
    libc, parent = ctypes.CDLL(None, use_errno=True), os.getpid()
    libc.prctl(0x59616D61, ctypes.c_ulong(-1), 0, 0, 0)  # PR_SET_PTRACER: Yama shall not be what forbids it
    reader, writer = os.pipe()
    if os.fork() == 0:
        found = []
        for read in (lambda: os.listdir(f'/proc/{parent}/fd'), lambda: open(f'/proc/{parent}/mem', 'rb').close()):
            try:
                read()
                found.append('')
            except PermissionError:
                pass
        if libc.ptrace(16, parent, 0, 0) == 0:  # PTRACE_ATTACH
            libc.ptrace(17, parent, 0, 0)  # PTRACE_DETACH
            found.append('')
        os.write(writer, str(len(found)).encode())
        os._exit(0)
    os.wait()
    return int(os.read(reader, 9))

rights = CaptureRights.acquire()
out = {"notes": rights.notes, "home": os.environ["HOME"], "xdg": os.environ["XDG_CONFIG_HOME"]}
out["own"] = len(os.listdir('/proc/self/fd')) > 3 and bool(open('/proc/self/smaps').read())
import numpy as np
out["threads"] = statuses()
for call in (lambda: os.setuid(0), lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)):
    try:
        call()
    except PermissionError:
        out["refused"] = out.get("refused", 0) + 1
out["seen_by_others"] = seen_by_others()
a, c = sender(rights, 'va'), sender(rights, 'vc')
listener = rights.pool.take()
rights.compiler.compile('vlan 5', 1).attach(listener)
area = ring(listener, 'vb')
out["promiscuous"] = promiscuous('vb')
for tag in (5, 6, None, 5):
    a.send(frame(80, tag))
out["first_ring"] = in_ring(area, 2)
area.close()
rights.pool.give_back(listener)
out["promiscuous_after"] = promiscuous('vb')
again = rights.pool.take()
out["same_socket"] = again is listener
rights.compiler.compile('tcp port 80', 1).attach(again)
area = ring(again, 'vd')
a.send(frame(80))
for port in (80, 81, 80, 80):
    c.send(frame(port))
out["second_ring"] = in_ring(area, 3)
area.close()
print(json.dumps(out))
"""
"""What can be read and done, and two captures, without any right."""


def test_under_sudo_everything_is_given_up_and_captures_go_on(namespace, user):
    found = script(
        namespace,
        AFTER_THE_DROP,
        account=user,
        **sudo_of(user),
    )
    for status in found["threads"]:
        assert {status[name][0].strip("0") for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {""}
        assert status["Uid"] == [str(user.entry.pw_uid)] * 4
        assert status["Gid"] == [str(user.entry.pw_gid)] * 4
        assert status["NoNewPrivs"] == ["1"]
        assert set(status["Groups"]) == {str(group) for group in os.getgrouplist(user.entry.pw_name, user.entry.pw_gid)}
    assert found["notes"] == []
    assert (found["home"], found["xdg"]) == (user.entry.pw_dir, "/x")
    assert found["own"]
    assert found["seen_by_others"] == 0
    assert found["refused"] == 2
    assert (found["promiscuous"], found["promiscuous_after"]) == (True, False)
    assert found["same_socket"]
    assert (found["first_ring"], found["second_ring"]) == (2, 3)


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv")
def test_cap_net_raw_alone_is_enough_and_is_dropped_too(namespace, user):
    before = (
        "setpriv", "--reuid", str(user.entry.pw_uid), "--regid", str(user.entry.pw_gid), "--init-groups",
        "--inh-caps", "+net_raw", "--ambient-caps", "+net_raw", "--",
    )  # fmt: skip
    found = script(
        namespace,
        """
rights = CaptureRights.acquire()
a, listener = sender(rights, 'va'), rights.pool.take()
rights.compiler.compile('vlan 5', 1).attach(listener)
listener.bind(('vb', 3))
a.send(frame(80, 5))
a.send(frame(80))
print(json.dumps({"heard": len(received(listener, 1)), "threads": statuses(), "notes": rights.notes}))
""",
        before=before,
        account=user,
    )
    status = found["threads"][0]
    assert {status[name][0].strip("0") for name in ("CapInh", "CapPrm", "CapEff", "CapAmb")} == {""}
    assert status["NoNewPrivs"] == ["1"]
    assert found["heard"] == 1
    assert found["notes"] == []


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv")
def test_without_rights_the_hint_is_the_command_that_has_them(namespace, user):
    before = ("setpriv", "--reuid", str(user.entry.pw_uid), "--regid", str(user.entry.pw_gid), "--clear-groups", "--")
    found = script(
        namespace,
        """
sys.argv[:] = ['/x/not there', '-i', 'a b']
try:
    CaptureRights.acquire()
except NetwatchError as error:
    print(json.dumps({"status": error.status, "hint": error.hint, "message": error.message}))
""",
        before=before,
        account=user,
    )
    assert found["status"] == 77
    assert found["hint"] == f"Run: sudo {user.python} -m netwatch -i 'a b'"
    assert "CAP_NET_RAW" in found["message"]


@pytest.mark.skipif(not shutil.which("setpriv"), reason="needs setpriv")
def test_root_without_the_capability_is_told_about_containers(namespace):
    found = script(
        namespace,
        """
try:
    CaptureRights.acquire()
except NetwatchError as error:
    print(json.dumps({"status": error.status, "hint": error.hint}))
""",
        before=("setpriv", "--bounding-set", "-net_raw", "--"),
    )
    assert found["status"] == 77
    assert "--cap-add NET_RAW" in found["hint"]


CLAIMED = ("0", "-1", "x", "4294967295", "99999999999999", "1e3", "", "٣")


def test_root_itself_stays_root_without_capabilities_and_says_so(namespace):
    """Each claim in a process of its own: rights do not come back."""
    every = script(
        namespace,
        f"""
os.write(1, b"[")
for claimed in {CLAIMED!r}:
    process = os.fork()
    if process == 0:
        os.environ["SUDO_UID"] = claimed
        rights = CaptureRights.acquire(raw=1, cooked=0)
        found = {{"claimed": claimed, "notes": rights.notes, "threads": statuses(), "home": os.environ["HOME"]}}
        os.write(1, json.dumps(found).encode() + b",")
        os._exit(0)
    assert os.waitpid(process, 0)[1] == 0
os.write(1, b"null]")
""",
        HOME="/root",
    )
    assert every.pop() is None
    assert [found["claimed"] for found in every] == list(CLAIMED)
    for found in every:
        status = found["threads"][0]
        assert status["Uid"] == ["0"] * 4
        assert {status[name][0].strip("0") for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {""}
        assert "runs as root" in found["notes"][0]
        assert found["home"] == "/root"


def test_a_user_who_cannot_read_netwatch_gets_a_root_without_capabilities(namespace, user, tmp_path):
    hidden = tmp_path / "hidden"
    shutil.copytree(ROOT / "netwatch", hidden / "netwatch", ignore=shutil.ignore_patterns("__pycache__"))
    hidden.chmod(0o700)
    found = script(
        namespace,
        f"""
sys.path[0] = {str(hidden)!r}
for name in [name for name in sys.modules if name.startswith('netwatch')]:
    del sys.modules[name]
from netwatch.capture.privileges import CaptureRights
rights = CaptureRights.acquire(raw=1, cooked=0)
import netwatch.capture.bpf_machine
print(json.dumps({{"notes": rights.notes, "threads": statuses()}}))
""",
        account=user,
        **sudo_of(user),
    )
    status = found["threads"][0]
    assert status["Uid"] == ["0"] * 4
    assert {status[name][0].strip("0") for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {""}
    assert "stays root" in found["notes"][0]


def test_a_second_thread_forbids_the_drop(namespace):
    found = script(
        namespace,
        """
stop = threading.Event()
thread = threading.Thread(target=stop.wait)
thread.start()
try:
    CaptureRights.acquire()
except NetwatchError as error:
    print(json.dumps({"message": error.message}))
stop.set()
""",
    )
    assert "2 threads" in found["message"]


def test_an_asleep_namespace_costs_only_the_stripped_tags(namespace):
    for link in LINKS:
        run("ip", "-n", namespace, "link", "set", link, "down")
    found = script(
        namespace,
        """
rights = CaptureRights.acquire()
out = {"aware": rights.compiler.vlan_aware, "notes": rights.notes}
print(json.dumps({**out, "compiles": rights.compiler.verdict('vlan 5 and tcp', 1).valid}))
""",
    )
    assert (found["aware"], found["compiles"]) == (False, True)
    assert any("vlan" in note for note in found["notes"])
