"""The arguments of `netwatch lab`: a tool, its own options, and the guard rails that all tools share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.verbs.parser import Parser

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

RATE_HELP = "packets a second (100; never more than 1000)"


def lab_parser() -> Parser:
    """Return the parser of `netwatch lab`, with one sub-parser a tool."""
    result = Parser(
        prog="netwatch lab",
        description="Active tools and labelled traffic for a lab. Each run sends only to the targets given, at a "
        "bounded rate, logs every packet, and stops at Ctrl-C. Exit status: 0 done, 1 failed or a check found "
        "something, 2 wrong usage, 77 not permitted.",
    )
    tools = result.add_subparsers(dest="tool", metavar="TOOL", required=True)
    for name, (summary, own) in TOOLS.items():
        tool = tools.add_parser(name, help=summary, description=summary[0].upper() + summary[1:] + ".")
        own(tool)
    return result


def _output(tool: argparse.ArgumentParser) -> None:
    form = tool.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="results as JSON")
    form.add_argument("--csv", action="store_true", help="results as CSV")
    tool.add_argument("-o", "--output", metavar="PATH", help="write the results to a new file PATH")
    tool.add_argument("-q", "--quiet", action="store_true", help="no progress on standard error")


def _sending(tool: argparse.ArgumentParser, *, rate: bool = True) -> None:
    """Add what every tool that sends has."""
    _output(tool)
    tool.add_argument("-i", "--interface", metavar="NAME", help="send and listen on this interface only")
    if rate:
        tool.add_argument("--rate", type=float, default=100.0, metavar="N", help=RATE_HELP)
    tool.add_argument("--dry-run", action="store_true", help="print what would be sent, send nothing; needs no rights")
    tool.add_argument(
        "--i-am-authorised",
        action="store_true",
        help="you may send to targets outside the directly connected networks",
    )
    tool.add_argument(
        "--log", metavar="FILE", help="append what is sent to FILE instead of lab.log in the state folder"
    )


def _ping(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("target", nargs="+", metavar="TARGET", help="address, network or host")
    tool.add_argument("-c", "--count", type=int, metavar="N", help="echoes to each target (4; 1 for a network)")
    tool.add_argument("--interval", type=float, default=1.0, metavar="S", help="seconds between echoes to a target (1)")
    tool.add_argument("--timeout", type=float, default=1.0, metavar="S", help="seconds to wait for each answer (1)")
    tool.add_argument("--size", type=int, default=56, metavar="BYTES", help="payload of each echo (56)")
    _sending(tool)


def _arp(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("target", nargs="+", metavar="TARGET", help="network or addresses; an IPv6 /64 by all-nodes echo")
    tool.add_argument("--timeout", type=float, default=1.0, metavar="S", help="seconds to wait for answers (1)")
    tool.add_argument("--retries", type=int, default=1, metavar="N", help="ask the silent ones again N times (1)")
    tool.add_argument("--compare", metavar="FILE", help="compare with who was seen in the capture FILE")
    _sending(tool)


def _scan(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("target", nargs="+", metavar="TARGET", help="address, network or host")
    tool.add_argument("-p", "--ports", default="1-1024", metavar="LIST", help="ports, as 22,80,8000-8010 (1-1024)")
    tool.add_argument("--timeout", type=float, default=1.0, metavar="S", help="seconds to wait for each answer (1)")
    tool.add_argument("--retries", type=int, default=1, metavar="N", help="ask silent ports again N times (1)")
    tool.add_argument("--banner", action="store_true", help="connect to open ports and read what they say first")
    tool.add_argument("--all", action="store_true", help="list closed and filtered ports too, however many")
    _sending(tool)


def _trace(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("target", metavar="TARGET", help="address or host")
    tool.add_argument("--method", choices=("icmp", "udp", "tcp"), default="icmp", help="kind of probes (icmp)")
    tool.add_argument("--port", type=int, metavar="N", help="port of all UDP (33434) or TCP probes (80)")
    tool.add_argument("--max-hops", type=int, default=30, metavar="N", help="give up after N hops (30)")
    tool.add_argument("--queries", type=int, default=3, metavar="N", help="probes to each hop (3)")
    tool.add_argument("--timeout", type=float, default=1.0, metavar="S", help="seconds to wait for each answer (1)")
    _sending(tool)


def _dns(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("name", metavar="NAME", help="the name to ask for")
    tool.add_argument("--server", dest="target", required=True, metavar="ADDRESS", help="the server to ask")
    tool.add_argument("--type", default="A", metavar="TYPE", help="record type (A)")
    tool.add_argument("--port", type=int, default=53, metavar="N", help="the server's port (53)")
    tool.add_argument("--tcp", action="store_true", help="ask over TCP at once, not only when an answer does not fit")
    tool.add_argument("--no-recursion", action="store_true", help="ask for what the server itself knows")
    tool.add_argument("--dnssec", action="store_true", help="ask for signatures")
    tool.add_argument("--timeout", type=float, default=2.0, metavar="S", help="seconds to wait for the answer (2)")
    _sending(tool)


def _arp_check(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("target", nargs="?", metavar="GATEWAY", help="address to check (the default route's gateway)")
    tool.add_argument("--timeout", type=float, default=1.0, metavar="S", help="seconds to wait for answers (1)")
    tool.add_argument("--pause", type=float, default=2.0, metavar="S", help="seconds between the two questions (2)")
    _sending(tool)


def _send(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("packet", nargs="?", metavar="PACKET", help='as \'IP(dst="192.0.2.1")/TCP(dport=80, flags="S")\'')
    tool.add_argument("--hex", metavar="FILE", help="the packet as hexadecimal digits in FILE instead")
    tool.add_argument("--layer", type=int, choices=(2, 3), help="what it begins with: 2 Ethernet (needs -i), 3 IP")
    tool.add_argument("-c", "--count", type=int, metavar="N", help="send N copies (1)")
    tool.add_argument("--interval", type=float, metavar="S", help="seconds between two (as the rate allows)")
    tool.add_argument("--wait", type=float, metavar="S", help="wait S seconds for the answer to each and show it")
    tool.add_argument("--loop", type=int, metavar="N", help="N times, a second apart, answers shown as they come")
    _sending(tool)


def _make(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("scenario", metavar="SCENARIO", help="name of a scenario; list shows them, all makes every one")
    tool.add_argument("-w", "--write", metavar="FILE", help="the capture file (SCENARIO.pcap); with all, the folder")
    tool.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed gives the same capture (1)")
    tool.add_argument("--network", default="10.77.0.0/24", metavar="NET", help="network of the hosts (10.77.0.0/24)")
    tool.add_argument("--payload", metavar="FILE", help="what dns-exfil carries out")
    tool.add_argument("--send", action="store_true", help="also send it on the interface -i, in a lab namespace")
    tool.add_argument("--speed", type=float, default=1.0, metavar="N", help="with --send: N times as fast (1)")
    _sending(tool)


def _check(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("capture", metavar="CAPTURE", help="capture file, or folder of them")
    tool.add_argument("--labels", metavar="PATH", help="label file or folder (beside the captures)")
    tool.add_argument("--saved", metavar="FILE", help="exit 1 when worse than this --json result of an earlier run")
    engines = ("netwatch", "suricata", "zeek")
    tool.add_argument("--engine", choices=engines, default="netwatch", help="whose alerts to score (netwatch)")
    rules = "rules in the Suricata language; with suricata instead of its own (repeatable)"
    tool.add_argument("--rules", action="append", default=[], metavar="FILE", help=rules)
    profiles = ("balanced", "quiet", "lab")
    tool.add_argument("--profile", choices=profiles, default="balanced", help="of netwatch's detectors (balanced)")
    _output(tool)


def _namespace(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("action", choices=("up", "down"), metavar="up|down", help="build the network, or take it away")
    tool.add_argument("--name", default="lab", metavar="NAME", help="what its namespaces begin with (lab)")
    tool.add_argument("--loss", type=float, default=0.0, metavar="PERCENT", help="packets lost before the server (0)")
    tool.add_argument("--delay", type=float, default=0.0, metavar="MS", help="milliseconds more, each way (0)")
    tool.add_argument("--dry-run", action="store_true", help="print the commands, run none; needs no rights")
    _output(tool)


def _replay(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("file", metavar="FILE", help="capture file with Ethernet frames")
    tool.add_argument("--speed", type=float, metavar="N", help="N times as fast as recorded (1)")
    tool.add_argument("--rate", type=float, metavar="N", help="N packets a second, steadily (never more than 10000)")
    tool.add_argument("--loop", type=int, default=1, metavar="N", help="N rounds (1)")
    tool.add_argument("--map", action="append", default=[], metavar="OLD=NEW", help="address or network to replace")
    engines = ("auto", "netwatch", "tcpreplay")
    sender = "what sends (auto: for a --rate tcpreplay where it is installed, else netwatch, which keeps time better)"
    tool.add_argument("--engine", choices=engines, default="auto", help=sender)
    tool.add_argument("--source-mac", metavar="MAC", help="source of every frame")
    tool.add_argument("--destination-mac", metavar="MAC", help="destination of every frame")
    _sending(tool, rate=False)


def _enrich(tool: argparse.ArgumentParser) -> None:
    tool.add_argument("alert", metavar="ALERT", help="file with one alert as JSON; what is found is appended to it")
    tool.add_argument("--host", default="src", metavar="HOST", help="whom to look at: src, dst or an address (src)")
    tool.add_argument(
        "-p", "--ports", default="22,80,443,445,3389", metavar="LIST", help="TCP ports (22,80,443,445,3389)"
    )
    tool.add_argument("--timeout", type=float, default=0.5, metavar="S", help="seconds that each look may wait (0.5)")
    tool.add_argument("--max-hops", type=int, default=8, metavar="N", help="hops of the trace (8)")
    tool.add_argument("-n", "--no-resolve", action="store_true", help="no reverse DNS")
    tool.add_argument("--yes", action="store_true", help="do not ask before sending")
    _sending(tool)


TOOLS: dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "arp": ("who is on the link, by ARP and IPv6 neighbour discovery", _arp),
    "arp-check": ("is somebody else answering for my gateway? exit 1 when it looks so", _arp_check),
    "check": ("run the detectors over labelled captures and count what is right and wrong", _check),
    "dns": ("one DNS query to one server, every flag and record shown", _dns),
    "enrich": ("a short look at the host of an alert, kept in the alert's file", _enrich),
    "make": ("labelled traffic of a scenario, for testing detectors", _make),
    "namespace": ("a small network of namespaces with real services, to learn and demonstrate", _namespace),
    "ping": ("round-trip times and loss by ICMP echo, to hosts or a network", _ping),
    "replay": ("a capture file onto an interface of a lab", _replay),
    "scan": ("open, closed and filtered TCP ports, by SYN", _scan),
    "send": ("a packet of your own, and its answers", _send),
    "trace": ("the routers on the way to a host, with loss and round-trip times", _trace),
}
"""Tool -> what it does, and what adds its arguments."""
