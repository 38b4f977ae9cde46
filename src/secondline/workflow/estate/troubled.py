"""Troubled lives: models under challenge, with grave findings, or whose small changes have added up."""

from __future__ import annotations

from secondline.workflow import changing
from secondline.workflow.estate import approvals, births, findings, quiet, registers, validations
from secondline.workflow.estate.bank import VIA, Story
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.people import HEAD
from secondline.workflow.estate.validations import CLEAN, LIMITED, SEVERE


def under_way(life: Life) -> Story:
    """Come as far as the first challenge of a validation."""
    yield from births.submit(life)
    yield life.bank.ago - 2
    validations.plan(life, "initial")
    life.do("validation.started", life.lead, life.validation)
    request = validations.ask_for(life, "Development data and code", days=6)
    validations.provide(life, request)
    validations.ask_for(life, "Consent of the customers whose account data were used", days=12)


def validating(life: Life) -> Story:
    """A validation in its fieldwork: a request is late, and an answer is disputed."""
    yield from under_way(life)
    challenge = validations.ask(life, 2)
    yield life.bank.ago - 6
    validations.answer(life, challenge, 2)
    yield life.bank.ago - 4
    life.do("challenge.disputed", life.lead, challenge, None, "The loss curve leaves out the newest customers.")
    validations.ask(life, 0)


def escalated(life: Life) -> Story:
    """A validation in which developer and validator cannot agree: the head must decide."""
    yield from under_way(life)
    challenge = validations.ask(life, 1)
    yield life.bank.ago - 5
    validations.answer(life, challenge, 1)
    yield life.bank.ago - 3
    life.do("challenge.disputed", life.lead, challenge, None, "No test on questions in other words is shown.")
    yield life.bank.ago - 5
    validations.answer(life, challenge, 1)
    life.do("challenge.disputed", life.lead, challenge, None, "The same answer again.")
    life.do("challenge.escalated", life.lead, challenge, None, "We do not agree on what must be tested.")


def critical(life: Life) -> Story:
    """A periodic validation finds the level wrong in a region: critical, restricted, and late to be mended."""
    bank = life.bank
    yield from births.live(life)
    yield from quiet.years(life, until=205)
    yield 170
    yield from quiet.by_new_method(life)
    yield 122
    validations.plan(life, "periodic", "losses in the north")
    yield from validations.fieldwork(life)
    raised = findings.issue_drafts(life)
    yield bank.ago - 4
    form = {"effect": "Losses 14 % above those priced in the north", "effect_share": 0.14}
    life.do("finding.regraded", life.lead, raised[0], form, "measured on the newest cohorts")
    validations.review(life)
    yield bank.ago - 2
    for one in raised:
        findings.agree(life, one)
    control = {"control": "Applicants of the north go to people", "covers": raised[0], "expires": bank.ahead(120),
               "measure": "Share decided by people in the north, 100 %"}  # fmt: skip
    life.do("finding.controlled", life.owner, raised[0], control)
    validations.report(life, SEVERE)
    yield bank.ago - 3
    validations.sign(life)
    life.do("model.restricted", life.lead, life.id, None, "critical finding: no new volume in the north")
    yield bank.ago - 9
    approvals.ask(life, "restricted", approvals.CAPS)
    yield 30
    registers.check_monitoring(life, "red", "defaults of the north stay above the limit")


def major(life: Life) -> Story:
    """A validation raises a major finding; one model gets more time, the other fails its first re-test."""
    bank = life.bank
    yield from births.live(life)
    yield from quiet.years(life, until=300)
    yield 205
    validations.plan(life, "periodic", "calendar")
    yield from validations.fieldwork(life)
    yield bank.ago - 4
    credit = life.entry.family == "credit"
    found = findings.raised(life, findings.MAJOR if credit else findings.MAJOR_FRAUD)
    findings.issue(life, found)
    validations.review(life, bad={"conceptual": found})
    validations.report(life, LIMITED)
    yield bank.ago - 4
    validations.sign(life)
    yield bank.ago - 6
    findings.agree(life, found)
    quiet.rerate(life)
    yield from quiet.approve_again(life, LIMITED)
    yield from (findings.extended(life, found) if credit else findings.returned(life, found))
    yield 60
    registers.check_monitoring(life)


def medium(life: Life) -> Story:
    """A validation raises a medium finding; the owner disputes it."""
    bank = life.bank
    yield from births.live(life)
    yield from quiet.years(life, until=75)
    yield 70
    found = findings.raised(life, findings.MEDIUM)
    findings.issue(life, found)
    yield bank.ago - 12
    why = {"because": "The effect is inside the reserve that is held for it already."}
    life.do("finding.disputed", life.owner, found, why)


MOVES = ((190, "Threshold of the night hours raised"), (120, "Threshold for new devices lowered"),
         (26, "Threshold of the weekend raised"))  # fmt: skip
FLIPS = 0.02


def changes(life: Life) -> Story:
    """Three changes of a threshold, each small: together they are of class A, and the third waits."""
    yield from births.live(life)
    yield from quiet.years(life, until=215)
    yield 205
    yield from quiet.by_new_method(life)
    ledger = life.bank.ledger
    for ago, what in MOVES:
        yield ago
        flips = {"decision_flips": changing.measured("decision_flips", FLIPS, n=40_000),
                 "scores_changed": changing.measured("scores_changed", 0.0)}  # fmt: skip
        raised = changing.raise_change(ledger, life.id, ["threshold"], what, life.entry.developer, measures=flips,
                                       via=VIA)  # fmt: skip
        life.bank.refused(lambda id_=raised.id: changing.classify_change(ledger, id_, life.entry.developer, via=VIA))  # type: ignore[misc]  # bound at once
        yield ago - 3
        found = changing.classify_change(ledger, raised.id, life.lead, via=VIA)
        if found.doc["class_"] == "A":
            return
        yield from validations.whole(life, "targeted", CLEAN, trigger=f"change {raised.id}")
        changing.approve_change(ledger, raised.id, HEAD, "small, tested on its own", validation=life.validation,
                                via=VIA)  # fmt: skip
        life.do("change.implemented", life.entry.developer, raised.id)
        registers.check_monitoring(life)
