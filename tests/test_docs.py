"""What the documentation says is what the program does."""

from __future__ import annotations

import ast
import re

from netwatch.cli import console_parser, doctor_parser, events_parser, record_parser, report_parser, rules_parser
from netwatch.tui.commands import COMMANDS
from tests.docs import README, filled
from tests.screenshots import FOLDER, SCENES

PACKAGE = README.parent / "netwatch"


def test_the_generated_tables_are_current() -> None:
    """Keys, options, settings and themes come from the code; `python -m tests.docs` writes them."""
    text = README.read_text()
    assert filled(text) == text


def test_every_command_has_its_own_key_and_words() -> None:
    """Two commands on one key would be one too many; the ones without an action are the lists' own keys."""
    for apart in (True, False):
        taken = [key for command in COMMANDS if (command.place == "follow") is apart for key in command.key.split(",")]
        assert len(taken) == len(set(taken))
    assert all(command.help and command.label and command.group for command in COMMANDS)
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)


def test_options_of_the_other_verbs_are_named() -> None:
    """What only report has stands in the README as well."""
    text = README.read_text()
    for parser in (
        report_parser(),
        events_parser(),
        console_parser(),
        record_parser(),
        rules_parser(),
        doctor_parser(),
    ):
        for action in parser._actions:
            for name in action.option_strings:
                assert f"`{name}" in text, name


def test_pictures_exist() -> None:
    """The README's pictures are there, and every scene has one."""
    pictures = re.findall(r"\]\((screenshots/[^)]+)\)", README.read_text())
    assert pictures
    assert all((README.parent / picture).is_file() for picture in pictures)
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(SCENES)


def test_the_map_is_the_package() -> None:
    """Every module and folder at the top of the package stands in the map, and every line begins with such."""
    lines = README.read_text().split("<!-- map -->\n```\n")[1].split("```")[0]
    begun = [re.match(r"(?:[a-z_]+(?:/|\.py) ?)+", line) for line in lines.splitlines()]
    first = " ".join(found[0] for found in begun if found).split()
    here = [path.name + "/" * path.is_dir() for path in PACKAGE.iterdir() if not path.name.startswith("_")]
    assert len(first) == len(set(first))
    assert {*first} <= {*here}
    assert [name for name in sorted(here) if lines.count(name) == 0] == []


def test_the_walks_and_recipes_name_what_there_is() -> None:
    """Modules that the development section names exist, where it says or somewhere below."""
    text = README.read_text().split("## Development")[1]
    modules = [str(path.relative_to(README.parent)) for path in PACKAGE.rglob("*.py")]
    modules += [str(path.relative_to(README.parent)) for path in (README.parent / "tests").rglob("*.py")]
    named = set(re.findall(r"(?<![*\w/])[\w/]*\w\.py\b", text))
    assert [name for name in sorted(named) if not any(f"/{path}".endswith(f"/{name}") for path in modules)] == []


def test_the_walks_go_through_files_that_are_there() -> None:
    """A file without a folder is in the folder of the one before it in the walk, or at the top."""
    walks = README.read_text().split("Four walks through the house")[1].split("How to add")[0]
    for walk in walks.split("\n- ")[1:]:
        folder = ""
        for name in re.findall(r"`([\w/]+\.py)`", walk):
            before, slash, _ = name.rpartition("/")
            folder = before if slash else folder
            assert (PACKAGE / name).is_file() or (PACKAGE / folder / name).is_file(), name


def test_the_walks_and_recipes_speak_of_names_that_there_are() -> None:
    """Classes, methods, functions and constants in the development section are defined in the package."""
    text = README.read_text().split("Four walks through the house")[1]
    defined = {name for path in PACKAGE.rglob("*.py") for name in _names(ast.parse(path.read_text()))}
    spoken = {
        name
        for found in re.findall(r"`([A-Za-z_][\w.]*)(?:\([\w, ]*\))?`", text)
        for name in found.split(".")
        if not found.endswith(".py")
    }
    assert len(spoken) > 20
    assert spoken - defined == {"Enter"}


def _names(outer: ast.Module | ast.ClassDef) -> list[str]:
    """Return what a module defines, in its classes too."""
    names: list[str] = []
    for node in outer.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names += [node.name, *(_names(node) if isinstance(node, ast.ClassDef) else ())]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names += [target.id for target in targets if isinstance(target, ast.Name)]
    return names
