"""Tables: transcripts as CSV or JSONL, one a row, with a map from our fields to the file's columns.

Fields: ``question`` (or ``messages``: a list of turns) and ``answer`` are needed; without a map they are found under
common names. The rest is optional: the case's ``id``, ``replicate``, ``stratum``, ``cluster``, ``language``, ``kind``,
``severity``, ``pair`` and ``side``; the trace's ``status``, ``retrieved``, ``tools``, ``state``, ``latency_ms``,
``tokens_in``, ``tokens_out``, ``cost``, ``model``, ``fingerprint``, ``started``, ``config`` and ``error``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from secondline.core.errors import DataError, SpecError, near
from secondline.evals.importing.parts import count, lines_of, messages, number, parsed, recorded, text_in, text_of
from secondline.evals.nouns import Message
from secondline.evals.targets.http import chunks_of, tools_of
from secondline.evals.targets.replay import Recorded

NAMES = {
    "id": ("id", "case", "case_id"), "question": ("question", "input", "prompt", "query"),
    "messages": ("messages", "turns"), "answer": ("answer", "output", "response", "completion", "text"),
    "model": ("model", "returned_model"),
}  # fmt: skip
OF_CASE = ("stratum", "cluster", "language", "kind", "severity", "pair", "side", "persona")
OF_TRACE = ("status", "fingerprint", "started", "config", "error")
NUMBERS = ("latency_ms", "cost")
COUNTS = ("tokens_in", "tokens_out")
NESTED = ("retrieved", "tools", "state", "messages")
FIELDS = (*NAMES, "replicate", *OF_CASE, *OF_TRACE, *NUMBERS, *COUNTS, "retrieved", "tools", "state")
LONGEST_CELL = 16 << 20


def read(path: Path, columns: Mapping[str, str]) -> tuple[Recorded, ...]:
    """Return the transcripts of a table.

    Raises:
        SpecError: the map names a field that is none.
        DataError: a column is missing, or a row cannot be read.
    """
    for field in columns:
        if field not in FIELDS:
            raise SpecError(f"`columns` maps {field!r}, which is no field. {near(field, FIELDS)} Fields are: "
                            f"{', '.join(FIELDS)}.".replace("  ", " "))  # fmt: skip
    rows = list(_cells(path) if path.suffix.lower() == ".csv" else lines_of(path))
    if not rows:
        return ()
    place = _places({name for _, row in rows for name in row}, columns, path.name)
    return tuple(_record(f"Line {line} of {path.name!r}", row, place) for line, row in rows)


def _cells(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.DictReader(io.StringIO(text_of(path), newline=""), strict=True)
    try:
        for row in reader:
            if None in row:
                raise DataError(f"Line {reader.line_num} of {path.name!r} has more cells than the header.")
            yield reader.line_num, {name: value or None for name, value in row.items()}
    except csv.Error as error:
        raise DataError(f"Line {reader.line_num} of {path.name!r} is not CSV: {error}.") from error


def _places(there: set[str], columns: Mapping[str, str], file: str) -> dict[str, str]:
    """Return the column of each field that has one."""
    for field, column in columns.items():
        if column not in there:
            raise DataError(f"{file!r} has no column {column!r}, which `columns` maps {field!r} to. "
                            f"{near(column, there, 'It has: ' + ', '.join(sorted(there)[:12]) + '.')}")  # fmt: skip
    taken = dict(columns)
    for field in FIELDS:
        found = next((name for name in NAMES.get(field, (field,)) if name in there), None)
        if found is not None and field not in taken:
            taken[field] = found
    if "answer" not in taken or not {"question", "messages"} & set(taken):
        lacking = "answer" if "answer" not in taken else "question"
        raise DataError(f"{file!r} has no column for the {lacking}. Map one: `columns: {{{lacking}: NAME}}`.")
    return taken


def _record(where: str, row: Mapping[str, Any], place: Mapping[str, str]) -> Recorded:
    said = {field: row[column] for field, column in place.items() if row.get(column) is not None}
    for field in NESTED:
        if isinstance(said.get(field), str) and said[field][:1] in {"[", "{"}:
            said[field] = parsed(said[field], f"{where}, {field}")
    turns = _turns(said)
    answer = text_in(said.get("answer"))
    if not turns or turns[-1].role != "assistant":
        turns = [*turns, Message(role="assistant", content=answer)]
    case = {field: said[field] for field in OF_CASE if field in said} | {"id": str(said.get("id", ""))}
    trace = {
        "text": answer, "source": "replay", "replicate": count(said.get("replicate")) or 0,
        "retrieved": _chunks(said.get("retrieved")), "tools": tools_of(said.get("tools")), "state": said.get("state"),
        "returned_model": str(said.get("model", "")),
        **{field: str(said[field]) for field in OF_TRACE if field in said},
        **{field: number(said.get(field)) for field in NUMBERS}, **{field: count(said.get(field)) for field in COUNTS},
    }  # fmt: skip
    return recorded(where, turns, case, trace)


def _turns(said: Mapping[str, Any]) -> list[Message]:
    if "messages" in said:
        return messages(said["messages"])
    question = text_in(said.get("question"))
    return [Message(role="user", content=question)] if question else []


def _chunks(said: Any) -> Any:
    return chunks_of([said] if isinstance(said, str) else said)
