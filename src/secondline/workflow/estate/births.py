"""Births: how a model comes to be, from proposal to use, each step by whom the rules let do it."""

from __future__ import annotations

from collections.abc import Mapping

from secondline.govern.validating import Part
from secondline.workflow.estate import approvals, inventory, papers, ratings, registers, validations
from secondline.workflow.estate.bank import Story
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.people import OUTSIDE
from secondline.workflow.estate.validations import CLEAN, Advice

NEGLIGIBLE = 4


def propose(life: Life) -> Story:
    """Enter it, rate it provisionally, decide the scope."""
    inventory.register(life)
    yield life.bank.ago - 4
    ratings.rate(life, "provisional")
    ratings.decide_scope(life)


def develop(life: Life) -> Story:
    """Build it, and write down what it cannot do."""
    yield from propose(life)
    yield life.bank.ago - 8
    life.do("model.development-begun", life.entry.developer, life.id)
    yield life.bank.ago - 30
    inventory.build(life)
    papers.at_build(life)
    registers.note_limits(life)
    registers.draft_monitoring(life)
    ratings.rate(life, "first")


def submit(life: Life) -> Story:
    """Hand it to validation, whose first act is a rating of its own."""
    yield from develop(life)
    yield life.bank.ago - 5
    life.do("model.submitted", life.owner, life.id, {"version": life.version_id})
    if life.entry.number("tries", 12) == 0:
        ratings.try_to_rate_oneself(life, life.entry)
    yield life.bank.ago - 4
    ratings.rate(life, "second")
    ratings.settle(life)


def validate(life: Life, advice: Advice = CLEAN, bad: dict[Part, str] | None = None) -> Story:
    """Develop it and validate it for the first time; one of negligible risk is exempted instead."""
    yield from submit(life)
    yield life.bank.ago - 3
    if life.tier == NEGLIGIBLE:
        registers.exempt(life, 540)
        return
    team = (OUTSIDE,) if inventory.outsider(life) else ()
    yield from validations.whole(life, validations.vendor_or(life, "initial"), advice, bad=bad, team=team)


def launch(
    life: Life, decision: str = "approve", conditions: tuple[Mapping[str, object], ...] = ()
) -> Story:  # fmt: skip
    """Approve it and put it in use."""
    yield life.bank.ago - 4
    approvals.ask(life, decision, conditions)
    if life.entry.number("own", 9) == 0 and life.tier != NEGLIGIBLE:
        approvals.try_own(life)
    yield life.bank.ago - 3
    approvals.decide(life, decision)
    if life.plan:
        life.do("monitoring.approved", life.lead, life.plan)
    papers.at_use(life)
    yield life.bank.ago - 4
    approvals.go_live(life)
    registers.attest_entry(life)


def live(life: Life, advice: Advice = CLEAN) -> Story:
    """Come to be, from proposal to use."""
    yield from validate(life, advice)
    if advice.recommendation == "conditional":
        yield from launch(life, "conditional", approvals.CAPS)
    else:
        yield from launch(life)
