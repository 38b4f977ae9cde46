"""Drafting: a section from templates, or from a writer, of whose sentences only those stand that the verifier lets.

Without a writer the templates say everything. What is refused is told to the writer, once; what is refused again gives
way to the templates' sentences about the same records, and what is adverse and left out is told by them. A sentence is
never repaired: it stands as it was sent, or it falls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from secondline.assist.verify import Verdict, tells, verify, verify_section
from secondline.core.errors import SecondlineError, SpecError
from secondline.reports.blocks import Block, Paragraph, Placeholder

TRIES = 2
MOST_TOLD = 400
"""Characters of a refused sentence that the log keeps."""
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
    """One try of a writer, as the log keeps it: digests of what was sent and received, and what the verifier said.

    ``sent`` counts the sentences that came, ``refused`` are those that may not stand, each with its problems;
    ``omitted`` is what was left out.
    """

    writer: str
    prompt: str
    reply: str
    outcome: str
    codes: tuple[str, ...] = ()
    refused: tuple[tuple[str, tuple[str, ...]], ...] = ()
    omitted: tuple[str, ...] = ()
    sent: int = 0

    def plain(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        refused = [{"text": text, "problems": list(problems)} for text, problems in self.refused]
        return {"writer": self.writer, "prompt": self.prompt, "reply": self.reply, "outcome": self.outcome,
                "codes": list(self.codes), "refused": refused, "omitted": list(self.omitted),
                "sent": self.sent}  # fmt: skip


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
        """Who wrote what stands: a model where any sentence is its own, or ``template``."""
        return next((s.origin for s in self.sentences if s.origin != "template"), "template")

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
    """Return a section as *writer* drafts it, with the templates' sentences where its own may not stand.

    *documents* are quoted to it as data. A writer that fails (no reply, no JSON) has used up one try.
    """
    if exhibits.stale or not prompts.offered(plan, exhibits):
        return draft(plan, exhibits)
    attempts: list[Attempt] = []
    best: tuple[Sentence, ...] = ()
    said: list[str] = []
    for _ in range(TRIES):
        asked = prompts.prompt(plan, exhibits, documents, said)
        attempt, sent, said = await _try(writer, asked, plan, exhibits)
        attempts.append(attempt)
        best = sent if _stands(sent, exhibits) else best
        if attempt.outcome == "accepted":
            break
    return _passage(plan, exhibits, documents, mended(best, plan, exhibits), tuple(attempts))


def _stands(sent: Sequence[Sentence], exhibits: Exhibits) -> bool:
    return any(not verify(one, exhibits) for one in sent)


def mended(sent: Sequence[Sentence], plan: SectionPlan, exhibits: Exhibits) -> tuple[Sentence, ...]:
    """Return what a writer sent as far as it may stand, and the templates' sentences for the rest.

    A refused sentence gives way to those of the templates about the records it cites, unless what stands cites all of
    these. Then comes what is adverse and not told yet, and the place for a person's judgement where the section has
    one. Where nothing that was sent may stand, the templates' section is returned.
    """
    own = written(plan, exhibits)
    standing = {one for one in sent if not verify(one, exhibits)}
    if not standing:
        return own
    cited = {id_ for one in standing for id_ in one.cites}
    kept: list[Sentence] = []
    for one in dict.fromkeys(sent):
        instead = (t for t in own if set(t.cites) & set(one.cites) and not cited.issuperset(t.cites))
        kept += [one] if one in standing else [t for t in instead if t not in kept]
    for item in plan.adverse(exhibits):
        if not any(tells(one, item) for one in kept):
            kept += [t for t in own if tells(t, item) and t not in kept]
    return (*kept, *(t for t in own if t.text == REQUIRED and t.text not in {one.text for one in kept}))


async def _try(
    writer: Writer, asked: str, plan: SectionPlan, exhibits: Exhibits
) -> tuple[Attempt, tuple[Sentence, ...], list[str]]:
    """Ask once; return what the log keeps, the sentences that came, and the objections to them."""
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
    refused = tuple(
        (one.text[:MOST_TOLD], tuple(map(str, wrong)))
        for one, wrong in zip(sentences, verdict.problems, strict=True) if wrong
    )  # fmt: skip
    attempt = Attempt(
        writer.name, sent, _digest(reply), "accepted" if verdict.holds else "refused", verdict.codes, refused,
        tuple(problem.what for problem in verdict.omitted), len(sentences),
    )  # fmt: skip
    return attempt, sentences, prompts.objections(verdict.problems, verdict.omitted)


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
