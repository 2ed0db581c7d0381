"""The commands for one packet, and those of a conversation that is followed."""

from __future__ import annotations

from typing import Final

from netwatch.tui.command import Command


def _packet(name: str, key: str, action: str, label: str, said: str) -> Command:
    """Return a command for the packet at the cursor, or the one that is open."""
    return Command(name, key, action, label, said, "Packet", place="packet")


def _follow(name: str, key: str, action: str, label: str, said: str) -> Command:
    """Return a command of a conversation; one without a label is not named below it."""
    words = label or name.capitalize()
    return Command(f"follow-{name}", key, action, words, f"in a conversation: {said}", "Follow", bool(label), "follow")


PACKET_COMMANDS: Final = (
    _packet("packet-next", "ctrl+n", "step(1)", "Next packet", "the next packet, from its layers too"),
    _packet("packet-before", "ctrl+b", "step(-1)", "Packet before", "the packet before"),
    _packet("flow-next", "right_parenthesis", "related('next')", "Next in flow", "the next packet of the same flow"),
    _packet(
        "flow-before", "left_parenthesis", "related('before')", "Before in flow", "the packet before of the same flow"
    ),
    _packet("partner", "A", "related('partner')", "Answer", "from a request to its answer, and back"),
    _packet(
        "to-handshake",
        "H",
        "related('handshake')",
        "Handshake",
        "to the SYN of the connection, or the first packet of the flow",
    ),
    _packet("tshark", "D", "tshark", "tshark", "what tshark says of the packet, beside ours"),
    _packet("follow", "o", "follow", "Follow", "what both sides of the connection said"),
    _packet("mark", "m", "mark", "Mark", "mark the packet, or not"),
    _packet("next-mark", "apostrophe", "next_mark", "Next mark", "the next marked packet"),
    _packet("comment", "C", "comment", "Comment", "a comment, kept in a pcapng file"),
    _packet("reference", "ctrl+t", "reference", "Reference", "let times count from this packet on, or not"),
    _packet(
        "own-columns",
        "ctrl+k",
        "own_columns",
        "Own columns",
        "columns of the packets: any field, order, width; c shows the usual sets",
    ),
)
FOLLOW_COMMANDS: Final = (
    _follow("help", "question_mark", "help", "Help", "its keys"),
    _follow("leave", "escape,q,o", "leave", "Back", "back to the packets"),
    _follow("form", "tab", "form", "Form", "as text, hexdump, bare hex, HTTP"),
    _follow("side", "b", "side", "Side", "both sides, one, the other"),
    _follow("search", "slash,ctrl+f", "search", "Search", "find a text; in hexadecimal forms bytes too"),
    _follow("next", "n", "again(1)", "Next", "the next place that has it"),
    _follow("before", "N", "again(-1)", "", "the place before"),
    _follow("client", "1", "save(1)", "Save >", "save what the client said; as HTTP with bodies unpacked"),
    _follow("server", "2", "save(2)", "Save <", "save what the server said; as HTTP with bodies unpacked"),
    _follow("both", "3", "save(3)", "Both", "save what both said"),
    _follow("packet", "enter", "packet", "Packet", "go to the packet"),
)
