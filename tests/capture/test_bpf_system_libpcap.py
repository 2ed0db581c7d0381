"""Without cypcap the system's own libpcap compiles the same programs."""

from __future__ import annotations

import builtins

import pytest

from netwatch.capture import libpcap_system
from netwatch.capture.bpf import CaptureFilter, FilterCompiler
from netwatch.capture.libpcap import load_libpcap
from netwatch.capture.libpcap_system import load_system_libpcap
from netwatch.errors import FilterError, NetwatchError


@pytest.fixture
def system():
    try:
        return load_system_libpcap()
    except NetwatchError as error:
        pytest.skip(error.message)


@pytest.mark.parametrize("text", ["tcp port 80", "ip6 protochain 6", "vlan 5 and host 10.0.0.1", ""])
def test_both_libraries_compile_the_same(system, text):
    ours, theirs = system.open_dead(1, 262144), load_libpcap().open_dead(1, 262144)
    same = [list(handle.compile(text, optimize=True, netmask=0xFFFFFFFF)) for handle in (ours, theirs)]
    ours.close()
    theirs.close()
    assert same[0] == same[1]


def test_refusals_carry_its_words(system):
    handle = system.open_dead(1, 262144)
    with pytest.raises(FilterError, match="syntax error"):
        handle.compile("tcp and", optimize=True, netmask=0)
    with pytest.raises(FilterError, match="not valid text"):
        handle.compile("port \ud800", optimize=True, netmask=0)
    handle.close()
    handle.close()


def test_an_interface_that_does_not_exist_is_an_error(system):
    with pytest.raises(NetwatchError, match="cannot open nosuch0"):
        system.open_silent("nosuch0", 262144)


def test_a_compiler_works_on_it(system, tmp_path):
    compiler = FilterCompiler(system)
    assert CaptureFilter("tcp", compiler).program(1).instructions > 3
    assert "1." in compiler.version
    compiler.close()


def test_a_machine_without_any_libpcap_says_so(monkeypatch):
    def missing(*_arguments):
        raise OSError

    monkeypatch.setattr(libpcap_system.ctypes, "CDLL", missing)
    with pytest.raises(NetwatchError, match="no libpcap") as caught:
        load_system_libpcap()
    assert "pip install cypcap" in caught.value.hint


def test_it_is_used_only_where_cypcap_cannot_be_imported(monkeypatch, system):
    real = builtins.__import__

    def without_cypcap(name, *arguments, **options):
        if name == "cypcap":
            raise ImportError(name)
        return real(name, *arguments, **options)

    assert type(load_libpcap()).__name__ == "_CypcapLibrary"
    monkeypatch.setattr("importlib.import_module", without_cypcap)
    assert type(load_libpcap()).__name__ == "SystemLibpcap"
