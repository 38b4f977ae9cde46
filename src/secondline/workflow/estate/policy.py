"""Policy of the example bank: what it adopts, and what it files to show that its framework is alive."""

from __future__ import annotations

from secondline.core.canonical import digest
from secondline.policy.changing import criteria
from secondline.policy.tiering import formula
from secondline.workflow import approving, policy, rating
from secondline.workflow.estate.bank import VIA, Bank, Story
from secondline.workflow.estate.papers import file_paper
from secondline.workflow.estate.people import HEAD

NEW_METHOD = 214
"""The days before today on which the new tiering method, and SR 26-2 with it, take over."""
METHOD_BUILDER = "quentin.moss"


def framework(bank: Bank) -> Story:
    """The first packs and the policy of approvals; later SR 26-2 takes the place of SR 11-7."""
    ledger = bank.ledger
    approving.propose_policy(ledger, "denise.cho", reason="first policy of approvals on record", via=VIA)
    bank.refused(lambda: approving.adopt_policy(ledger, "denise.cho", "2026.1", reason="my own proposal", via=VIA))
    approving.adopt_policy(ledger, HEAD, "2026.1", reason="decided by the committee", via=VIA)
    for pack in ("us-sr11-7-legacy", "uk-ss1-23", "eu-irb"):
        policy.adopt(ledger, HEAD, pack, since=bank.day.isoformat(), reason="licensed there", via=VIA)
    yield 560
    policy.adopt(ledger, HEAD, "us-fair-lending", since=bank.day.isoformat(), reason="fair lending review", via=VIA)
    yield NEW_METHOD
    policy.adopt(ledger, HEAD, "us-sr26-2", since=bank.day.isoformat(), reason="SR 26-2 replaces SR 11-7", via=VIA)
    policy.end_adoption(ledger, HEAD, "us-sr11-7-legacy", until=bank.ahead(1), reason="superseded", via=VIA)


def methods(bank: Bank) -> Story:
    """The tiering method and the criteria of change, and the method's second version."""
    yield 727
    for kind, which in (("tiering", "2025.1"), ("change", "2026.1")):
        adopt_method(bank, kind, which)
    entry = {"developer": METHOD_BUILDER, "description": "Criteria by which changes are classed A to D."}
    bank.do("model.changed", HEAD, "change-method", entry)
    yield NEW_METHOD
    adopt_method(bank, "tiering", "2026.1")


def adopt_method(bank: Bank, kind: str, which: str) -> None:
    """Let whoever built a method register its version, and the head put it in force."""
    found = formula(which) if kind == "tiering" else criteria(which)
    entry = f"{kind}-method"
    if bank.ledger.records.get("model", entry):
        seal = digest(found.model_dump(mode="json", exclude_none=True))
        form = {"model": entry, "version": which, "digest": seal, "developers": [METHOD_BUILDER],
                "description": found.title}  # fmt: skip
        bank.do("version.registered", METHOD_BUILDER, f"{entry}@{which}", form)
    rating.adopt(bank.ledger, kind, HEAD, which=which, reason="adopted by the committee")


FILES: tuple[tuple[str, str, int, str], ...] = (
    ("framework-approval", "Model risk framework, approved by the board", 365, "inspector"),
    ("policy-review", "Yearly review of the model risk policy, generative AI included", 365, HEAD),
    ("identification-survey", "Survey of all units for models not yet listed", 365, HEAD),
    ("competence", "Competence register of the validation function", 365, HEAD),
    ("certification", "Certification folder under part 504", 365, "elena.popova"),
    ("incident-process", "Process for incidents of AI systems", 365, "ruth.adeyemi"),
)
"""What is filed for the whole bank once a year: kind, title, days between, by whom."""


def board_room(bank: Bank) -> Story:
    """Minutes, reports and reviews for the whole bank, each at its time."""
    for ago in range(710, 0, -30):
        yield ago
        month = f"{bank.day:%B %Y}"
        file_paper(bank, "minutes", f"Minutes of the model risk committee, {month}", "arthur.bell")
        if ago % 90 == 80:  # noqa: PLR2004 - each third month
            file_paper(bank, "board-report", f"Model risk report to the board, {month}", HEAD)
            file_paper(bank, "concentration-report", f"Risk across models, {month}", HEAD)
        if ago in {680, 320}:
            for kind, title, valid, who in FILES:
                for old in bank.ledger.records.find("evidence", kind=kind, model="", state="filed"):
                    bank.do("evidence.withdrawn", HEAD, old["id"], reason="a newer one is filed")
                file_paper(bank, kind, f"{title}, {bank.day:%Y}", HEAD if who == "inspector" else who, valid)
        if ago == 440:  # noqa: PLR2004 - one audit in the two years
            file_paper(bank, "internal-audit", "Internal audit of model risk management", HEAD, 730)
        approving.note_expired(bank.ledger, HEAD, via=VIA)
