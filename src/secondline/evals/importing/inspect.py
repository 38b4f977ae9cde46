"""Inspect: logs of Inspect AI as JSON, and ``.eval`` archives where a library for their compression is installed.

Made for log version 2, as Inspect 0.3.285 writes it. What its scorers found is kept under ``details`` as verdicts.
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from secondline.core.errors import DataError, MissingExtra
from secondline.evals.importing.parts import count, dig, json_of, listed, messages, number, parsed, recorded, text_in
from secondline.evals.nouns import Message, ToolCall
from secondline.evals.targets.replay import Recorded

ZSTANDARD = 93
"""The compression of the archives, as the zip format numbers it; Python reads it from 3.14 on."""
ATTACHED = "attachment://"
OURS = ("stratum", "cluster", "severity", "kind", "pair", "side", "language", "persona", "origin", "author", "licence")
"""Fields of a case that an exported suite carries as metadata, and that come back."""
HEADER = 30


def read(path: Path, _: Mapping[str, str]) -> tuple[Recorded, ...]:
    """Return the samples of a log.

    Raises:
        DataError: it is not a log of Inspect.
        MissingExtra: it is an archive, and nothing here can open its compression.
    """
    log = _archived(path) if path.suffix.lower() == ".eval" else json_of(path)
    samples = dig(log, "samples")
    if not isinstance(samples, list) or not isinstance(dig(log, "eval"), dict):
        raise DataError(f"{path.name!r} is not a log of Inspect: it has no `eval` and `samples`.")
    version = str(dig(log, "eval", "packages", "inspect_ai") or "")
    return tuple(_sample(f"Sample {s.get('id')!r} of {path.name!r}", s, version) for s in listed(samples))


def _sample(where: str, sample: dict[str, Any], version: str) -> Recorded:
    sample = _attached(sample, sample.get("attachments") or {})
    given, turns = sample.get("input"), messages(sample.get("messages"))
    asked = [Message(role="user", content=given)] if isinstance(given, str) else messages(given)
    told = {field: value for field in OURS if (value := dig(sample, "metadata", field)) not in {None, ""}}
    error = dig(sample, "error", "message") or ""
    choice = dig(sample, "output", "choices", 0)
    stop = str(dig(choice, "stop_reason") or "")
    seconds = number(sample.get("working_time"))
    verdicts = {
        name: {key: score.get(key) for key in ("value", "answer", "explanation")}
        for name, score in (sample.get("scores") or {}).items() if isinstance(score, dict)
    }  # fmt: skip
    model = str(dig(sample, "output", "model") or "")
    # The output's usage is of the last call alone; that of the model is of all its calls in the sample.
    usage = dig(sample, "model_usage", model) or dig(sample, "output", "usage")
    case = {"id": str(sample.get("id") or ""), "reference": sample.get("target") or None, **told}
    return recorded(where, [*_context(asked, turns), *(turns or asked)], case | {"turns": _users(asked)}, {
        "messages": tuple(turns or asked), "replicate": max((count(sample.get("epoch")) or 1) - 1, 0),
        "text": text_in(dig(choice, "message", "content") or dig(sample, "output", "completion")),
        "status": "error" if error else "blocked-out" if stop == "content_filter" else "ok", "error": str(error),
        "tools": _tools(sample.get("messages")), "started": str(sample.get("started_at") or ""),
        "latency_ms": None if seconds is None else seconds * 1000.0,
        "tokens_in": count(dig(usage, "input_tokens")), "tokens_out": count(dig(usage, "output_tokens")),
        "cost": number(dig(usage, "total_cost")), "returned_model": model,
        "source": "inspect", "details": {"tool": f"inspect {version}".strip(), "verdicts": verdicts},
    })  # fmt: skip


def _context(asked: list[Message], turns: list[Message]) -> list[Message]:
    """Return the questions where the conversation was not logged."""
    return [] if turns else asked


def _users(asked: list[Message]) -> tuple[Message, ...]:
    return tuple(turn for turn in asked if turn.role != "system") or tuple(asked)


def _tools(turns: Any) -> tuple[ToolCall, ...]:
    """Return the calls of tools in a conversation, each with the turn that answers it."""
    results = {str(m.get("tool_call_id")): m for m in listed(turns) if m.get("role") == "tool"}
    return tuple(
        ToolCall(
            name=str(call.get("function") or "?"),
            arguments=call["arguments"] if isinstance(call.get("arguments"), dict) else {},
            result=text_in(results.get(str(call.get("id")), {}).get("content")) or None,
            error=str(dig(results, str(call.get("id")), "error", "message") or ""),
        )
        for turn in listed(turns) for call in listed(turn.get("tool_calls"))
    )  # fmt: skip


def _attached(value: Any, attachments: Mapping[str, Any]) -> Any:
    """Return *value* with references to attachments exchanged for their texts; events are left out."""
    if isinstance(value, dict):
        return {k: _attached(v, attachments) for k, v in value.items() if k not in {"events", "attachments"}}
    if isinstance(value, list):
        return [_attached(item, attachments) for item in value]
    if isinstance(value, str) and value.startswith(ATTACHED):
        return str(attachments.get(value.removeprefix(ATTACHED), value))
    return value


def _archived(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {info.filename: info for info in archive.infolist()}
            samples = sorted(name for name in names if name.startswith("samples/") and name.endswith(".json"))
            if "header.json" not in names:
                raise DataError(f"{path.name!r} is not a finished log of Inspect: it has no `header.json`.")
            header = parsed(_entry(path, archive, names["header.json"]), f"{path.name}, header.json")
            held = [parsed(_entry(path, archive, names[name]), f"{path.name}, {name}") for name in samples]
    except (OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{path.name!r} is not an archive of Inspect: {error}.") from error
    return {**header, "samples": held} if isinstance(header, dict) else {}


def _entry(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Return the bytes of one entry, whose compression the standard library may not know."""
    if info.compress_type != ZSTANDARD:
        return archive.read(info)
    try:
        library = import_module("zstandard")
    except ImportError as missing:
        raise MissingExtra.needs(
            "Reading an .eval archive of Inspect (or have Inspect write `--log-format json`)", "inspect"
        ) from missing
    with path.open("rb") as file:
        file.seek(info.header_offset)
        name, more = struct.unpack("<26x2H", file.read(HEADER))
        file.seek(info.header_offset + HEADER + name + more)
        packed = file.read(info.compress_size)
    try:
        return bytes(library.ZstdDecompressor().decompressobj().decompress(packed))
    except library.ZstdError as error:
        raise DataError(f"{info.filename!r} in {path.name!r} is damaged: {error}.") from error
