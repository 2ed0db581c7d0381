"""The prompt for a capture filter: libpcap's verdict while typing, history, examples; Esc leaves all as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from netwatch.text import printable
from netwatch.tui.deliver import deliver
from netwatch.tui.filter_history import FilterHistory
from netwatch.tui.recall import Recall
from netwatch.tui.widgets.prompt import Prompt
from netwatch.tui.widgets.prompt_line import PromptLine
from netwatch.tui.widgets.themed_text import ThemedText

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.timer import Timer

    from netwatch.engine import Engine
    from netwatch.request import Request
    from netwatch.snapshot import FilterVerdict

T = TypeVar("T")

EXAMPLES: Final = (
    ("port 80", "one port, TCP or UDP"),
    ("udp and port 53", "DNS"),
    ("tcp and port 443", "HTTPS"),
    ("host A", "to or from an address"),
    ("net N/24", "a network"),
    ("portrange 1-1024", "low ports"),
    ("src host A and dst port 80", "one way only"),
    ("tcp[13] & 2 != 0", "SYN is set"),
    ("arp", "address resolution"),
    ("icmp", "pings and errors"),
    ("ip and icmp", "IPv4 only"),
)
WIDE: Final = 110
"""Terminal columns from which the examples stand in two columns."""
DEBOUNCE: Final = 0.08
"""Seconds without a key before libpcap is asked."""


class FilterPrompt(Prompt):
    """Asks libpcap of what is typed, and the engine to apply it."""

    DEFAULT_CSS = """
    FilterPrompt { max-height: 16; }
    FilterPrompt Static { height: auto; text-wrap: wrap; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", "Older filter", show=False),
        Binding("down", "recall(1)", "Newer filter", show=False),
        Binding("tab", "complete", "Complete", show=False),
    ]

    class Applied(Prompt.Given):
        """The filter is in force."""

    def __init__(self, engine: Engine, history_file: Path | None) -> None:
        super().__init__()
        self._engine = engine
        self._history = FilterHistory(history_file, lambda: engine.redacts)
        self._recall = Recall(())
        self._typed = 0
        self._confirmed_lookup = ""
        self._timer: Timer | None = None
        self._check: Request[FilterVerdict] | None = None

    def compose(self) -> ComposeResult:
        """Make the line and what stands above and below it."""
        yield ThemedText(id="filter-examples")
        yield PromptLine(placeholder="capture filter (BPF), empty for everything", id="filter-text")
        yield ThemedText(id="filter-verdict")

    def open(self, current: str) -> None:
        """Show the prompt with the filter that is in force."""
        self._recall, self._confirmed_lookup = Recall(self._history.entries), ""
        self._begin(current)
        self._show_examples(current)
        self._say("Enter applies   Esc leaves   Up history   Tab completes")

    def action_leave(self) -> None:
        """Hide the prompt; nothing was changed, and a verdict that is still to come changes nothing either."""
        self._forget_question()
        self._close()

    def action_recall(self, step: int) -> None:
        """Show the filter applied before or after the one shown, in the end what was being typed."""
        self._put(self._recall.move(step, self._line.value))

    def action_complete(self) -> None:
        """Take the newest filter, or else the first example, that begins with what was typed."""
        typed = self._line.value
        known = [*reversed(self._history.entries), *(expression for expression, _ in EXAMPLES)]
        found = next((text for text in known if text.startswith(typed) and text != typed), None)
        if found is not None:
            self._put(found)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self._forget_question()
        self._show_examples(event.value)
        if self.is_open:
            self._timer = self.set_timer(DEBOUNCE, self._ask)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        self._forget_question()
        asked = self._typed
        self._say("applying", "dim")
        self._check = self._engine.check_filter(text)
        self._answer(self._check, lambda verdict: self._judge_and_apply(asked, text, verdict))

    def _ask(self) -> None:
        asked, text = self._typed, self._line.value.strip()
        if not text:
            self._say("no filter: every packet is captured", "dim")
            return
        self._check = self._engine.check_filter(text)
        self._answer(self._check, lambda verdict: self._show_verdict(asked, verdict))

    def _forget_question(self) -> None:
        """Make answers that are still to come stale."""
        self._typed += 1
        if self._timer is not None:
            self._timer.stop()
        if self._check is not None:
            self._check.cancel()

    def _answer(self, request: Request[T], then: Callable[[T], None]) -> None:
        """Have `then` called with the request's result; an error is shown, unless the text is another by then."""
        asked = self._typed

        def failed(error: BaseException) -> None:
            if asked == self._typed:
                self._say(printable(str(error)), "error")
                self._stay()

        deliver(self, request, then, failed)

    def _show_verdict(self, asked: int, verdict: FilterVerdict) -> None:
        if asked != self._typed:
            return  # answers a text that is not there any more
        if verdict.needs_lookup:
            self._say("holds a host name: Enter twice asks the resolver (DNS) for it", "warning")
        elif verdict.error:
            self._say(printable(verdict.error), "error")
        else:
            self._say("ok", "success")

    def _judge_and_apply(self, asked: int, text: str, verdict: FilterVerdict) -> None:
        if asked != self._typed:
            return
        if verdict.needs_lookup and self._confirmed_lookup != text:
            self._confirmed_lookup = text
            self._say("holds a host name: Enter again asks the resolver (DNS) for it", "warning")
            self._stay()
        elif verdict.error:
            self._say(printable(verdict.error), "error")
            self._stay()
        else:
            self._answer(self._engine.set_capture_filter(text), lambda _: self._applied(text))

    def _applied(self, text: str) -> None:
        self._history.add(text)
        self.post_message(self.Applied(text))
        self._close()

    def _show_examples(self, text: str) -> None:
        shown = Text()
        if not text.strip():
            columns = 2 if self.app.size.width >= WIDE else 1
            for index, (expression, meaning) in enumerate(EXAMPLES, 1):
                shown.append(f"{expression:<28}", "accent")
                shown.append(f"{meaning:<24}" if index % columns else f"{meaning}\n", "dim")
            shown.rstrip()
        examples = self.query_one("#filter-examples", ThemedText)
        examples.display = bool(shown)
        examples.show(shown)
