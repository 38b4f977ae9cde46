"""Validations of the example bank: planned, worked on with requests, challenges, runs and reviews, opined, signed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from secondline.govern.records.validation import prior
from secondline.govern.validating import REVIEWS, TYPES, Kind, Part
from secondline.policy import questionnaires
from secondline.workflow import validating
from secondline.workflow.estate import findings, runs
from secondline.workflow.estate.bank import VIA, Story
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.papers import file_on
from secondline.workflow.estate.people import HEAD, OUTSIDE

DUE = 75
INDEPENDENT = "I neither built nor own nor use the model, and my pay does not depend on it."
TESTED: tuple[Part, ...] = ("plan", "runs", "own-data")
ELSEWHERE = (
    "Tests were run in the team's former workbench before runs were kept here; the results are filed as evidence."
)
QUESTIONS = (
    ("Why this window of data, when the last downturn lies outside it?", "Window and weights",
     "The downturn was added with half weight; ranks are unchanged and the level moves by 3 %.", True),
    ("Two inputs say nearly the same. Why are both kept?", "Inputs",
     "Removing either costs a point of Gini in thin files; the document now says so.", True),
    ("Is the cut-off still right when volumes double?", "Use",
     "The loss curve is flat around it; doubling moves the best cut-off by less than a step.", False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Advice:
    """What the validator comes to."""

    opinion: int = 1
    recommendation: str = "approve"
    conditions: tuple[str, ...] = ()
    combination: str = "No deficiency adds to another."
    confidence: str = "high"


CLEAN = Advice()
MINOR = Advice(2, combination="The weaknesses are small and do not touch the same decisions.")
LIMITED = Advice(2, "conditional", ("monthly monitoring", "a person reviews a tenth of the decisions"),
                 "Each weakness alone is small; together they ask for a closer look for a year.", "medium")  # fmt: skip
SEVERE = Advice(3, "restricted", ("no new volume", "every decision of the weak region is reviewed"),
                "The level is wrong in one region and decisions there are wrong with it.", "high")  # fmt: skip
REJECT = Advice(4, "reject", (), "It ranks no better than chance once leakage is removed.", "high")


def plan(life: Life, kind: Kind, trigger: str = "", *, team: Sequence[str] = ()) -> None:
    """Plan a validation and declare independence."""
    bank, lead = life.bank, life.lead
    form: dict[str, Any] = {"kind": kind, "due": bank.ahead(DUE), "lead": lead, "team": [life.second, *team],
                            "version": life.version, "scope": TYPES[kind].purpose, "trigger": trigger}  # fmt: skip
    life.validation = life.record("validation.planned", lead, **form)
    for who in (lead, life.second, *team):
        life.do("validation.declared", who, life.validation, {"statement": INDEPENDENT})
    if OUTSIDE in team:
        file_on(life, "external-validator", "Engagement of the outside validator of {name}, with its scope", lead)


def fieldwork(life: Life) -> Story:
    """Start, ask for papers, challenge, test."""
    bank = life.bank
    life.do("validation.started", life.lead, life.validation)
    request = ask_for(life, "Development data, code and the document of this version")
    yield bank.ago - 5
    provide(life, request)
    challenge = ask(life, which_question(life))
    yield bank.ago - 4
    life.do("request.accepted", life.lead, request)
    settle(life, challenge, which_question(life))
    yield bank.ago - 3
    test(life)


def which_question(life: Life) -> int:
    """Return which of the questions this model meets."""
    return life.entry.number("question", len(QUESTIONS))


def ask_for(life: Life, what: str, days: int = 10) -> str:
    """Request something of the developer."""
    form = {"validation": life.validation, "what": what, "to": life.entry.developer, "due": life.bank.ahead(days)}
    return life.do("request.made", life.lead, "", form)


def provide(life: Life, request: str) -> None:
    """Hand over what was requested."""
    form = {"note": "In the folder of the version, with the code at its commit.",
            "evidence": [life.papers["development-document"]]}  # fmt: skip
    life.do("request.provided", life.entry.developer, request, form)


def ask(life: Life, which: int) -> str:
    """Challenge a choice of the developer."""
    question, about, _, _ = QUESTIONS[which]
    form = {"validation": life.validation, "question": question, "to": life.entry.developer, "about": about}
    return life.do("challenge.asked", life.lead, "", form)


def settle(life: Life, challenge: str, which: int) -> None:
    """Answer a challenge to the asker's satisfaction."""
    answer(life, challenge, which)
    life.do("challenge.settled", life.lead, challenge)


def answer(life: Life, challenge: str, which: int) -> None:
    """Answer a challenge."""
    _, _, said, changed = QUESTIONS[which]
    outcome = "The document was completed." if changed else "Nothing changes: the effect is within the noise."
    form = {"answer": said, "changed": changed, "outcome": outcome}
    life.do("challenge.answered", life.entry.developer, challenge, form)


def test(life: Life) -> None:
    """Attach a run of the team, or leave the parts out that rest on one, with the head's leave and the reason."""
    if TESTED[0] not in TYPES[life.bank.get("validation", life.validation)["kind"]].parts:
        return
    if life.id in runs.TRUTHS and life.bank.ago <= runs.KEPT_FOR:
        run = runs.tested(life)
        validating.attach_run(life.bank.ledger, life.validation, run, life.lead, via=VIA)
        return
    asked = TYPES[life.bank.get("validation", life.validation)["kind"]].parts
    for part in (part for part in TESTED if part in asked):
        life.do("validation.excused", HEAD, life.validation, {"part": part}, ELSEWHERE)


def review(life: Life, *, bad: dict[Part, str] | None = None) -> None:
    """Answer the questionnaires of every part; *bad* names a finding for a part in which something is majorly wrong."""
    parts = TYPES[life.bank.get("validation", life.validation)["kind"]].parts
    for part in parts:
        if part in REVIEWS:
            _answer(life, part, (bad or {}).get(part, ""))


def _answer(life: Life, part: Any, finding: str) -> None:
    bank, lead = life.bank, life.lead
    subject = f"{life.entry.name} {life.version}"
    opened = validating.open_review(bank.ledger, life.validation, part, lead, subject=subject, via=VIA)
    asked = questionnaires.load(opened.doc["questionnaire"]).questions
    worst = life.entry.number(f"weak {part}", len(asked)) if finding else -1
    notes = [_note(life, question, number == worst, finding) for number, question in enumerate(asked)]
    whole = "One point is wrong and has become a finding." if finding else "Fit for the use; small points are noted."
    bank.together([
        *(("review.noted", lead, opened.id, note) for note in notes),
        ("review.concluded", lead, opened.id, {"conclusion": whole}),
    ])  # fmt: skip


def _note(life: Life, question: questionnaires.Question, wrong: bool, finding: str) -> dict[str, Any]:
    seen = f"{question.good[0].lower()}{question.good[1:]}"
    base = {"question": question.id, "evidence": [life.papers.get("development-document", "development document")]}
    if wrong:
        return base | {"rating": "major", "answer": f"Not there: {seen}", "finding": finding}
    if life.entry.number(f"{life.validation} {question.id}", 9) == 0:
        return base | {"rating": "minor", "answer": f"Mostly there, one part is out of date: {seen}"}
    return base | {"rating": "adequate", "answer": f"Seen: {seen}"}


def report(life: Life, advice: Advice = CLEAN) -> None:
    """Write the report and give the opinion."""
    life.do("validation.reporting", life.lead, life.validation)
    reassess(life)
    life.do("validation.opined", life.lead, life.validation, {
        "opinion": advice.opinion, "recommendation": advice.recommendation, "conditions": list(advice.conditions),
        "combination": advice.combination, "confidence": advice.confidence,
        "confidence_basis": "Sample sizes, power of the tests, and what could not be tested.",
    })  # fmt: skip


def reassess(life: Life) -> None:
    """Say what became of earlier findings."""
    look = life.bank.ledger.records
    for id_ in prior(look, life.validation, look.need("validation", life.validation)):
        form = {"validation": life.validation, "fate": "unchanged", "note": "Looked at again: it stands as it was."}
        life.do("finding.reassessed", life.lead, id_, form)


def sign(life: Life) -> None:
    """Let another validator sign; model, version and calendar follow."""
    validating.sign(life.bank.ledger, life.validation, life.second, via=VIA)


def whole(
    life: Life, kind: Kind, advice: Advice = CLEAN, *, bad: dict[Part, str] | None = None, trigger: str = "",
    team: Sequence[str] = (),
) -> Story:  # fmt: skip
    """A validation from plan to signature."""
    bank = life.bank
    plan(life, kind, trigger, team=team)
    yield bank.ago - 3
    yield from fieldwork(life)
    found = findings.issue_drafts(life)
    yield bank.ago - 6
    for one in found:
        findings.agree(life, one)
    review(life, bad=bad)
    yield bank.ago - 3
    report(life, advice)
    yield bank.ago - 3
    sign(life)


def vendor_or(life: Life, kind: Kind) -> Kind:
    """Return the kind that suits a model: vendor models are validated as such."""
    return "vendor" if life.entry.vendor and life.entry.kind == "model" else kind
