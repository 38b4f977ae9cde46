"""PyRIT: conversations from its SQLite memory, or from pieces of messages exported as JSON.

Made for PyRIT 1.1.0 (tables ``PromptMemoryEntries`` and ``ScoreEntries``; JSON as `MessagePiece` is dumped, with its
``scores`` where an export adds them). What its scorers found is kept as verdicts, and is no grade.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Any

from secondline.core.errors import DataError
from secondline.evals.importing.parts import count, dig, json_of, listed, message, parsed, recorded
from secondline.evals.nouns import Message
from secondline.evals.targets.replay import Recorded

SQLITE = b"SQLite format 3\0"
DUCKDB = b"DUCK"
STATUS = {"none": "ok", "": "ok", "blocked": "blocked-out", "processing": "error", "unknown": "error", "empty": "error"}
SCORE = ("score_type", "score_value", "score_category", "score_rationale", "status")
READS = {"text", "error"}
"""Types of pieces whose value is text; of others, such as pictures, only the type is told."""


def read(path: Path, _: Mapping[str, str]) -> tuple[Recorded, ...]:
    """Return one record for each conversation that has an answer or an error, in the order in which they began.

    Raises:
        DataError: it is not a memory or an export of PyRIT.
    """
    pieces, version = _stored(path) if _beginning(path).startswith(SQLITE) else (_exported(path), "")
    ordered = sorted(pieces, key=lambda piece: (str(piece.get("conversation_id")), count(piece.get("sequence")) or 0))
    held = [list(group) for _, group in groupby(ordered, key=lambda piece: str(piece.get("conversation_id")))]
    held.sort(key=lambda group: min(str(piece.get("timestamp") or "") for piece in group))
    made = (_record(f"Conversation {g[0].get('conversation_id')!r} of {path.name!r}", g, version) for g in held)
    return tuple(one for one in made if one is not None)


def _beginning(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise DataError(f"The transcripts {str(path)!r} cannot be read: {error.strerror or error}.") from error
    if head[8:12] == DUCKDB:
        raise DataError(f"{path.name!r} is a DuckDB file, as old versions of PyRIT kept. Export it as JSON.")
    return head


def _exported(path: Path) -> list[dict[str, Any]]:
    content = json_of(path)
    pieces = content if isinstance(content, list) else dig(content, "message_pieces") or dig(content, "pieces")
    found = listed(pieces)
    if not found or not all("conversation_id" in piece and "role" in piece for piece in found):
        raise DataError(f"{path.name!r} is not an export of PyRIT: a list of pieces with `conversation_id` and `role`.")
    return found


def _stored(path: Path) -> tuple[list[dict[str, Any]], str]:
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as base:
            base.row_factory = sqlite3.Row
            pieces = [dict(row) for row in base.execute('SELECT * FROM "PromptMemoryEntries"')]
            scores = [dict(row) for row in base.execute('SELECT * FROM "ScoreEntries"')]
    except sqlite3.Error as error:
        raise DataError(f"{path.name!r} is not a memory of PyRIT: {error}.") from error
    by_piece: dict[str, list[dict[str, Any]]] = {}
    for score in scores:
        by_piece.setdefault(str(score.get("prompt_request_response_id")), []).append(score)
    for piece in pieces:
        piece["scores"] = by_piece.get(str(piece.get("id")), [])
        if isinstance(piece.get("prompt_metadata"), str):
            piece["prompt_metadata"] = parsed(piece["prompt_metadata"], f"{path.name}, prompt_metadata")
    versions = {str(piece["pyrit_version"]) for piece in pieces if piece.get("pyrit_version")}
    return pieces, ", ".join(sorted(versions))


def _record(where: str, pieces: Sequence[dict[str, Any]], version: str) -> Recorded | None:
    turns = _turns(pieces)
    last = next((piece for piece in reversed(pieces) if _role(piece) == "assistant"), None)
    if last is None or not any(turn.role == "user" for turn in turns):
        return None
    refusal = dig(last, "prompt_metadata", "structured_refusal")
    status = "refused" if refusal else STATUS.get(str(last.get("response_error") or ""), "error")
    answer = next(turn.content for turn in reversed(turns) if turn.role == "assistant")
    scores = [{name: score.get(name) for name in SCORE} for p in pieces for score in listed(p.get("scores"))]
    case = {"kind": "adversarial", "severity": 3, "cluster": str(last.get("conversation_id") or ""),
            "origin": f"vendor: pyrit {version}".rstrip()}  # fmt: skip
    return recorded(where, turns, case, {
        "text": str(refusal or "") or answer, "status": status, "source": "pyrit",
        "error": answer if status == "error" else "", "started": str(pieces[0].get("timestamp") or ""),
        "details": {"tool": f"pyrit {version}".rstrip(), "verdicts": scores,
                    "conversation": str(last.get("conversation_id") or "")},
    })  # fmt: skip


def _turns(pieces: Sequence[dict[str, Any]]) -> list[Message]:
    """Return the turns of a conversation as they were sent: converted, and pieces of one turn together."""
    turns: list[Message] = []
    for _, group in groupby(pieces, key=lambda piece: count(piece.get("sequence")) or 0):
        parts = list(group)
        turn = message(_role(parts[0]), "\n".join(_value(part) for part in parts))
        turns += [turn] if turn else []
    return turns


def _role(piece: Mapping[str, Any]) -> str:
    role = str(piece.get("role") or "")
    return "assistant" if role == "simulated_assistant" else role


def _value(piece: Mapping[str, Any]) -> str:
    kind = str(piece.get("converted_value_data_type") or "text")
    return str(piece.get("converted_value") or piece.get("original_value") or "") if kind in READS else f"[{kind}]"
