"""Writes the README's tables from the code: `python -m tests.docs`; test_docs.py checks that they are current."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from netwatch.cli import parser, parsers
from netwatch.detect.registry import DETECTORS
from netwatch.settings import Settings
from netwatch.shell.command_line import commands_of
from netwatch.shell.completion import SHELLS
from netwatch.shell.manual import manual
from netwatch.tui.commands import COMMANDS
from netwatch.tui.theme import load_themes
from netwatch.verbs.lab_options import TOOLS, lab_parser

if TYPE_CHECKING:
    import argparse

README = Path(__file__).resolve().parent.parent / "README.md"
BAR = "\\|"
"""A bar inside of a table."""
SHELL = README.parent / "netwatch" / "shell"


def keys() -> str:
    """Return the rows of the table of keys."""
    rows = [f"| `{command.key_text.replace('|', BAR)}` | {command.help} |" for command in COMMANDS]
    return "\n".join(["", "| key | does |", "|---|---|", *rows, ""])


def options() -> str:
    """Return the rows of the table of options."""
    rows = ["", "| option | meaning |", "|---|---|"]
    for action in parser()._actions:
        names = ", ".join(f"`{name}`" for name in action.option_strings) or f"`{action.metavar}`"
        rows.append(f"| {names} | {action.help} |")
    return "\n".join([*rows, ""])


def settings() -> str:
    """Return the names of the settings."""
    return ", ".join(f"`{item.name}`" for item in fields(Settings))


def themes() -> str:
    """Return the names of our themes."""
    loaded, failures = load_themes(None)
    assert not failures
    return ", ".join(f"`{theme.name}`" for theme in loaded)


def lab() -> str:
    """Return the rows of the table of lab tools, and the options that all of them have."""
    rows = ["", "| tool | does | its own options |", "|---|---|---|"]
    tools = next(action for action in lab_parser()._actions if isinstance(action.choices, dict)).choices
    for name, (summary, _) in TOOLS.items():
        own = [_lab_option(action) for action in tools[name]._actions if not _shared(action)]
        rows.append(f"| `lab {name}` | {summary} | {'; '.join(own)} |")
    shared = {
        action.dest: _lab_option(action) for tool in tools.values() for action in tool._actions if _shared(action)
    }
    return "\n".join([*rows, "", "All: " + "; ".join(shared.values()) + ".", ""])


def _shared(action: argparse.Action) -> bool:
    names = ("help", "json", "csv", "output", "quiet", "interface", "rate", "dry_run", "i_am_authorised", "log")
    return action.dest in names


def _lab_option(action: argparse.Action) -> str:
    names = ", ".join(f"`{name}`" for name in action.option_strings) or f"`{action.metavar}`"
    return f"{names} {action.help}".replace("|", "\\|")


def detectors() -> str:
    """Return the rows of the table of detectors."""
    rows = ["", "| detector | finds | severity | ATT&CK |", "|---|---|---|---|"]
    for kind in sorted(DETECTORS, key=lambda kind: kind.rule.number):
        rule = kind.rule
        rows.append(f"| `{rule.id}` | {rule.title} | {rule.severity.word} | {', '.join(rule.mitre)} |")
    return "\n".join([*rows, ""])


PARTS = (
    ("keys", keys),
    ("options", options),
    ("settings", settings),
    ("themes", themes),
    ("lab", lab),
    ("detectors", detectors),
)


def filled(text: str) -> str:
    """Return the README with every generated part made anew."""
    for name, make in PARTS:
        block = name in ("keys", "options", "lab", "detectors")
        gap = "\n" if block else ""
        pattern = re.compile(rf"<!-- {name} -->(?:.*?<!-- /{name} -->)?", re.DOTALL)
        if found := pattern.search(text):
            made = f"<!-- {name} -->{gap}{make()}{gap}<!-- /{name} -->"
            text = text[: found.start()] + made + text[found.end() :]
    return text


def shell_files() -> dict[str, str]:
    """Return the completion scripts and the manual page, by their names in SHELL."""
    commands = commands_of(parsers())
    return {
        "netwatch.bash": SHELLS["bash"](commands),
        "_netwatch": SHELLS["zsh"](commands),
        "netwatch.fish": SHELLS["fish"](commands),
        "netwatch.1": manual(commands),
    }


if __name__ == "__main__":
    README.write_text(filled(README.read_text()))
    for name, text in shell_files().items():
        (SHELL / name).write_text(text)
