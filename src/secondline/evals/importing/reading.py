"""Reading: from a file of transcripts and the name of its format to records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from secondline.core.errors import DataError, SpecError, near
from secondline.evals.targets.replay import Recorded

FORMATS = {
    "csv": "tables", "jsonl": "tables", "otel": "otel", "inspect": "inspect", "garak": "garak", "pyrit": "pyrit",
    "promptfoo": "promptfoo",
}  # fmt: skip
"""The formats, and the module that reads each."""
Reader = Callable[[Path, Mapping[str, str]], tuple[Recorded, ...]]


def read(path: Path, kind: str = "", columns: Mapping[str, str] | None = None) -> tuple[Recorded, ...]:
    """Return the transcripts in a file, in its order; *kind* is its format, told by the file's name unless given.

    Raises:
        SpecError: the format is unknown, or cannot be told.
        DataError: the file is not of its format, or holds no transcript.
        MissingExtra: the format needs a library that is not installed.
    """
    if kind and kind not in FORMATS:
        raise SpecError(f"No transcripts are of the format {kind!r}. {near(kind, FORMATS)} Formats are: "
                        f"{', '.join(FORMATS)}.".replace("  ", " "))  # fmt: skip
    kind = kind or guessed(path)
    if columns and FORMATS[kind] != "tables":
        raise SpecError(f"`columns` are for csv and jsonl; {kind} has fields of its own.")
    reader: Reader = import_module(f"secondline.evals.importing.{FORMATS[kind]}").read
    found = reader(path, columns or {})
    if not found:
        raise DataError(f"{str(path)!r} holds no transcript.")
    return found


def guessed(path: Path) -> str:
    """Return the format that a file's name tells.

    Raises:
        SpecError: it tells none.

    >>> guessed(Path("garak.0a1b.report.jsonl"))
    'garak'
    """
    name = path.name.lower()
    if name.endswith(".report.jsonl"):
        return "garak"
    ends = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".eval": "inspect", ".db": "pyrit"}
    found = ends.get(path.suffix.lower())
    if found is None:
        raise SpecError(
            f"The name of {path.name!r} does not tell its format. Say `format:` one of {', '.join(FORMATS)}."
        )
    return found
