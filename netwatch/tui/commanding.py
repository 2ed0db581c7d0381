"""The command line of the monitor: asks for a line and does what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netwatch.errors import UsageError
from netwatch.tui.command_line import QUIT_AT_ONCE, Word, understood, words
from netwatch.tui.deliver import deliver
from netwatch.tui.palette import who_can
from netwatch.tui.widgets.notice import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeAlias

    from textual.screen import Screen
    from textual.widget import Widget

    from netwatch.engine import Engine
    from netwatch.tui.panes.pane import Pane
    from netwatch.tui.widgets.command_prompt import CommandPrompt

    Does: TypeAlias = Callable[[str], None]


class Commanding:
    """Serves a screen that has a Notice and the actions of the command table."""

    def __init__(
        self, screen: Screen[None], engine: Engine, does: Mapping[str, Does], pane: Callable[[], Pane]
    ) -> None:
        """Do `does` with what stands behind a word, and the action of a word behind which nothing stands.

        `pane` gives the one that is seen, which some words are for.
        """
        self._screen = screen
        self._engine = engine
        self._pane = pane
        self._does = {
            QUIT_AT_ONCE.name: lambda _: self._screen.app.exit(0),
            "filter": self._filter,
            "interface": self._interface,
            **does,
        }
        self._prompt: CommandPrompt | None = None

    async def ask(self, before: Widget) -> None:
        """Open the prompt, which is mounted `before` a widget when it is first needed."""
        if self._prompt is None:
            from netwatch.tui.widgets.command_prompt import CommandPrompt

            self._prompt = CommandPrompt(self._words())
            await self._screen.mount(self._prompt, before=before)
        self._prompt.open()

    async def run(self, text: str) -> None:
        """Do what a line says; what cannot be understood is said."""
        try:
            line = understood(self._words(), text)
        except UsageError as error:
            self._failed(error)
            return
        if line.word.name in self._does and (line.text or not line.word.action):
            self._does[line.word.name](line.text)
        else:
            await self._act(line.word)

    async def _act(self, word: Word) -> None:
        """Do what a key would in the pane that is seen."""
        pane = self._pane()
        if word.place not in pane.places:
            self._failed(UsageError(f"{word.name} means nothing in {pane.name_shown}"))
            return
        pane.focus_main()
        await self._screen.app.run_action(word.action, who_can(self._screen, word.action))

    def _words(self) -> tuple[Word, ...]:
        return words(sorted(self._screen.app.available_themes))

    def _filter(self, text: str) -> None:
        said = f"capturing what matches: {text}"
        deliver(self._screen, self._engine.set_capture_filter(text), lambda _: self._say(said), self._failed)

    def _interface(self, text: str) -> None:
        names = tuple(name.strip() for name in text.split(",") if name.strip())
        said = f"capturing on {', '.join(names)}"
        deliver(self._screen, self._engine.open(names), lambda _: self._say(said), self._failed)

    def _say(self, said: str) -> None:
        self._screen.query_one(Notice).say(said)

    def _failed(self, error: BaseException) -> None:
        self._screen.query_one(Notice).say(str(error), "error", seconds=15)
