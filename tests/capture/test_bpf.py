"""Filters are compiled by libpcap, judged while they are typed, and applied to blocks of any link types."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from bpf_frames import frames_of, sample_packets

from netwatch.capture import bpf, filter_worker
from netwatch.capture.bpf import MAX_TEXT, CaptureFilter, FilterCompiler, exclude
from netwatch.capture.bpf_program import BpfProgram
from netwatch.capture.libpcap import load_libpcap
from netwatch.errors import FilterError

NO_SYS = Path("/nonexistent")
TAGGED = 0x8100_0005
VLAN_5_ACTIVATED = (
    (48, 0, 0, 4294963248), (21, 4, 0, 1), (40, 0, 0, 12), (21, 2, 0, 33024), (21, 1, 0, 34984), (21, 0, 8, 37120),
    (48, 0, 0, 4294963248), (21, 0, 2, 1), (40, 0, 0, 4294963244), (5, 0, 0, 1), (40, 0, 0, 14), (84, 0, 0, 4095),
    (21, 0, 1, 5), (6, 0, 0, 262144), (6, 0, 0, 0),
)  # fmt: skip
"""What an activated handle of libpcap 1.10.6 makes of `vlan 5`."""


@pytest.fixture
def compiler():
    made = FilterCompiler.open(sys_root=NO_SYS)
    yield made
    made.close()


@pytest.mark.parametrize(
    "text",
    [
        "port 80", "udp and port 53", "host 10.0.0.1", "net 10.0.0.0/24", "portrange 1-1024", "tcp and port 443",
        "src host 10.0.0.1 and dst port 80", "tcp[13] & 2 != 0", "arp", "icmp", "ip and icmp", "port http", "", "  ",
    ],
)  # fmt: skip
def test_a_valid_filter_has_a_program_and_no_error(compiler, text):
    assert compiler.verdict(text, 1).valid
    assert compiler.compile(text, 1).instructions > 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tcp and", "syntax error"),
        ("port nosuchservice", "unknown port 'nosuchservice'"),
        ("port x\x1b[31m", "unknown port 'x'"),
        ("len > \\\x1b]0;x", ""),
        ("ip broadcast", "netmask not known"),
        ("tcp and udp and ip6 and arp", "rejects all packets"),
        ("tcp\0 and udp", "NUL"),
        ("port \ud800", "not valid text"),
        ("port \\" + "é" * 400, "unknown port"),
        ("a" * (MAX_TEXT + 1), "longer than 64 KiB"),
    ],
)
def test_a_refused_filter_says_why_in_one_printable_line(compiler, text, words):
    verdict = compiler.verdict(text, 1)
    assert not verdict.valid
    assert words in verdict.error
    assert verdict.error.isprintable()
    with pytest.raises(FilterError):
        compiler.compile(text, 1)


def test_a_netmask_makes_ip_broadcast_possible(compiler):
    packets = sample_packets()
    with_broadcast = packets[0][:30] + bytes([192, 168, 0, 255]) + packets[0][34:]
    found = CaptureFilter("ip broadcast", compiler, 0xFFFFFF00).matches(frames_of([packets[0], with_broadcast]))
    assert found.tolist() == [False, True]


def test_nothing_is_resolved_for_a_verdict(compiler, monkeypatch):
    def forbidden(*_arguments, **_options):
        raise AssertionError("asked the resolver")

    monkeypatch.setattr("socket.getaddrinfo", forbidden)
    verdict = compiler.verdict("host www.example.test and port 80", 1)
    assert verdict.needs_lookup
    assert not verdict.valid
    assert verdict.error == ""


def test_a_name_is_resolved_when_the_user_insists(compiler, monkeypatch):
    monkeypatch.setattr(bpf, "system_addresses", lambda name: {"web": ("10.1.2.3", "fe80::2")}.get(name, ()))
    found = CaptureFilter("src host web and tcp", compiler).matches(frames_of(sample_packets()))
    same = CaptureFilter("src host (10.1.2.3 or fe80::2) and tcp", compiler).matches(frames_of(sample_packets()))
    assert found.tolist() == same.tolist()
    assert found.any()
    with pytest.raises(FilterError, match="unknown host 'nobody'"):
        compiler.compile("host nobody", 1)


def test_names_of_the_hosts_file_need_no_resolver(tmp_path):
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost  # localhome\n10.0.0.1\tBox box.lan\n")
    compiler = FilterCompiler.open(sys_root=NO_SYS, hosts_file=hosts)
    assert not compiler.needs_lookup("host localhost or host box or src BOX.LAN")
    assert compiler.needs_lookup("host localhome")
    compiler.close()


def test_frames_of_several_link_types_each_have_their_program(compiler):
    ethernet = sample_packets()[0]
    frames = frames_of([ethernet, ethernet[14:], ethernet, b"\0" * 60], link_types=[1, 101, 1, 220])
    capture_filter = CaptureFilter("tcp port 80", compiler)
    assert capture_filter.matches(frames).tolist() == [True, True, True, False]
    assert capture_filter.problem(1) == ""
    assert "USB" in capture_filter.problem(220)


def test_a_program_is_compiled_once(compiler):
    capture_filter = CaptureFilter("udp", compiler)
    assert capture_filter.program(1) is capture_filter.program(1)
    assert capture_filter.program(101) != capture_filter.program(1)


def test_a_tag_that_the_kernel_took_out_is_seen_by_an_activated_program():
    from netwatch.capture.bpf_machine import run

    tagged, plain, double = sample_packets()[12], sample_packets()[0], sample_packets()[13]
    frames = frames_of([tagged, plain, plain, double, double], stripped_tags=[0, TAGGED, 0x8100_0006, 0, TAGGED])
    found = run(BpfProgram.of(VLAN_5_ACTIVATED), frames) > 0
    assert found.tolist() == [True, True, False, False, True]


def test_the_silent_handle_is_vlan_aware():
    compiler = FilterCompiler.open()
    try:
        if not compiler.vlan_aware:
            pytest.skip("needs CAP_NET_RAW and an interface that is up")
        tagged, plain = sample_packets()[12], sample_packets()[0]
        frames = frames_of([tagged, plain, plain], stripped_tags=[0, TAGGED, 0])
        assert CaptureFilter("vlan 5", compiler).matches(frames).tolist() == [True, True, False]
        assert CaptureFilter("vlan and tcp port 80", compiler).matches(frames).tolist() == [True, True, False]
        assert CaptureFilter("tcp port 80", compiler).matches(frames).tolist() == [False, True, True]
    finally:
        compiler.close()


def test_a_long_filter_compiles_without_stopping_the_others(compiler):
    text = " or ".join(f"port {number}" for number in range(60))
    ticks = []
    done = threading.Event()

    def tick():
        while not done.wait(0.005):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=tick)
    thread.start()
    begun = time.monotonic()
    program = compiler.compile(text, 1)
    ended = time.monotonic()
    done.set()
    thread.join()
    assert program.instructions > 100
    assert sum(begun < tick < ended for tick in ticks) >= 2  # none while the interpreter is held


def test_a_filter_that_takes_too_long_is_given_up(monkeypatch):
    text = " or ".join(f"port {number}" for number in range(200))
    with pytest.raises(FilterError, match="too long"):
        filter_worker.compile_in_child(text, 1, 262144, 0xFFFFFFFF, time_limit=0.4)


def test_a_long_wrong_filter_has_libpcap_s_own_words(compiler):
    text = " or ".join(f"port {number}" for number in range(60)) + " or"
    assert "syntax error" in compiler.verdict(text, 1).error


def test_a_helper_that_breaks_down_is_a_refused_filter(monkeypatch):
    monkeypatch.setattr(filter_worker, "_START", "import os; os.abort()")
    with pytest.raises(FilterError, match="broke down"):
        filter_worker.compile_in_child("tcp", 1, 262144, 0xFFFFFFFF)
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")
    with pytest.raises(FilterError, match="no helper process"):
        filter_worker.compile_in_child("tcp", 1, 262144, 0xFFFFFFFF)


def test_the_helper_does_not_import_from_the_current_folder(tmp_path, monkeypatch):
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the current folder')")
    monkeypatch.chdir(tmp_path)
    assert filter_worker.compile_in_child("tcp", 1, 262144, 0xFFFFFFFF).instructions > 3


def test_a_program_that_the_kernel_would_not_take_is_refused(compiler):
    text = " or ".join(f"host fe80::{number:x}" for number in range(500))
    with pytest.raises(FilterError, match="instructions"):
        compiler.compile(text, 1)


def test_filters_compile_in_several_threads_at_once(compiler):
    failures = []

    def work(number):
        expected = compiler.compile(f"port {number}", 1)
        failures.extend(n for n in range(30) if compiler.compile(f"port {number}", 1) != expected)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_the_exclusion_comes_before_words_that_move_offsets(compiler):
    own = "not (tcp port 80 and host 10.1.2.3)"
    assert exclude("", own) == own
    assert exclude("vlan 5", "") == "vlan 5"
    frames = frames_of(sample_packets())
    everything = CaptureFilter("tcp or udp or vlan 5", compiler).matches(frames)
    excluded = CaptureFilter(exclude("tcp or udp or vlan 5", own), compiler).matches(frames)
    assert [i for i in range(len(frames)) if everything[i] and not excluded[i]] == [0, 1]


def test_closing_twice_is_harmless():
    compiler = FilterCompiler.open()
    compiler.compile("tcp", 101)
    compiler.close()
    compiler.close()


def test_compiling_loads_neither_numpy_nor_textual():
    code = (
        "import sys; from netwatch.capture.bpf import FilterCompiler; c = FilterCompiler.open(); c.compile('tcp', 1);"
        "import netwatch.capture.privileges, netwatch.capture.interfaces as i; i.list_interfaces();"
        "sys.exit(bool({'numpy', 'textual', 'scapy'} & sys.modules.keys()))"
    )
    child = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False)
    assert child.returncode == 0


def test_the_version_names_the_library():
    assert load_libpcap().version.startswith("libpcap version 1.")
