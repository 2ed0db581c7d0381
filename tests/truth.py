"""Whole sessions beside what tshark and capinfos say of the same captures: `python -m tests.truth` counts who agrees.

Prints for each fact of how many captures the report says the same and of how many others truth_differences.py says why
not (tunnels that are not looked into, VLANs that make flows of their own), then what nobody explains, and with `--all`
what is explained. It takes minutes: tests/test_truth.py is for a sample.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.capture.file_source import FileSource
from netwatch.errors import FileError
from netwatch.export.report import report_object
from netwatch.run.session import Session
from netwatch.snapshot import CaptureState
from netwatch.tables.query import TableQuery
from netwatch.track.analysis import Analysis
from netwatch.track.buffer import PacketBuffer
from tests.carriers import udp_carriers
from tests.truth_differences import reasons

if TYPE_CHECKING:
    from collections.abc import Callable

    from netwatch.snapshot import Snapshot

DEV: Final = Path(__file__).resolve().parents[1] / "../shared/pcaps/dev"
TRUTH: Final = DEV / "truth.json"
LEAST: Final = 0.99
"""Share of the captures of which the report says the same, for each fact."""
NAMES: Final = 10_000
MICROSECONDS: Final = 10
"""Times may differ by so many: capinfos rounds."""
DNS: Final = ("dns", "mdns", "llmnr")
ENCAPSULATIONS: Final = {
    "ether": 1, "null": 0, "slip": 8, "ppp": 9, "rawip": 101, "chdlc": 104, "ieee-802-11": 105, "frelay": 107,
    "linux-sll": 113, "ieee-802-11-prism": 119, "atm-pdus": 123, "ieee-802-11-radiotap": 127, "arcnet_linux": 129,
    "juniper-atm1": 137, "mtp2": 140, "user2": 149, "ppi": 192, "wpan": 195, "socketcan": 227, "rawip4": 228,
    "rawip6": 229, "wpan-nofcs": 230, "nflog": 239, "netlink": 253, "linux-sll2": 276,
}  # fmt: skip
"""LINKTYPE_ values (tcpdump.org/linktypes.html) of capinfos' names of a capture with one of them."""
SIMPLE: Final = "HTTP/0.9"
"""As the web table has it; an answer to such a request has no status."""


@cache
def facts() -> dict[str, Any]:
    """Return what is known of each capture."""
    found: dict[str, Any] = json.loads(TRUTH.read_text())["files"]
    return found


def report_of(name: str) -> dict[str, Any]:
    """Return what a report says of a capture, and under `server_names` every name that a client asked for by TLS.

    Where the facts are defined otherwise (`definitions` of truth.json), it is counted as they are: conversations are
    those of addresses and ports, whatever the VLAN, of UDP also those that are but carriers of tunnels; and requests
    are those of HTTP/1, without the simple ones of HTTP/0.9.

    Raises:
        FileError: it cannot be read.
    """
    session = Session(source=FileSource([str(DEV / name)]), buffer=PacketBuffer(1 << 28))
    while session.step(1):
        pass
    snapshot = session.snapshot()
    if snapshot.state is not CaptureState.STOPPED or snapshot.problems:
        raise FileError(snapshot.message or snapshot.problems[0].words)
    report = report_object(snapshot, session.summary("bytes", 10)) | _without_vlans(session, snapshot)
    web = session.analysis.page("web", TableQuery("serial", count=NAMES)).table
    simple = np.array(web.version, dtype=object) == SIMPLE
    report["http"]["requests"] -= int(np.count_nonzero(simple & (web.status == 0)))
    report["flows"]["udp"] += udp_carriers(session.buffer.batches)
    report["server_names"] = {text.lower() for text in session.analysis.contents.web.summary(NAMES).names.name}
    return report


def _without_vlans(session: Session, snapshot: Snapshot) -> dict[str, Any]:
    """Return what a report says of flows and handshakes when it is told nothing of VLANs."""
    analysis = Analysis()
    for batch in session.buffer.batches:
        analysis.feed(replace(batch, vlan=np.full_like(batch.vlan, -1)))
    analysis.settle()
    report = report_object(snapshot, analysis.summary("bytes", 10))
    return {part: report[part] for part in ("flows", "handshakes")}


def compared(name: str, report: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return (ours, theirs) of each fact that is known of a capture."""
    return {fact: check(report, facts()[name]) for fact, check in CHECKS.items()}


def _link_types(report: dict[str, Any], wanted: dict[str, Any]) -> tuple[Any, Any]:
    only = ENCAPSULATIONS.get(wanted["file"].get("encapsulation"))
    return ([], []) if only is None else (report["capture"]["link_types"], [only])


def _times(report: dict[str, Any], wanted: dict[str, Any]) -> tuple[Any, Any]:
    texts = [wanted["file"].get(name) or "" for name in ("first_ts", "last_ts")]
    if not all(texts) or any("-" in text for text in texts):
        return (), ()
    capture = report["capture"]
    ours, theirs = (capture["first_time"], capture["last_time"]), tuple(sorted(map(float, texts)))
    near = all(abs(one - two) * 1e6 <= MICROSECONDS for one, two in zip(ours, theirs, strict=True))
    return (theirs if near else ours), theirs


def _handshakes(report: dict[str, Any], wanted: dict[str, Any]) -> tuple[Any, Any]:
    ours, theirs = report["handshakes"], wanted["tcp"]["handshakes"]
    return ours["complete"], theirs["complete"] + theirs["simultaneous_open"]


def _refused(report: dict[str, Any], wanted: dict[str, Any]) -> tuple[Any, Any]:
    theirs = wanted["tcp"]["handshakes"]
    unanswered = theirs["syn_only"] + theirs["syn_client_rst"] + theirs["synack_bad_ack"]
    # an ICMP error is an answer to us, but not in the facts: together they are the same
    return (
        report["handshakes"]["refused"] + report["handshakes"]["incomplete"],
        theirs["refused"] + unanswered,
    )


def _dns(report: dict[str, Any], wanted: dict[str, Any]) -> tuple[Any, Any]:
    counts = wanted.get("dns", {}).get("counts", {})
    queries, responses = (sum(counts.get(f"{kind}_{what}", 0) for kind in DNS) for what in ("queries", "responses"))
    return (report["dns"]["queries"], report["dns"]["responses"]), (queries, responses)


def _names(report: dict[str, Any], wanted: dict[str, Any]) -> tuple[Any, Any]:
    theirs = {text.lower() for text in wanted.get("tls", {}).get("sni", {})}
    return theirs & report["server_names"], theirs


def _hosts(report: dict[str, Any], wanted: dict[str, Any]) -> tuple[Any, Any]:
    theirs = Counter({host: count for host, count in wanted["http"]["hosts"].items() if host})
    return Counter(report["http"]["hosts"]) & theirs, theirs


CHECKS: Final[dict[str, Callable[[dict[str, Any], dict[str, Any]], tuple[Any, Any]]]] = {
    "packets": lambda ours, theirs: (ours["capture"]["packets"], theirs["file"]["packets"]),
    "bytes": lambda ours, theirs: (ours["capture"]["bytes"], theirs["bytes_wire"]),
    "link types": _link_types,
    "times": _times,
    "TCP conversations": lambda ours, theirs: (ours["flows"]["tcp"], theirs["tcp"]["streams"]),
    "UDP conversations": lambda ours, theirs: (ours["flows"]["udp"], theirs["udp"]["tuples_inner"]),
    "handshakes complete": _handshakes,
    "handshakes refused or unanswered": _refused,
    "DNS queries and responses": _dns,
    "TLS server names": _names,
    "HTTP requests": lambda ours, theirs: (ours["http"]["requests"], theirs["http"]["requests"]),
    "HTTP hosts": _hosts,
}


def main() -> int:
    """Count over all captures; return 1 where something differs and nobody knows why, or too much does."""
    agree, known = Counter[str](), Counter[str]()
    explained, unexplained = [], []
    total = 0
    for name in sorted(facts()):
        if not facts()[name]["file"]["packets"]:
            continue
        total += 1
        try:
            found = compared(name, report_of(name))
        except FileError as error:
            unexplained.append(f"{name}: {error}")
            continue
        for fact, (ours, theirs) in found.items():
            why = reasons(fact).get(name)
            if ours == theirs:
                agree[fact] += 1
                continue
            known[fact] += why is not None
            text = f"{fact}: {name}: {str(ours)[:100]}, theirs {str(theirs)[:100]}"
            (unexplained if why is None else explained).append(f"{text}; {why}")
    for fact in CHECKS:
        share = f"{agree[fact]:>4} of {total} agree: {agree[fact] / total:.1%}"
        sys.stdout.write(f"{fact:<34} {share}, {known[fact]:>2} others explained\n")
    sys.stdout.writelines(f"{line}\n" for line in [*unexplained, *(sorted(explained) if "--all" in sys.argv else ())])
    return 1 if unexplained or min(agree.values()) < LEAST * total else 0


if __name__ == "__main__":
    sys.exit(main())
