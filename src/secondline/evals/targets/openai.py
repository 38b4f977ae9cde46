"""OpenAI: the dialect of ``/chat/completions``, which most gateways and servers of models speak."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from secondline.core.canonical import canonical
from secondline.core.declared.genai import Target
from secondline.core.errors import SpecError
from secondline.evals.cache import Answer
from secondline.evals.line import MOST_OUT, Ask
from secondline.evals.nouns import Case, Chunk, Message, ToolCall
from secondline.evals.targets.posting import Poster, parsed, whole
from secondline.evals.targets.target import Said, worded
from secondline.evals.wire import Reply, Secret, Unreadable, Used

PATH = "/chat/completions"
OURS = frozenset({"model", "messages", "stream", "n"})
"""Parameters that are not decoding: given under `decoding` they would change what is asked."""


class OpenAI:
    """The dialect, for one declared target whose system prompt is *system*."""

    def __init__(self, target: Target, config: str, system: str) -> None:
        """Read the key from its environment variable; nothing is sent yet.

        Raises:
            SpecError: the address, the key or the decoding is not as it must be.
        """
        if taken := sorted(OURS & set(target.decoding)):
            raise SpecError(f"`decoding` sets {', '.join(map(repr, taken))}, which is not decoding. Leave it out.")
        url = target.url.rstrip("/")
        bare, _, query = url.partition("?")
        self.url = url if bare.endswith(PATH) else bare.rstrip("/") + PATH + (f"?{query}" if query else "")
        self._poster = Poster(self.url, Secret(target.key), target.header)
        self._target, self._system = target, system
        self._most = most_out(target.decoding)
        self.endpoint = f"openai {self.url} {config}"
        self.send, self.close = self._poster.send, self._poster.close

    def request(self, case: Case, history: Sequence[Message], replicate: int) -> Ask:
        """Return the request: the model, the system's prompt, the conversation with its passages, and the decoding."""
        messages: list[dict[str, Any]] = [{"role": "system", "content": self._system}] if self._system else []
        for place, turn in enumerate(worded(case, history)):
            messages += _turn(turn, place)
        body = {"messages": messages, **self._target.decoding}
        if self._target.model:
            body["model"] = self._target.model
        return Ask(canonical(body).encode(), replicate, self._most)

    def used(self, reply: Reply) -> Used:
        """Return the tokens of the answer.

        Raises:
            Unreadable: it is no JSON, or holds no message.
        """
        content = parsed(reply.body)
        if reply.status < 300:  # noqa: PLR2004 - the number is HTTP's
            _choice(content)
        usage = content.get("usage")
        usage = usage if isinstance(usage, dict) else {}
        return Used(whole(usage.get("prompt_tokens")), whole(usage.get("completion_tokens")))

    def answers(self, reply: Reply) -> bool:
        """Whether a refusal is of the prompt: a content filter before the model, which is part of the system."""
        return reply.status == 400 and _filtered(reply.body)  # noqa: PLR2004 - the number is HTTP's

    def read(self, answer: Answer) -> Said:
        """Return the first choice: its text, refusal and tool calls, and who says to have answered."""
        content = parsed(answer.body)
        if answer.status >= 400:  # noqa: PLR2004 - the number is HTTP's
            return Said(status="blocked-in", error=_error_of(content))
        choice = _choice(content)
        message, finish = choice["message"], str(choice.get("finish_reason") or "")
        refusal = message.get("refusal")
        text = _text(message.get("content"))
        return Said(
            text=text or (refusal if isinstance(refusal, str) else ""),
            status="blocked-out" if finish == "content_filter" else "refused" if refusal else "ok",
            tools=tuple(_tools(message.get("tool_calls"))), retrieved=tuple(_citations(message.get("context"))),
            model=str(content.get("model") or ""), fingerprint=str(content.get("system_fingerprint") or ""),
            details={"finish": finish} if finish not in {"", "stop"} else {},
        )  # fmt: skip


def most_out(decoding: dict[str, Any]) -> int:
    """Return the most tokens an answer may have by its decoding, or what one is reckoned to have."""
    found = whole(decoding.get("max_completion_tokens")) or whole(decoding.get("max_tokens"))
    return found or MOST_OUT


def _turn(turn: Message, place: int) -> list[dict[str, Any]]:
    """Return one turn; a tool's result follows the call that it answers, which the dialect asks for."""
    if turn.role != "tool":
        return [{"role": turn.role, "content": turn.content}]
    called = {"id": f"call_{place}", "type": "function", "function": {"name": turn.name or "tool", "arguments": "{}"}}
    return [
        {"role": "assistant", "content": None, "tool_calls": [called]},
        {"role": "tool", "tool_call_id": f"call_{place}", "content": turn.content},
    ]


def _choice(content: dict[str, Any]) -> dict[str, Any]:
    choices = content.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(first, dict) or not isinstance(first.get("message"), dict):
        raise Unreadable("the answer has no `choices` with a message")
    return first


def _text(content: Any) -> str:
    """Return the text of a message, which may come in parts."""
    if isinstance(content, list):
        return "".join(str(part.get("text") or "") for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _tools(calls: Any) -> list[ToolCall]:
    functions = [c.get("function") for c in calls if isinstance(c, dict)] if isinstance(calls, list) else []
    return [
        ToolCall(name=str(f.get("name") or "?"), **arguments_of(f.get("arguments")))
        for f in functions
        if isinstance(f, dict)
    ]


def arguments_of(said: Any) -> dict[str, Any]:
    """Return the arguments of a tool call; those that are no JSON object are an error, told as they came."""
    if isinstance(said, str):
        try:
            said = json.loads(said or "{}")
        except ValueError:
            return {"arguments": {"raw": said}, "error": "the arguments are not JSON"}
    if isinstance(said, dict):
        return {"arguments": said}
    return {"arguments": {"raw": said}, "error": "the arguments are no object"} if said is not None else {}


def _citations(context: Any) -> list[Chunk]:
    """Return the passages that an answer over a search index says to rest on (Azure's ``message.context``)."""
    listed = context.get("citations") if isinstance(context, dict) else None
    found = [c for c in listed if isinstance(c, dict)] if isinstance(listed, list) else []
    return [
        Chunk(
            id=str(c.get("chunk_id") or c.get("filepath") or rank),
            document=str(c.get("filepath") or c.get("url") or ""), text=str(c.get("content") or ""), rank=rank,
        )
        for rank, c in enumerate(found, 1)
    ]  # fmt: skip


def _filtered(body: bytes) -> bool:
    try:
        content = parsed(body)
    except Unreadable:
        return False
    error = content.get("error")
    return isinstance(error, dict) and error.get("code") in {"content_filter", "content_policy_violation"}


def _error_of(content: dict[str, Any]) -> str:
    error = content.get("error")
    return str(error.get("message") or error.get("code") or "") if isinstance(error, dict) else ""
