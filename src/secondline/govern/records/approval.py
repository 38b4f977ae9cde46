"""Approval: who lets a version be used, for what, under which conditions, until when; and the pass that proves it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from secondline.govern import approvals as rules
from secondline.govern.act import Act, allow
from secondline.govern.conditions import Condition
from secondline.govern.duties import known
from secondline.govern.grounds import IN_FORCE
from secondline.govern.record import Doc, Form, Nothing, Record, declare
from secondline.govern.restricting import may_release, narrows, restricted, resumed
from secondline.govern.roles import ANYONE, PROGRAM, Role
from secondline.govern.watching import may_restrict, may_suspend

ASKERS = frozenset[Role]({"developer", "owner", "mrm-head"})
SIGNERS = frozenset[Role]({"owner", "validator", "approver", "mrm-head"})
DECIDERS = frozenset[Role]({"approver", "mrm-head"})
STOPPERS = frozenset[Role]({"owner", "validator", "approver", "mrm-head"})
Seeks = Literal["approve", "conditional", "restricted"]


class ApprovalFields(Form):
    """What is asked: this version, for these uses, under these conditions, until this day."""

    model: str = Field(description="Model.")
    version: str = Field(description="Version label, such as 2.3.0.")
    uses: tuple[str, ...] = Field(min_length=1, max_length=50, description="Uses, such as U-1.")
    kind: Literal["normal", "emergency"] = Field(
        default="normal", description="Emergency: urgent use before the validation is signed."
    )
    seeks: Seeks = Field(default="approve", description="What is sought.")
    expires: date = Field(description="Last day of the approval.")
    conditions: tuple[Condition, ...] = Field(default=(), max_length=100, description="Conditions of use.")
    residual: str = Field(min_length=1, max_length=2_000, description="Residual risk that is left, in words.")
    mitigants: str = Field(default="", description="What makes the weaknesses bearable.")
    justification: str = Field(default="", description="Why it may be used in spite of weaknesses.")
    told: tuple[str, ...] = Field(default=(), description="Stakeholders who were told; an emergency names them.")
    blocking: tuple[str, ...] = Field(default=(), description="Blocking controls of the packs that fail, as shown.")


class AmendForm(Form):
    """What changes in a request; every signature given before is void."""

    seeks: Seeks | None = Field(default=None, description="What is sought.")
    expires: date | None = Field(default=None, description="Last day of the approval.")
    conditions: tuple[Condition, ...] | None = Field(default=None, max_length=100, description="Conditions of use.")
    residual: str | None = Field(default=None, min_length=1, max_length=2_000, description="Residual risk.")
    mitigants: str | None = Field(default=None, description="What makes the weaknesses bearable.")
    justification: str | None = Field(default=None, description="Why it may be used in spite of weaknesses.")
    told: tuple[str, ...] | None = Field(default=None, description="Stakeholders who were told.")
    blocking: tuple[str, ...] | None = Field(default=None, description="Blocking controls that fail, as shown.")


class SignForm(Form):
    """A signature: it names the digest of what was read, so that nobody signs something else."""

    signs: str = Field(pattern=r"^[0-9a-f]{64}$", description="Digest of what is signed, as shown.")
    verdict: Literal["approve", "reject"] = Field(default="approve", description="For or against.")
    affirms: bool = Field(default=False, description="Affirms the rating and the residual risk as stated.")
    statement: str = Field(default="", max_length=4_000, description="What the signatory wants said.")


class DecideForm(Form):
    """The decision that the signatures carry."""

    decision: Literal["approve", "conditional", "restricted", "reject"] = Field(description="Decision.")
    rationale: str = Field(min_length=1, max_length=8_000, description="Why.")


class ObjectForm(Form):
    """A stakeholder disagrees."""

    about: Literal["objective", "population", "data", "other"] = Field(default="objective", description="About what.")
    statement: str = Field(min_length=1, max_length=4_000, description="What they disagree with.")


class SettleForm(Form):
    """Which of one's own objections is settled."""

    number: int = Field(ge=1, description="Number of the objection.")
    how: str = Field(min_length=1, max_length=4_000, description="How it was settled.")


class RenewForm(Form):
    """A longer emergency."""

    expires: date = Field(description="New last day.")


class Approval(Doc, ApprovalFields):
    """An approval on record. ``use`` is the first of its uses, for lists."""

    use: str = ""
    tier: int = Field(default=0, ge=0, le=4)
    level: str = ""
    seats: tuple[dict[str, Any], ...] = ()
    requested_by: str = ""
    signatures: tuple[dict[str, Any], ...] = ()
    objections: tuple[dict[str, Any], ...] = ()
    decision: str = ""
    rationale: str = ""
    decided_by: str = ""
    decided_on: str = ""
    dossier: dict[str, Any] = Field(default={})
    renewals: int = Field(default=0, ge=0)


class LimitForm(Form):
    """What a pass allows less from now on."""

    limits: tuple[Condition, ...] = Field(min_length=1, max_length=20, description="Further conditions of use.")
    alarm: str = Field(default="", max_length=40, description="Alarm that calls for it (AL-n).")


class StopForm(Form):
    """What calls for the stop."""

    alarm: str = Field(default="", max_length=40, description="Alarm that calls for it (AL-n).")


class PassFields(Form):
    """A pass: the signed statement that a version may be used, as a gateway loads it."""

    approval: str = Field(description="Approval it rests on.")
    envelope: dict[str, Any] = Field(description="The signed envelope.")


class Pass(Doc):
    """A pass on record."""

    model: str = ""
    version: str = ""
    use: str = ""
    uses: tuple[str, ...] = ()
    expires: date | None = None
    digest: str = ""
    approval: str = ""
    kind: str = "normal"
    issued: str = ""
    envelope: dict[str, Any] = Field(default={})
    limits: tuple[Condition, ...] = Field(default=(), description="Conditions beside those that are signed.")
    alarm: str = Field(default="", description="Alarm that restricted or stopped it.")


APPROVAL = declare(
    Record("approval", "Approval", "approvals", Approval,
           ("model", "version", "use", "tier", "level", "kind", "expires", "requested_by"), prefix="AP")
)  # fmt: skip
PASS = declare(
    Record("pass", "Pass", "passes", Pass, ("model", "version", "use", "kind", "expires", "digest", "approval"),
           prefix="P")
)  # fmt: skip

REQUESTED, STANDING = frozenset({"requested"}), frozenset(IN_FORCE)

allow(
    Act("approval.requested", "approval", "Request approval", ASKERS, ApprovalFields, creates=True, after="requested",
        rules=(known("model", "model"), known("use", "uses"), rules.request_is_sound), changes=rules.requested)
)  # fmt: skip
allow(
    Act("approval.amended", "approval", "Amend the request", ASKERS | {"approver"}, AmendForm, before=REQUESTED,
        rules=(rules.request_is_sound,), changes=rules.amended, reasoned=True)
)  # fmt: skip
allow(
    Act("approval.signed", "approval", "Sign the approval", SIGNERS, SignForm, before=REQUESTED,
        rules=(rules.may_sign, rules.signs_what_is_there), changes=rules.signed)
)  # fmt: skip
allow(
    Act("approval.objected", "approval", "Object", ANYONE - {"admin"}, ObjectForm, before=REQUESTED | STANDING,
        changes=rules.objected)
)  # fmt: skip
allow(
    Act("approval.settled", "approval", "Settle one's own objection", ANYONE - {"admin"}, SettleForm,
        before=REQUESTED | STANDING, rules=(rules.own_objection,), changes=rules.settled)
)  # fmt: skip
allow(
    Act("approval.decided", "approval", "Decide the approval", DECIDERS | {"owner"}, DecideForm, before=REQUESTED,
        rules=(rules.may_decide, rules.decision_is_carried), changes=rules.decided)
)  # fmt: skip
allow(
    Act("approval.renewed", "approval", "Renew the emergency use", frozenset({"mrm-head"}), RenewForm,
        before=frozenset({"restricted"}), rules=(rules.may_renew,), changes=rules.renewed, reasoned=True)
)  # fmt: skip
allow(
    Act("approval.withdrawn", "approval", "Withdraw", ASKERS | DECIDERS, Nothing, before=REQUESTED | STANDING,
        after="withdrawn", rules=(rules.may_withdraw,), reasoned=True)
)  # fmt: skip
allow(
    Act("approval.expired", "approval", "Note that it has expired", ANYONE, Nothing, before=STANDING, after="expired",
        rules=(rules.is_over,))
)  # fmt: skip

ACTIVE, RESTRICTED = frozenset({"active"}), frozenset({"restricted"})
LIVE = ACTIVE | RESTRICTED
allow(
    Act("pass.issued", "pass", "Issue the pass", DECIDERS | {"owner"}, PassFields, creates=True, after="active",
        rules=(known("approval", "approval"), rules.pass_is_carried), changes=rules.issued, made=True)
)  # fmt: skip
allow(
    Act("pass.restricted", "pass", "Restrict the pass", STOPPERS | PROGRAM, LimitForm, before=LIVE, after="restricted",
        rules=(known("alarm", "alarm"), may_restrict, narrows), changes=restricted, reasoned=True)
)  # fmt: skip
allow(
    Act("pass.released", "pass", "Lift the restriction", DECIDERS, Nothing, before=RESTRICTED, after="active",
        rules=(may_release,), changes=lambda _: {"limits": None, "alarm": None}, reasoned=True)
)  # fmt: skip
allow(
    Act("pass.suspended", "pass", "Suspend the pass", STOPPERS | PROGRAM, StopForm, before=LIVE, after="suspended",
        rules=(known("alarm", "alarm"), may_suspend), reasoned=True)
)  # fmt: skip
allow(
    Act("pass.resumed", "pass", "Lift the suspension", DECIDERS, Nothing, before=frozenset({"suspended"}),
        rules=(rules.may_resume,), changes=resumed, reasoned=True)
)  # fmt: skip
allow(
    Act("pass.revoked", "pass", "Revoke the pass", DECIDERS, Nothing, before=LIVE | {"suspended"}, after="revoked",
        reasoned=True)
)  # fmt: skip
