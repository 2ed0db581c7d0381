"""Protocols of command and reply lines: FTP, SMTP, POP, IMAP, NNTP, IRC. What follows a secret is never shown."""

from __future__ import annotations

from typing import NamedTuple

from netwatch.decode.info.lines import LINE_LIMIT, first_line, is_text, shown
from netwatch.decode.info.reading import Context, Reading

MASK = "****"
"""Stands for a password or a token, whatever its length."""


class _Grammar(NamedTuple):
    """How the lines of one protocol look. Lines of any other look may be the body of a message or a secret."""

    protocol: str
    commands: frozenset[str]
    """Upper case."""
    secret: dict[str, int]
    """Commands after which so many arguments are shown and the others masked."""
    replies: tuple[str, ...] = ()
    """What a reply of the server begins with, where it is not a code of three digits."""
    tagged: bool = False
    """The command is the second word (IMAP)."""
    prefixed: bool = False
    """A source may precede the command, after a colon (IRC)."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FTP = _Grammar(
    "FTP",
    _words(
        "ABOR ACCT ADAT ALLO APPE AUTH CCC CDUP CLNT CONF CWD DELE ENC EPRT EPSV FEAT HELP HOST LANG LIST LPRT LPSV "
        "MDTM MFCT MFF MFMT MIC MKD MLSD MLST MODE NLST NOOP OPTS PASS PASV PBSZ PORT PROT PWD QUIT REIN REST RETR RMD "
        "RNFR RNTO SITE SIZE SMNT STAT STOR STOU STRU SYST TYPE USER XCUP XMKD XPWD XRMD"
    ),
    {"PASS": 0, "ACCT": 0, "ADAT": 0, "SITE": 1},
)
_SMTP = _Grammar(
    "SMTP",
    _words("AUTH BDAT DATA EHLO ETRN EXPN HELO HELP LHLO MAIL NOOP QUIT RCPT RSET SAML SEND SOML STARTTLS TURN VRFY"),
    {"AUTH": 1},
)
_POP = _Grammar(
    "POP",
    _words("APOP AUTH CAPA DELE LAST LIST NOOP PASS QUIT RETR RSET STAT STLS TOP UIDL USER UTF8 XTND"),
    {"PASS": 0, "APOP": 1, "AUTH": 1},
    replies=("+OK", "-ERR"),
)
_IMAP = _Grammar(
    "IMAP",
    _words(
        "APPEND AUTHENTICATE CAPABILITY CHECK CLOSE COMPRESS COPY CREATE DELETE DONE ENABLE EXAMINE EXPUNGE FETCH"
        " GETACL GETQUOTA GETQUOTAROOT ID IDLE LIST LOGIN LOGOUT LSUB MOVE NAMESPACE NOOP RENAME SEARCH SELECT SETACL"
        " SORT STARTTLS STATUS STORE SUBSCRIBE THREAD UID UNSELECT UNSUBSCRIBE XLIST OK NO BAD BYE PREAUTH"
    ),
    {"LOGIN": 1, "AUTHENTICATE": 1},
    replies=("* ",),
    tagged=True,
)
_NNTP = _Grammar(
    "NNTP",
    _words(
        "ARTICLE AUTHINFO BODY CAPABILITIES DATE GROUP HDR HEAD HELP IHAVE LAST LIST LISTGROUP MODE NEWGROUPS NEWNEWS"
        " NEXT OVER POST QUIT STARTTLS STAT XHDR XOVER"
    ),
    {"AUTHINFO": 1},
)
_IRC = _Grammar(
    "IRC",
    _words(
        "ADMIN AUTHENTICATE AWAY CAP ERROR INFO INVITE ISON JOIN KICK KILL LINKS LIST LUSERS MODE MOTD NAMES NICK "
        "NOTICE OPER PART PASS PING PONG PRIVMSG QUIT REHASH SERVER SQUIT STATS TIME TOPIC TRACE USER USERHOST VERSION "
        "WALLOPS WHO WHOIS WHOWAS"
    ),
    {"PASS": 0, "OPER": 1, "AUTHENTICATE": 0, "PRIVMSG": 1, "NOTICE": 1, "JOIN": 1},
    prefixed=True,
)


def read_ftp(data: bytes, context: Context) -> Reading | None:
    """Read a line of the FTP control connection (RFC 959)."""
    return _read(_FTP, data, context)


def read_smtp(data: bytes, context: Context) -> Reading | None:
    """Read a line of SMTP or LMTP (RFC 5321)."""
    return _read(_SMTP, data, context)


def read_pop(data: bytes, context: Context) -> Reading | None:
    """Read a line of POP3 (RFC 1939)."""
    return _read(_POP, data, context)


def read_imap(data: bytes, context: Context) -> Reading | None:
    """Read a line of IMAP (RFC 9051)."""
    return _read(_IMAP, data, context)


def read_nntp(data: bytes, context: Context) -> Reading | None:
    """Read a line of NNTP (RFC 3977)."""
    return _read(_NNTP, data, context)


def read_irc(data: bytes, context: Context) -> Reading | None:
    """Read a line of IRC (RFC 2812); what people write to each other is not shown."""
    return _read(_IRC, data, context)


def _read(grammar: _Grammar, data: bytes, context: Context) -> Reading:
    line = first_line(data)
    words = _line_text(grammar, line) if is_text(line) else ""
    return Reading(grammar.protocol, words or f"data {context.length} bytes")


def _line_text(grammar: _Grammar, line: bytes) -> str:
    """Return the line with its secrets masked; empty when it is neither a command nor a reply."""
    text = shown(line)
    if text.startswith(grammar.replies) if grammar.replies else _is_reply(text):
        return text
    words = text.split(" ", 8)
    at = 1 if grammar.tagged or (grammar.prefixed and text.startswith(":")) else 0
    if at >= len(words):
        return ""
    command = words[at].upper()
    if grammar.prefixed and at and command.isdigit():
        return text
    if command not in grammar.commands:
        return ""
    kept = grammar.secret.get(command)
    if kept is None or len(words) <= at + 1 + kept:
        return text[:LINE_LIMIT]
    return " ".join([*words[: at + 1 + kept], MASK])


def _is_reply(text: str) -> bool:
    return len(text) >= 3 and text[:3].isdigit() and text[3:4] in ("", " ", "-")
