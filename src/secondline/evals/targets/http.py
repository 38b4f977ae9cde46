"""HTTP: any system that takes and gives JSON, such as the bank's own chatbot, by a template and paths."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from secondline.core.canonical import canonical, digest
from secondline.core.declared.genai import Target
from secondline.core.errors import SpecError, near
from secondline.evals.cache import Answer
from secondline.evals.line import Ask
from secondline.evals.nouns import Case, Chunk, Message, ToolCall
from secondline.evals.targets.openai import most_out
from secondline.evals.targets.paths import MISSING, at, filled, places, steps
from secondline.evals.targets.posting import Poster, parsed, whole
from secondline.evals.targets.target import Said, passages, worded
from secondline.evals.wire import Reply, Secret, Unreadable, Used

PLACES = ("question", "messages", "context", "passages", "system", "session", "replicate", "case")
READS = ("retrieved", "tools", "state", "model", "fingerprint", "tokens-in", "tokens-out", "cost", "refusal")


class Http:
    """The dialect: ``body`` is the template of the request, ``answer`` the path of the text, ``reads`` paths of more.

    Places of the template: ``{question}`` is the last turn; ``{messages}`` the conversation; ``{context}`` the passages
    as a list, ``{passages}`` as text; ``{system}`` the system's prompt; ``{session}`` a name of this conversation, for
    systems that remember; ``{replicate}`` and ``{case}``.
    """

    def __init__(self, target: Target, config: str, system: str) -> None:
        """Check the template and the paths; nothing is sent yet.

        Raises:
            SpecError: a place or a path is not as it must be, or the question has no place.
        """
        body = target.body or {"question": "{question}"}
        asked = places(body)
        if unknown := sorted(asked - set(PLACES)):
            raise SpecError(
                f"The template `body` has a place {unknown[0]!r}. {near(unknown[0], PLACES)} Places are: "
                f"{', '.join(PLACES)}.".replace("  ", " ")
            )
        if not asked & {"question", "messages"}:
            raise SpecError("The template `body` has no place for the question. Write {question} or {messages} in it.")
        if unknown := sorted(set(target.reads) - set(READS)):
            raise SpecError(f"`reads` names {unknown[0]!r}; what can be read is: {', '.join(READS)}.")
        self._body, self._system, self._most = body, system, most_out(target.decoding)
        self._answer = steps(target.answer or "answer")
        self._reads = {name: steps(path) for name, path in target.reads.items()}
        self._poster = Poster(target.url, Secret(target.key), target.header)
        self.endpoint = f"http {target.url} {config} {digest(body)}"
        self.send, self.close = self._poster.send, self._poster.close

    def request(self, case: Case, history: Sequence[Message], replicate: int) -> Ask:
        """Return the filled template."""
        session = digest([case.digest, replicate])[:32]
        turns = [{"role": turn.role, "content": turn.content} for turn in worded(case, history)]
        values: dict[str, Any] = {
            "messages": turns, "replicate": replicate,
            "context": [{"id": c.id, "document": c.document, "text": c.text} for c in case.context],
        }  # fmt: skip
        texts = {
            "question": history[-1].content, "passages": passages(case), "system": self._system, "session": session,
            "case": case.name, "replicate": str(replicate), "messages": canonical(turns),
            "context": passages(case),
        }  # fmt: skip
        return Ask(canonical(filled(self._body, values, texts)).encode(), replicate, self._most)

    def used(self, reply: Reply) -> Used:
        """Return what the reply says to have used.

        Raises:
            Unreadable: it is no JSON, or has no text where the answer should be.
        """
        content = parsed(reply.body)
        text = at(content, self._answer)
        if not isinstance(text, str) and not (text is None and self._read(content, "refusal")):
            raise Unreadable("there is no text at the path `answer`")
        cost = self._read(content, "cost")
        money = float(cost) if isinstance(cost, (int, float)) and not isinstance(cost, bool) and cost >= 0 else None
        return Used(whole(self._read(content, "tokens-in")), whole(self._read(content, "tokens-out")), money)

    def answers(self, reply: Reply) -> bool:  # noqa: ARG002 - this dialect knows no other answers
        """Whether a reply that is no success is an answer: never."""
        return False

    def read(self, answer: Answer) -> Said:
        """Return what stands at the paths."""
        content = parsed(answer.body)
        text, refusal = at(content, self._answer), self._read(content, "refusal")
        return Said(
            text=text if isinstance(text, str) else "", status="refused" if refusal else "ok",
            tools=tools_of(self._read(content, "tools")), retrieved=chunks_of(self._read(content, "retrieved")),
            state=self._read(content, "state"), model=str(self._read(content, "model") or ""),
            fingerprint=str(self._read(content, "fingerprint") or ""),
        )  # fmt: skip

    def _read(self, content: Any, name: str) -> Any:
        found = at(content, self._reads[name]) if name in self._reads else None
        return None if found is MISSING else found


def chunks_of(listed: Any) -> tuple[Chunk, ...]:
    """Return passages from a list of objects with some of id, text, document, rank and score, or of texts.

    Of a list of texts one with a space is a passage's words, which answers can be held against; one word is its id.
    """
    return tuple(
        Chunk(
            id=str(item.get("id") or item.get("chunk_id") or rank), document=str(item.get("document") or ""),
            text=str(item.get("text") or item.get("content") or ""), rank=whole(item.get("rank")) or rank,
            score=float(item["score"]) if isinstance(item.get("score"), (int, float)) else None,
        )
        if isinstance(item, dict) else _bare(str(item).strip(), rank)
        for rank, item in enumerate(listed if isinstance(listed, list) else [], 1)
    )  # fmt: skip


def _bare(said: str, rank: int) -> Chunk:
    return Chunk(id=str(rank), text=said, rank=rank) if re.search(r"\s", said) else Chunk(id=said, rank=rank)


def tools_of(listed: Any) -> tuple[ToolCall, ...]:
    """Return uses of tools from a list of objects with a name, arguments, result, error and whether they wrote."""
    return tuple(
        ToolCall(
            name=str(item.get("name") or "?"),
            arguments=item["arguments"] if isinstance(item.get("arguments"), dict) else {},
            result=item.get("result"), error=str(item.get("error") or ""), writes=bool(item.get("writes")),
        )
        for item in (listed if isinstance(listed, list) else [])
        if isinstance(item, dict)
    )  # fmt: skip
