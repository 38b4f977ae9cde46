"""The nouns of an evaluation: cases, what was answered, and what was made of it. Frozen values, named by content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field

from secondline.core.canonical import digest
from secondline.core.declared.part import Names, Part

Kind = Literal["benign", "edge", "adversarial", "oos", "counterfactual", "canary"]
Status = Literal["ok", "refused", "blocked-in", "blocked-out", "timeout", "error"]
Outcome = Literal["pass", "fail", "unscored", "error"]


class Message(Part):
    """One turn: who speaks and what. A tool's turn names the tool."""

    role: Literal["system", "user", "assistant", "tool"]
    content: str
    name: str = ""


class Chunk(Part):
    """A passage that was retrieved or is to be: its document, where in it, and its text."""

    id: str
    document: str = ""
    text: str = ""
    rank: int | None = None
    score: float | None = None
    start: int | None = None
    end: int | None = None


class ToolCall(Part):
    """One use of a tool: what was asked of it, what it said, and whether it changed anything."""

    name: str
    arguments: dict[str, Any] = Field(default={})
    result: Any = None
    error: str = ""
    writes: bool = False


class Case(Part):
    """One question to the system, immutable: another text is another case.

    ``turns`` is the conversation to be had (the user's, in order). ``context`` are passages handed over with it and
    ``gold`` the ids of those that hold the answer; ``reference`` is what a right answer says (text, fields, a state).
    ``cluster`` names what it shares with other cases: a document, a template, a conversation. ``pair`` joins two cases,
    ``side`` tells which of them it is. ``severity`` is of a failure: 1 nuisance to 5 critical harm. ``chance`` is the
    probability with which the sampling plan drew it. ``expects`` are per-case parameters of criteria, by criterion.
    """

    id: str = ""
    suite: str = ""
    turns: tuple[Message, ...] = Field(min_length=1)
    context: tuple[Chunk, ...] = ()
    gold: Names = ()
    reference: Any = None
    cluster: str = ""
    stratum: str = ""
    severity: int = Field(default=2, ge=1, le=5)
    kind: Kind = "benign"
    pair: str = ""
    side: str = ""
    language: str = "en"
    persona: str = ""
    tags: Names = ()
    origin: str = ""
    author: str = ""
    licence: str = ""
    chance: float | None = Field(default=None, gt=0, le=1)
    expects: dict[str, dict[str, Any]] = Field(default={})

    @property
    def digest(self) -> str:
        """The SHA-256 of all it says but its name."""
        return digest(self.model_dump(mode="json", exclude={"id"}))

    @property
    def name(self) -> str:
        """Its id, or the beginning of its digest."""
        return self.id or self.digest[:16]


class Trace(Part):
    """What became of one call: the answer, what was retrieved and done on the way, and what it cost.

    ``request`` and ``response`` are the digests of the raw bytes that were kept. ``state`` is the final state of the
    world that tools changed. ``source`` says where it comes from: live, replay, or the tool that recorded it.
    ``details`` keep what else was said of it, such as another tool's verdict: told, and never a grade.
    """

    case: str
    replicate: int = Field(default=0, ge=0)
    config: str = ""
    status: Status = "ok"
    text: str = ""
    messages: tuple[Message, ...] = ()
    retrieved: tuple[Chunk, ...] = ()
    tools: tuple[ToolCall, ...] = ()
    state: Any = None
    started: str = ""
    latency_ms: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    cost: float | None = None
    returned_model: str = ""
    fingerprint: str = ""
    request: str = ""
    response: str = ""
    error: str = ""
    source: str = "live"
    details: dict[str, Any] = Field(default={})

    @property
    def id(self) -> str:
        """The beginning of the digest of what it says."""
        return digest(self.model_dump(mode="json"))[:16]


@dataclass(frozen=True, slots=True)
class Grade:
    """What a grader made of one answer by one criterion.

    ``unscored`` is for answers a grader could not read: never a failure of the system. ``value`` is a number where the
    criterion gives one; ``spans`` quote what the verdict rests on: (where, start, end).
    """

    outcome: Outcome
    value: float | None = None
    reason: str = ""
    spans: tuple[tuple[str, int, int], ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


class Judgement(Part):
    """What a judge made of one answer by one criterion, and by which rubric, prompt and model.

    ``quote`` is what its verdict rests on and ``spans`` where that stands. ``rubric`` and ``prompt`` are digests.
    ``calls`` is how often the model was asked: 0 where a rule decided before, 2 where its first reply could not be
    read; of a rubric that is asked of every claim, the calls for all of them.
    """

    trace: str
    criterion: str
    judge: str = ""
    outcome: Outcome
    value: float | None = None
    reason: str = ""
    quote: str = ""
    spans: tuple[tuple[str, int, int], ...] = ()
    rubric: str = ""
    prompt: str = ""
    model: str = ""
    fingerprint: str = ""
    calls: int = Field(default=1, ge=0)
    cost: float | None = None
    details: dict[str, Any] = Field(default={})

    @property
    def grade(self) -> Grade:
        """The same as a grade."""
        return Grade(self.outcome, self.value, self.reason, self.spans, self.details)


@dataclass(frozen=True, slots=True)
class Settled:
    """What humans said of one answer by one criterion: 1 pass, 0 fail, None nothing that counts.

    ``label`` is what holds. ``second`` is what the other of two raters said: where they disagreed and it was settled,
    the verdict that did not hold, so that label and second agree exactly where the raters did. ``chance`` is the
    probability with which the plan chose the answer.
    """

    label: float | None = None
    second: float | None = None
    chance: float | None = None
