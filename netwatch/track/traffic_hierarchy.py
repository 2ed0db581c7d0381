"""The tree of protocols: link type, network, transport, application, from the counts of leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from netwatch.decode.batch import (
    ETHERTYPE_IPV4,
    ETHERTYPE_IPV6,
    ETHERTYPE_LLC,
    ETHERTYPE_UNKNOWN,
    PROTOCOL_NONE,
)
from netwatch.decode.info.numbers import ethertype_name, link_type_name
from netwatch.tables.traffic import HierarchyRow
from netwatch.track.traffic_leaf import ETHERTYPE_OTHER, LEAVES, Leaf, protocol_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

MOST_CHILDREN: Final = 24
"""Protocols listed below one; the rest, with least bytes, share a row."""
OTHER_LINKS: Final = -1
"""In place of a link type: all for which there was no room."""


@dataclass(slots=True)
class _Node:
    packets: int = 0
    bytes: int = 0
    end_packets: int = 0
    end_bytes: int = 0
    children: dict[str, _Node] = field(default_factory=dict)

    def add(self, path: tuple[str, ...], packets: int, size: int) -> None:
        self.packets += packets
        self.bytes += size
        if path:
            self.children.setdefault(path[0], _Node()).add(path[1:], packets, size)
        else:
            self.end_packets += packets
            self.end_bytes += size


def hierarchy(counts: Mapping[int, NDArray[np.int64]]) -> tuple[HierarchyRow, ...]:
    """Return the tree as rows; `counts` has packets and bytes of LEAVES, shape (2, leaves), by link type."""
    root = _Node()
    for link_type, of_leaves in counts.items():
        link = link_type_name(link_type) if link_type != OTHER_LINKS else "other link types"
        seen = np.flatnonzero(of_leaves[0])
        for number, packets, size in zip(seen.tolist(), *of_leaves[:, seen].tolist(), strict=True):
            root.add((link, *_path(LEAVES[number])), packets, size)
    return tuple(_rows(root, 0))


def _path(leaf: Leaf) -> tuple[str, ...]:
    """Return the names from the network protocol on; none where it is not known."""
    if leaf.ethertype == ETHERTYPE_UNKNOWN:
        return ()
    network = network_name(leaf.ethertype)
    if leaf.protocol == PROTOCOL_NONE:
        return (network,)
    transport = protocol_label(leaf.protocol)
    return (network, transport, leaf.application) if leaf.application else (network, transport)


def network_name(ethertype: int) -> str:
    """Return the name of what an EtherType of a leaf announces."""
    if ethertype in (ETHERTYPE_LLC, ETHERTYPE_OTHER):
        return "LLC" if ethertype == ETHERTYPE_LLC else "other EtherTypes"
    return {ETHERTYPE_IPV4: "IPv4", ETHERTYPE_IPV6: "IPv6"}.get(ethertype) or ethertype_name(ethertype)


def _rows(node: _Node, depth: int) -> Iterator[HierarchyRow]:
    children = sorted(node.children.items(), key=lambda item: (-item[1].bytes, item[0]))
    for name, child in children[:MOST_CHILDREN]:
        yield HierarchyRow(depth, name, child.packets, child.bytes, child.end_packets, child.end_bytes)
        yield from _rows(child, depth + 1)
    rest = [child for _, child in children[MOST_CHILDREN:]]
    if rest:
        packets, size = sum(child.packets for child in rest), sum(child.bytes for child in rest)
        yield HierarchyRow(depth, f"{len(rest)} more", packets, size, packets, size)
