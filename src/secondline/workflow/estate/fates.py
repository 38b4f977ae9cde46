"""Fates: what becomes of findings that stand outside a validation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from secondline.workflow import findings as deeds
from secondline.workflow.estate import inventory
from secondline.workflow.estate.bank import VIA, Bank, Story
from secondline.workflow.estate.findings import LOW, Facts, agree, closed, issue, mended, raised
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.people import APPROVERS, HEAD


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
    other = raised(life, medium("Complaints in Welsh wait longer.", "1 % wait a week", 0.01), "audit")
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


def medium(statement: str, effect: str, share: float) -> Facts:
    """Return the facts of a medium finding."""
    return {"statement": statement, "effect": effect, "effect_share": share,
            "criterion": "It is mended, and a test of the newest quarter shows it."}  # fmt: skip


Fate = Callable[[Life, str], Story]
FATES: tuple[tuple[str, int, Facts, str, Fate], ...] = (
    (
        "cards-cecl-pd",
        260,
        medium("Lifetimes are cut at 36 months.", "Allowance 2 % too low", 0.02),
        "validation",
        close_it,
    ),
    (
        "irrbb-eve",
        210,
        medium("Loans in the pipeline are left out.", "Sensitivity 2 % too small", 0.02),
        "audit",
        reopen_it,
    ),
    (
        "sme-rating",
        130,
        medium("Young firms get the mean of their sector.", "3 % of risk weights", 0.03),
        "validation",
        accept_it,
    ),
    (
        "customer-risk-rating",
        190,
        medium("Owners found later are not rated.", "2 % of customers too low", 0.02),
        "audit",
        lapse,
    ),
    (
        "aml-alert-ranking",
        110,
        medium("Trade alerts are ranked as retail.", "4 % of reports rank last", 0.04),
        "validation",
        uphold,
    ),
    ("commercial-re-slotting", 95, LOW, "validation", drop),
    (
        "complaint-classifier",
        90,
        medium("Welsh goes to the wrong queue.", "1 % wait a week", 0.01),
        "monitoring",
        merge_it,
    ),
    ("merchant-risk", 60, LOW, "validation", only_agreed),
    (
        "var-historical",
        75,
        medium("Three curves are those of a neighbour.", "VaR 2.5 % too low", 0.025),
        "audit",
        leave,
    ),
    (
        "mortgage-prepayment",
        240,
        medium("Spring's rule is not in the data.", "Hedge 3 % off", 0.03),
        "incident",
        only_agreed,
    ),
    (
        "income-estimator",
        120,
        medium("The self-employed are a black box.", "3 % of limits too high", 0.03),
        "validation",
        control_it,
    ),
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
