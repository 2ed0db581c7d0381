"""All that is fuzzed, by name: what takes any bytes and must neither raise nor take long, and what it begins with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.fuzz import corpus, file_targets, frame_targets, key_target, payload_targets, text_targets
from tests.fuzz.seeds import HEADS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Target:
    """One reader of what strangers wrote."""

    run: Callable[[bytes], None]
    seeds: Callable[[int], Sequence[bytes]]
    """Returns inputs, from so many captures where it takes them from captures."""
    longest: int = 4000
    """Bytes of an input."""
    slowest: float = 2.0
    """Seconds of processor time that an input of some kilobytes may take; a monitor that waits for keys takes some."""
    grinds: bool = False
    """Blocks of frames are changed at once too, which is a thousand times faster."""


def _own(seeds: Callable[[], Sequence[bytes]]) -> Callable[[int], Sequence[bytes]]:
    return lambda _captures: seeds()


TARGETS: Final = {
    "frames": Target(frame_targets.frame, corpus.frames, grinds=True),
    "dissection": Target(frame_targets.dissection, lambda most: [data[2:] for data in corpus.frames(most)]),
    "stream": Target(payload_targets.stream, corpus.streams),
    "recognition": Target(payload_targets.recognition, lambda most: [data[1:] for data in corpus.payloads(most)]),
    "tls": Target(payload_targets.tls, lambda most: [data[1:] for data in corpus.secrets(most)] or HEADS),
    "packets": Target(payload_targets.packets, corpus.payloads),
    "info": Target(payload_targets.info, corpus.payloads),
    "capture": Target(file_targets.capture, corpus.files, 32 << 10),
    "filter": Target(text_targets.display_filter, _own(corpus.expressions), 400),
    "rules": Target(text_targets.rules, _own(corpus.rules), 2000),
    "patterns": Target(text_targets.patterns, _own(corpus.patterns), 400),
    "settings": Target(file_targets.settings, _own(corpus.settings)),
    "theme": Target(file_targets.theme, _own(corpus.themes)),
    "documents": Target(file_targets.documents, _own(corpus.documents), 1000),
    "lines": Target(file_targets.lines, _own(corpus.lines), 2000),
    "history": Target(file_targets.history, _own(corpus.histories), 32 << 10),
    "words": Target(text_targets.words, _own(corpus.words), 200),
    "keys": Target(key_target.keys, _own(key_target.seeds), 200, slowest=30.0),
    "engines": Target(file_targets.engines, _own(corpus.engines), 1000),
}
