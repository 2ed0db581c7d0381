"""The settings that apply and the file that they come from: read, changed, and looked at for changes of others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from netwatch import settings as module
from netwatch.capture.atomic import AtomicFile
from netwatch.capture.file_errors import cannot
from netwatch.config.settings_lines import lines_of
from netwatch.errors import UsageError
from netwatch.settings import Settings
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class SettingsFile:
    """Settings over the defaults, and the command line's over those; the file need not exist."""

    def __init__(self, path: Path, overrides: Mapping[str, Any], *, required: bool = False) -> None:
        """Read the file at `path`.

        Raises:
            UsageError: something in it is wrong, or it is `required` and absent.
        """
        self.path = path
        self.overridden = frozenset(overrides)
        """Settings that the command line decides, whatever the file says."""
        self._overrides = dict(overrides)
        self._seen = self._signature()
        self.settings = self._over(module.load(path, required=required))

    def changed(self) -> bool:
        """Return whether the file is another than when it was last looked at."""
        before, self._seen = self._seen, self._signature()
        return self._seen != before

    def place(self, *names: str) -> str:
        """Return where the file gives a key, as `config.toml, line 7: `, by the names of its tables and its own.

        A key that does not stand there itself is looked for by the table that it is in; empty without that.
        """
        try:
            lines = lines_of(self.path.read_bytes().decode())
        except (OSError, UnicodeDecodeError):
            return ""
        found = next((names[:end] for end in range(len(names), 0, -1) if names[:end] in lines), None)
        return f"{printable(str(self.path))}, line {lines[found]}: " if found is not None else ""

    def reload(self) -> Settings:
        """Read the file again and return the settings that apply now.

        Raises:
            UsageError: something in it is wrong; the settings stay as they were.
        """
        self.settings = self._over(module.load(self.path))
        return self.settings

    def write(self, key: str, value: Any) -> Settings:
        """Set `key` in the file, or take it out with None, and return the settings that apply now.

        A file that does not exist is made, with every setting explained.

        Raises:
            UsageError: the value is wrong, or the file is; nothing is written then.
            FileError: it cannot be written.
        """
        if value is not None:
            module.override(Settings(), {key: value}, origin="settings")
        from netwatch.config.settings_edit import edited  # what writes settings is rarely needed, and slow to import

        text = edited(self._text(), key, value)
        place = self.path.resolve()  # a link into somebody's collection of such files stays one
        try:
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise cannot("make", str(place.parent), error) from error
        with AtomicFile(str(place), overwrite=True) as file:
            file.write(text.encode())
            file.commit()
        self._seen = self._signature()
        return self.reload()

    def _text(self) -> str:
        try:
            return self.path.read_bytes().decode()
        except FileNotFoundError:
            from netwatch.config.settings_text import settings_toml

            return settings_toml(Settings(), self.path)
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot read {printable(str(self.path))}: {printable(str(error))}") from error

    def _over(self, loaded: Settings) -> Settings:
        chosen = dict(self._overrides)
        if "rules" in chosen:
            chosen["rules"] = (*loaded.rules, *chosen["rules"])  # those of the command line besides
        return module.override(loaded, chosen, origin="command line")

    def _signature(self) -> tuple[int, int, int] | None:
        """Return what differs when somebody wrote the file: time, size and inode; None without one."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size, found.st_ino
