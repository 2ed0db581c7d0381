"""Filters over real captures find what libpcap's own machine finds in them."""

from __future__ import annotations

from pathlib import Path

import cypcap
import pytest

from netwatch.capture.bpf import CaptureFilter, FilterCompiler
from netwatch.capture.datalink import dlt_of
from netwatch.capture.file_source import FileSource

CAPTURES = Path(__file__).resolve().parents[2] / "../shared/pcaps/dev"
FILTERS = (
    "tcp port 80 or tcp port 443",
    "udp and not port 53",
    "ip6 or arp",
    "icmp or icmp6",
    "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
    "greater 200 and ip[8] > 60",
    "vlan and ip",
    "host 192.168.1.1 or net 10.0.0.0/8",
)
MAX_FRAMES = 400


def sample() -> list[Path]:
    files = sorted(path for path in CAPTURES.glob("**/*") if path.suffix in (".pcap", ".pcapng", ".cap"))
    return files[:: max(len(files) // 60, 1)]


@pytest.mark.skipif(not CAPTURES.is_dir(), reason="the development captures are not beside this checkout")
@pytest.mark.parametrize("path", sample(), ids=lambda path: path.name)
def test_a_real_capture_is_filtered_as_libpcap_does(path):
    compiler = FilterCompiler.open()
    source = FileSource([str(path)])
    try:
        try:
            frames = source.read(1.0)
        except EOFError:
            pytest.skip("no frames in it")
        if frames is None:
            pytest.skip("no frames in it")
        for text in FILTERS:
            found = CaptureFilter(text, compiler).matches(frames)
            for place in range(min(len(frames), MAX_FRAMES)):
                expected = _libpcap(text, dlt_of(int(frames.link_type[place])), frames, place)
                assert bool(found[place]) is expected, (text, place)
    finally:
        source.close()
        compiler.close()


_programs: dict[tuple[str, int], cypcap.BpfProgram | None] = {}


def _libpcap(text, dlt, frames, place) -> bool:
    if (text, dlt) not in _programs:
        try:
            with cypcap.open_dead(dlt, 262144) as handle:
                _programs[text, dlt] = handle.compile(text, True, 0xFFFFFFFF)
        except cypcap.Error:
            _programs[text, dlt] = None
    program = _programs[text, dlt]
    start, length = int(frames.offset[place]), int(frames.captured[place])
    header = cypcap.Pkthdr(0, length, int(frames.wire_length[place]))
    return program is not None and program.offline_filter(header, frames.data[start : start + length].tobytes())
