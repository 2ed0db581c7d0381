"""The command line: arguments in, one verb out; no logic."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Final

from netwatch import __version__
from netwatch.errors import ExitStatus, NetwatchError
from netwatch.verbs.numpy_environment import prepare_numpy
from netwatch.verbs.parser import Parser as _Parser
from netwatch.verbs.shared_options import drawing_options, recording_options, source_options

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for and return the exit status; errors are one line on standard error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    prepare_numpy(os.environ)
    try:
        return _dispatch(words)
    except NetwatchError as error:
        print(f"netwatch: {error}", file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        return ExitStatus.DONE
    except BrokenPipeError:
        # Whoever read our output has gone; Python would complain again while closing it
        sys.stdout = None
        return ExitStatus.FAILED
    except Exception as error:  # noqa: BLE001  # a traceback would show what a packet or a file put there
        from netwatch.verbs.crash import say_internal_error

        return say_internal_error(error)


_BUNDLE_HELP = "write versions, settings and the log of problems to FILE for a report of a fault; nothing of packets"
_BASELINE_HELP = "say what is new, gone, larger or smaller than in PATH; history: than on the days that are remembered"


def parser() -> argparse.ArgumentParser:
    """Return the parser of the monitor, whose help names the other verbs."""
    result = _Parser(
        prog="netwatch",
        description="A full-screen terminal monitor for network packets.",
        epilog="Other verbs, each with its --help: netwatch events, netwatch record, netwatch report, netwatch rules, "
        "netwatch doctor, netwatch console, netwatch lab, netwatch completion. "
        "Exit status: 0 done, 1 failed, 2 wrong usage or filter, 77 not permitted.",
    )
    result.add_argument("files", nargs="*", metavar="FILE", help="capture files to read instead of an interface")
    source_options(result)
    recording_options(result)
    result.add_argument("--replay", type=float, metavar="N", help="play files at N times their recorded speed")
    result.add_argument("-B", "--buffer", type=int, metavar="MIB", help="memory for packets that are kept (256)")
    result.add_argument("-D", "--list-interfaces", action="store_true", help="list the interfaces and exit")
    result.add_argument("--json", action="store_true", help="with -D: as JSON")
    result.add_argument(
        "--demo", action="store_true", help="replay a recorded small network; needs no rights and no network"
    )
    result.add_argument("--events", metavar="FILE", help="append alerts and statistics to FILE as EVE JSON, bounded")
    result.add_argument(
        "--record-alerts", metavar="SEVERITY", help="save the packets around alerts of SEVERITY or higher by themselves"
    )
    result.add_argument("--history", action="store_true", help="remember each day and compare with it: pane 9")
    result.add_argument("--baseline", metavar="PATH", help="pane 9 compares with the baseline PATH instead")
    result.add_argument("--with-lab", action="store_true", help="E in the alert pane sends its look at a host itself")
    drawing_options(result)
    result.add_argument("--print-config", action="store_true", help="print the settings as a settings file and exit")
    result.add_argument("--quiet", action="store_true", help="leave no summary on the terminal when the monitor ends")
    result.add_argument("--version", action="version", version=f"netwatch {__version__}")
    return result


def report_parser() -> argparse.ArgumentParser:
    """Return the parser of `netwatch report`."""
    result = _Parser(prog="netwatch report", description="Analyse a file or an interface without a screen.")
    result.add_argument("files", nargs="*", metavar="FILE", help="capture files to read")
    source_options(result)
    result.add_argument(
        "--format", choices=("text", "json", "csv", "html"), default="text", help="form of the report (text)"
    )
    result.add_argument("--indicators", action="store_true", help="list hosts, names, URLs, agents and fingerprints")
    result.add_argument("--defang", action="store_true", help="with --indicators: so that nothing takes them for links")
    result.add_argument("--baseline", metavar="PATH", help=_BASELINE_HELP)
    result.add_argument("--save-baseline", metavar="PATH", help="add this capture to the baseline PATH")
    result.add_argument("--tables", metavar="DIR", help="also write every table to DIR as CSV")
    result.add_argument("--split", choices=("alerts", "flows"), help="also write the packets of each as a capture file")
    result.add_argument("--split-to", default=".", metavar="DIR", help="where --split writes (the current folder)")
    result.add_argument("--streams", metavar="DIR", help="also write every TCP stream put together to DIR")
    result.add_argument("--top", type=int, default=10, metavar="N", help="list the N heaviest TCP and UDP flows (10)")
    result.add_argument("--by", choices=("packets", "bytes"), default="bytes", help="what makes a flow heavy (bytes)")
    result.add_argument("-o", "--output", metavar="PATH", help="write the report to PATH instead of standard output")
    return result


def events_parser() -> argparse.ArgumentParser:
    """Return the parser of `netwatch events`."""
    result = _Parser(prog="netwatch events", description="Tell what happens, a line each, while it happens.")
    result.add_argument("files", nargs="*", metavar="FILE", help="capture files to read")
    source_options(result)
    result.add_argument("--types", metavar="LIST", help="only these records of EVE, as alert,flow,dns; packet; all")
    result.add_argument(
        "--format",
        choices=("eve", "zeek", "csv"),
        default="eve",
        help="Suricata's EVE JSON, Zeek's conn.log as JSON, or a CSV log of packets (eve)",
    )
    result.add_argument(
        "--to", default="-", metavar="TARGET", help="a new file, unix:PATH, tcp:127.0.0.1:PORT or udp:127.0.0.1:PORT"
    )
    return result


def record_parser() -> argparse.ArgumentParser:
    """Return the parser of `netwatch record`."""
    result = _Parser(prog="netwatch record", description="Capture to files without a screen.")
    result.add_argument("files", nargs="*", metavar="FILE", help="capture files to read instead of an interface")
    source_options(result)
    recording_options(result)
    return result


def rules_parser() -> argparse.ArgumentParser:
    """Return the parser of `netwatch rules`."""
    result = _Parser(prog="netwatch rules", description="Say which rules of files can be used, and why others cannot.")
    result.add_argument("action", choices=("check",), help="check: read the files and count")
    result.add_argument("files", nargs="+", metavar="FILE", help="Suricata rules, or patterns in a signatures.txt")
    result.add_argument(
        "--variable", action="append", default=[], metavar="NAME=VALUE", help="what $NAME means, as HOME_NET=10.0.0.0/8"
    )
    result.add_argument("--all", action="store_true", help="show every line that is wrong, not only the first 20")
    return result


def console_parser() -> argparse.ArgumentParser:
    """Return the parser of `netwatch console`."""
    result = _Parser(prog="netwatch console", description="Read packets, then prompt for Python with Scapy and them.")
    result.add_argument("files", nargs="*", metavar="FILE", help="capture files to read")
    source_options(result)
    result.add_argument("--by", choices=("packets", "bytes"), default="bytes", help="the order of `flows` (bytes)")
    return result


def completion_parser() -> argparse.ArgumentParser:
    """Return the parser of `netwatch completion`."""
    result = _Parser(prog="netwatch completion", description="Write a completion script, or the manual page.")
    result.add_argument("shell", choices=("bash", "zsh", "fish", "man"), help="whose script; man: the manual page")
    return result


def parsers() -> dict[str, argparse.ArgumentParser]:
    """Return the parser of each verb, and that of the monitor under an empty name."""
    from netwatch.verbs.lab_options import lab_parser

    return {
        "": parser(),
        "report": report_parser(),
        "events": events_parser(),
        "record": record_parser(),
        "console": console_parser(),
        "lab": lab_parser(),
        "rules": rules_parser(),
        "doctor": doctor_parser(),
        "completion": completion_parser(),
    }


def doctor_parser() -> argparse.ArgumentParser:
    """Return the parser of `netwatch doctor`."""
    result = _Parser(
        prog="netwatch doctor", description="Say what can be captured from here, and how to mend the rest."
    )
    result.add_argument("--bundle", nargs="?", const="", metavar="FILE", help=_BUNDLE_HELP)
    return result


def _complete(shell: str) -> int:
    from netwatch.shell.command_line import commands_of
    from netwatch.shell.completion import SHELLS
    from netwatch.shell.manual import manual

    commands = commands_of(parsers())
    sys.stdout.write(manual(commands) if shell == "man" else SHELLS[shell](commands))
    return ExitStatus.DONE


def _dispatch(words: list[str]) -> int:
    verb = _VERBS.get(words[0]) if words else None
    if verb is not None:
        return verb(words[1:])
    options = parser().parse_args(words)
    if options.list_interfaces:
        from netwatch.verbs.interfaces import print_interfaces

        return print_interfaces(as_json=options.json)
    if options.print_config:
        from netwatch.verbs.print_config import print_config

        return print_config(options.config)
    from netwatch.verbs.monitor import monitor

    return monitor(options)


def _imported(name: str, arguments: Callable[[], argparse.ArgumentParser]) -> Callable[[list[str]], int]:
    """Return what does a verb, whose module has its name.

    It is imported when it is wanted: numpy and Textual must not load before privileges are dropped.
    """

    def run(words: list[str]) -> int:
        options = arguments().parse_args(words)
        status: int = getattr(import_module(f"netwatch.verbs.{name}"), name)(options)
        return status

    return run


def _lab(words: list[str]) -> int:
    from netwatch.verbs.lab import lab
    from netwatch.verbs.lab_options import lab_parser

    return lab(lab_parser().parse_args(words), words)


_VERBS: Final[dict[str, Callable[[list[str]], int]]] = {
    "report": _imported("report", report_parser),
    "events": _imported("events", events_parser),
    "record": _imported("record", record_parser),
    "rules": _imported("rules", rules_parser),
    "doctor": _imported("doctor", doctor_parser),
    "console": _imported("console", console_parser),
    "completion": lambda words: _complete(completion_parser().parse_args(words).shell),
    "lab": _lab,
}
