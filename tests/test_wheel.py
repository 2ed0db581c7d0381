"""The wheel holds what the program needs at run time besides its modules."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.prepared import PATIENCE

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.skipif(importlib.util.find_spec("hatchling") is None, reason="needs hatchling, which builds the wheel")
@pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="needs pip in this environment")
def test_themes_and_styles_are_in_the_wheel(tmp_path: Path) -> None:
    """Every module, every theme, the style sheet, the licence and the command."""
    command = [sys.executable, "-m", "pip", "wheel", str(ROOT), "--no-deps", "--no-build-isolation", "--no-index"]
    built = subprocess.run(
        [*command, "--quiet", "--disable-pip-version-check", "-w", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("netwatch_tui-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        (entry_points,) = [name for name in names if name.endswith("entry_points.txt")]
        assert "netwatch = netwatch.__main__:main" in archive.read(entry_points).decode()
    themes = {f"netwatch/themes/{path.name}" for path in (ROOT / "themes").glob("*.toml")}
    assert len(themes) >= 3
    assert themes <= names
    assert "netwatch/tui/netwatch.tcss" in names
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "netwatch").rglob("*.py")}
    assert modules <= names
    for shared in ("bash-completion/completions/netwatch", "zsh/site-functions/_netwatch", "man/man1/netwatch.1"):
        assert any(name.endswith(f"/share/{shared}") for name in names), shared
    assert any(name.endswith("/share/fish/vendor_completions.d/netwatch.fish") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith("tests/")]
