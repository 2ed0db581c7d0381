"""Settings as the text of a settings file, every key with what it means."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from dataclasses import fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from netwatch.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

WIDTH: Final = 100
_WORDS: Final = {"promiscuous": "Hear the packets for others too, where the interface can."}
"""What is said of settings whose names say it all in code."""


def settings_toml(settings: Settings, path: Path) -> str:
    """Return a file for `path` that sets every key to what it is in `settings`; what is the default is a comment."""
    told_of, usual = meanings(), Settings()
    lines = [f"# Settings of netwatch. Their place is {path}; the command line wins over them."]
    tables: list[str] = []
    for item in fields(Settings):
        value = getattr(settings, item.name)
        told = [f"# {line}" for line in textwrap.wrap(told_of.get(item.name, ""), WIDTH)]
        if isinstance(value, dict):
            tables += ["", *told, *_table(item.name, value)]
            continue
        mark = "# " if value == getattr(usual, item.name) else ""
        lines += ["", *told, f"{mark}{item.name} = {toml_value(value)}"]
    return "\n".join([*lines, *tables]) + "\n"


def _table(name: str, value: Mapping[str, Any]) -> list[str]:
    """Return a table and the tables in it, each under its own header."""
    lines = []
    plain = {key: each for key, each in value.items() if not isinstance(each, dict)}
    if plain:
        lines += [f"[{name}]", *(f"{_key(key)} = {toml_value(each)}" for key, each in plain.items())]
    for key, each in value.items():
        if isinstance(each, dict):
            lines += _table(f"{name}.{_key(key)}", each)
    return lines


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)


def toml_value(value: Any) -> str:
    """Return a value as TOML writes it; of what settings hold, all is as in JSON."""
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def meanings() -> dict[str, str]:
    """Return what is written below each field of Settings in its source, which the wheel has too."""
    body = [each for each in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(Settings)))) if _is_statement(each)]
    found = dict(_WORDS)
    for statement, after in pairwise(body):
        if not isinstance(after, ast.Expr) or not isinstance(after.value, ast.Constant):
            continue
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            found[statement.target.id] = str(after.value.value)
    return found


def _is_statement(node: ast.AST) -> bool:
    return isinstance(node, ast.AnnAssign | ast.Expr)
