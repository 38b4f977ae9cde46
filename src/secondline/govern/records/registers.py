"""Registers: limitations and assumptions, overlays, exemptions, and waivers of controls."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from secondline.core.errors import SpecError
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import independent_of_first_line, known, not_the_one_who, refuse
from secondline.govern.record import Doc, Form, Record, declare, partly
from secondline.govern.roles import FIRST_LINE, SECOND_LINE, Role

EVERY_LINE = FIRST_LINE | SECOND_LINE
DECIDERS = frozenset[Role]({"approver", "mrm-head"})
OPEN, PROPOSED, APPROVED = frozenset({"open"}), frozenset({"proposed"}), frozenset({"approved"})
# A waiver on a model of the two highest tiers, on one not rated, or for the whole bank goes to the head.
LEAST_TIER_FOR_APPROVER = 3


class LimitationFields(Form):
    """What a model cannot do, or does badly."""

    model: str = Field(description="Model.")
    kind: str = Field(
        default="", max_length=60, description="Such as data, method, population, implementation, vendor."
    )
    statement: str = Field(min_length=1, description="What does not hold, for whom, from when.")
    impact: str = Field(default="", description="What follows from it, in figures if possible.")
    mitigation: str = Field(default="", description="What is done about it.")
    watched_by: str = Field(default="", max_length=200, description="Test or monitoring metric that watches it.")
    exceptions: str = Field(default="", description="Where the model is used all the same, and by whose leave.")


class Limitation(Doc, LimitationFields):
    """A limitation on record."""


class AssumptionFields(Form):
    """What a model takes for granted."""

    model: str = Field(description="Model.")
    kind: str = Field(default="", max_length=60, description="Such as data, behaviour, economic, expert judgement.")
    statement: str = Field(min_length=1, description="What is taken for granted.")
    basis: str = Field(default="", description="Why, and whose judgement it is.")
    impact: str = Field(default="", description="What follows if it is wrong.")
    watched_by: str = Field(default="", max_length=200, description="Test or monitoring metric that watches it.")


class Assumption(Doc, AssumptionFields):
    """An assumption on record."""


class OverlayFields(Form):
    """An adjustment to what a model says."""

    model: str = Field(description="Model.")
    limitation: str = Field(pattern=r"^L-\d+$", description="Limitation it answers, such as L-3.")
    reason: str = Field(min_length=1, description="Why it is needed.")
    size: float = Field(description="How much it adds; negative if it takes away.")
    unit: str = Field(min_length=1, max_length=40, description="Unit of the size, such as EUR m or percentage points.")
    method_over_time: str = Field(min_length=1, description="How it is computed again as time goes on.")
    modelled_amount: float | None = Field(default=None, description="What the model alone says, in the same unit.")
    expires: date = Field(description="Last day it applies.")


class Overlay(Doc, OverlayFields):
    """An overlay on record."""

    approver: str = ""
    renewals: int = Field(default=0, ge=0, description="Times it was prolonged.")
    earlier: int = Field(default=0, ge=0, description="Overlays and renewals for the same limitation before it.")
    told: tuple[str, ...] = Field(default=(), description="Models downstream whose owners were told.")


class RenewalForm(Form):
    """A longer life for an overlay."""

    expires: date = Field(description="New last day.")
    size: float | None = Field(default=None, description="New size, if it changes.")
    modelled_amount: float | None = Field(default=None, description="What the model alone says now.")


class ToldForm(Form):
    """Whom an overlay concerns."""

    told: tuple[str, ...] = Field(min_length=1, description="Models downstream whose owners were told.")


class ExemptionFields(Form):
    """Why a model of negligible risk is left out of the full regime."""

    model: str = Field(description="Model.")
    reason: str = Field(min_length=1, description="Why its risk is negligible.")
    conditions: str = Field(min_length=1, description="What would end the exemption.")
    recheck: date = Field(description="Day by which it is looked at again.")


class Exemption(Doc, ExemptionFields):
    """An exemption on record."""

    approver: str = ""


class WaiverFields(Form):
    """Leave not to meet a control for a while."""

    control: str = Field(min_length=1, max_length=40, description="Control, such as MRM-MON-01.")
    model: str = Field(default="", max_length=80, description="Model; empty for the whole bank.")
    reason: str = Field(min_length=1, description="Why it cannot be met yet.")
    compensating: str = Field(min_length=1, description="What is done instead, measurable.")
    expires: date = Field(description="Last day of the leave.")


class Waiver(Doc, WaiverFields):
    """A waiver on record."""

    level: Literal["", "approver", "mrm-head"] = Field(default="", description="Who must grant it.")
    approver: str = ""
    reviewed: date | None = Field(default=None, description="Day it was last looked at.")


LIMITATION = declare(Record("limitation", "Limitation", "limitations", Limitation, ("model", "kind"), prefix="L"))
ASSUMPTION = declare(Record("assumption", "Assumption", "assumptions", Assumption, ("model", "kind"), prefix="A"))
OVERLAY = declare(
    Record("overlay", "Overlay", "overlays", Overlay, ("model", "limitation", "expires", "approver", "renewals"),
           prefix="O")
)  # fmt: skip
EXEMPTION = declare(Record("exemption", "Exemption", "exemptions", Exemption, ("model", "recheck"), prefix="X"))
WAIVER = declare(Record("waiver", "Waiver", "waivers", Waiver, ("control", "model", "expires", "level"), prefix="W"))


def _ahead(name: str) -> Any:
    """Return the rule that the day in *name* has not passed."""

    def rule(now: Situation) -> None:
        day = str(now.field(name))
        if day <= now.today:
            raise SpecError(f"`{name}` must lie ahead; {day} does not.")

    return rule


def _its_limitation(now: Situation) -> None:
    found = now.look.get("limitation", str(now.field("limitation")))
    if found is None or found["model"] != now.field("model"):
        raise SpecError(f"{now.field('model')} has no limitation {now.field('limitation')!r}. Record it first.")


def _with_earlier(now: Situation) -> dict[str, Any]:
    before = now.look.find("overlay", model=now.form.model, limitation=now.form.limitation)
    approved = [o for o in before if o.get("approver")]
    earlier = sum(1 + int(o.get("renewals", 0)) for o in approved)
    return {**now.form.model_dump(mode="json", exclude_unset=True), "earlier": earlier}


def _longer(now: Situation) -> None:
    if str(now.form.expires) <= max(str(now.doc["expires"]), now.today):
        raise SpecError(f"A renewal lasts longer: `expires` must come after {now.doc['expires']} and today.")


def _renewed(now: Situation) -> dict[str, Any]:
    stated = now.form.model_dump(mode="json", exclude_none=True)
    return {**stated, "renewals": int(now.doc.get("renewals", 0)) + 1, "approver": now.actor}


def _approved(now: Situation) -> dict[str, Any]:
    return {"approver": now.actor}


def level_of(now: Situation) -> str:
    """Return who must grant the waiver, by the tier of the model as it is rated now."""
    model = now.look.get("model", str(now.field("model"))) if now.field("model") else None
    tier = int(model.get("tier", 0)) if model else 0
    return "approver" if tier >= LEAST_TIER_FOR_APPROVER else "mrm-head"


def _with_level(now: Situation) -> dict[str, Any]:
    return {**now.form.model_dump(mode="json", exclude_unset=True), "level": level_of(now)}


def _senior_enough(now: Situation) -> None:
    if level_of(now) == "mrm-head" and "mrm-head" not in now.roles:
        refuse(
            now.actor,
            "grant this waiver",
            "it concerns a high tier, an unrated model or the whole bank: mrm-head grants",
        )


def still_the_model(now: Situation) -> None:
    """Refuse to move a record from one model to another."""
    stated = getattr(now.form, "model", None)
    if stated not in {None, now.doc.get("model")}:
        raise SpecError(f"{now.id} belongs to {now.doc.get('model')}. Record a new one for {stated}.")


OF_MODEL = known("model", "model")
for noun, form in (("limitation", LimitationFields), ("assumption", AssumptionFields)):
    allow(
        Act(f"{noun}.recorded", noun, f"Record a{'n' if noun[0] == 'a' else ''} {noun}", EVERY_LINE, form, creates=True,
            after="open", rules=(OF_MODEL,))
    )  # fmt: skip
    allow(
        Act(f"{noun}.changed", noun, f"Correct the {noun}", EVERY_LINE, partly(form, f"{noun.title()}Change"),
            before=OPEN, rules=(still_the_model,))
    )  # fmt: skip
    allow(Act(f"{noun}.retired", noun, f"Retire the {noun}", SECOND_LINE, before=OPEN, after="retired", reasoned=True,
              rules=(independent_of_first_line(f"retire the {noun}"),)))  # fmt: skip
allow(
    Act("overlay.proposed", "overlay", "Propose an overlay", EVERY_LINE, OverlayFields, creates=True, after="proposed",
        rules=(OF_MODEL, _its_limitation, _ahead("expires")), changes=_with_earlier)
)  # fmt: skip
allow(
    Act("overlay.changed", "overlay", "Correct the overlay", EVERY_LINE, partly(OverlayFields, "OverlayChange"),
        before=PROPOSED, rules=(still_the_model, _its_limitation, _ahead("expires")))
)  # fmt: skip
_NOT_PROPOSER = not_the_one_who("overlay.proposed", "overlay.changed", what="approve the overlay")
allow(
    Act("overlay.approved", "overlay", "Approve the overlay", DECIDERS, before=PROPOSED, after="approved",
        rules=(_NOT_PROPOSER, independent_of_first_line("approve the overlay"), _ahead("expires")), changes=_approved)
)  # fmt: skip
allow(
    Act("overlay.renewed", "overlay", "Prolong the overlay", DECIDERS, RenewalForm, before=APPROVED, reasoned=True,
        rules=(_NOT_PROPOSER, independent_of_first_line("prolong the overlay"), _longer), changes=_renewed)
)  # fmt: skip
allow(Act("overlay.told", "overlay", "Tell owners downstream", EVERY_LINE, ToldForm, before=APPROVED,
          rules=(known("model", "told"),)))  # fmt: skip
allow(Act("overlay.ended", "overlay", "End the overlay", EVERY_LINE | DECIDERS, before=PROPOSED | APPROVED,
          after="ended", reasoned=True))  # fmt: skip
allow(
    Act("exemption.proposed", "exemption", "Propose an exemption", EVERY_LINE, ExemptionFields, creates=True,
        after="proposed", rules=(OF_MODEL, _ahead("recheck")))
)  # fmt: skip
allow(
    Act("exemption.approved", "exemption", "Approve the exemption", DECIDERS, before=PROPOSED, after="approved",
        rules=(not_the_one_who("exemption.proposed", what="approve the exemption"),
               independent_of_first_line("approve the exemption"), _ahead("recheck")), changes=_approved)
)  # fmt: skip
allow(Act("exemption.ended", "exemption", "End the exemption", SECOND_LINE | DECIDERS, before=PROPOSED | APPROVED,
          after="ended", reasoned=True))  # fmt: skip
allow(
    Act("waiver.requested", "waiver", "Request a waiver", EVERY_LINE, WaiverFields, creates=True, after="requested",
        rules=(OF_MODEL, _ahead("expires")), changes=_with_level)
)  # fmt: skip
allow(
    Act("waiver.granted", "waiver", "Grant the waiver", DECIDERS, before=frozenset({"requested"}), after="granted",
        rules=(not_the_one_who("waiver.requested", what="grant the waiver"), _senior_enough,
               independent_of_first_line("grant the waiver"), _ahead("expires")),
        changes=lambda now: {"approver": now.actor, "level": level_of(now), "reviewed": now.today})
)  # fmt: skip
allow(Act("waiver.reviewed", "waiver", "Review the waiver", SECOND_LINE, before=frozenset({"granted"}),
          changes=lambda now: {"reviewed": now.today}, reasoned=True,
          rules=(not_the_one_who("waiver.requested", what="review the waiver"),)))  # fmt: skip
allow(Act("waiver.ended", "waiver", "End the waiver", SECOND_LINE | DECIDERS, after="ended", reasoned=True,
          before=frozenset({"requested", "granted"})))  # fmt: skip
