"""`lab enrich`: a look at the host of an alert, kept in the alert's own file."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from netwatch.errors import UsageError
from netwatch.export.alert_file import append_enrichment, read_alert
from netwatch.lab.input_file import as_input
from netwatch.lab.look import LISTEN, look_at, told
from netwatch.lab.plan import Plan
from netwatch.lab.ranges import require_within
from netwatch.lab.results import Results
from netwatch.lab.targets import parse_address
from netwatch.text import printable

if TYPE_CHECKING:
    from netwatch.lab.bench import Bench
    from netwatch.lab.surroundings import Surroundings
    from netwatch.tables.enrichment import Look

COLUMNS: Final = ("look", "result")
MOST_PORTS: Final = 100


@dataclass(frozen=True, slots=True)
class EnrichOptions:
    """Whom to look at."""

    path: str
    host: str
    """`src`, `dst` or an address."""
    look: Look


def plan_enrich(options: EnrichOptions, around: Surroundings) -> Plan:
    """Check what `lab enrich` was asked for.

    Raises:
        UsageError: wrong options, or a host that may not be sent to.
        InputFileError: the file is no alert.
    """
    look = options.look
    require_within("--timeout", look.timeout, 0.05, 10)
    require_within("--max-hops", look.max_hops, 1, 30)
    require_within("ports of --ports", len(look.ports), 1, MOST_PORTS)
    with as_input():
        alert = read_alert(options.path)
    address = around.targets([host_of(alert, options.host)]).addresses[0]

    def run(bench: Bench) -> Results:
        found = look_at(bench, address, look, around)
        if not bench.dry:
            append_enrichment(options.path, alert, found)
        rows = [{"look": part, "result": result} for part, result in told(found)]
        return Results(COLUMNS, rows, found, "" if bench.dry else f"appended to {printable(options.path)}")

    note = replace(look, resolve=look.resolve and not around.dry).sends(str(address))
    return Plan(run, LISTEN, around.interface_towards(address).name, note=note, confirm=True)


def host_of(alert: dict[str, Any], wanted: str) -> str:
    """Return the address of the host to ask about: `src` or `dst` of the alert, or an address.

    Raises:
        UsageError: the alert has no such address.
    """
    if wanted not in ("src", "dst"):
        return str(parse_address(wanted))
    text = alert.get(wanted)
    try:
        return str(ipaddress.ip_address(text if isinstance(text, str) else ""))
    except ValueError:
        raise UsageError(f"the alert has no address as its {wanted}", "name the host with --host ADDRESS") from None
