"""Makes DnsTables of transactions, and the keys that these are sorted by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from netwatch.decode.addresses import UNSPECIFIED_IPV6, address_text
from netwatch.decode.info.dns_record import type_text
from netwatch.tables.dns import DnsTable
from netwatch.track.dns_answers import flags_text, rcode_text, read_answers
from netwatch.track.dns_find import DnsStates
from netwatch.track.dns_packets import KIND_NAMES, DnsKind
from netwatch.track.dns_storage import DnsMark
from netwatch.track.dns_write import marked

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from netwatch.track.dns_storage import DnsTransactions

NETBIOS_STATUS: Final = 33
"""NBSTAT among NetBIOS names (RFC 1002 section 4.2.1.3), SRV among all others."""
_TRUNCATED: Final = 0x0200
_STATES: Final = ("answered", "waiting", "unanswered", "unsolicited", "asked")
_NO_RESPONSE: Final = 16
"""Sorts behind all response codes."""


def dns_table(held: DnsTransactions, rows: NDArray[np.intp], now_ns: int) -> DnsTable:
    """Return the transactions in `rows`, in that order, as they are at `now_ns`."""
    where = rows.tolist()
    kinds = held.kind[rows].tolist()
    answers = [read_answers(held.messages[row]) for row in where]
    responded = DnsStates(held, rows, now_ns).responded
    response_flags, query_flags = held.response_flags[rows], held.query_flags[rows]
    flags = np.where(responded, response_flags, query_flags).tolist()
    truncated: NDArray[np.bool_] = response_flags & _TRUNCATED != 0
    return DnsTable(
        serial=serials_of(held, rows),
        time_ns=held.time_ns[rows],
        protocol=tuple(KIND_NAMES[kind] for kind in kinds),
        transport=tuple("TCP" if tcp else "UDP" for tcp in held.tcp[rows].tolist()),
        client=addresses(held.client_high[rows], held.client_low[rows]),
        client_port=held.client_port[rows],
        server=addresses(held.server_high[rows], held.server_low[rows]),
        server_port=held.server_port[rows],
        identifier=held.identifier[rows],
        name=tuple(held.names[row] for row in where),
        type=tuple(map(_type_text, held.type[rows].tolist(), kinds, (held.questions[row] for row in where))),
        state=tuple(_STATES[code] for code in _states(held, rows, now_ns).tolist()),
        rcode=tuple(
            rcode_text(code, found.extended_code) if said else ""
            for code, found, said in zip(response_flags.tolist(), answers, responded.tolist(), strict=True)
        ),
        latency_ns=_latency(held, rows, -1).astype(np.int64),
        retries=held.retries[rows].astype(np.int64),
        responses=held.responses[rows].astype(np.int64),
        answers=tuple(found.records if said else () for found, said in zip(answers, responded.tolist(), strict=True)),
        answer_count=held.answer_count[rows].astype(np.int64),
        ttl=np.array([found.ttl for found in answers], np.int64),
        flags=tuple(flags_text(bits, netbios=kind == DnsKind.NBNS) for bits, kind in zip(flags, kinds, strict=True)),
        edns=tuple(found.edns for found in answers),
        truncated=truncated,
        tcp_fallback=marked(held, rows, DnsMark.FELL_BACK),
        new=marked(held, rows, DnsMark.NEW_NAME),
    )


def addresses(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> tuple[str, ...]:
    """Return addresses as text."""
    return tuple(address_text(*pair) or UNSPECIFIED_IPV6 for pair in zip(high.tolist(), low.tolist(), strict=True))


def latencies(held: DnsTransactions) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the rows of the transactions with query and response, and their latencies."""
    rows = held.rows()
    rows = rows[DnsStates(held, rows, 0).answered]
    return rows, held.answered_ns[rows] - held.time_ns[rows]


def serials_of(held: DnsTransactions, rows: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the serials of transactions by their rows."""
    return held.first + (rows - held.first) % held.capacity


def _latency(held: DnsTransactions, rows: NDArray[np.intp], unknown: float) -> NDArray[np.float64]:
    answered = DnsStates(held, rows, 0).answered
    return np.where(answered, held.answered_ns[rows] - held.time_ns[rows], unknown)


def _states(held: DnsTransactions, rows: NDArray[np.intp], now_ns: int) -> NDArray[np.intp]:
    """Return places in _STATES."""
    states = DnsStates(held, rows, now_ns)
    return np.select([getattr(states, name) for name in _STATES], list(range(len(_STATES))), 0)


def _type_text(number: int, kind: int, question: bytes) -> str:
    if not question:
        return ""
    return "NBSTAT" if kind == DnsKind.NBNS and number == NETBIOS_STATUS else type_text(number)


def _by_name(held: DnsTransactions, rows: NDArray[np.intp]) -> NDArray[Any]:
    names = [held.names[row] for row in rows.tolist()]
    place = {name: place for place, name in enumerate(sorted(set(names)))}
    return np.array([place[name] for name in names], np.int64)


def _by_address(high: NDArray[np.uint64], low: NDArray[np.uint64]) -> NDArray[Any]:
    order = np.lexsort((low, high))
    differs = (np.diff(high[order], prepend=high[order][:1]) != 0) | (np.diff(low[order], prepend=low[order][:1]) != 0)
    keys = np.zeros(len(order), np.int64)
    keys[order] = np.cumsum(differs)
    return keys


def _by_code(held: DnsTransactions, rows: NDArray[np.intp]) -> NDArray[Any]:
    flags = held.response_flags[rows]
    return np.where(DnsStates(held, rows, 0).responded, flags & 15, _NO_RESPONSE)


def sort_keys(held: DnsTransactions, column: str, rows: NDArray[np.intp], now_ns: int) -> NDArray[Any]:
    """Return numbers to sort `rows` by; KeyError for a column that there is not."""
    return _KEYS[column](held, rows, now_ns)


_KEYS: Final[dict[str, Callable[[DnsTransactions, NDArray[np.intp], int], NDArray[Any]]]] = {
    "serial": lambda held, rows, _: serials_of(held, rows),
    "time": lambda held, rows, _: held.time_ns[rows] - held.time_ns[rows].min(initial=np.iinfo(np.int64).max),
    "protocol": lambda held, rows, _: held.kind[rows] * 2 + held.tcp[rows],
    "client": lambda held, rows, _: _by_address(held.client_high[rows], held.client_low[rows]),
    "server": lambda held, rows, _: _by_address(held.server_high[rows], held.server_low[rows]),
    "name": lambda held, rows, _: _by_name(held, rows),
    "type": lambda held, rows, _: held.type[rows],
    "state": _states,
    "rcode": lambda held, rows, _: _by_code(held, rows),
    "latency": lambda held, rows, _: _latency(held, rows, np.nan),
    "retries": lambda held, rows, _: held.retries[rows],
    "responses": lambda held, rows, _: held.responses[rows],
    "answer_count": lambda held, rows, _: held.answer_count[rows],
}
