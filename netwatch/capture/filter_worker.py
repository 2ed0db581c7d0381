"""A child process that compiles one long filter, so that libpcap's optimizer stops nobody and can be stopped.

The optimizer takes time cubic in the length of the filter (500 hosts: 30 s), holds the interpreter lock meanwhile and
has overflowed its stack on hostile input before; in a child all of that is harmless.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from netwatch.capture.bpf_program import BpfProgram
from netwatch.capture.libpcap import load_libpcap
from netwatch.errors import FilterError, NetwatchError

TIME_LIMIT: Final = 60.0
"""Seconds; about 650 `host` terms compile in that time."""

_START = "import sys; sys.path[:] = sys.argv[1:]; from netwatch.capture import filter_worker; filter_worker.main()"
_PACKAGE_FOLDER = Path(__file__).resolve().parents[2]


def compile_in_child(text: str, dlt: int, snaplen: int, netmask: int, time_limit: float = TIME_LIMIT) -> BpfProgram:
    """Compile `text` with an unprivileged handle for `dlt` in a process of its own.

    Raises:
        FilterError: libpcap refuses it, or takes longer than `time_limit` seconds.
    """
    # -I: the current folder, which may be anybody's, is not searched for modules
    command = [sys.executable, "-I", "-c", _START, str(_PACKAGE_FOLDER), *filter(None, sys.path)]
    request = json.dumps([text, dlt, snaplen, netmask]).encode()
    try:
        child = subprocess.run(command, input=request, capture_output=True, timeout=time_limit, check=False)
        answer = json.loads(child.stdout)
    except subprocess.TimeoutExpired as error:
        raise FilterError(f"the filter is too long: libpcap had not compiled it after {time_limit:g} s") from error
    except OSError as error:
        raise FilterError("the filter is too long to compile here, and no helper process can be started") from error
    except ValueError as error:
        raise FilterError("libpcap broke down over this filter") from error
    if "error" in answer:
        raise FilterError(answer["error"])
    return BpfProgram.of(tuple(instruction) for instruction in answer["code"])


def main() -> None:
    """Compile the request on standard input; write the program, or the reason against it, to standard output."""
    text, dlt, snaplen, netmask = json.load(sys.stdin)
    try:
        handle = load_libpcap().open_dead(dlt, snaplen)
        code = handle.compile(text, optimize=True, netmask=netmask)
        answer: dict[str, object] = {"code": [tuple(instruction) for instruction in code]}
        handle.close()
    except NetwatchError as error:
        answer = {"error": error.message}
    json.dump(answer, sys.stdout)
