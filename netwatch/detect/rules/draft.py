"""A rule of signatures while its options are read: what was said of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netwatch.detect.rules.buffers import PAYLOAD
from netwatch.detect.rules.content import Content
from netwatch.detect.rules.problems import MalformedRule

if TYPE_CHECKING:
    from netwatch.detect.rules.numbers import Comparison
    from netwatch.detect.rules.signature import FlagTest, Limit, Test


@dataclass(slots=True)
class Group:
    """Tests of one buffer, as they are read."""

    buffer: str
    transforms: list[str] = field(default_factory=list)
    tests: list[Test] = field(default_factory=list)


@dataclass(slots=True)
class Draft:
    """A rule while its options are read."""

    protocol: str
    number: int = 0
    generator: int = 1
    revision: int = 0
    message: str = ""
    classtype: str = ""
    priority: int = 0
    references: list[str] = field(default_factory=list)
    metadata: list[tuple[str, str]] = field(default_factory=list)
    established: bool | None = None
    to_server: bool | None = None
    groups: list[Group] = field(default_factory=lambda: [Group(PAYLOAD)])
    """Those of one buffer are joined in the end."""
    last: Content | None = None
    """What modifiers belong to."""
    last_group: Group | None = None
    """Where that stands."""
    current: Group | None = None
    """What the newest sticky buffer began."""
    packet: list[tuple[str, Comparison]] = field(default_factory=list)
    flags: FlagTest | None = None
    limit: Limit | None = None
    filter: Limit | None = None

    @property
    def group(self) -> Group:
        """The buffer in which contents are looked for."""
        return self.current or self.groups[0]

    def begin(self, buffer: str, test: Test | None = None) -> Group:
        """Add tests of a buffer behind all others."""
        group = Group(buffer, tests=[] if test is None else [test])
        self.groups.append(group)
        return group

    def content(self) -> Content:
        """Return the content that a modifier belongs to.

        Raises:
            MalformedRule: there is none before it.
        """
        if self.last is None:
            raise MalformedRule("a modifier without a content before it")
        return self.last

    def finish(self) -> None:
        """Check what can only be checked at the end.

        Raises:
            MalformedRule: modifiers of a content contradict each other.
        """
        for group in self.groups:
            for test in group.tests:
                if isinstance(test, Content):
                    _finish_content(test)


def _finish_content(content: Content) -> None:
    if content.relative and (content.offset or content.depth is not None):
        raise MalformedRule("distance or within together with offset or depth")
    if content.depth is not None and content.depth < len(content.data):
        raise MalformedRule("depth smaller than the content")
    if content.within is not None and content.within < len(content.data):
        raise MalformedRule("within smaller than the content")
    if content.nocase:
        content.data = content.data.lower()
