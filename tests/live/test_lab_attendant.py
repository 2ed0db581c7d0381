"""The process of `--with-lab`: it has sockets and no other right, looks at neighbours only, ends with its parent."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.live.child import PATIENCE, wait_for

if TYPE_CHECKING:
    from tests.live.conftest import Cable

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.live

SCRIPT = """
import json, os, sys
from pathlib import Path
from netwatch.capture.privileges import drop_privileges
from netwatch.errors import NetwatchError
from netwatch.tables.enrichment import Look
from netwatch.verbs.lab_attendant import LabAttendant
secret = os.open(os.devnull, os.O_RDONLY)
attendant = LabAttendant.start(Look(ports=(9,), resolve=False, timeout=10))
drop_privileges()
(child,) = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
status = dict(line.split(":", 1) for line in Path(f"/proc/{child}/status").read_text().splitlines())
shown = {name: status[name].split() for name in ("Uid", "CapPrm", "CapEff", "CapBnd", "NoNewPrivs")}
def look(host):
    try:
        return attendant.look(host).found
    except NetwatchError as error:
        return str(error)
looked = [look(host) for host in sys.argv[1:]]
print(json.dumps({"child": child, "status": shown, "looked": looked}), flush=True)
sys.stdin.read()
"""


def start(cable: Cable, folder: Path, *hosts: str) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    """Start a program with an attendant in the first namespace, and return it and what it says."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SUDO_")}
    environment |= {"PYTHONPATH": str(ROOT), "XDG_STATE_HOME": str(folder)}
    command = ["ip", "netns", "exec", cable.one, sys.executable, "-c", SCRIPT, *hosts]
    program = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )
    assert program.stdout is not None
    return program, json.loads(program.stdout.readline())


def test_it_sends_to_neighbours_only_and_ends_with_its_parent(cable: Cable, tmp_path: Path) -> None:
    program, said = start(cable, tmp_path, "10.98.0.2", "203.0.113.7", "10.98.0.255", "224.0.0.1")
    try:
        status = said["status"]
        assert {int(status[name][0], 16) for name in ("CapPrm", "CapEff", "CapBnd")} == {0}
        assert status["NoNewPrivs"] == ["1"]
        # As root: nobody else may look into a process that gave up its rights
        files = [one.stat() for one in Path(f"/proc/{said['child']}/fd").iterdir()]
        null = os.stat(os.devnull).st_rdev
        assert {"socket" if stat.S_ISSOCK(one.st_mode) else one.st_rdev for one in files} == {"socket", null}
        found, outside, broadcast, multicast = said["looked"]
        assert (found["host"], found["ping"]["received"], found["interface"]) == ("10.98.0.2", 3, "v0")
        assert [(one["port"], one["state"]) for one in found["ports"]] == [(9, "closed")]
        assert found["arp"] == cable.run(cable.two, "cat", "/sys/class/net/v0/address").strip()
        assert "in no directly connected network" in outside
        assert "not the address of one host" in multicast
        assert "everybody of 10.98.0.0/24" in broadcast
        lines = [json.loads(line) for line in (tmp_path / "netwatch" / "lab.log").read_text().splitlines()]
        sent = [line["packet"] for line in lines if line["event"] == "sent"]
        assert lines[0]["arguments"] == ["enrich", "10.98.0.2"]
        assert not [line for line in sent if "203.0.113" in line or "224.0.0" in line]
    finally:
        program.kill()
        program.wait(PATIENCE)
    wait_for(lambda: not running(said["child"]), "the end of the child")


def running(child: str) -> bool:
    """Return whether a process is there that is not only a name left for its parent."""
    try:
        return Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
