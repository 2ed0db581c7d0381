"""`netwatch lab`: one active tool, planned and checked first, then run with nothing but the rights to send."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netwatch.errors import ExitStatus, UsageError
from netwatch.lab.results import as_csv, as_json, as_text
from netwatch.text import printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from netwatch.lab.bench import Bench
    from netwatch.lab.plan import Plan
    from netwatch.lab.results import Results


WITHOUT_RIGHTS = frozenset({"dns"})
"""Tools that send through ordinary sockets."""


def lab(options: argparse.Namespace, words: Sequence[str]) -> int:
    """Run the tool that `options` names; `words` are the arguments as given, for the log.

    Raises:
        NetwatchError: wrong usage, no rights, a target that may not be sent to, or a failure while running.
    """
    # Scapy speaks of routes and interfaces that no tool here asks it for
    logging.getLogger("scapy").setLevel(logging.CRITICAL)
    if options.tool == "namespace":
        return _namespace(options, words)
    if options.tool == "check" or (options.tool == "make" and not options.send):
        return _without_sending(options, words)
    return _send(options, words)


def _without_sending(options: argparse.Namespace, words: Sequence[str]) -> int:
    """Run a tool that works on files only."""
    from netwatch.capture.privileges import drop_privileges

    drop_privileges()
    with ExitStack() as stack:
        output = _open_output(options, stack)
        if options.tool == "check":
            from netwatch.verbs.lab_check import check

            results = check(options)
        else:
            from netwatch.lab.make import make
            from netwatch.verbs.lab_plans import make_options

            if options.dry_run:
                raise UsageError("--dry-run shows what --send would send", "without --send nothing is sent anyway")
            results = make(make_options(options))
        _write(options, results, {"tool": options.tool, "arguments": list(words)}, output)
    return ExitStatus.FAILED if results.failed else ExitStatus.DONE


def _namespace(options: argparse.Namespace, words: Sequence[str]) -> int:
    """Build or take away a lab network: the one tool that needs all of root's rights while it runs."""
    from netwatch.lab.namespace import NamespaceOptions, down, up

    wanted = NamespaceOptions(options.name, options.loss, options.delay, options.dry_run)
    with ExitStack() as stack:
        output = _open_output(options, stack)
        results = up(wanted) if options.action == "up" else down(wanted)
        _write(options, results, {"tool": options.tool, "arguments": list(words)}, output)
    return ExitStatus.DONE


def _send(options: argparse.Namespace, words: Sequence[str]) -> int:
    from netwatch.lab.pace import Pacer
    from netwatch.lab.targets import is_name
    from netwatch.verbs.lab_plans import plan_of

    # replay has a pace and a cap of its own
    pacer = Pacer(options.rate) if options.tool != "replay" else Pacer()
    texts = getattr(options, "target", None) or []
    named = any(map(is_name, [texts] if isinstance(texts, str) else texts))
    # what is wrong is said before rights are asked for, but names are looked up without them
    plan = None if named and not options.dry_run else plan_of(options)
    with ExitStack() as stack:
        rights = None
        if options.dry_run or (plan is not None and plan.wire is not None) or options.tool in WITHOUT_RIGHTS:
            from netwatch.capture.privileges import drop_privileges

            drop_privileges()
        else:
            from netwatch.lab.rights import SendRights

            if plan is not None and plan.before_drop is not None:
                plan.before_drop()
            frames = plan.frames if plan is not None else False
            rights = SendRights.acquire(plan.interface if plan is not None else options.interface, frames=frames)
            stack.callback(rights.close)
        plan = plan or plan_of(options)
        if plan.confirm and not options.dry_run:
            _confirm(plan, yes=options.yes)
        output = _open_output(options, stack)
        bench = _bench(options, words, plan, rights, stack)
        stack.callback(bench.wire.close)
        bench.pacer = pacer
        started = time.time()
        results = _run(plan, bench)
        facts = _facts(options, words, plan, bench, started)
        _write(options, results, facts, output)
    return ExitStatus.FAILED if results.failed else ExitStatus.DONE


def _confirm(plan: Plan, *, yes: bool) -> None:
    """Say what will be sent and wait for a yes.

    Raises:
        UsageError: it was not given, or nobody can be asked.
    """
    sys.stderr.write(f"netwatch: this sends {printable(plan.note, 400)}\n")
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody can be asked whether that may be sent", "say so with --yes")
    sys.stderr.write("Send it? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise UsageError("nothing was sent", "answer y, or give --yes")


def _bench(options: argparse.Namespace, words: Sequence[str], plan: Plan, rights: Any, stack: ExitStack) -> Bench:
    from netwatch.lab.bench import Bench, Progress
    from netwatch.lab.sent_log import SentLog
    from netwatch.lab.wire import SilentWire, SocketWire
    from netwatch.settings import folders

    say, progress = _speaker(options), Progress(shown=False if options.quiet else None)
    if options.dry_run:
        return Bench(SilentWire(frames=plan.frames), None, say=say, progress=progress)
    log = stack.enter_context(SentLog(Path(options.log) if options.log else folders().user_state_path / "lab.log"))
    log.begin(words, interface=plan.interface or "", authorised=options.i_am_authorised)
    wire = plan.wire() if plan.wire is not None else SocketWire(rights, plan.interface)
    return Bench(wire, log, say=say, progress=progress)


def _run(plan: Plan, bench: Bench) -> Results:
    """Run the tool; whatever happens, the log says how it ended."""
    outcome = "failed"
    try:
        with bench.stop.on_signals():
            bench.wire.listen(plan.listen)
            if plan.note and not plan.confirm:
                sys.stderr.write(f"netwatch: {printable(plan.note)}\n")
            results = plan.run(bench)
        outcome = "interrupted" if bench.stop.wanted else "done"
    finally:
        bench.progress.clear()
        if bench.log is not None:
            bench.log.end(outcome)
    return results


def _speaker(options: argparse.Namespace) -> Any:
    """Return what takes lines while the tool runs: they must not get into JSON or CSV."""
    machine = options.json or options.csv
    if machine and not options.dry_run:
        return lambda _: None
    stream = sys.stderr if machine else sys.stdout

    def say(line: str) -> None:
        stream.write(printable(line) + "\n")
        stream.flush()

    return say


def _facts(
    options: argparse.Namespace, words: Sequence[str], plan: Plan, bench: Bench, started: float
) -> dict[str, Any]:
    return {
        "tool": options.tool,
        "arguments": list(words),
        "interface": plan.interface,
        "started": round(started, 6),
        "seconds": round(time.time() - started, 6),
        "interrupted": bench.stop.wanted,
        "dry_run": bench.dry,
        "sent": {"packets": 0 if bench.dry else bench.packets, "bytes": 0 if bench.dry else bench.octets},
        "would_send": {"packets": bench.packets, "bytes": bench.octets} if bench.dry else None,
        "log": str(bench.log.path) if bench.log else None,
    }


def _open_output(options: argparse.Namespace, stack: ExitStack) -> Any:
    """Create the file for the results before anything is sent."""
    if options.output in (None, "-"):
        return None
    from netwatch.capture.atomic import AtomicFile

    return stack.enter_context(AtomicFile(options.output, overwrite=False))


def _write(options: argparse.Namespace, results: Results, facts: dict[str, Any], output: Any) -> None:
    if options.json:
        text = as_json(results, facts)
    elif options.csv:
        text = as_csv(results)
    else:
        text = as_text(results) if not facts.get("dry_run") else ""
        text += _last_line(facts)
    if output is not None:
        output.write(text.encode())
        output.commit()
        return
    sys.stdout.write(text)
    sys.stdout.flush()


def _last_line(facts: dict[str, Any]) -> str:
    if facts.get("dry_run"):
        would = facts["would_send"]
        return f"dry run: {would['packets']} packets, {would['bytes']} bytes would be sent; nothing was\n"
    if "sent" not in facts:
        return ""
    ended = "interrupted; " if facts["interrupted"] else ""
    return f"{ended}{facts['sent']['packets']} packets sent, logged in {printable(str(facts['log']))}\n"
