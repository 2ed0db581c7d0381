"""The commands for one packet, and those of a conversation that is followed."""

from __future__ import annotations

from typing import Final

from netwatch.tui.command import Command


def _follow(name: str, key: str, action: str, label: str, said: str) -> Command:
    """Return a command of a conversation; one without a label is not named below it."""
    words = label or name.capitalize()
    return Command(f"follow-{name}", key, action, words, f"in a conversation: {said}", "Follow", bool(label), "follow")


PACKET_COMMANDS: Final = (
    Command(
        "packet-next",
        "ctrl+n",
        "step(1)",
        "Next packet",
        "the next packet, from its layers too",
        "Packet",
        place="packet",
    ),
    Command("packet-before", "ctrl+b", "step(-1)", "Packet before", "the packet before", "Packet", place="packet"),
    Command(
        "flow-next",
        "right_parenthesis",
        "related('next')",
        "Next in flow",
        "the next packet of the same flow",
        "Packet",
        place="packet",
    ),
    Command(
        "flow-before",
        "left_parenthesis",
        "related('before')",
        "Before in flow",
        "the packet before of the same flow",
        "Packet",
        place="packet",
    ),
    Command(
        "partner",
        "A",
        "related('partner')",
        "Answer",
        "from a request to its answer, and back",
        "Packet",
        place="packet",
    ),
    Command(
        "to-handshake",
        "H",
        "related('handshake')",
        "Handshake",
        "to the SYN of the connection, or the first packet of the flow",
        "Packet",
        place="packet",
    ),
    Command(
        "tshark",
        "D",
        "tshark",
        "tshark",
        "what tshark says of the packet, beside ours",
        "Packet",
        place="packet",
    ),
    Command("follow", "o", "follow", "Follow", "what both sides of the connection said", "Packet", place="packet"),
    Command("mark", "m", "mark", "Mark", "mark the packet, or not", "Packet", place="packet"),
    Command("next-mark", "apostrophe", "next_mark", "Next mark", "the next marked packet", "Packet", place="packet"),
    Command("comment", "C", "comment", "Comment", "a comment, kept in a pcapng file", "Packet", place="packet"),
    Command(
        "reference",
        "ctrl+t",
        "reference",
        "Reference",
        "let times count from this packet on, or not",
        "Packet",
        place="packet",
    ),
    Command(
        "own-columns",
        "ctrl+k",
        "own_columns",
        "Own columns",
        "columns of the packets: any field, order, width; c shows the usual sets",
        "Packet",
        place="packet",
    ),
)
FOLLOW_COMMANDS: Final = (
    _follow("form", "tab", "form", "Form", "as text, hexdump, bare hex, HTTP"),
    _follow("side", "b", "side", "Side", "both sides, one, the other"),
    _follow("search", "slash,ctrl+f", "search", "Search", "find a text; in hexadecimal forms bytes too"),
    _follow("next", "n", "again(1)", "Next", "the next place that has it"),
    _follow("before", "N", "again(-1)", "", "the place before"),
    _follow("client", "1", "save(1)", "Save >", "save what the client said"),
    _follow("server", "2", "save(2)", "Save <", "save what the server said"),
    _follow("both", "3", "save(3)", "Both", "save what both said"),
    _follow("packet", "enter", "packet", "Packet", "go to the packet"),
    _follow("help", "question_mark", "help", "Help", "its keys"),
    _follow("leave", "escape,q,o", "leave", "Back", "back to the packets"),
)
