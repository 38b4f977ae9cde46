"""Parts that all importers share: files as text, JSON and lines, and how a question and an answer become a record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from secondline.core.errors import DataError
from secondline.evals.nouns import Case, Message, Trace
from secondline.evals.targets.replay import Recorded

ROLES = {
    "system": "system", "developer": "system", "user": "user", "human": "user", "assistant": "assistant",
    "simulated_assistant": "assistant", "ai": "assistant", "model": "assistant", "tool": "tool",
}  # fmt: skip


def text_of(path: Path) -> str:
    """Return the text of a file.

    Raises:
        DataError: it cannot be read, or is no text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise DataError(f"The transcripts {str(path)!r} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"The transcripts {str(path)!r} are not UTF-8 text. Save them as UTF-8.") from error


def json_of(path: Path) -> Any:
    """Return the JSON of a file.

    Raises:
        DataError: it cannot be read, or is no JSON.
    """
    return parsed(text_of(path), path.name)


def parsed(text: str | bytes, where: str) -> Any:
    """Return the JSON in *text*; *where* is what an error names.

    Raises:
        DataError: it is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where!r} is not JSON: {error}.") from error


def lines_of(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a JSONL file with the numbers of their lines.

    Raises:
        DataError: a line is no JSON object; what is cut off is told, and never left out.
    """
    for number, line in enumerate(text_of(path).splitlines(), 1):
        if not line.strip():
            continue
        found = parsed(line, f"{path.name}, line {number}")
        if not isinstance(found, dict):
            raise DataError(f"Line {number} of {path.name!r} is not a JSON object.")
        yield number, found


def text_in(content: Any) -> str:
    """Return the text of a message's content: text, a list of parts with a text, or JSON for anything else."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        parts = (p if isinstance(p, str) else p.get("text", p.get("content")) for p in content if _has_text(p))
        return "".join(part for part in parts if isinstance(part, str))
    return "" if content is None else json.dumps(content, ensure_ascii=False, sort_keys=True)


def _has_text(part: Any) -> bool:
    return isinstance(part, str) or (isinstance(part, dict) and part.get("type", "text") in {"text", "input_text"})


def message(role: Any, content: Any, name: str = "") -> Message | None:
    """Return a turn, or None where its role is not one of a conversation."""
    known = ROLES.get(str(role).lower())
    return Message.model_validate({"role": known, "content": text_in(content), "name": name}) if known else None


def messages(listed: Any) -> list[Message]:
    """Return the turns in a list of objects with a role and a content."""
    turns = (m for m in listed if isinstance(m, dict)) if isinstance(listed, list) else ()
    found = (message(m.get("role"), m.get("content"), str(m.get("name") or "")) for m in turns)
    return [turn for turn in found if turn is not None]


def questions(turns: Iterable[Message]) -> tuple[Message, ...]:
    """Return what users ask in a conversation; what its tools say is the system's own."""
    return tuple(turn for turn in turns if turn.role == "user")


def recorded(where: str, turns: Sequence[Message], case: dict[str, Any], trace: dict[str, Any]) -> Recorded:
    """Return a record of the questions in *turns*, with more said of its *case* and *trace*.

    Raises:
        DataError: nothing was asked, or a value is not what it must be.
    """
    asked = questions(turns)
    if not asked:
        raise DataError(f"{where} holds an answer to no question. Every transcript needs what was asked.")
    try:
        made = Case.model_validate({"turns": asked, **case})
        return Recorded(made, Trace.model_validate({"case": made.name, "messages": tuple(turns), **trace}))
    except ValidationError as error:
        first = error.errors()[0]
        raise DataError(f"{where}: {'.'.join(map(str, first['loc']))} is {first['msg'].lower()}.") from error


def dig(value: Any, *path: str | int) -> Any:
    """Return what stands at *path* in nested objects and lists, or None.

    >>> dig({"a": [{"b": 1}]}, "a", 0, "b")
    1
    """
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def listed(value: Any) -> list[dict[str, Any]]:
    """Return the objects in *value*, if it is a list."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def number(value: Any) -> float | None:
    """Return a number, or None: also where it stands in text."""
    if isinstance(value, bool) or value is None or value == "":
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def count(value: Any) -> int | None:
    """Return a whole number, or None: also where it stands in text, and exactly where it is too long for a float."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    found = number(value)
    return int(found) if found is not None and found == int(found) else None
