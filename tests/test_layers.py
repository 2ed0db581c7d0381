"""Imports go one way: who may import whom, and what must not be loaded by whom."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "netwatch"

BASE = {"errors", "text", "snapshot", "dissection", "__init__"}
THREADS = {
    "baseline",
    "capture",
    "captures",
    "detect",
    "filter",
    "name_history",
    "problem_log",
    "reader",
    "request",
    "session",
    "tables",
    "track",
}
"""What the engine and the threads that it is made of know."""
ALLOWED = {
    "capture": {"capture"},
    "decode": {"capture", "decode"},
    "track": {"capture", "decode", "track", "tables"},
    "tables": {"tables"},
    "detect": {"capture", "decode", "track", "tables", "detect"},
    "filter": {"capture", "decode", "track", "tables", "filter"},
    "baseline": {"baseline", "session", "track", "tables", "request"},
    "request": {"request"},
    "settings": set(),
    "settings_text": {"settings"},
    "redact": {"redact", "capture"},
    "redacting": {"leaving", "redact", "decode", "engine", "request", "tables"},
    "settings_edit": {"settings_text"},
    "settings_file": {"capture", "settings", "settings_edit", "settings_text"},
    "problem_log": set(),
    "annotations": {"capture", "decode"},
    "garbage": set(),
    "inspection": {"decode", "detect", "track"},
    "capture_run": {
        "annotations",
        "capture",
        "decode",
        "track",
        "tables",
        "detect",
        "filter",
        "flight_recorder",
        "inspection",
        "kept_packets",
        "name_history",
    },
    "session": {
        "capture_run",
        "capture",
        "decode",
        "track",
        "tables",
        "detect",
        "filter",
        "flight_recorder",
        "kept_packets",
        "name_history",
    },
    "flight_recorder": {"capture", "decode", "tables"},
    "view": {"decode", "track", "tables", "filter", "session", "request", "reader"},
    "alerts_seen": {"request", "tables", "track", "view"},
    "views": {"alerts_seen", "track", "tables", "filter", "session", "request", "row_facts", "view"},
    "alerts": {"alerts_seen", "detect", "mute_file", "tables"},
    "mute_file": {"capture", "tables"},
    "name_history": {"capture"},
    "kept_packets": {"capture", "decode", "track"},
    "leaving": {"capture"},
    "save_packets": {"capture", "decode", "leaving", "reader", "request", "session", "tables", "whole_flows"},
    "captures": {
        "leaving",
        "save_packets",
        "alerts",
        "baseline",
        "detect",
        "capture",
        "decode",
        "examine",
        "filter",
        "find",
        "row_facts",
        "whole_flows",
        "name_history",
        "track",
        "tables",
        "session",
        "reader",
        "request",
        "views",
    },
    "packets_again": {"capture", "decode"},
    "examine": {"annotations", "capture", "decode", "track", "tables", "reader", "request", "examine"},
    "find": {"decode", "filter", "reader"},
    "reader": {"capture", "decode", "packets_again", "track", "tables", "session"},
    "whole_flows": {"decode", "tables", "track"},
    "row_facts": {"decode", "filter", "reader", "tables", "views"},
    "packet_questions": {"annotations", "capture_threads", "request", "tables"},
    "engine": {"packet_questions", *THREADS},
    "capture_threads": {"garbage", *THREADS},
    "export": {"export", "baseline", "capture", "decode", "track", "session", "tables", "request"},
    "lab": {"lab", "capture", "decode", "track", "detect", "tables", "export"},
    "tui": {
        "tui",
        "engine",
        "request",
        "settings",
        "settings_file",
        "settings_text",
        "redacting",
        "capture",
        "tables",
        "export",
    },
    "verbs": {
        "annotations",
        "row_facts",
        "baseline",
        "decode",
        "mute_file",
        "name_history",
        "detect",
        "flight_recorder",
        "verbs",
        "allocator",
        "problem_log",
        "settings_text",
        "settings_file",
        "redacting",
        "capture",
        "settings",
        "session",
        "engine",
        "export",
        "filter",
        "track",
        "tables",
        "tui",
        "reader",
    },
    "cli": {"verbs", "command_line", "completion", "manual"},
    "command_line": set(),
    "completion": {"command_line"},
    "manual": {"command_line"},
    "__main__": {"cli"},
    "allocator": set(),
    "errors": set(),
    "text": set(),
    "snapshot": set(),
    "dissection": set(),
    "__init__": set(),
}
"""What each part of the package may import besides BASE (DESIGN.md section 2)."""


TOP = {"pyproject.toml", "netwatch", "tests", "themes", "README.md", "screenshots", "LICENSE", "CHANGELOG.md"}
"""What the repository shows first, besides dot-files."""


def test_the_top_level_holds_only_what_is_agreed() -> None:
    """One package, its tests, its themes, and what a reader looks for."""
    if shutil.which("git") is None or not (PACKAGE.parent / ".git").exists():
        pytest.skip("needs git and a checkout")
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files"], cwd=PACKAGE.parent, capture_output=True, text=True, check=True
    )
    shown = {name.split("/")[0] for name in listed.stdout.splitlines()}
    assert {name for name in shown if not name.startswith(".")} == TOP


def modules() -> list[Path]:
    """Return every module of the package."""
    return sorted(PACKAGE.rglob("*.py"))


def part(path: Path) -> str:
    """Return which part of the package a module belongs to."""
    relative = path.relative_to(PACKAGE)
    return relative.parts[0].removesuffix(".py")


@cache
def imported(path: Path) -> frozenset[str]:
    """Return the full names of what a module imports, for typing or not."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "netwatch"}
    return frozenset(names)


def test_imports_go_one_way() -> None:
    """No module knows of what comes after it in the pipeline."""
    assert [said for path in modules() for said in wrong_imports(path)] == []


def wrong_imports(path: Path) -> list[str]:
    """Return a line for each import that a module may not have."""
    here = part(path)
    # The doctor examines the whole house
    allowed = ALLOWED[here] | BASE | ({"settings"} if path.name.startswith("doctor") else set())
    if here == "verbs" and path.name.startswith("lab"):
        # Watching never loads what can send
        allowed |= {"lab"}
    names = (name.split(".") for name in imported(path))
    wrong = {words[1] for words in names if words[0] == "netwatch" and len(words) > 1} - allowed - {"__version__"}
    return [f"{path.relative_to(PACKAGE)} imports {name}" for name in sorted(wrong)]


def test_libraries_stay_where_they_belong() -> None:
    """Textual is the screens', Scapy is capture's and the dissector's."""
    for path in modules():
        libraries = {name.split(".")[0] for name in imported(path)}
        if part(path) != "tui":
            assert "textual" not in libraries or path.name.startswith("doctor"), path
        if not (part(path) in ("capture", "lab") or path.name.startswith("dissect")):
            assert "scapy" not in libraries, path


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("netwatch.track.buffer", ("textual", "scapy")),
        ("netwatch.decode.decoder", ("textual", "scapy")),
        ("netwatch.session", ("textual", "scapy")),
        ("netwatch.capture.privileges", ("numpy", "textual", "scapy")),
        ("netwatch.verbs.monitor, netwatch.verbs.report, netwatch.engine, netwatch.tui.app", ("netwatch.lab",)),
        ("netwatch.lab.rights", ("numpy", "textual", "scapy")),
        ("netwatch.cli", ("numpy", "textual", "scapy")),
        # The first screen need not wait for what it does not show
        ("netwatch.tui.app", ("numpy", "scapy", "psutil")),
        ("netwatch.capture.live", ("numpy", "scapy")),
    ],
)
def test_what_importing_loads(module: str, absent: tuple[str, ...]) -> None:
    """Trackers know no screen, and nothing that starts threads loads before privileges are dropped."""
    code = f"import sys, {module}; print(*[name for name in {absent!r} if name in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_the_first_screen_waits_for_no_tracker_and_no_detector() -> None:
    """With settings that nobody changed, what the monitor does before it draws loads neither them nor numpy."""
    code = """
import sys
from argparse import Namespace
from netwatch.engine import Engine
from netwatch.settings import Settings
from netwatch.tui import screen
from netwatch.verbs.comparing import usual_of
from netwatch.verbs.detecting import detection_settings
settings = Settings()
usual, _ = usual_of(Namespace(baseline="", demo=False), Namespace(settings=settings))
Engine(buffer_bytes=1 << 20, detect=detection_settings(settings), usual=usual)
screen()
print(*[name for name in ("numpy", "scapy", "netwatch.detect.registry", "netwatch.track") if name in sys.modules])
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []
