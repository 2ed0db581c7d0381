"""Why a rule cannot be used."""

from __future__ import annotations

from netwatch.errors import UsageError


class MalformedRule(UsageError):  # noqa: N818  # named after what it is about, as the field says
    """The rule is not written as the language wants it."""


class UnsupportedRule(UsageError):  # noqa: N818  # as above
    """The rule is written well, and asks for what netwatch cannot do; the message is the reason, the same for many."""
