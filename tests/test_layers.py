"""Imports go one way: who may import whom, and what must not be loaded by whom."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PACKAGE = Path(__file__).resolve().parent.parent / "netwatch"

BASE = {
    "errors",
    "text",
    "nanoseconds",
    "plural",
    "problem",
    "expression_cost",
    "request",
    "snapshot",
    "dissection",
    "__init__",
}
ALLOWED = {
    "capture": {"capture"},
    "decode": {"capture", "decode"},
    "tables": {"tables"},
    "track": {"capture", "decode", "track", "tables"},
    "detect": {"decode", "track", "tables", "detect"},
    "filter": {"capture", "decode", "track", "tables", "filter"},
    "run": {"capture", "decode", "track", "tables", "detect", "filter", "run"},
    "baseline": {"baseline", "run", "track", "tables"},
    "view": {"capture", "decode", "track", "tables", "detect", "filter", "run", "view"},
    "examine": {"capture", "decode", "track", "tables", "run", "view", "examine"},
    "threads": {
        "baseline",
        "capture",
        "decode",
        "detect",
        "examine",
        "filter",
        "run",
        "tables",
        "threads",
        "track",
        "view",
    },
    "engine": {"capture", "tables", "threads", "view"},
    "redact": {"redact", "capture", "decode", "engine", "tables", "view"},
    "settings": {"config"},  # where lines of the file are told, which knows nothing of settings
    "config": {"config", "capture", "settings"},
    "export": {"export", "baseline", "capture", "decode", "track", "run", "tables"},
    "lab": {"lab", "capture", "decode", "track", "tables", "export"},
    "tui": {"tui", "engine", "settings", "config", "redact", "capture", "tables", "export"},
    "verbs": {
        "baseline",
        "capture",
        "config",
        "decode",
        "detect",
        "engine",
        "export",
        "filter",
        "redact",
        "run",
        "settings",
        "tables",
        "threads",
        "track",
        "tui",
        "verbs",
        "view",
    },
    "cli": {"verbs", "shell"},
    "shell": {"shell"},
    "__main__": {"cli"},
    "errors": set(),
    "text": set(),
    "nanoseconds": set(),
    "plural": set(),
    "problem": set(),
    "expression_cost": set(),
    "request": set(),
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
    for node in statements(ast.parse(path.read_text()).body):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names if node.module == "netwatch"}
    return frozenset(names)


def statements(block: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield each statement with those inside of it; its expressions, most of a module, hold none."""
    for node in block:
        yield node
        for name in ("body", "orelse", "finalbody"):
            yield from statements(getattr(node, name, ()))
        for branch in (*getattr(node, "handlers", ()), *getattr(node, "cases", ())):
            yield from statements(branch.body)


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
        ("netwatch.run.session", ("textual", "scapy")),
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
