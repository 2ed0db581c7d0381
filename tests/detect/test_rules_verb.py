"""`netwatch rules check` as users and scripts see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from netwatch.cli import main

if TYPE_CHECKING:
    from pathlib import Path


def test_what_a_file_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts, reasons, and the lines that are wrong; the status says whether there were any."""
    path = tmp_path / "local.rules"
    good = 'alert tcp any any -> $HOME_NET any (content:"abc"; sid:1;)\n'
    path.write_text(good + 'alert tcp any any -> any any (content:"x"; flowbits:set,a; sid:2;)\n')
    assert main(["rules", "check", str(path)]) == 0
    assert capsys.readouterr().out == (
        "2 rules: 1 usable, 1 not supported, 0 wrong\n\nnot supported, by reason:\n       1  option flowbits\n"
    )
    path.write_text(good + "alert tcp \x1b[31m\n" * 30)
    assert main(["rules", "check", str(path)]) == 1
    told = capsys.readouterr().out
    assert "31 rules: 1 usable, 0 not supported, 30 wrong" in told
    assert f"{path}:2: no options in parentheses" in told
    assert "and 10 more" in told
    assert "\x1b" not in told
    assert main(["rules", "check", "--all", str(path)]) == 1
    assert f"{path}:31:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        (["rules", "check", "/nonexistent.rules"], 1, "cannot read rules from /nonexistent.rules"),
        (["rules", "check", "--variable", "HOME_NET=nowhere", "/dev/null"], 2, "HOME_NET is neither addresses"),
        (["rules", "explain", "/dev/null"], 2, "invalid choice"),
        (["rules", "check"], 2, "required"),
    ],
)  # fmt: skip
def test_what_is_refused(words: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line that says why."""
    assert main(words) == status
    told = capsys.readouterr().err
    assert told.startswith("netwatch: ")
    assert message in told
    assert told.count("\n") == 1
