"""OpenTelemetry: spans of generative systems in OTLP's JSON, by one versioned map.

The conventions are still in development and change, so that all that we read of them stands in this file. `MAPPING` is
the version of the map: it reads the attributes of conventions 1.37 to 1.41 (``gen_ai.input.messages`` and
``gen_ai.output.messages``), the events of 1.36 and before, and the numbered attributes (``gen_ai.prompt.0.content``)
that libraries wrote before there were conventions. Results of evaluations are kept as verdicts, and are no grades.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from secondline.core.errors import DataError
from secondline.evals.importing.parts import count, dig, listed, message, parsed, recorded, text_of
from secondline.evals.nouns import Chunk, Message, ToolCall
from secondline.evals.targets.replay import Recorded

MAPPING = "1"
ANSWERING = frozenset({"chat", "text_completion", "generate_content", "invoke_agent"})
CASE = "secondline.case"
"""An attribute of our own: the id of the case that a span answers."""
USED = {"tokens_in": ("input_tokens", "prompt_tokens"), "tokens_out": ("output_tokens", "completion_tokens")}
EVENTS = {"gen_ai.system.message": "system", "gen_ai.user.message": "user", "gen_ai.assistant.message": "assistant",
          "gen_ai.tool.message": "tool"}  # fmt: skip
EVALUATED = "gen_ai.evaluation.result"
FAILED = {2, "STATUS_CODE_ERROR"}


@dataclass(frozen=True, slots=True)
class _Span:
    """A span with its attributes as plain values."""

    trace: str
    name: str
    start: int
    end: int
    said: dict[str, Any]
    events: tuple[tuple[str, dict[str, Any]], ...]
    failed: str

    @property
    def operation(self) -> str:
        return str(self.said.get("gen_ai.operation.name") or self.name.partition(" ")[0])


def read(path: Path, _: Mapping[str, str]) -> tuple[Recorded, ...]:
    """Return one record for each answer to a user: a call that a later one of its trace continues is part of that one.

    Raises:
        DataError: it is not OTLP's JSON, or its spans hold no conversation, as when recording content is off.
    """
    spans = sorted(_spans(path), key=lambda span: span.start)
    traces: dict[str, list[_Span]] = {}
    for span in spans:
        traces.setdefault(span.trace, []).append(span)
    found = [record for group in traces.values() for record in _records(path.name, group)]
    if not found:
        raise DataError(
            f"The spans of {path.name!r} hold no conversation. Record the content of messages (in most libraries "
            "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT), and export again."
        )
    return tuple(found)


def _spans(path: Path) -> Iterable[_Span]:
    """Yield the spans of one request as a document, or of many as lines, as the collector writes them."""
    text = text_of(path)
    try:
        held = json.loads(text)
        requests = held if isinstance(held, list) else [held]
    except (ValueError, RecursionError):
        lines = [line for line in text.splitlines() if line.strip()]
        requests = [parsed(line, f"{path.name}, line {n}") for n, line in enumerate(lines, 1)]
    if not all(isinstance(dig(request, "resourceSpans"), list) for request in requests):
        raise DataError(f"{path.name!r} is not OTLP's JSON: it has no `resourceSpans`.")
    for request in requests:
        for resource in listed(request["resourceSpans"]):
            for scope in listed(resource.get("scopeSpans")):
                yield from (_span(span) for span in listed(scope.get("spans")))


def _span(span: Mapping[str, Any]) -> _Span:
    status = span.get("status") or {}
    failed = str(status.get("message") or "failed") if status.get("code") in FAILED else ""
    events = tuple((str(e.get("name")), _attributes(e.get("attributes"))) for e in listed(span.get("events")))
    return _Span(
        str(span.get("traceId")), str(span.get("name") or ""), count(span.get("startTimeUnixNano")) or 0,
        count(span.get("endTimeUnixNano")) or 0, _attributes(span.get("attributes")), events, failed,
    )  # fmt: skip


def _attributes(pairs: Any) -> dict[str, Any]:
    return {str(pair.get("key")): _value(pair.get("value")) for pair in listed(pairs)}


def _value(value: Any) -> Any:
    """Return one of OTLP's typed values as a plain one; whole numbers come as text."""
    if not isinstance(value, dict) or not value:
        return None
    kind, held = next(iter(value.items()))
    if kind == "intValue":
        return count(held)
    if kind == "arrayValue":
        return [_value(item) for item in dig(held, "values") or []]
    return _attributes(dig(held, "values")) if kind == "kvlistValue" else held


def _records(file: str, spans: Sequence[_Span]) -> Iterable[Recorded]:
    """Yield the answers of one trace, with the tools and passages used since the answer before."""
    spoken = [(span, *_spoken(span)) for span in spans if span.operation in ANSWERING]
    agents = [one for one in spoken if one[0].operation == "invoke_agent" and one[1] and one[2]]
    spoken = agents or [one for one in spoken if one[1] and (one[2] or one[0].failed)]
    began = 0
    for place, (span, asked, answer) in enumerate(spoken):
        if any(_continues(later, asked) for _, later, _ in spoken[place + 1 :]):
            continue
        inside = [other for other in spans if began <= other.start <= span.end]
        began = span.end
        yield _record(f"Span {span.name!r} of {file!r}", span, asked, answer, inside)


def _continues(later: Sequence[Message], asked: Sequence[Message]) -> bool:
    return len(later) > len(asked) and list(later[: len(asked)]) == list(asked)


def _record(
    where: str, span: _Span, asked: Sequence[Message], answer: Sequence[Message], inside: Sequence[_Span]
) -> Recorded:
    calls = [span] if span.operation == "invoke_agent" else [s for s in inside if s.operation in ANSWERING]
    finish = [str(reason) for reason in _list(span.said.get("gen_ai.response.finish_reasons"))]
    text = "".join(turn.content for turn in answer)
    verdicts = [said for other in inside for name, said in other.events if name == EVALUATED]
    case = {"id": str(span.said.get(CASE) or ""), "origin": "production"}
    used = {field: _used(calls, names) for field, names in USED.items()}
    started = datetime.fromtimestamp(span.start / 1e9, UTC).isoformat(timespec="milliseconds")
    return recorded(where, [*asked, *answer], case, {
        "text": text, "source": "otel", "error": span.failed, **used, "started": started,
        "status": "error" if span.failed else "blocked-out" if "content_filter" in finish else "ok",
        "latency_ms": (span.end - span.start) / 1e6, "tools": _tools(inside, asked), "retrieved": _retrieved(inside),
        "returned_model": str(span.said.get("gen_ai.response.model") or ""),
        "fingerprint": str(span.said.get("openai.response.system_fingerprint")
                           or span.said.get("gen_ai.openai.response.system_fingerprint") or ""),
        "details": {"tool": f"opentelemetry, map {MAPPING}", "trace": span.trace, "verdicts": verdicts},
    })  # fmt: skip


def _used(calls: Sequence[_Span], names: Sequence[str]) -> int | None:
    found = [next((n for name in names if (n := count(c.said.get(f"gen_ai.usage.{name}"))) is not None), None)
             for c in calls]  # fmt: skip
    return sum(n for n in found if n is not None) if found and None not in found else None


def _spoken(span: _Span) -> tuple[list[Message], list[Message]]:
    """Return what a call was given and what it gave, in whichever way its conventions tell it."""
    asked, answer = (_turns(span.said.get(f"gen_ai.{side}.messages")) for side in ("input", "output"))
    if not asked and not answer:
        asked, answer = (_numbered(span.said, f"gen_ai.{side}.") for side in ("prompt", "completion"))
    if not asked and not answer:
        asked, answer = _from_events(span.events)
    return [turn for turn in asked if turn.role != "system"], answer


def _turns(said: Any) -> list[Message]:
    """Return messages with parts; thoughts are not what was said."""
    found = (message(m.get("role"), _parts(m), _tool(m)) for m in listed(_json(said)))
    return [turn for turn in found if turn is not None]


def _parts(said: Mapping[str, Any]) -> str:
    parts = listed(said.get("parts"))
    texts = [str(p.get("content") or "") for p in parts if p.get("type") == "text"]
    results = [_plain(p.get("response", p.get("result"))) for p in parts if p.get("type") == "tool_call_response"]
    return "".join(texts) or "\n".join(results) or str(said.get("content") or "")


def _tool(said: Mapping[str, Any]) -> str:
    return next((str(p.get("name") or "") for p in listed(said.get("parts")) if "response" in str(p.get("type"))), "")


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def _numbered(said: Mapping[str, Any], prefix: str) -> list[Message]:
    found: list[Message] = []
    while (content := said.get(f"{prefix}{len(found)}.content")) is not None:
        role = said.get(f"{prefix}{len(found)}.role") or ("user" if "prompt" in prefix else "assistant")
        found.append(message(role, content) or Message(role="user", content=str(content)))
    return found


def _from_events(events: Sequence[tuple[str, dict[str, Any]]]) -> tuple[list[Message], list[Message]]:
    asked = [message(EVENTS[name], _body(said).get("content")) for name, said in events if name in EVENTS]
    choices = [_body(said) for name, said in events if name == "gen_ai.choice"]
    answer = [message("assistant", dig(c, "message", "content") or dig(_json(c.get("message")), "content")
                      or c.get("content")) for c in choices]  # fmt: skip
    return [turn for turn in asked if turn], [turn for turn in answer if turn]


def _body(said: dict[str, Any]) -> dict[str, Any]:
    held = _json(said.get("gen_ai.event.content") or said.get("event.body"))
    return held if isinstance(held, dict) else said


def _json(said: Any) -> Any:
    """Return JSON that stands in a text, as attributes hold it, or what is there already."""
    if not isinstance(said, str):
        return said
    try:
        return json.loads(said)
    except (ValueError, RecursionError):
        return None


def _list(said: Any) -> list[Any]:
    held = _json(said)
    return held if isinstance(held, list) else [said] if said else []


def _tools(inside: Sequence[_Span], asked: Sequence[Message]) -> tuple[ToolCall, ...]:
    """Return the tools that ran: their own spans, else the turns of tools in the conversation."""
    ran = [span for span in inside if span.operation == "execute_tool"]
    if not ran:
        return tuple(ToolCall(name=t.name or "?", result=t.content) for t in asked if t.role == "tool")
    found = []
    for span in ran:
        arguments = _json(span.said.get("gen_ai.tool.call.arguments"))
        said = span.said.get("gen_ai.tool.call.result")
        found.append(ToolCall(
            name=str(span.said.get("gen_ai.tool.name") or span.name.partition(" ")[2] or "?"),
            arguments=arguments if isinstance(arguments, dict) else {},
            result=said if _json(said) is None else _json(said),
            error=str(span.said.get("error.type") or span.failed),
        ))  # fmt: skip
    return tuple(found)


def _retrieved(inside: Sequence[_Span]) -> tuple[Chunk, ...]:
    documents = [d for span in inside for d in listed(_json(span.said.get("gen_ai.retrieval.documents")))]
    return tuple(
        Chunk(id=str(d.get("id") or rank), text=str(d.get("content") or d.get("text") or ""),
              score=d["score"] if isinstance(d.get("score"), (int, float)) else None, rank=rank)
        for rank, d in enumerate(documents, 1)
    )  # fmt: skip
