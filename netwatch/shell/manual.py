"""The manual page netwatch(1), made of what the command line takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from netwatch import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable

    from netwatch.shell.command_line import Command, Option

_EXIT: Final = (("0", "done"), ("1", "failed at run time"), ("2", "wrong usage or filter"), ("77", "not permitted"))


def manual(commands: Iterable[Command]) -> str:
    """Return the page in the macros of man(7)."""
    known = list(commands)
    lines = [
        f'.TH NETWATCH 1 "" "netwatch {__version__}" "User Commands"',
        ".SH NAME",
        "netwatch \\- a full-screen terminal monitor for network packets",
        ".SH SYNOPSIS",
    ]
    for command in known:
        lines += [f".B {_text(' '.join(('netwatch', *command.words)))}", "[options]", *_arguments(command), ".br"]
    lines += [".SH DESCRIPTION", _text(known[0].description)]
    for command in known:
        title = " ".join(("netwatch", *command.words))
        lines += [f'.SH "{_text(title).upper()}"', _text(command.description)]
        for option in command.options:
            lines += [".TP", _names(option), _text(option.help)]
    lines += [".SH EXIT STATUS"]
    for status, meaning in _EXIT:
        lines += [".TP", f".B {status}", meaning]
    lines += [".SH SEE ALSO", ".BR tcpdump (8),", ".BR tshark (1),", ".BR pcap-filter (7)"]
    return "\n".join([*lines, ""])


def _arguments(command: Command) -> list[str]:
    return [f"[{_text(argument.value)}]" for argument in command.arguments if argument.value]


def _names(option: Option) -> str:
    names = ", ".join(f"\\fB{_text(name)}\\fR" for name in option.names)
    return f"{names} \\fI{_text(option.value)}\\fR" if option.value else names


def _text(text: str) -> str:
    """Return text that troff takes for nothing else."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped[:1] in (".", "'") else escaped
