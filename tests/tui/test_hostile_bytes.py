"""The bytes that reach a real terminal hold no control sequence but those of our own drawing, whatever packets say."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from netwatch.capture.frames import FrameInterface
from netwatch.capture.save import save
from tests.frames import arp, ethernet, frames, ipv4, tcp, udp
from tests.live.monitor import Monitor
from tests.prepared import netwatch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HOSTILE = (
    b"\x1b]0;owned\x07", b"\x1b[2J\x1b[31mred", b"\xc2\x9b2J", b"\x9b2J\x90q\x9c", b"[/nope][bold]",
    b"[@click=app.quit]x[/]",
    "\u202eleft\u2066\u200b\ufeff".encode(), b"z" + "\u0336".encode() * 20, "漢字".encode() * 9, b"\x00\x7f\x08\x0e",
    b"\xff\xfe\xed\xa0\x80", b"a\r\nb\tc", b"long" * 2500,
)  # fmt: skip
CSI = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")
"""ECMA-48 section 5.4: what our drawing is made of, besides charset and keypad selections."""
OTHERS = re.compile(rb"\x1b(?:[()][0AB]|[=>78cM]|P[^\x1b]*\x1b\\|\]22;[a-z]*\x07)")
"""Character sets, keypads, cursors, requests for features, and the shape of the mouse pointer."""
OURS = frozenset(b"ABCDEFGHJKLMPSTXcdfhlmnpqrstu")
"""Final bytes of control sequences that move, clear, colour, ask and set modes."""
FORBIDDEN = re.compile("[\x00-\x07\x0b-\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
PANES = {
    "1": ("TCP attempts", ""), "3": ("flows   by", "bbb>R"), "4": ("mid-stream", ""), "5": ("\\027", "bbb"),
    "8": ("[@click", "bbb"), "7": ("locally", "bb"), "6": ("http.scanner", "bbb"), "9": ("differences   by", ""),
}  # fmt: skip
"""What is on the screen of each pane, of what a packet holds where the pane shows any, and keys of its other views."""
OF_ROWS = {"3": "10.0.0.1:", "5b": "example", "6": "http.scanner", "7": "2 hosts   by"}
"""What a row of each pane says that has any, behind the last of its views: one is copied."""
DIALOGS = {
    "y": "Enter y copies", "a": "n is not", "?": "closes this help", "i": "Choose an interface", ",": "u the usual",
    "\x10": "Search for commands", ":": "packet number", "/": "Enter applies",
}  # fmt: skip
OF_PACKETS = {"C": "Comment on packet", "\x0b": "Columns of the packets", "o": "Esc Back", "D": "tshark"}
"""What is on the screen once such a key is answered; Esc leads back."""
CLIPBOARD = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]*)\x07")


def dns_query(name: bytes) -> bytes:
    """Return a query for a name of one label."""
    label = name[:63]
    return b"\0\7\1\0\0\1\0\0\0\0\0\0" + bytes([len(label)]) + label + b"\7example\0\0\1\0\1"


def hostile_capture(path: Path) -> None:
    """Write packets whose names, targets, hosts, agents, banners and comments are hostile; some are an attack too."""
    contents = []
    for number, text in enumerate(HOSTILE):
        contents.append(ethernet(0x0800, ipv4(17, udp(dns_query(text), sport=2000 + number))))
        word = text.replace(b"\r\n", b"")
        request = b"GET /" + word + b" HTTP/1.1\r\nHost: " + text + b"\r\nUser-Agent: sqlmap/" + word
        client, server = {"sport": 3000 + number, "dport": 80}, {"sport": 22, "dport": 4000 + number}
        contents.append(ethernet(0x0800, ipv4(6, tcp(request + b"\r\n\r\n", **client))))
        contents.append(ethernet(0x0800, ipv4(6, tcp(b"SSH-2.0-" + text + b"\r\n", **server))))
        hello = b"\0" + struct.pack("!H", len(text)) + text
        names = struct.pack("!HHH", 0, len(hello) + 2, len(hello)) + hello
        body = b"\3\3" + bytes(32) + b"\0\0\2\x13\1\1\0" + struct.pack("!H", len(names)) + names
        message = b"\1\0" + struct.pack("!H", len(body)) + body
        record = b"\x16\3\1" + struct.pack("!H", len(message)) + message
        contents.append(ethernet(0x0800, ipv4(6, tcp(record, sport=5000 + number, dport=443))))
    comments = {row: HOSTILE[row % len(HOSTILE)].decode("utf-8", "replace") for row in range(len(contents))}
    block = replace(frames(contents), comments=comments)
    interface = FrameInterface("\x1b]0;owned\x07\u202e[/x]", description="\x1b[2J")
    save(str(path), [(block, None)], [interface], comment="\x1b]0;owned\x07")


def check(written: bytes) -> None:
    """No byte of the network acts on the terminal, neither now nor when it is pasted."""
    for copied in CLIPBOARD.findall(written):
        assert FORBIDDEN.search(base64.b64decode(copied).decode("utf-8", "strict")) is None
    written = CLIPBOARD.sub(b"", written)
    sequences = CSI.findall(written)
    assert {sequence[-1] for sequence in sequences} <= OURS, {s for s in sequences if s[-1] not in OURS}
    rest = OTHERS.sub(b"", CSI.sub(b"", written)).decode("utf-8", "strict")
    found = FORBIDDEN.search(rest)
    assert found is None, repr(rest[max(found.start() - 60, 0) : found.end() + 20])


@pytest.mark.parametrize(
    "words",
    [
        ["report"],
        ["report", "--format", "json"],
        ["report", "--format", "csv"],
        ["report", "--format", "html"],
        ["report", "--indicators", "--defang"],
        ["report", "--indicators", "--format", "json"],
        ["events"],
        ["events", "--types", "packet"],
        ["events", "--format", "zeek"],
        ["events", "--format", "csv"],
    ],
    ids=lambda words: "".join(words).replace("--", "-"),
)
def test_what_is_written_for_others_is_text(words: list[str], tmp_path: Path) -> None:
    """Reports and events hold escapes, no controls, whoever reads them in whatever terminal, also through jq -r."""
    path = tmp_path / "x\x1b]0;owned\x07\u202e[bold].pcapng"
    hostile_capture(path)
    done = netwatch(words[0], "-r", path, *words[1:])
    assert (done.returncode, re.search(r"10(\.|\[\.\])0", done.stdout) is not None) == (0, True), done.stderr
    for text in (done.stdout, done.stderr, *decoded(done.stdout)):
        found = FORBIDDEN.search(text)
        assert found is None, repr(text[max(found.start() - 60, 0) : found.end() + 20])


def test_files_of_a_report_are_text_and_so_are_their_names(tmp_path: Path) -> None:
    """Tables, a baseline, and what was said over HTTP; contents are the packets' own only in what is called so."""
    path, out = tmp_path / "x\x1b]0;owned\x07\u202e[bold].pcapng", tmp_path / "out"
    hostile_capture(path)
    out.mkdir()
    for words in (
        ["--tables", out / "tables"],
        ["--streams", out / "streams"],
        ["--split", "alerts", "--split-to", out / "split"],
        ["--save-baseline", out / "usual.json"],
    ):
        done = netwatch("report", "-r", path, *words)
        assert done.returncode == 0, done.stderr
    found = sorted(file for file in out.rglob("*") if file.is_file())
    assert {"flows.csv", "usual.json", "web_agents.csv"} < {file.name for file in found}
    for file in found:
        assert FORBIDDEN.search(file.name) is None
        if file.suffix in (".csv", ".json") or file.name.endswith("_http.txt"):
            text = file.read_text()
            assert all(FORBIDDEN.search(part) is None for part in (text, *decoded(text))), file.name


def decoded(text: str) -> Iterator[str]:
    """Yield the strings of a JSON document or of lines of JSON, as who reads it has them; nothing of other texts."""
    for document in (text, *text.splitlines()):
        if document.startswith(("{", "[")):
            with contextlib.suppress(json.JSONDecodeError):
                yield from strings(json.loads(document))


def strings(value: object) -> Iterator[str]:
    """Yield all texts of what JSON said."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)
    elif isinstance(value, dict):
        for one in (*value, *value.values()):
            yield from strings(one)


def visit_panes(monitor: Monitor, folder: Path) -> None:
    """Look at every pane and its other views, and export each in both forms."""
    for pane, (shown, keys) in PANES.items():
        monitor.type(pane)
        first, second, *_ = monitor.expect(shown).splitlines()
        assert ("STOPPED" in first, second.startswith(" 1 Overview")) == (True, True)
        for key in "eW":
            before = len(list(folder.glob("*.*")))
            monitor.type(key)
            monitor.until(lambda _, before=before: len(list(folder.glob("*.*"))) > before, "an export")
        for key in keys:
            monitor.type(key)
            while monitor.read(0.1):
                pass


def look(monitor: Monitor, key: str, words: str, back: str = "\x1b") -> None:
    """Look at what a key opens, and close it."""
    monitor.type(key)
    monitor.expect(words)
    monitor.type(back)
    monitor.until(lambda text: words not in text, f"the end of {words}")


def visit_dialogs(monitor: Monitor) -> None:
    """Look at an alert, a packet, help, dialogs and copies."""
    monitor.type("6")
    monitor.expect("http.scanner")
    look(monitor, "\r", "What the rule looks for")
    look(monitor, "x", "Enter mutes")
    for pane, shown in OF_ROWS.items():
        monitor.type(pane)
        monitor.expect(shown)
        look(monitor, "y", DIALOGS["y"], "\r")
    monitor.type("2g")
    monitor.expect("owned")
    look(monitor, "y", DIALOGS["y"], "\r")
    for key, words in (DIALOGS | OF_PACKETS).items():
        look(monitor, key, words)


def test_every_pane_over_hostile_names(tmp_path: Path) -> None:
    """Panes, their views, a packet, help, dialogs and copies, with a file name as bad as its packets."""
    pytest.importorskip("pty")
    path, usual = tmp_path / "x\x1b]0;owned\x07\u202e[bold].pcapng", tmp_path / "usual"
    hostile_capture(path)
    save(str(tmp_path / "one.pcap"), [(frames([ethernet(0x0806, arp(1))]), None)], [FrameInterface("x")])
    assert netwatch("report", "-r", tmp_path / "one.pcap", "--save-baseline", usual).returncode == 0
    variables = {"XDG_STATE_HOME": str(tmp_path / "s"), "XDG_CONFIG_HOME": str(tmp_path / "c"), "LANG": "C.UTF-8"}
    words = ["-r", str(path), "--baseline", str(usual)]
    monitor = Monitor("", words, environment=variables, folder=tmp_path, size=(160, 45))
    try:
        monitor.expect("STOPPED")
        visit_panes(monitor, tmp_path)
        visit_dialogs(monitor)
        monitor.type("\x03")
        assert monitor.ended() == 0
    finally:
        monitor.close()
    check(bytes(monitor.written))
    assert CLIPBOARD.search(bytes(monitor.written)) is not None
    exports = [*tmp_path.glob("*.csv"), *tmp_path.glob("*.json*")]
    assert {export.suffix for export in exports} >= {".csv", ".json"}
    for export in exports:
        text = export.read_text()
        assert all(FORBIDDEN.search(part) is None for part in (text, *decoded(text))), export.name
    log = tmp_path / "s/netwatch/problems.log"
    assert not log.exists(), log.read_text()
