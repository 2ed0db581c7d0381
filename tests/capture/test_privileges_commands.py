"""Who is behind sudo, and the commands that are told to those without rights."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

import pytest

pwd = pytest.importorskip("pwd")

from netwatch.capture import privileges  # noqa: E402 - there are no users to look for without pwd
from netwatch.capture.capabilities import CapabilitySets, read_capabilities  # noqa: E402 - as above
from netwatch.capture.invoking_user import invoking_user  # noqa: E402 - as above
from netwatch.capture.privileges import own_command, permitted_command, setpriv_command  # noqa: E402 - as above

SOMEBODY = next(entry for entry in pwd.getpwall() if entry.pw_uid > 0)


def test_sudo_names_the_user_by_number():
    uid, gid = str(SOMEBODY.pw_uid), str(SOMEBODY.pw_gid + 1)
    found = invoking_user({"SUDO_UID": uid, "SUDO_GID": gid})
    assert (found.uid, found.gid, found.name, found.home) == (
        SOMEBODY.pw_uid, SOMEBODY.pw_gid + 1, SOMEBODY.pw_name, SOMEBODY.pw_dir,
    )  # fmt: skip


@pytest.mark.parametrize("gid", ["", "0", "x", "-5"])
def test_a_senseless_group_is_that_of_the_user(gid):
    assert invoking_user({"SUDO_UID": str(SOMEBODY.pw_uid), "SUDO_GID": gid}).gid == SOMEBODY.pw_gid


def test_doas_and_pkexec_are_known_too():
    assert invoking_user({"DOAS_USER": SOMEBODY.pw_name}).uid == SOMEBODY.pw_uid
    assert invoking_user({"PKEXEC_UID": str(SOMEBODY.pw_uid)}).uid == SOMEBODY.pw_uid


@pytest.mark.parametrize(
    "environ",
    [
        {}, {"SUDO_UID": "0"}, {"SUDO_UID": "x"}, {"SUDO_UID": "-1"}, {"SUDO_UID": "4123456789"},
        {"SUDO_UID": "9" * 99},
        {"SUDO_UID": "\u0661"}, {"DOAS_USER": "root"}, {"DOAS_USER": "no such user"}, {"DOAS_USER": "a\0b"},
        {"SUDO_GID": "5"},
    ],
)  # fmt: skip
def test_nobody_else_is_believed(environ):
    assert invoking_user(environ) is None


def test_the_command_has_the_absolute_path_and_quoted_arguments(tmp_path, monkeypatch):
    program = tmp_path / "it's here" / "netwatch"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "argv", [str(program), "-i", "eth 0", "-f", "host a; rm -rf"])
    words = shlex.split(permitted_command())
    assert words == ["sudo", str(program), "-i", "eth 0", "-f", "host a; rm -rf"]
    assert shlex.split(permitted_command([])) == ["sudo", str(program)]
    assert shlex.split(setpriv_command(["-D"]))[-2:] == [str(program), "-D"]


def test_a_program_on_the_path_is_found_there(tmp_path, monkeypatch):
    program = tmp_path / "netwatch"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "argv", ["netwatch"])
    assert own_command() == [str(program)]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["./netwatch"])
    assert Path(own_command()[0]).is_absolute()


@pytest.mark.parametrize("program", ["", "-c", "-m", "/x/netwatch/__main__.py", "/no/such/netwatch"])
def test_otherwise_the_module_is_run(monkeypatch, program):
    monkeypatch.setattr(sys, "argv", [program])
    assert own_command() == [sys.executable, "-m", "netwatch"]


def test_capabilities_are_read_from_a_status(tmp_path):
    (tmp_path / "self").mkdir()
    status = tmp_path / "self/status"
    status.write_text("Name:\tx\nCapInh:\t1\nCapPrm:\t2000\nCapEff:\t0\nCapBnd:\tff\nCapAmb:\t8\n")
    sets = read_capabilities(tmp_path)
    assert sets == CapabilitySets(1, 0x2000, 0, 0xFF, 8)
    assert (sets.holds(13), sets.holds(12), sets.usable) == (True, False, 0x2009)
    status.write_text("CapInh:\tzz\n")
    assert read_capabilities(tmp_path) is None
    assert read_capabilities(tmp_path / "none") is None


def test_elsewhere_rights_are_kept_and_root_is_told(monkeypatch):
    monkeypatch.setattr(privileges.sys, "platform", "darwin")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "keeps its rights" in privileges.drop_privileges()[0]
    monkeypatch.setattr(os, "geteuid", lambda: 501)
    assert privileges.drop_privileges() == ()
