"""Every field is at the bytes where tshark has it; what has no place that can be told has none."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packet_bytes import batch_of, tcp_frame
from test_dissect import DNS, every_field, field, taken_apart
from test_dissect import udp_frame as dns_frame

from netwatch.capture.file_source import FileSource
from netwatch.capture.frame_bytes import frame_bytes
from netwatch.decode.decoder import decode
from netwatch.decode.dissect import dissect
from netwatch.decode.row import packet_row
from tests.decode.places_tshark import DEV, FACTS, FIELDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from netwatch.dissection import Dissection, LayerField

LINES = [line.split("\t") for line in FACTS.read_text().splitlines()]
CAPTURES = sorted({line[0] for line in LINES})


def dissected(name: str, count: int) -> Iterator[Dissection]:
    """Yield the first packets of a capture."""
    source = FileSource([str(DEV / name)])
    number = 0
    while number < count:
        frames = source.read(0.1)
        assert frames is not None
        batch = decode(frames, number + 1)
        for position in range(min(len(batch), count - number)):
            frame = frame_bytes(frames, position)
            yield dissect(frame, int(frames.link_type[position]), packet_row(batch, position, ""))
        number += len(batch)
    source.close()


def within(fields: tuple[LayerField, ...], layer: str) -> Iterator[tuple[str, LayerField]]:
    """Yield tshark's name of every field that has one, with the field."""
    for entry in fields:
        if (layer, entry.name) in FIELDS:
            yield FIELDS[layer, entry.name], entry
        # A hello inside a record of TLS has a version of its own, which the facts do not tell
        hello = entry.name.endswith("Hello")
        yield from within(tuple(each for each in entry.fields if not (hello and each.name == "version")), layer)


@pytest.mark.skipif(not DEV.is_dir(), reason="the captures are not beside the checkout")
@pytest.mark.parametrize("name", CAPTURES)
def test_places_are_those_of_tshark(name: str) -> None:
    """Byte for byte, and most fields have one."""
    facts = [line[2:] for line in LINES if line[0] == name]
    compared: Counter[bool] = Counter()
    for number, (found, said) in enumerate(zip(dissected(name, len(facts)), facts, strict=True), 1):
        theirs: dict[str, set[tuple[int, int]]] = {}
        for word in said:
            known, _, place = word.partition("=")
            at, _, size = place.partition("+")
            theirs.setdefault(known, set()).add((int(at), int(size)))
        # A record that goes on in the next segment is none to tshark as it was asked
        records = [layer for layer in found.layers if layer.name == "TLS"]
        cut = records[len(theirs.get("tls.record.content_type", ())) :]
        for layer in [layer for layer in found.layers if layer not in cut]:
            for known, entry in within(layer.fields, layer.name):
                if known not in theirs:
                    continue
                compared[bool(entry.bits)] += 1
                here = (entry.bit // 8, (entry.bit + entry.bits + 7) // 8 - entry.bit // 8)
                assert not entry.bits or here in theirs[known], (number, known, here, theirs[known])
    assert compared[True] > 10
    assert compared[False] == 0


def test_single_bits() -> None:
    """Flags of a byte each have their own."""
    found = taken_apart(dns_frame(DNS))
    layer = found.layers[3]
    assert [(entry.bit - layer.offset * 8, entry.bits) for entry in layer.fields[:4]] == [
        (0, 16), (16, 1), (17, 4), (21, 1)
    ]  # fmt: skip
    answers = field(layer, "an")
    assert [entry.bits for entry in answers.fields] == [16 * 8, 16 * 8]
    assert field(answers.fields[1], "rdata").bit == (len(found.frame) - 4) * 8


def test_options_have_places() -> None:
    """Equal ones behind each other are one place."""
    found = taken_apart(tcp_frame(flags=2, options=b"\2\4\x05\xb4\1\1\1\0"))
    options = field(found.layers[2], "options")
    assert [(entry.bit // 8 - 54, entry.bits // 8) for entry in options.fields] == [(0, 4), (4, 3), (7, 1)]


@settings(max_examples=30)
@given(st.data())
def test_hostile_bytes_have_places_inside_the_frame(data: st.DataObject) -> None:
    """Whatever is cut or changed, no field lies outside of its packet."""
    frame = bytearray(data.draw(st.sampled_from([dns_frame(DNS), tcp_frame(flags=2, options=b"\2\4\x05\xb4\1\1\1\0")])))
    for _ in range(data.draw(st.integers(1, 4))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(frame[: data.draw(st.integers(1, len(frame)))])
    found = dissect(cut, 1, packet_row(batch_of(cut), 0, ""))
    for layer in found.layers:
        for entry in every_field(layer.fields):
            assert entry.bits >= 0
            assert not entry.bits or 0 <= entry.bit < entry.bit + entry.bits <= len(cut) * 8
