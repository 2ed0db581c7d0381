"""What the ring tests run inside a namespace: captures until told to stop and writes what it saw as JSON.

`python -m tests.live.ring_child INTERFACES [FILTER]` takes commands on standard input, one a line: `filter TEXT`,
`open NAMES`, `state`, `stop`; each is answered by one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from netwatch.engine import Engine


def seen(engine: Engine) -> dict[str, Any]:
    """Return what the engine knows."""
    snapshot = engine.snapshot()
    rows = engine.rows(1, 5000)
    return {
        "state": snapshot.state.value,
        "message": snapshot.message,
        "packets": snapshot.packets,
        "bytes": snapshot.bytes,
        "dropped": snapshot.loss.kernel_dropped,
        "protocols": Counter(row.protocol for row in rows),
        "infos": [row.info for row in rows[:50]],
        "vlans": sorted({row.vlan for row in rows}),
        "directions": Counter(row.direction for row in rows),
        "interfaces": Counter(row.interface for row in rows),
        "link_types": list(snapshot.link_types),
        "changes": [list(change) for change in snapshot.history.filter_changes],
        "frames": [len(engine.frame(row.number)) for row in rows[:50]],
        "capture_id": snapshot.capture_id,
    }


def main() -> None:
    """Serve commands."""
    from netwatch.capture.privileges import CaptureRights

    rights = CaptureRights.acquire()
    from netwatch.capture.live import LiveCapture
    from netwatch.capture.ring import RingOptions
    from netwatch.engine import Engine
    from netwatch.errors import NetwatchError

    names, text = tuple(sys.argv[1].split(",")), sys.argv[2] if len(sys.argv) > 2 else ""
    snaplen = int(sys.argv[3]) if len(sys.argv) > 3 else 262144
    live = LiveCapture(rights, RingOptions(ring_bytes=8 << 20, snaplen=snaplen))
    engine = Engine(buffer_bytes=64 << 20, live=live)
    engine.start(live.open(names, text, include_own_session=True), capture_filter=text)
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        command, _, rest = line.strip().partition(" ")
        try:
            if command == "filter":
                engine.set_capture_filter(rest).result(10)
            elif command == "open":
                engine.open(tuple(rest.split(","))).result(10)
            elif command == "stop":
                break
            time.sleep(0.3)
            answer: dict[str, Any] = seen(engine)
        except NetwatchError as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)
    engine.close()


if __name__ == "__main__":
    main()
