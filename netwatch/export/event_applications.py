"""EVE records of what trackers read in conversations: DNS, HTTP, SSH, mail and logins by FTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from netwatch.decode.batch import PROTOCOL_TCP, PROTOCOL_UDP
from netwatch.decode.dns_message import HEADER, counts, read_questions, read_records
from netwatch.decode.info.dns_record import record_text, type_text
from netwatch.export.eve import Ends, record
from netwatch.text import printable, printable_bytes
from netwatch.track.application_events import Login, SmtpMessage, SshBanners
from netwatch.track.dns_answers import rcode_text
from netwatch.track.dns_event import DnsEvent
from netwatch.track.dns_packets import KIND_NAMES, DnsKind
from netwatch.track.http_secrets import masked
from netwatch.track.http_transaction import NO_STATUS, HttpTransaction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from netwatch.track.event_log import Event
    from netwatch.track.stream_reader import Stream

MOST_RECORDS: Final = 32
"""Questions and answers of one message that are written."""
LONGEST: Final = 512
_DNS_FLAGS: Final = ((0x0400, "aa"), (0x0200, "tc"), (0x0100, "rd"), (0x0080, "ra"))
_OPCODE_AT: Final = 11
_OPCODE: Final = 15


def dns_record(event: DnsEvent) -> dict[str, Any]:
    """Return a DNS message in version 3 of EVE's form; mDNS, LLMNR and NBNS say what they are in `app_proto`."""
    protocol = PROTOCOL_TCP if event.tcp else PROTOCOL_UDP
    ends = Ends(event.client, event.client_port, event.server, event.server_port, protocol)
    found = record("dns", event.moment, ends.reversed() if event.is_response else ends)
    found["app_proto"] = KIND_NAMES[event.kind].lower()
    dns: dict[str, Any] = {
        "version": 3,
        "type": "response" if event.is_response else "request",
        "tx_id": 0,
        "id": event.identifier,
        "flags": f"{event.flags:x}",
        **{word: True for bit, word in _DNS_FLAGS if event.flags & bit},
        "opcode": event.flags >> _OPCODE_AT & _OPCODE,
        "rcode": rcode_text(event.flags) if event.is_response else "NOERROR",
    }
    questions, answers, _, _ = counts(event.message)
    netbios = event.kind == DnsKind.NBNS
    at, asked = HEADER, []
    for question in read_questions(event.message, min(questions, MOST_RECORDS)):
        at = question.end
        name = event.name if netbios else printable(question.name)
        asked.append({"rrname": name, "rrtype": type_text(question.number)})
    dns["queries"] = asked
    if event.is_response:
        dns["answers"] = _answers(event.message, at, min(answers, MOST_RECORDS))
    return found | {"dns": dns}


def http_record(event: HttpTransaction) -> dict[str, Any]:
    """Return a request with its response; values of secrets are masked."""
    request = event.request
    found = record("http", event.moment, _ends(event.stream, initiator=request is None or request.from_initiator))
    http: dict[str, Any] = {}
    if request is not None:
        http = {
            "hostname": request.host,
            "url": printable_bytes(masked(request.uri[:LONGEST]), LONGEST),
            "http_user_agent": printable(request.user_agent, LONGEST),
            "http_method": printable(request.method, 32),
            "http_refer": printable_bytes(masked(request.referer.encode()[:LONGEST]), LONGEST),
            "protocol": f"HTTP/{request.version or '0.9'}",
        }
    if event.status != NO_STATUS:
        http["status"] = event.status
        http["http_content_type"] = printable(event.content_type, LONGEST)
        if event.content_length >= 0:
            http["length"] = event.content_length
    return found | {"http": {name: value for name, value in http.items() if value != ""}}


def ssh_record(event: SshBanners) -> dict[str, Any]:
    """Return the versions of both ends with the digests of their algorithms (HASSH)."""
    ssh: dict[str, Any] = {}
    ends = (("client", event.client, event.hassh), ("server", event.server, event.hassh_server))
    for end, banner, digest in ends:
        if not banner:
            continue
        # RFC 4253 section 4.2: SSH-protoversion-softwareversion SP comments
        _, _, rest = banner.partition("-")
        version, _, software = rest.partition("-")
        ssh[end] = {"proto_version": version, "software_version": software}
        if digest:
            ssh[end]["hassh"] = {"hash": digest}
    return record("ssh", event.moment, _ends(event.stream)) | {"ssh": ssh}


def smtp_record(event: SmtpMessage) -> dict[str, Any]:
    """Return the envelope of a message."""
    smtp: dict[str, Any] = {"helo": event.helo, "mail_from": event.sender, "rcpt_to": list(event.recipients)}
    smtp = {name: value for name, value in smtp.items() if value}
    return record("smtp", event.moment, _ends(event.stream, initiator=event.from_initiator)) | {"smtp": smtp}


def login_record(event: Login) -> dict[str, Any] | None:
    """Return an attempt to log in by FTP as its command; None for other protocols."""
    if event.protocol == "FTP":
        ftp = {"command": "USER", "command_data": event.user}
        return record("ftp", event.moment, _ends(event.stream)) | {"ftp": ftp}
    return None


FORMATTERS: Final[Mapping[type, Callable[[Any], dict[str, Any] | None]]] = {
    DnsEvent: dns_record,
    HttpTransaction: http_record,
    SshBanners: ssh_record,
    SmtpMessage: smtp_record,
    Login: login_record,
}
"""By the class of the event."""


def application_record(event: Event) -> dict[str, Any] | None:
    """Return the record of an event that a tracker logged, None for those that EVE has no place for."""
    formatter = FORMATTERS.get(type(event))
    return formatter(event) if formatter else None


def _answers(message: bytes, at: int, count: int) -> list[dict[str, Any]]:
    found = []
    for answer in read_records(message, at, count):
        if answer.at + answer.size > len(message):
            break
        found.append(
            {
                "rrname": printable(answer.name),
                "rrtype": type_text(answer.number),
                "ttl": int.from_bytes(message[answer.at - 6 : answer.at - 2], "big"),
                "rdata": printable(record_text(message, answer.number, answer.at, answer.size), LONGEST),
            }
        )
    return found


def _ends(stream: Stream, *, initiator: bool = True) -> Ends:
    ends = Ends(
        (stream.initiator_high, stream.initiator_low),
        stream.initiator_port,
        (stream.responder_high, stream.responder_low),
        stream.responder_port,
        PROTOCOL_TCP,
    )
    return ends if initiator else ends.reversed()
