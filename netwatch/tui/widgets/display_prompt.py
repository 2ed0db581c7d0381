"""The prompt for a display filter: its colour says whether it is understood, Tab completes, names save it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar, Final

from rich.highlighter import Highlighter
from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Input

from netwatch.snapshot import Completion, FilterVerdict
from netwatch.text import printable
from netwatch.tui.deliver import deliver
from netwatch.tui.filter_history import FilterHistory
from netwatch.tui.recall import Recall
from netwatch.tui.saved_filters import SavedFilters
from netwatch.tui.widgets.notice import Notice
from netwatch.tui.widgets.prompt import Prompt
from netwatch.tui.widgets.prompt_line import PromptLine
from netwatch.tui.widgets.themed_text import ThemedText

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.timer import Timer

    from netwatch.engine import Engine

EXAMPLES: Final = (
    ("tcp.port == 443", "one port"),
    ("ip.addr == 10.0.0.0/8", "a network"),
    ('dns.qry.name contains "example"', "look-ups"),
    ("tls.handshake.extensions_server_name", "TLS by server name"),
    ("tcp.analysis.retransmission", "sent again"),
    ("handshake.state == refused", "connections that failed"),
)
SHOWN: Final = 6
"""Completions in sight."""
DEBOUNCE: Final = 0.05
HELP: Final = "Enter applies   Tab completes   Up history   Ctrl+S saves with a name, @name takes it   Esc leaves"


class _Judged(Highlighter):
    """Colours what is typed: all of it when it is understood, only what is wrong when it is not."""

    def __init__(self, color: Callable[[str], str]) -> None:
        self.understood = False
        self.wrong: tuple[int, int] | None = None
        self._color = color

    def highlight(self, text: Text) -> None:
        """Style `text` in place."""
        if self.wrong is not None:
            text.stylize(f"{self._color('error')} underline", *self.wrong)
        elif self.understood:
            text.stylize(self._color("success"))


class DisplayPrompt(Prompt):
    """Asks the engine of what is typed, and tells the screen what is to be applied."""

    DEFAULT_CSS = """
    DisplayPrompt { max-height: 10; }
    DisplayPrompt Static { height: auto; text-wrap: wrap; }
    DisplayPrompt #display-offers { text-wrap: nowrap; text-overflow: ellipsis; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "recall(-1)", show=False),
        Binding("down", "recall(1)", show=False),
        Binding("tab", "complete(1)", show=False),
        Binding("shift+tab", "complete(-1)", show=False),
        Binding("ctrl+s", "name", show=False),
        Binding("ctrl+r", "forget", show=False),
    ]

    class Applied(Prompt.Given):
        """A filter that is understood is to be applied; empty for none."""

    def __init__(self, engine: Engine, history_file: Path | None) -> None:
        """Remember filters beside `history_file`, where the capture filters are."""
        super().__init__()
        self._engine = engine
        beside = history_file.with_name if history_file is not None else None
        self._history = FilterHistory(beside("display-filters") if beside else None, lambda: engine.redacts)
        self.saved = SavedFilters(beside("saved-filters.json") if beside else None, lambda: engine.redacts)
        self._recall = Recall(())
        self._judged = _Judged(self._color)
        self._offers: tuple[Completion, ...] = ()
        self._word_begin = 0
        self._chosen = -1
        self._timer: Timer | None = None
        self._asked = 0
        self._naming: str | None = None
        """The filter that is being given a name."""
        self._completing = False
        self._fresh = False
        """The completions are those of the text as it is."""
        self._wanted = 0
        """Where Tab was pressed before they were: the step to take when they come."""

    def compose(self) -> ComposeResult:
        """Make the line and what stands above and below it."""
        yield ThemedText(id="display-offers")
        yield PromptLine(
            placeholder="display filter, as tcp.port == 443; empty shows everything",
            id="display-text",
            highlighter=self._judged,
        )
        yield ThemedText(id="display-verdict")

    def open(self, current: str) -> None:
        """Show the prompt with the filter that is in force."""
        self._recall, self._naming = Recall(self._history.entries), None
        self._begin(current)
        self._say(HELP)
        self._changed_to(current)

    def action_leave(self) -> None:
        """Go back from naming to the filter, else hide the prompt; nothing was changed."""
        if self._naming is not None:
            self._end_naming()
            return
        self._close()

    def action_recall(self, step: int) -> None:
        """Show the filter applied before or after the one shown, in the end what was being typed."""
        self._put(self._recall.move(step, self._line.value))

    def action_complete(self, step: int) -> None:
        """Put the next completion in place of the word before the cursor."""
        if not self._fresh:
            self._wanted = step
        if not self._fresh or not self._offers:
            return
        self._chosen = (self._chosen + step) % len(self._offers)
        offer = self._offers[self._chosen].text
        value, cursor = self._line.value, self._line.cursor_position
        self._completing = True
        self._line.value = value[: self._word_begin] + offer + value[cursor:]
        self._line.cursor_position = self._word_begin + len(offer)
        self._show_offers()

    def action_name(self) -> None:
        """Ask for a name for the filter."""
        if self._naming is None and self._line.value.strip():
            self._naming = self._line.value.strip()
            self._put("")
            self._offers = ()
            self._show_offers()
            self._say(f"a name for {printable(self._naming, 60)}: letters, digits, - _ .   Enter saves", "accent")

    def action_forget(self) -> None:
        """Forget the saved filter whose name is all that was typed."""
        name = self._line.value.strip()
        if self._naming is None and self.saved.forget(name.removeprefix("@")):
            self._put("")
            self._notice(f"forgotten: {name}")
        elif self._naming is None:
            self._say("type the name of a saved filter, as @name, to have it forgotten; @ lists them", "accent")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._naming is None:
            self._changed_to(event.value)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        naming = self._naming
        expanded = self.saved.expanded(text if naming is None else naming)

        def judged(verdict: FilterVerdict) -> None:
            if naming is not None:
                self._save(text, verdict)
                self._stay()
            elif verdict.error:
                self._show_verdict(verdict)
                self._stay()
            else:
                self._history.add(text)
                self.post_message(self.Applied(expanded))
                self._close()

        def failed(error: BaseException) -> None:
            self._failed(error)
            self._stay()

        deliver(self, self._engine.check_display_filter(expanded), judged, failed)

    def _save(self, name: str, verdict: FilterVerdict) -> None:
        if self._naming is None:
            return  # naming was left meanwhile
        if not verdict.error and not self.saved.save(name, self._naming):
            self._say("a name has letters, digits, - _ . and no blanks", "error")
            return
        self._end_naming()
        if not verdict.error:
            self._notice(f"saved: @{name} stands for it")

    def _notice(self, said: str) -> None:
        """Say what stays to be read when the verdict on what is typed comes."""
        self.screen.query_one(Notice).say(said)

    def _end_naming(self) -> None:
        text, self._naming = self._naming or "", None
        self._put(text)
        self._changed_to(text)

    def _changed_to(self, text: str) -> None:
        self._judged.wrong, self._judged.understood = None, False
        if self._timer is not None:
            self._timer.stop()
        if self._completing:
            self._completing = False
        else:
            self._chosen, self._fresh, self._wanted = -1, False, 0
        if self.is_open:
            self._asked += 1
            self._timer = self.set_timer(DEBOUNCE, lambda: self._ask(text))

    def _ask(self, text: str) -> None:
        asked, expanded = self._asked, self.saved.expanded(text)

        def judged(verdict: FilterVerdict) -> None:
            if asked == self._asked and self._naming is None:
                self._show_verdict(verdict if expanded == text else FilterVerdict(text, verdict.error))

        def offered(found: tuple[int, tuple[Completion, ...]]) -> None:
            if asked == self._asked and self._naming is None:
                self._word_begin, self._offers = found
                self._offers = self._saved_ones(text) or self._offers
                self._fresh = True
                self._show_offers()
                if self._wanted:
                    self.action_complete(self._wanted)

        if expanded.strip():
            deliver(self, self._engine.check_display_filter(expanded), judged, self._failed)
        else:
            self._say(HELP, "dim")
        if self._chosen < 0:
            deliver(self, self._engine.complete(text, self._line.cursor_position), offered, self._failed)

    def _saved_ones(self, text: str) -> tuple[Completion, ...]:
        """Return the saved filters whose name was begun, and take note where."""
        before = text[: self._line.cursor_position]
        begun = re.search(r"@[A-Za-z0-9_.-]*$", before)
        if begun is None:
            return ()
        self._word_begin = place = begun.start()
        named = self.saved.by_name.items()
        return tuple(Completion(f"@{name}", text) for name, text in named if f"@{name}".startswith(before[place:]))

    def _show_verdict(self, verdict: FilterVerdict) -> None:
        self._judged.wrong, self._judged.understood = None, not verdict.error
        if verdict.error:
            if 0 <= verdict.position < len(self._line.value):
                self._judged.wrong = (verdict.position, verdict.position + verdict.length)
            place = f"character {verdict.position + 1}: " if verdict.position >= 0 else ""
            self._say(f"{place}{printable(verdict.error)}", "error")
        else:
            self._say("ok", "success")
        self._line.refresh()

    def _color(self, name: str) -> str:
        return self.app.theme_variables.get(name, "default").split(" ")[0]

    def _show_offers(self) -> None:
        shown = Text(no_wrap=True, overflow="ellipsis")
        if not self._line.value.strip() and self._naming is None:
            for expression, meaning in EXAMPLES:
                shown.append(f"{expression:<40}", "accent").append(f"{meaning}\n", "dim")
        else:
            top = max(min(self._chosen - SHOWN // 2, len(self._offers) - SHOWN), 0)
            for index, offer in enumerate(self._offers[top : top + SHOWN], top):
                style = "reverse" if index == self._chosen else "accent"
                shown.append(f"{printable(offer.text, 46):<46}", style)
                shown.append(f" {printable(offer.title, 80)}\n", "dim")
        shown.rstrip()
        offers = self.query_one("#display-offers", ThemedText)
        offers.display = bool(shown)
        offers.show(shown)

    def _close(self) -> None:
        self._asked += 1
        super()._close()

    def _failed(self, error: BaseException) -> None:
        self._say(printable(str(error)), "error")
