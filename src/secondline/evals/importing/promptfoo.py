"""Promptfoo: results of an evaluation or red-team scan as JSON. Its assertions are kept as verdicts, and are no grades.

Made for summaries of version 3 (promptfoo 0.1xx: ``promptfoo eval -o results.json``); a summary of version 2, and one
that is not wrapped in a file of results, are read too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from secondline.core.errors import DataError
from secondline.evals.importing.parts import count, dig, json_of, listed, messages, number, recorded, text_in
from secondline.evals.nouns import Message
from secondline.evals.targets.replay import Recorded

GRADED = ("pass", "score", "reason")


def read(path: Path, _: Mapping[str, str]) -> tuple[Recorded, ...]:
    """Return one record for each result; results of one test, prompt and provider are its replicates.

    Raises:
        DataError: it is not a file of results of promptfoo.
    """
    content = json_of(path)
    results = dig(content, "results", "results") or dig(content, "results")
    if not isinstance(results, list) or not all(isinstance(r, dict) and "prompt" in r for r in results):
        raise DataError(f"{path.name!r} is not a file of results of promptfoo: it has no `results` with prompts.")
    version = str(dig(content, "metadata", "promptfooVersion") or "")
    seen: Counter[str] = Counter()
    found = []
    for place, result in enumerate(results):
        name = _name(result, place)
        found.append(_record(f"Result {place} of {path.name!r}", result, name, seen[name], version))
        seen[name] += 1
    return tuple(found)


def _name(result: Mapping[str, Any], place: int) -> str:
    test = result.get("testIdx", place)
    provider = _provider(result)
    return f"promptfoo-{test}-{result.get('promptIdx', 0)}" + (f"-{provider}" if provider else "")


def _provider(result: Mapping[str, Any]) -> str:
    provider = result.get("provider")
    return str(dig(provider, "label") or dig(provider, "id") or provider or "") if provider else ""


def _record(where: str, result: dict[str, Any], name: str, replicate: int, version: str) -> Recorded:
    response, told = result.get("response") or {}, _metadata(result)
    answer = text_in(dig(response, "output"))
    problem = (
        "" if dig(response, "output") is not None else str(result.get("error") or dig(response, "error") or "none")
    )
    turns = _prompt(dig(result, "prompt", "raw") if isinstance(result["prompt"], dict) else result["prompt"])
    graded = result.get("gradingResult") or {}
    parts = [
        {key: part.get(key) for key in GRADED} | {"assertion": dig(part, "assertion", "type")}
        for part in listed(dig(graded, "componentResults"))
    ]
    plugin = str(told.get("pluginId") or "")
    case = {"id": name, "origin": f"vendor: promptfoo {version}".rstrip(), "stratum": plugin,
            "cluster": str(told.get("strategyId") or ""), **({"kind": "adversarial"} if plugin else {})}  # fmt: skip
    return recorded(where, [*turns, Message(role="assistant", content=answer)], case, {
        "replicate": replicate, "text": answer, "source": "promptfoo",
        "status": "error" if problem else "refused" if dig(response, "isRefusal") is True else "ok", "error": problem,
        "latency_ms": number(result.get("latencyMs")), "cost": number(result.get("cost")),
        "tokens_in": count(dig(response, "tokenUsage", "prompt")),
        "tokens_out": count(dig(response, "tokenUsage", "completion")), "returned_model": _provider(result),
        "details": {
            "tool": f"promptfoo {version}".rstrip(), "cached": dig(response, "cached") is True,
            "verdicts": {key: graded.get(key) for key in GRADED} | {"success": result.get("success"), "parts": parts},
        },
    })  # fmt: skip


def _metadata(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a scan says of its test; it stands in one of three places."""
    places = (("testCase", "metadata"), ("gradingResult", "metadata"), ("metadata",))
    return {k: v for place in places if isinstance(found := dig(result, *place), dict) for k, v in found.items()}


def _prompt(raw: Any) -> list[Message]:
    """Return the turns of a prompt: a conversation as JSON, or one text."""
    text = text_in(raw)
    try:
        held = json.loads(text) if text[:1] == "[" else None
    except (ValueError, RecursionError):
        held = None
    return messages(held) or ([Message(role="user", content=text)] if text else [])
