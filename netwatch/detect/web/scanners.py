"""Scanners: tools that look for holes in web servers, and say so in their User-Agent."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

SCANNERS: Final = (
    "acunetix", "arachni", "bbqsql", "brutus", "commix", "dalfox", "dirbuster", "dirsearch", "feroxbuster",
    "fimap", "fuzz faster u fool", "gobuster", "grabber", "havij", "joomscan", "jorgee", "l9explore",
    "l9tcpid", "masscan", "morfeus", "netsparker", "nessus", "nikto", "nmap scripting engine", "nuclei",
    "openvas", "paros", "qualys", "rustbuster", "skipfish", "sqlmap", "vega/1.", "w3af", "wapiti",
    "webinspect", "webshag", "wfuzz", "whatweb", "whisker", "wpscan", "xsser", "xsstrike", "zgrab", "zmeu",
)  # fmt: skip
"""Words in lower case that only such tools have in their User-Agent, as their documentation or source says."""

REMEMBERED: Final = 1024
"""User-Agents of which it is remembered what they name."""
LONGEST: Final = 1024
"""Characters of one that are looked at."""
_WORDS = re.compile(r"(?<![a-z])(?:" + "|".join(map(re.escape, SCANNERS)) + ")")


def scanner(user_agent: str) -> str:
    """Return which tool a User-Agent names, empty for none."""
    return _scanner(user_agent[:LONGEST])


@lru_cache(REMEMBERED)
def _scanner(user_agent: str) -> str:
    found = _WORDS.search(user_agent.lower())
    return found[0].rstrip("/1.") if found else ""
