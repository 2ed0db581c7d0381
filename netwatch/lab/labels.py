"""Label files: which packets of a capture are which attack, as JSON beside the capture."""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from netwatch.lab.input_file import InputFileError
from netwatch.lab.scenarios.scene import Label
from netwatch.text import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION: Final = 1
SUFFIX: Final = ".labels.json"
_MOST_BYTES: Final = 64 << 20
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "detectors": (list,),
    "source": (str,),
    "destination": (str,),
    "first": (int,),
    "last": (int,),
    "start": (int, float),
    "end": (int, float),
    "what": (str,),
    "hosts": (list,),
    "also": (list,),
}


def labels_path(capture: str) -> str:
    """Return where the labels of a capture file are: `x.pcap` has `x.labels.json`."""
    path = Path(capture)
    stem = path.name.removesuffix(".gz")
    return str(path.with_name(stem.rpartition(".")[0] or stem)) + SUFFIX


def labels_json(labels: Sequence[Label], **facts: Any) -> str:
    """Return a label file."""
    return (
        json.dumps({"netwatch_labels": VERSION, **facts, "labels": [asdict(label) for label in labels]}, indent=1)
        + "\n"
    )


def read_labels(path: str) -> tuple[Label, ...]:
    """Return the labels of a file; one without any says that all its traffic is harmless.

    Raises:
        InputFileError: it cannot be read or is no label file.
    """
    shown = printable(path)
    try:
        with Path(path).open("rb") as file:
            whole = json.loads(file.read(_MOST_BYTES))
    except OSError as error:
        raise InputFileError(f"cannot read the labels {shown}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InputFileError(f"{shown} is not JSON") from error
    if (
        not isinstance(whole, dict)
        or whole.get("netwatch_labels") != VERSION
        or not isinstance(whole.get("labels"), list)
    ):
        raise InputFileError(f"{shown} is not a label file of version {VERSION}", "netwatch lab make writes them")
    return tuple(_label(entry, shown) for entry in whole["labels"])


def _label(entry: Any, shown: str) -> Label:
    if not isinstance(entry, dict):
        raise InputFileError(f"{shown} has a label that is no object")
    values: dict[str, Any] = {}
    for field in fields(Label):
        value = entry.get(field.name, [] if field.name in ("hosts", "also") else None)
        words = value if isinstance(value, list) else ()
        if not isinstance(value, _TYPES[field.name]) or not all(isinstance(word, str) for word in words):
            raise InputFileError(f"{shown} has a label whose {field.name} is wrong or absent")
        values[field.name] = tuple(value) if isinstance(value, list) else value
    return Label(**values)
