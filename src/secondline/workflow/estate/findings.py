"""Findings of the example bank: raised, answered, disputed, extended, accepted, re-tested, closed, merged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from secondline.workflow import findings as deeds
from secondline.workflow.estate import runs
from secondline.workflow.estate.bank import VIA, Story
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.papers import file_on
from secondline.workflow.estate.people import HEAD

Facts = Mapping[str, Any]
MAJOR: Facts = {"statement": "The downturn adjustment rests on one crisis of another country.", "effect_share": 0.06,
                "effect": "6 % of the figure it feeds", "effect_measure": "risk-weighted assets",
                "criterion": "The adjustment is estimated on data of the bank."}  # fmt: skip
MAJOR_FRAUD: Facts = {"statement": "Purchases it declined are left out of the outcomes it is judged by.",
                      "effect": "7 % of fraud is counted as prevented and was not", "effect_share": 0.07,
                      "effect_measure": "fraud by value", "criterion": "A control arm is judged."}  # fmt: skip
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
