"""Leeway: more time, a risk accepted, a control meanwhile; asked by one person, granted by another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pydantic import Field

from secondline.core.errors import OutOfTurn, SpecError
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import refuse
from secondline.govern.record import Form, Nothing
from secondline.govern.records.finding import LIVE, MENDING, independent
from secondline.govern.records.remedy import OWNER, grade_of, is_owner
from secondline.govern.roles import FIRST_LINE, SECOND_LINE, Role
from secondline.govern.severity import DECIDERS, GRADES


class AcceptanceForm(Form):
    """A wish to live with it: the risk in money or another unit, and until when."""

    risk: float = Field(ge=0, description="Size of the risk.")
    unit: str = Field(min_length=1, max_length=60, description="Unit, such as EUR a year or share of RWEA.")
    basis: str = Field(min_length=1, description="How the size was estimated.")
    expires: date = Field(description="Last day of acceptance.")


class ExtensionForm(Form):
    """A wish for more time."""

    until: date = Field(description="New day to mend it by.")


class ControlForm(Form):
    """A control that holds the risk meanwhile: it names what it covers, can be measured, and ends."""

    control: str = Field(min_length=1, description="What is done, such as a cap or a second look.")
    covers: str = Field(min_length=1, max_length=40, description="Limitation or finding it covers (L-n or F-n).")
    measure: str = Field(min_length=1, description="How one sees that it works, with its threshold.")
    expires: date = Field(description="Last day it counts.")


def _ask(kind: str) -> Any:
    def changes(now: Situation) -> dict[str, Any]:
        return {"asked": {"kind": kind, "by": now.actor, "on": now.today, "because": now.reason,
                          **now.form.model_dump(mode="json")}}  # fmt: skip

    return changes


def _nothing_asked(now: Situation) -> None:
    if now.doc.get("asked"):
        raise OutOfTurn(f"{now.id} waits for a decision on {now.doc['asked'].get('kind')} already.")


def _may_be_accepted(now: Situation) -> None:
    """No legal breach, and no longer than the severity allows; asked again when it is granted, for both may move."""
    if now.doc.get("legal"):
        raise SpecError(f"{now.id} is a legal breach; its risk cannot be accepted, only mended.")
    grade = grade_of(now)
    latest = (date.fromisoformat(now.today) + timedelta(days=GRADES[grade].accepted)).isoformat()
    wanted = getattr(now.form, "expires", None) or (now.doc.get("asked") or {}).get("expires", "")
    if not now.today < str(wanted) <= latest:
        raise SpecError(f"The risk of a {grade} finding is accepted until {latest} at most, and not in the past.")


def _later(now: Situation) -> None:
    if now.form.until.isoformat() <= str(now.doc["due"]):
        raise SpecError(f"{now.id} is due {now.doc['due']} already; an extension is later than that.")


def _asked(kind: str) -> Any:
    """Return the rule that this was asked for, by somebody else than the one who decides."""

    def rule(now: Situation) -> None:
        asked = now.doc.get("asked") or {}
        if asked.get("kind") != kind:
            raise OutOfTurn(f"Nobody has asked for {kind} of {now.id}.")
        if asked["by"] == now.actor:
            refuse(now.actor, f"grant the {kind}", "they asked for it")

    return rule


def _at_level(which: str) -> Any:
    """Return the rule that the decision is taken by a role high enough for the severity."""

    def rule(now: Situation) -> None:
        may: frozenset[Role] = getattr(GRADES[grade_of(now)], which)
        if not now.roles & may:
            refuse(now.actor, now.act.title.lower(), f"a {grade_of(now)} finding needs {' or '.join(sorted(may))}")

    return rule


def _granted(now: Situation) -> dict[str, Any]:
    asked = dict(now.doc["asked"])
    one = {"from": now.doc["due"], "until": asked["until"], "asked_by": asked["by"], "because": asked["because"],
           "approver": now.actor, "on": now.today}  # fmt: skip
    return {"asked": None, "due": asked["until"], "extensions": [*now.doc.get("extensions", ()), one]}


def _accepted(now: Situation) -> dict[str, Any]:
    asked = dict(now.doc["asked"])
    kept = {name: asked[name] for name in ("risk", "unit", "basis", "expires", "because")}
    return {"asked": None, "acceptance": {**kept, "asked_by": asked["by"], "approver": now.actor, "on": now.today}}


def _covers_it(now: Situation) -> None:
    limitation = now.look.get("limitation", now.form.covers)
    if now.form.covers != now.id and (limitation or {}).get("model") != now.doc["model"]:
        raise SpecError(f"The control must name {now.id} or a limitation of {now.doc['model']!r}.")
    if now.form.expires.isoformat() <= now.today:
        raise SpecError("The control would have expired already.")


def _controlled(now: Situation) -> dict[str, Any]:
    one = {**now.form.model_dump(mode="json"), "by": now.actor, "on": now.today}
    return {"compensating": [*now.doc.get("compensating", ()), one]}


def _acts() -> None:
    """Enter the acts in the law."""
    for act in (
        Act("finding.extension-asked", "finding", "Ask for more time", OWNER, ExtensionForm, before=MENDING,
            rules=(is_owner, _nothing_asked, _later), changes=_ask("extension"), reasoned=True),
        Act("finding.extended", "finding", "Grant more time", SECOND_LINE, Nothing, before=MENDING,
            rules=(independent, _asked("extension"), _at_level("extends")), changes=_granted, reasoned=True),
        Act("finding.acceptance-asked", "finding", "Ask that the risk be accepted", OWNER, AcceptanceForm,
            before=MENDING, rules=(is_owner, _nothing_asked, _may_be_accepted), changes=_ask("acceptance"),
            reasoned=True),
        Act("finding.accepted", "finding", "Accept the risk", DECIDERS, Nothing,
            before=MENDING, after="accepted", changes=_accepted, reasoned=True,
            rules=(independent, _asked("acceptance"), _at_level("accepts"), _may_be_accepted)),
        Act("finding.declined", "finding", "Decline what was asked", DECIDERS | SECOND_LINE,
            Nothing, before=MENDING, rules=(independent,), changes=lambda _now: {"asked": None}, reasoned=True),
        Act("finding.controlled", "finding", "Record a compensating control", FIRST_LINE | SECOND_LINE, ControlForm,
            before=LIVE | {"accepted"}, rules=(_covers_it,), changes=_controlled),
    ):  # fmt: skip
        allow(act)


_acts()
