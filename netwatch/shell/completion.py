"""Completion scripts for bash, zsh and fish, made of what the command line takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from netwatch.shell.command_line import Command, Option

_NETWORK: Final = "any $(ls /sys/class/net 2>/dev/null || ifconfig -l 2>/dev/null)"
"""Interfaces, without starting netwatch for each key."""


def bash(commands: Iterable[Command]) -> str:
    """Return a script for bash."""
    known = list(commands)
    cases = "\n".join(f'    "{" ".join(command.words)}")\n{_bash_words(command, known)}      ;;' for command in known)
    values = "\n".join(sorted({line for command in known for line in _bash_values(command)}))
    return f"""# bash completion for netwatch; made by `netwatch completion bash`
_netwatch_paths() {{
  local IFS=$'\\n'
  COMPREPLY+=($(compgen "$1" -- "$2"))
}}
_netwatch() {{
  local current previous command="" word options="" words="" files=""
  current="${{COMP_WORDS[COMP_CWORD]}}"
  previous="${{COMP_WORDS[COMP_CWORD-1]}}"
  COMPREPLY=()
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case " {_verbs(known)} " in
      *"|${{command:+$command }}$word|"*) command="${{command:+$command }}$word" ;;
      *) break ;;
    esac
  done
  case "$command:$previous" in
{values}
  esac
  case "$command" in
{cases}
  esac
  if [[ "$current" == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$current"))
  else
    COMPREPLY=($(compgen -W "$words" -- "$current"))
    [[ "$files" ]] && _netwatch_paths -f "$current"
  fi
}}
complete -o filenames -F _netwatch netwatch
"""


def zsh(commands: Iterable[Command]) -> str:
    """Return a script for zsh."""
    known = list(commands)
    cases = "\n".join(
        f'    "{" ".join(command.words)}")\n      _arguments -s \\\n'
        + "".join(f"        {_zsh_option(option)} \\\n" for option in command.options)
        + f"        {_zsh_rest(command, known)} ;;"
        for command in known
    )
    return f"""#compdef netwatch
# zsh completion for netwatch; made by `netwatch completion zsh`
_netwatch_interfaces() {{ compadd -- {_NETWORK} }}
_netwatch() {{
  local command="" word
  for word in "${{words[@]:1:$((CURRENT-2))}}"; do
    case "{_verbs(known)}" in
      *"|${{command:+$command }}$word|"*) command="${{command:+$command }}$word" ;;
      *) break ;;
    esac
  done
  local -a verbs=(${{=command}})
  words=("${{words[1]}}" "${{words[@]:$((${{#verbs}}+1))}}"); (( CURRENT -= ${{#verbs}} ))
  case "$command" in
{cases}
  esac
}}
_netwatch "$@"
"""


def fish(commands: Iterable[Command]) -> str:
    """Return a script for fish."""
    known = list(commands)
    verbs = " ".join(_quoted(" ".join(command.words)) for command in known if command.words)
    lines = [
        "# fish completion for netwatch; made by `netwatch completion fish`",
        f"set -g __netwatch_commands {verbs}",
        _FISH_FUNCTION,
    ]
    for command in known:
        asked = f"__netwatch_is '{' '.join(command.words)}'"
        lines += [
            f"complete -c netwatch -n {_quoted(asked)} -a {child.words[-1]} -d {_quoted(child.description)}"
            for child in known
            if child.words and child.words[:-1] == command.words
        ]
        lines += [f"complete -c netwatch -n {_quoted(asked)} {_fish_option(option)}" for option in command.options]
        if not command.takes_files:
            lines.append(f"complete -c netwatch -n {_quoted(asked)} -f")
    return "\n".join([*lines, ""])


SHELLS: Final[Mapping[str, Callable[[Iterable[Command]], str]]] = {"bash": bash, "zsh": zsh, "fish": fish}
"""By the name of the shell."""


def _verbs(commands: Iterable[Command]) -> str:
    """Return all commands between bars."""
    return f"|{'|'.join(' '.join(command.words) for command in commands if command.words)}|"


def _children(command: Command, commands: Iterable[Command]) -> list[str]:
    return [other.words[-1] for other in commands if other.words and other.words[:-1] == command.words]


def _bash_words(command: Command, commands: Iterable[Command]) -> str:
    options = " ".join(name for option in command.options for name in option.names)
    choices = [word for option in command.arguments for word in option.choices]
    words = " ".join([*_children(command, commands), *choices])
    files = "      files=yes\n" if command.takes_files else ""
    return f'      options="{options}"\n      words="{words}"\n{files}'


def _bash_values(command: Command) -> list[str]:
    """Return what stands behind options that take a value."""
    lines = []
    for option in command.options:
        if not option.value:
            continue
        names = "|".join(f'"{" ".join(command.words)}:{name}"' for name in option.names)
        if option.choices:
            found = f'COMPREPLY=($(compgen -W "{" ".join(option.choices)}" -- "$current"))'
            found += "; compopt -o nospace 2>/dev/null" if option.choices[0].endswith(":") else ""
        elif option.wants == "interface":
            found = f'COMPREPLY=($(compgen -W "{_NETWORK}" -- "$current"))'
        else:
            found = {"folder": '_netwatch_paths -d "$current"', "file": '_netwatch_paths -f "$current"'}.get(
                option.wants, ":"
            )
        lines.append(f"    {names}) {found}; return ;;")
    return lines


def _zsh_option(option: Option) -> str:
    text = _zsh_escaped(option.help)
    value = f":{_zsh_escaped(option.value)}:{_zsh_value(option)}" if option.value else ""
    names = f"{{{','.join(option.names)}}}" if len(option.names) > 1 else option.names[0]
    return f"'*'{names}{_quoted(f'[{text}]{value}')}"


def _zsh_escaped(text: str) -> str:
    """Return text in which no character has a meaning for _arguments."""
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]").replace(":", "\\:")


def _zsh_value(option: Option) -> str:
    if option.choices:
        return f"({' '.join(map(_zsh_escaped, option.choices))})"
    return {"interface": "_netwatch_interfaces", "folder": "_files -/", "file": "_files"}.get(option.wants, " ")


def _zsh_rest(command: Command, commands: Iterable[Command]) -> str:
    words = [*_children(command, commands), *(word for option in command.arguments for word in option.choices)]
    if not words:
        return "'*:file:_files'" if command.takes_files else "'*:argument: '"
    return f"'*:argument:{{ compadd -- {' '.join(words)}{'; _files' if command.takes_files else ''} }}'"


def _fish_option(option: Option) -> str:
    parts = [f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}" for name in option.names]
    if option.value:
        parts.append("-r")
        if option.choices:
            parts.append(f"-f -a {_quoted(' '.join(option.choices))}")
        elif option.wants == "interface":
            parts.append(f"-f -a {_quoted('any (ls /sys/class/net 2>/dev/null)')}")
        elif option.wants not in ("file", "folder"):
            parts.append("-f")
    return " ".join([*parts, f"-d {_quoted(option.help)}"])


_FISH_FUNCTION: Final = """function __netwatch_is
    set -l words (commandline -opc)
    set -e words[1]
    set -l found
    for word in $words
        string match -q -- '-*' $word; and break
        contains -- (string join ' ' $found $word) $__netwatch_commands; or break
        set -a found $word
    end
    test "$found" = "$argv[1]"
end"""


def _quoted(text: str) -> str:
    """Return text in single quotes, as all three shells read it."""
    return "'" + text.replace("'", "'\\''") + "'"
