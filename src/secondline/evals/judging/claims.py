"""Claim by claim: an answer cut into what it claims, and a judge asked of each whether the passages support it.

The judge may be a language model or this house's entailment by words (a target of kind ``words``); both are read and
settled in the same way, so that a card holds the one against the other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from secondline.evals.grading.grounding import Held, settled
from secondline.evals.grading.scorer import passages
from secondline.evals.judging.calling import Target, cost_of, heard
from secondline.evals.judging.replies import LIKENESS, Reply, read_as
from secondline.evals.judging.rubrics import Rubric, claim_prompt
from secondline.evals.nouns import Case, Chunk, Judgement, Trace
from secondline.evals.text.entailment import Claim, How, claims
from secondline.evals.text.quoting import located

Said = Literal["supported", "contradicted", "not found", "abstain"]
VERDICTS: dict[str, Said] = {name: name for name in get_args(Said)}
TAKEN: dict[Said, How] = {"supported": "supported", "contradicted": "contradicted", "not found": "not found"}


async def by_claim(rubric: Rubric, target: Target, case: Case, trace: Trace, told: Judgement) -> Judgement:
    """Return what a judge makes of an answer by asking it of every claim, one call a claim.

    Each claim is supported, contradicted or not found; the first two need a quote that stands in a passage. The answer
    is settled as `claims-grounded` settles it: it fails where a claim is contradicted or a material one not found.
    Claims whose reply cannot be read, or on which the judge abstains, are left out of the share of claims (``value``)
    and told; where they could change the verdict the answer is unscored. An answer that claims nothing passes, and one
    without passages is unscored, both without a call. *told* holds what is known of the judgement.
    """
    said, among = claims(trace.text, case.language), passages(case, trace)
    if not said or not among:
        reason = "It claims nothing." if not said else "The trace holds no passages that the answer could rest on."
        more = {"outcome": "pass", "value": 1.0} if not said else {"outcome": "unscored"}
        details = {"decided": "before", "claims": 0}
        return told.model_copy(update={**more, "reason": reason, "details": details})
    found: list[Reply] = []
    calls: list[Trace] = []
    for place, claim in enumerate(said):
        made = await heard(
            target, f"{trace.id}-c{place}", claim_prompt(rubric, case, trace, claim.text),
            lambda text: read(text, among), cluster=case.name, reference=_plainly(claim, among, case),
        )  # fmt: skip
        found.append(made.reply)
        calls += made.calls
    return _judgement(told, said, found, among, calls)


def _plainly(claim: Claim, among: Sequence[Chunk], case: Case) -> dict[str, Any]:
    return {"claim": claim.text, "passages": [[p.id, p.text] for p in among], "language": case.language}


def read(text: str, among: Sequence[Chunk]) -> Reply:
    """Read a judge's reply on one claim: what supports or contradicts it must be quoted, and stand in a passage."""
    reply = read_as(text, VERDICTS)
    if reply.problem or (reply.verdict in {"abstain", "not found"} and not reply.quote.strip()):
        return reply
    if not reply.quote.strip():
        return Reply(problem=f"it says {reply.verdict} and quotes nothing")
    if not _place(reply.quote, among):
        return Reply(problem="what it quotes stands in no passage")
    return reply


def _place(quote: str, among: Sequence[Chunk]) -> tuple[str, tuple[int, int]] | None:
    """Return the passage that holds a quote, and where in it; the first one of several."""
    for passage in among:
        if (at := located(quote, passage.text, LIKENESS)) is not None:
            return passage.id, (at.start, at.end)
    return None


def _judgement(
    told: Judgement, said: Sequence[Claim], found: Sequence[Reply], among: Sequence[Chunk], calls: list[Trace]
) -> Judgement:
    each = [(c, r, _place(r.quote, among) if r.quote.strip() else None) for c, r in zip(said, found, strict=True)]
    read_ = [Held(c, TAKEN[r.verdict], at) for c, r, at in each if not r.problem and r.verdict in TAKEN]
    lost = len(said) - len(read_)
    grade = settled(read_) if read_ else None
    fails = grade is not None and grade.outcome == "fail"
    details: dict[str, Any] = dict(grade.details) if grade else {"claims": 0}
    details |= {
        "unread": sum(bool(r.problem) for r in found), "abstained": sum(r.verdict == "abstain" for r in found),
        "each": [_told(*one) for one in each],
    }  # fmt: skip
    # A claim that was found wanting fails the answer whatever the unread ones are; without one they could decide.
    if lost and not fails:
        reason = (
            f"{lost} of {len(said)} claims could not be read: {next(r.problem or r.reason for r in found if _lost(r))}."
        )
        grade = None
    else:
        reason = grade.reason if grade else ""
    first = next((r.quote for r in found if r.verdict == "contradicted"), "") or next(
        (r.quote for r in found if r.quote and not r.problem), "")  # fmt: skip
    return told.model_copy(
        update={
            "outcome": grade.outcome if grade else "unscored", "value": grade.value if grade else None,
            "reason": reason, "quote": first, "spans": grade.spans if grade else (), "calls": len(calls),
            "model": calls[-1].returned_model, "fingerprint": calls[-1].fingerprint, "cost": cost_of(calls),
            "details": details,
        }
    )  # fmt: skip


def _lost(reply: Reply) -> bool:
    return bool(reply.problem) or reply.verdict not in TAKEN


def _told(claim: Claim, reply: Reply, at: tuple[str, tuple[int, int]] | None) -> dict[str, Any]:
    """Return what was made of one claim as plain values."""
    return {
        "claim": claim.text.strip(), "at": list(claim.span), "material": claim.material,
        "how": "unread" if reply.problem else reply.verdict, "quote": reply.quote, "source": at[0] if at else "",
        "stands at": list(at[1]) if at else [], "reason": reply.problem or reply.reason,
    }  # fmt: skip
