"""`netwatch --print-config`: the settings that apply, as a file with comments to begin one's own with."""

from __future__ import annotations

import sys
from pathlib import Path

from netwatch import settings as module
from netwatch.capture.privileges import drop_privileges
from netwatch.config.settings_text import settings_toml
from netwatch.errors import ExitStatus


def print_config(path: str | None) -> int:
    """Print the settings of the file at `path`, or of the user's own, over the defaults.

    Raises:
        UsageError: the file cannot be read, or something in it is wrong.
    """
    drop_privileges()  # under sudo the settings are those of the user who called it
    place = Path(path) if path else module.config_path()
    sys.stdout.write(settings_toml(module.load(place, required=path is not None), place))
    return ExitStatus.DONE
