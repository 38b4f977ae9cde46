"""Drafting: a section from templates, or from a writer whose every sentence the verifier lets stand.

Without a writer the templates say everything. A writer gets three tries; after that the templates' text stands. What a
writer sends is never repaired: it stands as a whole or it falls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Any, Protocol

from secondline.assist import prompts
from secondline.assist.exhibits import Exhibits
from secondline.assist.lexicon import REQUIRED
from secondline.assist.plans import SectionPlan
from secondline.assist.rendering import rendered
from secondline.assist.sentences import Sentence
from secondline.assist.templates import written
from secondline.assist.verify import Verdict, verify_section
from secondline.core.errors import SecondlineError, SpecError
from secondline.reports.blocks import Block, Paragraph, Placeholder

TRIES = 3
NOTHING: Mapping[str, str] = MappingProxyType({})


class Writer(Protocol):
    """A language model as drafting sees it: text in, text out. It has no tools and sees nothing but the prompt."""

    @property
    def name(self) -> str:
        """Model and version, as the log keeps it."""
        ...

    async def write(self, prompt: str) -> str:
        """Return the model's reply."""
        ...


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try of a writer, as the log keeps it: digests of what was sent and received, and what the verifier said."""

    writer: str
    prompt: str
    reply: str
    outcome: str
    codes: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {"writer": self.writer, "prompt": self.prompt, "reply": self.reply, "outcome": self.outcome,
                "codes": list(self.codes)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Passage:
    """A drafted section. ``missing`` are the lines that say what could not be assessed; no model writes those."""

    plan: SectionPlan
    exhibits: Exhibits
    sentences: tuple[Sentence, ...]
    missing: tuple[str, ...]
    verdict: Verdict
    attempts: tuple[Attempt, ...] = ()
    inputs: str = ""

    @property
    def writer(self) -> str:
        """Who wrote what stands: a model, or ``template``."""
        return next((s.origin for s in self.sentences), "template")

    def blocks(self) -> tuple[Block, ...]:
        """Return the section as parts of a report."""
        lines = [Paragraph((line,)) for line in self.missing]
        return (*(block(sentence, self.exhibits) for sentence in self.sentences), *lines)


def block(sentence: Sentence, exhibits: Exhibits) -> Block:
    """Return a sentence as a part of a report; where a person must judge, as the place for it."""
    if sentence.text == REQUIRED:
        return Placeholder("State your judgement: no rule gives it.")
    return Paragraph(rendered(sentence, exhibits))


def draft(plan: SectionPlan, exhibits: Exhibits) -> Passage:
    """Return a section from the templates alone."""
    return _passage(plan, exhibits, NOTHING, written(plan, exhibits), ())


async def draft_with(
    writer: Writer,
    plan: SectionPlan,
    exhibits: Exhibits,
    documents: Mapping[str, str] = NOTHING,
) -> Passage:
    """Return a section as *writer* drafts it, or from the templates when nothing it sends may stand.

    *documents* are quoted to it as data. A writer that fails (no reply, no JSON) has used up one try.
    """
    if exhibits.stale or not prompts.offered(plan, exhibits):
        return draft(plan, exhibits)
    attempts: list[Attempt] = []
    said: list[str] = []
    for _ in range(TRIES):
        asked = prompts.prompt(plan, exhibits, documents, said)
        attempt, sentences, said = await _try(writer, asked, plan, exhibits)
        attempts.append(attempt)
        if sentences:
            return _passage(plan, exhibits, documents, sentences, tuple(attempts))
    return _passage(plan, exhibits, documents, written(plan, exhibits), tuple(attempts))


async def _try(
    writer: Writer, asked: str, plan: SectionPlan, exhibits: Exhibits
) -> tuple[Attempt, tuple[Sentence, ...], list[str]]:
    """Ask once; return what the log keeps, the sentences if they may all stand, and the objections if not."""
    sent = _digest(asked)
    try:
        reply = await writer.write(asked)
    except SecondlineError as error:
        return Attempt(writer.name, sent, "", f"no reply: {str(error)[:200]}"), (), []
    try:
        sentences = prompts.read(reply, writer.name)
    except SpecError as error:
        return Attempt(writer.name, sent, _digest(reply), "unreadable"), (), [str(error)]
    verdict = verify_section(sentences, exhibits, plan.adverse(exhibits))
    outcome = "accepted" if verdict.holds else "refused"
    attempt = Attempt(writer.name, sent, _digest(reply), outcome, verdict.codes)
    if verdict.holds:
        return attempt, sentences, []
    return attempt, (), prompts.objections(verdict.problems, verdict.omitted)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _passage(
    plan: SectionPlan,
    exhibits: Exhibits,
    documents: Mapping[str, str],
    sentences: tuple[Sentence, ...],
    attempts: tuple[Attempt, ...],
) -> Passage:
    adverse = () if exhibits.stale else plan.adverse(exhibits)
    verdict = verify_section(sentences, exhibits, adverse)
    sealed = prompts.inputs(plan, exhibits, documents)
    return Passage(plan, exhibits, sentences, not_assessed(plan, exhibits), verdict, attempts, sealed)


def not_assessed(plan: SectionPlan, exhibits: Exhibits) -> tuple[str, ...]:
    """Return the lines that say which evidence is stale or missing."""
    if exhibits.stale:
        return (f"Not assessed: the evidence of run {exhibits.run} is stale. {exhibits.stale}",)
    return tuple(f"Not assessed: evidence missing ({code})." for code in dict.fromkeys(plan.missing(exhibits)))
