"""Garak: the attempts in a ``report.jsonl``. Its detectors' scores are kept as verdicts, and are no grades.

Made for garak 0.17.1; prompts and outputs as plain text, as versions before 0.12 wrote them, are read too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from secondline.core.errors import DataError
from secondline.evals.importing.parts import dig, lines_of, listed, message, recorded
from secondline.evals.nouns import Message
from secondline.evals.targets.replay import Recorded

ASKED = 1
"""An attempt's status when the target has answered: 0 is before, 2 when it was also evaluated."""


def read(path: Path, _: Mapping[str, str]) -> tuple[Recorded, ...]:
    """Return one record for each output of each attempt; an attempt that is written twice counts with its last line.

    Raises:
        DataError: it is not a report of garak.
    """
    version, attempts, seen = "", {}, False
    for line, entry in lines_of(path):
        kind = entry.get("entry_type")
        seen = seen or kind is not None
        if kind == "init":
            version = str(entry.get("garak_version") or "")
        if kind == "attempt" and isinstance(entry.get("status"), int) and entry["status"] >= ASKED:
            attempts[str(entry.get("uuid") or line)] = (line, entry)
    if not seen:
        raise DataError(f"{path.name!r} is not a report of garak: its lines have no `entry_type`.")
    return tuple(
        _record(f"Line {line} of {path.name!r}", entry, place, version)
        for line, entry in attempts.values()
        for place in range(len(entry.get("outputs") or []))
    )


def _record(where: str, entry: dict[str, Any], place: int, version: str) -> Recorded:
    probe, output = str(entry.get("probe_classname") or ""), entry["outputs"][place]
    held = listed(dig(entry, "conversations", place, "turns"))
    turns = _turns(held) or _prompt(entry.get("prompt"))
    answer = _text(output)
    if answer is not None and (not turns or turns[-1].role != "assistant"):
        turns.append(Message(role="assistant", content=answer))
    found = entry.get("detector_results") or {}
    verdicts = {
        name: scores[place] for name, scores in found.items() if isinstance(scores, list) and place < len(scores)
    }
    language = dig(entry, "prompt", "turns", 0, "content", "lang")
    case = {
        "id": f"garak-{probe}-{entry.get('seq', 0)}", "kind": "adversarial", "stratum": probe,
        "cluster": probe.partition(".")[0], "severity": 3, "origin": f"vendor: garak {version}".rstrip(),
        **({"language": language} if isinstance(language, str) and language not in {"", "*"} else {}),
    }  # fmt: skip
    return recorded(where, turns, case, {
        "replicate": place, "text": answer or "", "source": "garak",
        "status": "ok" if answer is not None else "error", "error": "" if answer is not None else "no output",
        "details": {"tool": f"garak {version}".rstrip(), "verdicts": verdicts, "goal": str(entry.get("goal") or "")},
    })  # fmt: skip


def _turns(held: list[dict[str, Any]]) -> list[Message]:
    found = (message(turn.get("role"), _text(turn.get("content"))) for turn in held)
    return [turn for turn in found if turn is not None]


def _prompt(prompt: Any) -> list[Message]:
    """Return the turns of a prompt: a conversation, a message, or plain text in old reports."""
    if isinstance(prompt, dict) and "turns" in prompt:
        return _turns(listed(prompt["turns"]))
    text = _text(prompt)
    return [Message(role="user", content=text)] if text else []


def _text(content: Any) -> str | None:
    found = content.get("text") if isinstance(content, dict) else content
    return found if isinstance(found, str) else None
