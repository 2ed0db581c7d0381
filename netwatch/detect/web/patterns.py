"""Patterns of attacks in decoded values; each is bounded, so that no value takes long to search.

What each attack looks like is common knowledge (OWASP's cheat sheets, CWE-89, CWE-79, CWE-22, CWE-78); the patterns are
our own. A strong one is enough by itself; weak ones count only together and repeatedly.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple


class Pattern(NamedTuple):
    """One sign of an attack."""

    token: str
    """What it is called in evidence."""
    needs: str
    """What stands in every text that the expression finds: looking for it is twenty times faster."""
    regex: re.Pattern[str]

    def found(self, text: str) -> bool:
        """Return True where the sign is in a decoded value."""
        return self.needs in text and self.regex.search(text) is not None


def _patterns(*rows: tuple[str, str, str]) -> tuple[Pattern, ...]:
    return tuple(Pattern(token, needs, re.compile(text)) for token, needs, text in rows)


SQL_STRONG: Final = _patterns(
    (
        "union select",
        "union",
        r"\bunion[ (]{1,8}(?:all |distinct )?[ (]{0,8}select\b(?=.{0,200}?(?:,|\bfrom\b|\bnull\b|\d|\(|@@))",
    ),
    (
        "tautology",
        "",
        r"['\"][ )]{0,8}(?:\bor\b|\band\b|\bxor\b|\|\||&&)[ (]{0,8}(?:not )?"
        r"(?:\d{1,9} ?(?:=|<|>|<>|!=|\blike\b) ?\d|['\"][^'\"]{0,40}['\"]? ?(?:=|<>|!=|\blike\b) ?['\"]|true\b)",
    ),
    ("tautology", " ", r"^-?\d{1,9}[ )]{1,8}(?:or|and|xor)[ (]{1,8}(?:not )?\d{1,9} ?(?:=|<|>) ?\d"),
    ("sleep()", "sleep", r"(?:^|[^\w.])sleep ?\( ?\d{1,6}(?:\.\d{1,3})? ?\)"),
    ("benchmark()", "benchmark", r"\bbenchmark ?\( ?\d"),
    ("pg_sleep()", "pg_sleep", r"\bpg_sleep ?\("),
    ("waitfor delay", "waitfor", r"\bwaitfor delay ?['\"]"),
    ("information_schema", "information_schema", r"\binformation_schema\b ?\."),
    ("into outfile", "into ", r"\binto (?:out|dump)file ?['\"]"),
    ("xp_cmdshell", "xp_cmdshell", r"\bxp_cmdshell\b"),
    ("extractvalue()", "extractvalue", r"\bextractvalue ?\("),
    ("updatexml()", "updatexml", r"\bupdatexml ?\("),
    ("group_concat()", "group_concat", r"\bgroup_concat ?\("),
    ("load_file()", "load_file", r"\bload_file ?\("),
    ("order by n", "order by", r"(?:['\")] ?|^-?\d{1,9} )order by \d{1,3} ?(?:--|#|$)"),
    (
        "stacked query",
        ";",
        r"['\")\d] ?; ?(?:drop|truncate|alter|exec|shutdown|insert into|delete from|update \w{1,64} set)\b",
    ),
    ("sqlite_master", "sqlite_master", r"\bfrom sqlite_master\b"),
)
SQL_WEAK: Final = _patterns(
    ("select from", "select", r"\bselect\b.{1,120}?\bfrom\b"),
    ("drop table", "drop ", r"\bdrop (?:table|database)\b"),
    ("insert into", "insert ", r"\binsert into\b"),
    ("delete from", "delete ", r"\bdelete from\b"),
    ("update set", "update ", r"\bupdate [\w.`]{1,64} set\b"),
    ("comment", "", r"(?:--(?: |$)|(?:^|['\" )])#$)"),
    (";", ";", r";"),
    ("char()", "(", r"\b(?:char|chr|concat|ascii|substr(?:ing)?) ?\("),
    ("quote and keyword", "", r"['\"][ )]{0,8}(?:or|and|union|select|order|having|group|where|like)\b"),
    ("hex text", "0x", r"\b0x[0-9a-f]{6,64}\b"),
)
XSS: Final = _patterns(
    ("<script", "<script", r"<script(?:[ />]|$)"),
    ("<svg onload", "<svg", r"<svg[^>]{0,200}?onload ?="),
    ("javascript:", "javascript", r"^['\" ]{0,4}javascript ?:(?! ?(?:void\b|;|$))"),
    ("event attribute", "on", r"<[a-z!/][^>]{0,200}?[ /'\"]on[a-z]{4,20} ?="),
    (
        "event attribute",
        "on",
        r"['\"][ />]{1,4}on(?:error|load|click|mouse[a-z]{2,5}|focus|blur|toggle|pointer[a-z]{2,6}) ?=",
    ),
    ("frame or object", "<", r"<(?:iframe|object|embed)\b[^>]{0,200}?(?:src|srcdoc|data) ?="),
    ("javascript: link", "javascript", r"<[a-z][^>]{0,200}?(?:href|src|action) ?= ?['\"]? ?javascript ?:"),
    ("document.cookie", "document.cookie", r"(?:[=(+;] ?|<)document\.cookie\b"),
)
TRAVERSAL_TARGET: Final = re.compile(
    r"(?:etc/(?:passwd|shadow|group|hosts|issue)|proc/self|win\.ini|boot\.ini|windows[/\\]system32|web\.config"
    r"|wp-config\.php|web-inf[/\\]|\.ssh/|id_rsa|\.htpasswd|\.env\b|sam\b|access\.log|cmd\.exe)"
)
CLIMB: Final = re.compile(r"\.\.[/\\]{1,2}|\.{3,4}[/\\]{2}")
WHOLE_PATH: Final = re.compile(r"^(?:file:/{1,3})?/?(?:etc/(?:passwd|shadow)|proc/self/)|^file:/{1,3}[a-z]")
"""A value that is the path of such a file, without climbing to it."""
REMOTE_EXECUTION: Final = _patterns(
    ("${jndi:", "${jndi:", r"\$\{jndi:"),
    ("shellshock", "()", r"^\(\) ?\{"),
    (
        "download in a shell",
        " ",
        r"[;|&`(\n] ?(?:/usr)?(?:/bin/)?(?:curl|wget|fetch|tftp) (?:-[\w-]{1,20} ?){0,6}['\"]?(?:https?|ftp|\d)",
    ),
    (
        "shell",
        " ",
        r"(?:\bbash -i\b|\bnc(?:at)? (?:-\w{1,8} ){0,4}-\w{0,4}e\b|/bin/(?:ba|da|z)?sh -[ci]\b|>& ?/dev/tcp/)",
    ),
    (
        "shell command",
        "",
        r"(?:[;|`]|&&|\$\() ?(?:/usr)?(?:/bin/)?"
        r"(?:cat /|id ?(?:[;|`)#]|$)|whoami\b|uname -a|ls -\w|rm -rf|chmod [+0-7]|ping -[cn] ?\d)",
    ),
    ("cmd.exe /c", "cmd", r"\bcmd(?:\.exe)? ?/[ck]\b"),
    ("powershell", "powershell", r"\bpowershell(?:\.exe)? .{0,80}?-(?:e|enc|encodedcommand|w|nop|c|command)\b"),
    ("php stream", "://", r"\bphp://(?:input|filter)|\bexpect://|\bphar://"),
    ("php option", "-d", r"-d ?(?:allow_url_include|auto_prepend_file) ?="),
    ("<?php", "<?", r"<\?(?:php|=)"),
    (
        "php code",
        "(",
        r"(?:^|[;=( {@])(?:phpinfo|shell_exec|passthru|proc_open|base64_decode|eval|system|assert) ?\( ?['\"$)@]",
    ),
    ("method call", "func", r"[/\\]invokefunction\b|call_user_func_array"),
    (
        "expression language",
        "{",
        r"(?:%|\$|#)\{.{0,200}?(?:java\.lang\.runtime|processbuilder|@ognl|#_memberaccess|getruntime)",
    ),
    ("class loader", "classloader", r"\bclass\.module\.classloader\b"),
)
EVERYWHERE: Final = frozenset({"${jndi:", "shellshock"})
"""Signs that are looked for in every header field."""

_LOOKUP = re.compile(r"\$\{(?:lower|upper|env|sys|date|main|java|ctx|map):([^{}$]{0,40})\}")
_DEFAULT = re.compile(r"\$\{[^{}$]{0,40}:-([^{}$]{0,40})\}")
_ROUNDS: Final = 8
"""Lookups inside lookups that are taken off."""


def without_lookups(text: str) -> str:
    """Return `text` with the lookups of log4j replaced by what they give: `${lower:j}` is j, `${x:-j}` as well."""
    for _ in range(_ROUNDS):
        shorter = _LOOKUP.sub(r"\1", _DEFAULT.sub(r"\1", text))
        if shorter == text:
            break
        text = shorter
    return text
