"""Findings of the example bank: raised, answered, disputed, extended, accepted, re-tested, closed, merged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from secondline.workflow import findings as deeds
from secondline.workflow.estate import inventory, runs
from secondline.workflow.estate.bank import VIA, Bank, Story
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.papers import file_on
from secondline.workflow.estate.people import APPROVERS, HEAD

Facts = Mapping[str, Any]
MAJOR: Facts = {"statement": "The downturn adjustment rests on one crisis of another country.", "effect_share": 0.06,
                "effect": "6 % of the figure it feeds", "effect_measure": "risk-weighted assets",
                "criterion": "The adjustment is estimated on data of the bank."}  # fmt: skip
MEDIUM: Facts = {"statement": "Margins are taken to be independent of exposure.", "effect_share": 0.03,
                 "effect": "3 % of the figure it feeds", "effect_measure": "valuation adjustment",
                 "criterion": "Dependence is modelled, or its size is bounded."}  # fmt: skip
LOW: Facts = {"statement": "The document names a data source that has been replaced.", "effect": "None on results",
              "criterion": "The document names the source in use."}  # fmt: skip
UNLAWFUL: Facts = {"statement": "Applicants are ranked by features that stand for their origin.", "legal": True,
                   "effect": "Applicants of one origin are invited half as often",
                   "criterion": "The features are gone, and rates by origin are tested."}  # fmt: skip


def raised(life: Life, facts: Facts, source: str = "validation") -> str:
    """Let the validator raise a finding; returns its id."""
    paper = life.papers.get("development-document") or _paper(life)
    more = {"validation": life.validation} if life.validation and source == "validation" else {}
    return life.record("finding.raised", life.lead, source=source, evidence=[paper], **facts, **more)


def _paper(life: Life) -> str:
    found = life.bank.ledger.records.find("evidence", model=life.id, kind="development-document")
    life.papers["development-document"] = found[-1]["id"]
    return str(found[-1]["id"])


def issue(life: Life, finding: str) -> None:
    """Issue a finding."""
    life.do("finding.issued", life.lead, finding)


def issue_drafts(life: Life) -> list[str]:
    """Issue what a run raised, the worst first; returns the ids."""
    found = life.bank.ledger.records.find("finding", model=life.id, validation=life.validation, state="draft")
    drafts = [one for one in found if one["source"] == "run"]
    for one in drafts:
        issue(life, one["id"])
    return [str(one["id"]) for one in drafts]


def agree(life: Life, finding: str, *, start: bool = True) -> None:
    """Let the owner agree, and the developer begin."""
    form = {"answer": "We see it as well.", "action": "We mend it in the next release."}
    life.do("finding.agreed", life.owner, finding, form)
    if start:
        life.do("finding.started", life.entry.developer, finding)


def mended(life: Life, finding: str) -> None:
    """Let the developer say that it is mended."""
    paper = file_on(life, "implementation-test", "What was mended in {name}", life.entry.developer)
    life.do("finding.ready", life.entry.developer, finding, {"done": "Estimated anew.", "evidence": [paper]})


def closed(life: Life, finding: str) -> None:
    """Let the validator close it on evidence of their own."""
    paper = file_on(life, "other", "Re-test of a finding on {name}", life.lead)
    life.do("finding.closed", life.lead, finding, {"evidence": paper, "note": "It holds."})


def mended_by_run(life: Life) -> Story:
    """What a run showed is mended, and closed by a later run that passes."""
    look = life.bank.ledger.records
    open_ = look.find("finding", model=life.id, source="run", state="in-remediation")
    if not open_:
        return
    yield life.bank.ago - 40
    for one in open_:
        mended(life, one["id"])
    yield life.bank.ago - 6
    run = runs.tested(life)
    deeds.take_from_run(life.bank.ledger, run, life.lead, via=VIA)
    for one in open_:
        life.do("finding.closed", life.lead, one["id"], {"run": run, "note": "The newest months pass."})


def extended(life: Life, finding: str) -> Story:
    """More time is asked and granted."""
    yield life.bank.ago - 60
    form = {"until": life.bank.ahead(160)}
    life.do("finding.extension-asked", life.owner, finding, form, "The data of the bank reach back too few years.")
    yield life.bank.ago - 5
    life.do("finding.extended", HEAD, finding, None, "A reserve covers it meanwhile.")


def returned(life: Life, finding: str) -> Story:
    """It is handed over, fails its re-test, and is handed over again, late."""
    yield life.bank.ago - 50
    mended(life, finding)
    yield life.bank.ago - 9
    life.do("finding.returned", life.lead, finding, {"note": "The newest month is not covered."})
    yield 24
    mended(life, finding)


def close_it(life: Life, finding: str) -> Story:
    """It is mended and closed; its owner tries to close it first."""
    agree(life, finding)
    yield life.bank.ago - 35
    mended(life, finding)
    life.bank.refused(lambda: closed_by_owner(life, finding))
    yield life.bank.ago - 8
    closed(life, finding)


def closed_by_owner(life: Life, finding: str) -> None:
    """Let the owner try to close a finding."""
    life.do("finding.closed", life.owner, finding, {"note": "It is mended."})


def reopen_it(life: Life, finding: str) -> Story:
    """It is closed and comes back."""
    yield from close_it(life, finding)
    yield life.bank.ago - 40
    life.do("finding.reopened", life.lead, finding, None, "It is back in the newest month.")


def accept_it(life: Life, finding: str, lasts: int = 300) -> Story:
    """The risk is accepted for a while."""
    agree(life, finding)
    yield life.bank.ago - 15
    form = {"risk": 1_200_000.0, "unit": "USD a year", "basis": "Three years of losses in the segment",
            "expires": life.bank.ahead(lasts)}  # fmt: skip
    life.do("finding.acceptance-asked", life.owner, finding, form, "Mending it costs more than it saves.")
    yield life.bank.ago - 6
    life.do("finding.accepted", APPROVERS[2], finding, None, "Small beside the appetite.")


def lapse(life: Life, finding: str) -> Story:
    """The risk was accepted, and the acceptance has run out."""
    yield from accept_it(life, finding, 90)


def uphold(life: Life, finding: str) -> Story:
    """It is disputed and upheld, and then mended in time."""
    life.do("finding.disputed", life.owner, finding, {"because": "It is a matter of taste."})
    yield life.bank.ago - 9
    life.do("finding.upheld", HEAD, finding, None, "It changes results.")
    yield life.bank.ago - 5
    agree(life, finding)


def drop(life: Life, finding: str) -> Story:
    """It is disputed, and the head agrees with the owner."""
    life.do("finding.disputed", life.owner, finding, {"because": "The source was put back in May."})
    yield life.bank.ago - 9
    life.do("finding.dropped", HEAD, finding, None, "The document is right again.")


def merge_it(life: Life, finding: str) -> Story:
    """A second finding turns out to be the same."""
    other = raised(life, {**MEDIUM, "statement": "Exposure and margin move together."}, "audit")
    yield life.bank.ago - 4
    deeds.merge(life.bank.ledger, other, finding, life.lead, "the same weakness in other words", via=VIA)
    agree(life, finding)


def only_agreed(life: Life, finding: str) -> Story:
    """It is agreed, and nobody has begun."""
    agree(life, finding, start=False)
    yield from ()


def control_it(life: Life, finding: str) -> Story:
    """It cannot be mended soon, so a control holds it."""
    agree(life, finding)
    form = {"control": "A simple model of our own runs beside it", "covers": finding,
            "measure": "Ranks agree by 0.8 at least, each month", "expires": life.bank.ahead(300)}  # fmt: skip
    life.do("finding.controlled", life.owner, finding, form)
    yield from ()


def leave(life: Life, finding: str) -> Story:
    """Nobody answers."""
    del life, finding
    yield from ()


Fate = Callable[[Life, str], Story]
FATES: tuple[tuple[str, int, Facts, str, Fate], ...] = (
    ("cards-cecl-pd", 260, MEDIUM, "validation", close_it),
    ("irrbb-eve", 210, MEDIUM, "audit", reopen_it),
    ("sme-rating", 130, MEDIUM, "validation", accept_it),
    ("customer-risk-rating", 190, MEDIUM, "audit", lapse),
    ("aml-alert-ranking", 110, MEDIUM, "validation", uphold),
    ("commercial-re-slotting", 95, LOW, "validation", drop),
    ("complaint-classifier", 90, MEDIUM, "monitoring", merge_it),
    ("merchant-risk", 60, LOW, "validation", only_agreed),
    ("var-historical", 75, MEDIUM, "audit", leave),
    ("mortgage-prepayment", 240, MEDIUM, "incident", only_agreed),
    ("income-estimator", 120, MEDIUM, "validation", control_it),
    ("comms-surveillance", 140, LOW, "validation", control_it),
)
"""Model, days before today, what is wrong, how it came to light, and what becomes of it."""
DRAFT = ("app-scam-score", 6, LOW, "monitoring")


def fates(bank: Bank) -> Iterator[Story]:
    """Return the stories of the findings that stand outside a validation."""
    for name, ago, facts, source, fate in FATES:
        yield _fated(bank, name, ago, facts, source, fate)
    yield _drafted(bank)


def _fated(bank: Bank, name: str, ago: int, facts: Facts, source: str, fate: Fate) -> Story:
    yield ago
    life = inventory.named(bank, name)
    finding = raised(life, facts, source)
    issue(life, finding)
    yield ago - 7
    if fate is not leave:
        yield from fate(life, finding)


def _drafted(bank: Bank) -> Story:
    name, ago, facts, source = DRAFT
    yield ago
    raised(inventory.named(bank, name), facts, source)
