"""Quiet lives: models that are built, approved, used and looked after, or left out for good reason."""

from __future__ import annotations

from datetime import date

from secondline.workflow import calendar
from secondline.workflow.changing import classify_change, raise_change
from secondline.workflow.estate import approvals, births, findings, inventory, papers, ratings, registers, validations
from secondline.workflow.estate.bank import VIA, Story
from secondline.workflow.estate.life import Life
from secondline.workflow.estate.policy import NEW_METHOD
from secondline.workflow.estate.validations import CLEAN, LIMITED, MINOR, Advice

QUARTER, HALF = 90, 170
BEFORE, ROOM = 125, 45
"""Days before its day on which a validation is begun, and days that it needs until it is signed and approved."""
SLOW = 7
"""One model in so many is approved late after its tier has changed: nobody got round to it."""


def in_use(life: Life) -> Story:
    """A model that lives quietly."""
    yield from births.live(life, MINOR if life.entry.number("minor", 3) == 0 else CLEAN)
    yield from years(life)


def conditional(life: Life) -> Story:
    """A model that may be used under conditions."""
    yield from births.live(life, LIMITED)
    if life.entry.story == "low-data":
        papers.file_on(life, "notice", "What users of {name} must know of its few data", life.lead)
    yield from years(life, advice=LIMITED)


def overdue(life: Life) -> Story:
    """A model whose next validation nobody has begun, and whose monitoring has gone quiet."""
    yield from births.live(life)
    yield from years(life, until=150, periodic=False)


def years(life: Life, until: int = 1, *, periodic: bool = True, advice: Advice = CLEAN) -> Story:
    """Go on in use: checks each quarter, a rating by the new method, attestation and validation each year."""
    bank = life.bank
    rerated, attested = bank.ago <= NEW_METHOD, bank.ago
    while bank.ago - QUARTER > until:
        yield bank.ago - QUARTER
        registers.check_monitoring(life)
        ratings.decide_scope(life)
        if not rerated and bank.ago < NEW_METHOD:
            rerated = True
            if rerate(life) and not (periodic and due(life)):
                yield from approve_again(life, advice)
        if attested - bank.ago >= HALF:
            attested = bank.ago
            registers.attest_entry(life)
            papers.yearly(life)
        if periodic and due(life):
            yield from renew(life, advice)


def due(life: Life) -> bool:
    """Whether the next validation is near enough to begin, and there is time to finish it."""
    day = str(life.doc.get("next_validation") or "")
    near = bool(day) and (date.fromisoformat(day) - life.bank.day).days <= BEFORE
    return near and life.bank.ago > ROOM


def renew(life: Life, advice: Advice = CLEAN) -> Story:
    """Validate again by the calendar, and approve again."""
    yield from validations.whole(life, validations.vendor_or(life, "periodic"), advice, trigger="calendar")
    yield from approve_again(life, advice)
    yield from findings.mended_by_run(life)


def approve_again(life: Life, advice: Advice = CLEAN) -> Story:
    """Ask for a new approval of what is in use, and get it."""
    yield life.bank.ago - 3
    decision = "conditional" if advice.recommendation == "conditional" else "approve"
    approvals.ask(life, decision, approvals.CAPS if decision == "conditional" else ())
    yield life.bank.ago - 2
    approvals.decide(life, decision)


def rerate(life: Life) -> bool:
    """Rate by the new method and let the calendar follow; returns whether another tier asks for a new approval."""
    before = life.tier
    ratings.both(life, "method")
    calendar.bring_forward(life.bank.ledger, life.id, life.lead, via=VIA)
    return life.tier != before and life.entry.number("slow", SLOW) > 0


def by_new_method(life: Life, advice: Advice = CLEAN) -> Story:
    """Rate by the new method, and approve again where the tier changes."""
    if rerate(life):
        yield from approve_again(life, advice)


def development(life: Life) -> Story:
    """A model that is being built."""
    yield from births.propose(life)
    yield life.bank.ago - 12
    life.do("model.development-begun", life.entry.developer, life.id)


def exempt(life: Life) -> Story:
    """A model of negligible risk, left out of the full regime; one that a validator helped to build."""
    yield from births.propose(life)
    yield life.bank.ago - 10
    if life.id in inventory.BUILT_TOO:
        inventory.build(life)
        form = {"model": life.id, "version": life.version, "kind": "initial", "due": life.bank.ahead(60),
                "lead": "tom.aldana", "scope": "everything"}  # fmt: skip
        life.bank.refused(lambda: life.do("validation.planned", "tom.aldana", "", form))
    ratings.rate(life, "first")
    ratings.rate(life, "second")
    registers.exempt(life, life.bank.ago + 35 + life.entry.number("recheck", 300))
    yield life.bank.ago - 5
    life.do("model.exempted", life.lead, life.id)
    yield NEW_METHOD - 9 - life.entry.number("looked at", 20)
    ratings.decide_scope(life)


def genai(life: Life) -> Story:
    """A drafting assistant under conditions, whose provider then changes the base model."""
    yield from births.live(life, LIMITED)
    yield from years(life, until=100, advice=LIMITED)
    yield 58
    ledger = life.bank.ledger
    change = raise_change(
        ledger, life.id, ["base-model"], "The provider replaces the base model.", life.entry.developer,
        components={"base model": "house-large-4"}, origin="provider", via=VIA,
    )  # fmt: skip
    yield 51
    classify_change(ledger, change.id, life.lead, via=VIA)
    yield 8
    registers.check_monitoring(life, "amber", "reviewers correct one draft in eight, one in twelve before")


def method(life: Life) -> Story:
    """The tiering method itself: a model like others, rated by itself, validated by somebody else."""
    inventory.register(life)
    life.version = "2025.1"
    yield 726
    papers.at_build(life)
    registers.note_limits(life)
    registers.draft_monitoring(life)
    yield 715
    ratings.decide_scope(life)
    ratings.rate(life, "first")
    life.do("model.submitted", life.owner, life.id, {"version": life.version_id})
    yield 712
    ratings.rate(life, "second")
    ratings.settle(life)
    yield from validations.whole(life, "initial")
    yield from births.launch(life)
    yield from years(life, until=NEW_METHOD + 1, periodic=False)
    yield NEW_METHOD - 20
    life.version = "2026.1"
    papers.at_build(life)
    ratings.decide_scope(life)
    ratings.both(life, "method")
    yield from validations.whole(life, "initial", trigger="new version of the method")
    yield from approve_again(life)
    approvals.go_live(life)
    yield from years(life, periodic=False)
