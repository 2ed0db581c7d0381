"""The doctor looks at made-up machines and at this one, and always answers."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from doctor_checks import LINUX, put, texts, the

from netwatch.capture import doctor, doctor_rights
from netwatch.capture.check import Status, fail, ok, warn
from netwatch.capture.containers import detect_container, detect_hypervisor
from netwatch.capture.doctor import examine, render
from netwatch.errors import CaptureError, NotPermittedError


def test_this_machine_is_examined_without_an_error():
    checks = examine()
    assert {check.topic for check in checks} >= {"rights", "system", "interfaces", "capture", "software", "settings"}
    for check in checks:
        assert check.text
        assert check.text.isprintable()
        assert check.mend.isprintable()
        assert check.mend or check.status is Status.OK, check
        assert "could not be looked at" not in check.text
    assert the(checks, "libpcap").status is Status.OK


def test_an_empty_machine_is_examined_too(tmp_path):
    checks = examine(tmp_path, {})
    assert not [text for text in texts(checks) if "could not be looked at" in text]
    assert the(checks, "TERM is not set").status is Status.FAIL


def test_what_breaks_down_is_one_failed_check(monkeypatch):
    def broken(*_arguments):
        yield ok("system", "first")
        raise RuntimeError("broken \x1b[31m")

    monkeypatch.setattr(doctor, "examine_system", broken)
    check = the(examine(), "could not be looked at")
    assert check.status is Status.FAIL
    assert check.text == "could not be looked at: RuntimeError: broken \\x1b[31m"


def test_the_report_is_by_topic_with_the_commands_that_mend():
    checks = (ok("rights", "fine"), fail("rights", "broken", "sudo mend"), warn("system", "odd", "look"))
    assert render(checks).splitlines() == [
        "rights",
        "  ok    fine",
        "  FAIL  broken",
        "        -> sudo mend",
        "system",
        "  WARN  odd",
        "        -> look",
        "1 to mend, 1 to know",
    ]
    assert render(checks[:1]).endswith("all is well")
    assert render(checks[2:]).endswith("captures work from here, 1 to know")


@LINUX
def test_without_rights_every_way_to_get_them_is_named(tmp_path, monkeypatch):
    def refused(*_counts):
        raise NotPermittedError("no")

    monkeypatch.setattr(doctor_rights.SocketPool, "open", refused)
    monkeypatch.setattr(doctor_rights.shutil, "which", lambda name, **_: f"/usr/bin/{name}")
    checks = list(doctor_rights.examine_rights(tmp_path, {}))
    sudo = the(checks, "cannot be opened")
    assert sudo.status is Status.FAIL
    assert sudo.mend.startswith("sudo /")
    setpriv = the(checks, "one capability").mend
    assert "--ambient-caps +net_raw" in setpriv
    assert 'HOME="$HOME"' in setpriv
    assert "dumpcap" in the(checks, "wireshark").mend


@LINUX
def test_a_kernel_without_packet_sockets_is_said(tmp_path, monkeypatch):
    def missing(*_counts):
        raise CaptureError("this kernel has no packet sockets")

    monkeypatch.setattr(doctor_rights.SocketPool, "open", missing)
    check = the(list(doctor_rights.examine_rights(tmp_path, {})), "no packet sockets")
    assert (check.status, bool(check.mend)) == (Status.FAIL, True)


@LINUX
def test_a_bounded_container_and_no_new_privileges(tmp_path, monkeypatch):
    put(tmp_path, ".dockerenv", "")
    sets = "".join(
        f"Cap{name}:\t{value}\n" for name, value in zip(("Inh", "Prm", "Eff", "Bnd", "Amb"), "00050", strict=True)
    )
    put(tmp_path, "proc/self/status", f"{sets}NoNewPrivs:\t1\n")
    monkeypatch.setattr(doctor_rights.os, "geteuid", lambda: 12345)
    checks = list(doctor_rights.examine_rights(tmp_path, {}))
    assert "Docker container with --cap-add NET_RAW" in the(checks, "not even root").mend
    assert the(checks, "no_new_privs").status is Status.FAIL
    assert the(checks, "runs as user 12345").status is Status.OK


@LINUX
def test_root_and_who_it_works_for(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor_rights.os, "geteuid", lambda: 0)
    monkeypatch.setattr(doctor_rights, "invoking_user", lambda _: SimpleNamespace(name="alice"))
    assert "runs as alice" in the(list(doctor_rights.examine_rights(tmp_path, {})), "root for alice").text
    monkeypatch.setattr(doctor_rights, "invoking_user", lambda _: None)
    assert the(list(doctor_rights.examine_rights(tmp_path, {})), "root itself").status is Status.WARN


@LINUX
def test_a_netwatch_that_sudo_does_not_find(monkeypatch, tmp_path):
    monkeypatch.setattr(doctor_rights, "own_command", lambda: ["/home/x/.local/bin/netwatch"])
    monkeypatch.setattr(doctor_rights.shutil, "which", lambda _name, **_options: None)
    check = the(list(doctor_rights.examine_rights(tmp_path, {})), "does not find netwatch")
    assert check.mend == "sudo ln -s /home/x/.local/bin/netwatch /usr/local/bin/netwatch"


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        (".dockerenv", "", "Docker"),
        ("run/.containerenv", "", "Podman"),
        ("run/systemd/container", "systemd-nspawn\n", "systemd-nspawn"),
        ("proc/1/cgroup", "12:cpu:/kubepods/besteffort/pod1/abc\n", "Kubernetes"),
        ("proc/1/cgroup", "0::/init.scope\n", ""),
    ],
)
def test_containers(tmp_path, path, text, name):
    put(tmp_path, path, text)
    assert detect_container(tmp_path) == name


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("sys/class/dmi/id/sys_vendor", "Amazon EC2\n", "Amazon EC2"),
        ("sys/class/dmi/id/product_name", "Google Compute Engine\n", "Google Compute Engine"),
        ("sys/class/dmi/id/sys_vendor", "QEMU\n", "QEMU"),
        ("sys/class/dmi/id/product_name", "VMware Virtual Platform\n", "VMware"),
        ("sys/class/dmi/id/sys_vendor", "Dell Inc.\n", ""),
        ("sys/hypervisor/type", "xen\n", "Xen"),
        ("proc/sys/kernel/osrelease", "5.15.90.1-microsoft-standard-WSL2\n", "WSL"),
        ("proc/cpuinfo", "flags\t: fpu hypervisor vme\n", "an unnamed hypervisor"),
        ("proc/cpuinfo", "flags\t: fpu vme\n", ""),
    ],
)
def test_hypervisors(tmp_path, path, text, name):
    put(tmp_path, path, text)
    assert detect_hypervisor(tmp_path) == name


def test_a_virtual_machine_and_a_container_are_warned_of(tmp_path):
    put(tmp_path, ".dockerenv", "")
    put(tmp_path, "sys/class/dmi/id/sys_vendor", "Amazon EC2")
    checks = list(doctor_rights.examine_system(tmp_path))
    assert "--net host" in the(checks, "inside Docker").mend
    assert the(checks, "Amazon EC2").status is Status.WARN
