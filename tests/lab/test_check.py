"""Scoring detectors: what counts as found, as missed, as false, and when a run is worse than an earlier one."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from netwatch.errors import FileError, NetwatchError, UsageError
from netwatch.lab.check import Found, Score, captures_with_labels, results_of, score
from netwatch.lab.labels import read_labels
from netwatch.lab.make import MakeOptions, make
from netwatch.lab.other_engines import alerts_of
from netwatch.lab.results import as_json
from netwatch.lab.scenarios.scene import Label
from netwatch.verbs.lab_check import check

SCAN = Label(("scan.vertical", "scan.block"), "10.0.0.6", "10.0.0.1", 1, 9, 100.0, 110.0, "a scan", also=("tcp.*",))


def alert(
    detector: str, source: str = "10.0.0.6", destination: str = "", *, at: float = 105.0, quiet: bool = False
) -> Found:
    return Found(detector, source, destination, at, at, quiet)


def scored(alerts: list[Found], labels: list[Label]) -> dict[str, tuple[int, int, int]]:
    scores: dict[str, Score] = {}
    score("x.pcap", alerts, labels, scores)
    return {name: (entry.labels, entry.found, entry.false) for name, entry in scores.items()}


def test_what_is_found_missed_and_false() -> None:
    assert scored([], [SCAN]) == {"scan.vertical": (1, 0, 0)}
    assert scored([alert("scan.vertical")], [SCAN]) == {"scan.vertical": (1, 1, 0)}
    assert scored([alert("scan.block", "10.9.9.9", "10.0.0.1")], [SCAN]) == {"scan.vertical": (1, 1, 0)}
    by_mac = replace(SCAN, hosts=("02:00:00:00:00:06",))
    assert scored([alert("scan.vertical", "02:00:00:00:00:06")], [by_mac]) == {"scan.vertical": (1, 1, 0)}
    # right along with it, but not what was looked for
    assert scored([alert("tcp.rst_burst")], [SCAN]) == {"scan.vertical": (1, 0, 0)}
    # of other hosts, of another kind, before it began
    assert scored([alert("scan.vertical", "10.9.9.9")], [SCAN]) == {"scan.vertical": (1, 0, 1)}
    assert scored([alert("dns.dga")], [SCAN])["dns.dga"] == (0, 0, 1)
    assert scored([alert("scan.vertical", at=50.0)], [SCAN]) == {"scan.vertical": (1, 0, 1)}
    # remarks are no alarms
    assert scored([alert("dns.dga", quiet=True)], []) == {}
    assert scored([alert("dns.dga")], []) == {"dns.dga": (0, 0, 1)}


def test_a_run_is_compared_with_a_saved_one(tmp_path: Path) -> None:
    saved = tmp_path / "saved.json"
    good = results_of({"scan.vertical": Score(2, 2, 0)}, 3, None)
    saved.write_text(as_json(good, {}))
    assert not results_of({"scan.vertical": Score(2, 2, 0), "new": Score(1, 1, 0)}, 3, str(saved)).failed
    for worse, words in (
        ({"scan.vertical": Score(2, 1, 0)}, "finds 1, not 2"),
        ({"scan.vertical": Score(2, 2, 1)}, "has 1, not 0 false"),
        ({}, "finds 0, not 2"),
        ({"scan.vertical": Score(2, 2, 0), "new": Score(0, 0, 1)}, "new has 1, not 0 false"),
    ):
        results = results_of(worse, 3, str(saved))
        assert results.failed
        assert words in results.text
    for text in ("", "{}", '{"results": [1]}', '{"results": [{"detector": "a"}]}'):
        saved.write_text(text)
        with pytest.raises(FileError, match="no saved result"):
            results_of({}, 0, str(saved))


def test_a_folder_of_captures_needs_labels(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no capture file"):
        captures_with_labels(str(tmp_path), None)
    (tmp_path / "b.pcap").touch()
    with pytest.raises(UsageError, match="has no labels"):
        captures_with_labels(str(tmp_path), None)
    (tmp_path / "b.labels.json").touch()
    (tmp_path / "notes.txt").touch()
    assert captures_with_labels(str(tmp_path), None) == [(str(tmp_path / "b.pcap"), str(tmp_path / "b.labels.json"))]


EVENT = {
    "event_type": "alert",
    "timestamp": "1970-01-01T00:01:45.000000+0000",
    "src_ip": "10.0.0.6",
    "dest_ip": "10.0.0.1",
    "alert": {"signature_id": 5},
}
LINES = ['{"event_type": "flow"}', "not json", '{"event_type": "alert"}', json.dumps(EVENT)]


def stand_in(packets: int, rules: int) -> str:
    """Return a program that writes what Suricata 7 writes, its statistics last."""
    engines = [{"id": 0, "rules_loaded": rules, "rules_failed": 0}]
    stats = {"event_type": "stats", "stats": {"decoder": {"pkts": packets}, "detect": {"engines": engines}}}
    lines = [*LINES, json.dumps(stats)] if packets or rules else LINES
    return "#!/bin/sh\ncat > \"$4/eve.json\" <<'END'\n" + "\n".join(lines) + "\nEND\n"


NO_WORK = {
    "rules": (stand_in(10, 0), "suricata has no rules"),
    "packets": (stand_in(0, 10), r"suricata read no packet of x\.pcap"),
    "statistics": (stand_in(0, 0), r"suricata wrote no statistics"),
    "failed": ("#!/bin/sh\necho 'no rules' >&2; exit 3\n", "suricata failed: no rules"),
}


@pytest.mark.parametrize("name", NO_WORK)
def test_an_engine_that_did_no_work_found_not_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    text, reason = NO_WORK[name]
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin:/bin")
    (tmp_path / "suricata").write_text(text)
    (tmp_path / "suricata").chmod(0o755)
    with pytest.raises(NetwatchError, match=reason):
        alerts_of("suricata", "x.pcap")


def test_suricata_itself_finds_what_its_rules_describe(tmp_path: Path) -> None:
    if shutil.which("suricata") is None:
        pytest.skip("suricata is not installed")
    capture = str(tmp_path / "attacks.pcap")
    make(MakeOptions("http-attacks", capture, 1, "10.77.0.0/24", None, 1.0))
    rules = tmp_path / "own.rules"
    rules.write_text(
        'alert http any any -> any any (msg:"x"; http.uri; content:"union"; nocase; sid:1000001; rev:1;)\n'
    )
    found = alerts_of("suricata", capture, [str(rules)])
    assert {one.detector for one in found} == {"suricata:1000001"}
    scores: dict[str, Score] = {}
    score("attacks.pcap", found, read_labels(str(tmp_path / "attacks.labels.json")), scores)
    counts = {name: (one.found, one.false) for name, one in scores.items()}
    assert counts == {"http.sqli": (1, 0), "http.xss": (0, 0), "http.traversal": (0, 0), "http.rce": (0, 0)}
    cut = tmp_path / "cut.pcap"
    cut.write_bytes(Path(capture).read_bytes()[:60])
    with pytest.raises(NetwatchError, match="read no packet"):
        alerts_of("suricata", str(cut), [str(rules)])


def test_alerts_of_another_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin:/bin")
    program = tmp_path / "suricata"
    with pytest.raises(NetwatchError, match="zeek is not installed"):
        alerts_of("zeek", "x.pcap")
    with pytest.raises(UsageError, match="takes no rules"):
        alerts_of("zeek", "x.pcap", ["x.rules"])
    program.write_text(stand_in(10, 10))
    program.chmod(0o755)
    found = alerts_of("suricata", "x.pcap")
    assert found == [Found("suricata:5", "10.0.0.6", "10.0.0.1", 105.0, 105.0)]
    assert scored(found, [SCAN]) == {"scan.vertical": (1, 1, 0)}
    with pytest.raises(FileError, match="cannot read nothere"):
        alerts_of("suricata", "x.pcap", ["nothere"])
    late = [Found("suricata:5", "10.0.0.6", "10.0.0.1", SCAN.end + 2, SCAN.end + 2)]
    assert scored(late, [SCAN])["scan.vertical"] == (1, 0, 0)


NOTICE = {"ts": 105.0, "note": "Scan::Port_Scan", "src": "10.0.0.6", "dst": "10.0.0.1"}
NOTICES = ["not json", '{"note": "without a time"}', json.dumps(NOTICE)]


def test_notices_of_zeek(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin:/bin")
    program = tmp_path / "zeek"
    program.write_text("#!/bin/sh\ncat > notice.log <<'END'\n" + "\n".join(NOTICES) + "\nEND\n")
    program.chmod(0o755)
    found = alerts_of("zeek", "x.pcap")
    assert found == [Found("zeek:Scan::Port_Scan", "10.0.0.6", "10.0.0.1", 105.0, 105.0)]
    assert scored(found, [SCAN]) == {"scan.vertical": (1, 1, 0)}


def test_detectors_over_made_captures(tmp_path: Path) -> None:
    """From end to end: made, checked, saved, and worse when a detector finds what no label asks for."""
    (tmp_path / "set").mkdir()
    for name in ("scan-syn", "benign-requests"):
        make(MakeOptions(name, str(tmp_path / f"set/{name}.pcap"), 1, "10.77.0.0/24", None, 1.0))
    words = {"labels": None, "rules": [], "engine": "netwatch", "profile": "balanced", "quiet": True}
    results = check(argparse.Namespace(capture=str(tmp_path / "set"), saved=None, **words))
    assert [row["detector"] for row in results.rows if row["true_positives"]] == ["scan.vertical"]
    assert sum(row["false_positives"] for row in results.rows) == 0
    assert results.text == "2 captures: 1 of 1 labels found, 0 false positives"
    saved = tmp_path / "saved.json"
    saved.write_text(as_json(results, {}))
    (tmp_path / "set/scan-syn.labels.json").write_text('{"netwatch_labels": 1, "labels": []}')
    command = [sys.executable, "-m", "netwatch", "lab", "check", "set/scan-syn.pcap", "--saved", "saved.json"]
    worse = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False, cwd=tmp_path)
    assert (worse.returncode, worse.stderr) == (1, "")
    assert "WORSE: scan.vertical" in worse.stdout
