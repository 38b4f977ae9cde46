"""Alarm: what a program that watches has seen pass a level of the plan, and what people did about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field

from secondline.core.errors import OutOfTurn, SpecError, UnknownRecord
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import known, refuse
from secondline.govern.record import Doc, Form, Nothing, Record, declare
from secondline.govern.roles import PROGRAM, Role
from secondline.govern.watching import (
    LEVELS,
    OPEN,
    beyond,
    by_person,
    by_program,
    is_program,
    line_of,
    open_alarms,
    place,
)

Basis = Literal["known", "projected", "estimated"]
Step = Literal["investigate", "restrict", "revalidate", "withdraw"]
Cause = Literal["model", "population", "data", "process", "fraud-pattern", "label", "system", "false-alarm", "other"]
PEOPLE = frozenset[Role]({"developer", "owner", "validator", "approver", "mrm-head"})
DECIDERS = frozenset[Role]({"owner", "validator", "approver", "mrm-head"})
CLOSERS = frozenset[Role]({"owner", "validator", "mrm-head", "monitor"})
KEPT = 60
"""Sightings an alarm keeps; each look's reading is in the monitor's own store."""
DEFAULT_SLA = 5
"""Days to decide where a plan line states none (practice)."""


class ShownFields(Form):
    """What was seen: a number with its uncertainty, of which window, as known when."""

    level: Literal["amber", "red", "stop"] = Field(description="Level of the plan line that is passed.")
    value: float = Field(description="What was measured.")
    low: float | None = Field(default=None, description="Lower end of its interval.")
    high: float | None = Field(default=None, description="Upper end of its interval.")
    p_value: float | None = Field(default=None, ge=0, le=1, description="P-value that holds at every look.")
    n: float = Field(default=0, ge=0, description="Cases it rests on.")
    known: str = Field(default="", max_length=40, description="Instant whose knowledge it rests on.")
    first: date = Field(description="First day of the window.")
    last: date = Field(description="Last day of the window.")
    method: str = Field(default="", max_length=400, description="Procedure that decided.")
    note: str = Field(default="", max_length=2_000, description="In words.")


class AlarmFields(ShownFields):
    """A level of the plan is passed."""

    monitoring: str = Field(min_length=1, max_length=40, description="Monitoring plan (MP-n).")
    model: str = Field(min_length=1, max_length=80, description="Model.")
    version: str = Field(default="", max_length=80, description="Version label; empty for all.")
    metric: str = Field(min_length=1, max_length=120, description="Metric of the plan line.")
    population: str = Field(default="", max_length=120, description="Population of the plan line.")
    slice: str = Field(default="", max_length=120, description="Slice of the plan line.")
    basis: Basis = Field(default="known", description="Basis of the plan line.")


class Alarm(Doc, AlarmFields):
    """An alarm as it stands."""

    limit: float | None = Field(default=None, description="The level that was passed.")
    owner: str = ""
    opened: date | None = None
    due: date | None = Field(default=None, description="Day by which a person decides what is done.")
    seen: tuple[dict[str, Any], ...] = Field(default=(), description="Later looks that passed a level again.")
    looks: int = Field(default=1, description="Looks that passed a level.")
    calm: str = Field(default="", description="Since when no level is passed.")
    calm_basis: str = Field(default="", description="Basis of the reading that showed it.")
    acknowledged: dict[str, str] = Field(default={}, description="Who took notice, when, why.")
    actions: tuple[dict[str, Any], ...] = Field(default=(), description="What was done.")
    decided: date | None = Field(default=None, description="Day of the first decision by a person.")
    escalated: dict[str, str] = Field(default={}, description="When it went to whom, because nobody acted.")
    finding: str = Field(default="", description="Finding that it drafted or joined.")
    closure: dict[str, str] = Field(default={}, description="Who closed it, and what was found.")


class AckForm(Form):
    """Somebody has taken notice."""

    note: str = Field(default="", max_length=2_000, description="What is known so far.")


class ActedForm(Form):
    """What is done about it."""

    action: Step = Field(description="Which action of the plan.")
    done: str = Field(min_length=1, max_length=4_000, description="What exactly, and by when.")
    finding: str = Field(default="", max_length=40, description="Finding it leads to, if any (F-n).")


class CalmForm(Form):
    """No level is passed any more."""

    last: date = Field(description="Last day of the window that shows it.")
    basis: Basis = Field(default="known", description="Basis of the reading that shows it.")
    note: str = Field(default="", max_length=2_000, description="In words.")


class LinkForm(Form):
    """The finding that an alarm drafted or joined."""

    finding: str = Field(min_length=1, max_length=40, description="Finding (F-n).")


class CloseForm(Form):
    """What was found."""

    found: str = Field(min_length=1, max_length=8_000, description="What was found to be behind it.")
    cause: Cause = Field(default="other", description="Of what kind it was.")


ALARM = declare(
    Record("alarm", "Alarm", "alarms", Alarm,
           ("model", "version", "metric", "slice", "level", "opened", "due", "owner", "monitoring"), prefix="AL")
)  # fmt: skip


def _line(now: Situation) -> dict[str, Any]:
    about = now.form.model_dump() if now.act.creates else dict(now.doc)
    found = line_of(now.look, about)
    if found is None:
        raise OutOfTurn(
            f"No approved monitoring plan of {about['model']} has a line for {' '.join(filter(None, place(about)))}."
        )
    return found


def _shown(now: Situation) -> None:
    """What is stated proves that the level of the approved plan's line is passed."""
    line, shown = _line(now), now.form.model_dump()
    if now.form.last < now.form.first or str(now.form.last) > now.today:
        raise SpecError(f"The window from {now.form.first} to {now.form.last} ends before it begins, or lies ahead.")
    if not beyond(line, now.form.level, shown):
        raise SpecError(
            f"{now.form.metric if now.act.creates else now.doc['metric']} of {now.form.value:g} does not prove that "
            f"the plan's {now.form.level} level is passed: the interval reaches it, the cases are too few, or no such "
            "level is stated."
        )


def _no_twin(now: Situation) -> None:
    twins = [a for a in open_alarms(now.look, now.form.model)
             if place(a) == place(now.form.model_dump()) and a.get("version", "") == now.form.version]  # fmt: skip
    if twins:
        raise SpecError(f"{twins[0]['id']} is open already for the same line. Refresh it instead.")


def _raised(now: Situation) -> dict[str, Any]:
    line, stated = _line(now), now.form.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    model = now.look.get("model", now.form.model) or {}
    plan = now.look.get("monitoring", now.form.monitoring) or {}
    owner = str(line.get("owner") or plan.get("owner") or model.get("owner") or "")
    due = date.fromisoformat(now.today) + timedelta(days=int(line.get("sla") or DEFAULT_SLA))
    return {**stated, "owner": owner, "opened": now.today, "due": due.isoformat(), "limit": _limit(line, stated)}


def _limit(line: Mapping[str, Any], shown: Mapping[str, Any]) -> Any:
    return line.get({"amber": "amber", "red": "red", "stop": "stop_use"}[str(shown["level"])])


def _refreshed(now: Situation) -> dict[str, Any]:
    """A later look: the worst level is kept; a calm that had set in is over."""
    stated = now.form.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    worst = max(str(now.doc["level"]), now.form.level, key=LEVELS.index)
    before = {n: now.doc.get(n) for n in ("level", "value", "low", "high", "n", "known", "first", "last")}
    kept: dict[str, Any] = dict.fromkeys(("low", "high", "p_value")) | stated
    if now.form.level != worst:
        kept["level"] = worst
    seen = [*now.doc.get("seen", ()), {**before, "on": now.today}][-KEPT:]
    limit = _limit(_line(now), {"level": worst})
    return {**kept, "limit": limit, "seen": seen, "looks": int(now.doc.get("looks", 1)) + 1, "calm": None,
            "calm_basis": None}  # fmt: skip


def _not_calm(now: Situation) -> None:
    if now.doc.get("calm"):
        raise SpecError(f"{now.id} is noted as calm since {now.doc['calm']} already.")


def _late(now: Situation) -> None:
    if now.doc.get("decided") or str(now.doc.get("due") or "9") >= now.today:
        raise OutOfTurn(f"{now.id} is decided, or its day ({now.doc.get('due')}) is not over.")
    if now.doc.get("escalated"):
        raise SpecError(f"{now.id} went up already, on {now.doc['escalated'].get('on')}.")


def _acted(now: Situation) -> dict[str, Any]:
    one = {"action": now.form.action, "done": now.form.done, "by": now.actor, "on": now.today}
    found = {"actions": [*now.doc.get("actions", ()), one], "decided": now.doc.get("decided") or now.today}
    return found | ({"finding": now.form.finding} if now.form.finding else {})


def _finding_of_model(now: Situation) -> None:
    name = now.form.finding
    if name and (now.look.get("finding", name) or {}).get("model") != now.doc["model"]:
        raise UnknownRecord.of(f"finding of {now.doc['model']}", name)


def _may_close(now: Situation) -> None:
    """A red alarm is closed by a person who decided something; a program closes an amber one that has calmed."""
    if not is_program(now):
        if now.doc["level"] != "amber" and not now.doc.get("actions"):
            raise OutOfTurn(f"{now.id} is {now.doc['level']}: say what is done about it before it is closed.")
        return
    if now.doc["level"] != "amber":
        refuse(now.actor, f"close {now.id}", f"it is {now.doc['level']}, which a person closes")
    if not now.doc.get("calm"):
        raise OutOfTurn(f"{now.id} has not calmed.")
    if now.doc.get("calm_basis") == "estimated" and now.doc.get("basis", "known") != "estimated":
        raise OutOfTurn(f"{now.id} is calm by an estimate without labels alone; that closes nothing.")


def _closed(now: Situation) -> dict[str, Any]:
    stated = now.form.model_dump()
    return {"closure": {**stated, "by": now.actor, "on": now.today, "because": now.reason}}


def _said(name: str) -> Callable[[Situation], Mapping[str, Any]]:
    def changes(now: Situation) -> Mapping[str, Any]:
        return {name: {"by": now.actor, "on": now.today, "because": now.reason, **now.form.model_dump()}}

    return changes


RAISED = frozenset({"raised"})
for _act in (
    Act("alarm.raised", "alarm", "Raise an alarm", PROGRAM, AlarmFields, creates=True, after="raised",
        rules=(by_program, known("model", "model"), known("monitoring", "monitoring"), _shown, _no_twin),
        changes=_raised, made=True),
    Act("alarm.refreshed", "alarm", "Note that the level is still passed", PROGRAM, ShownFields, before=OPEN,
        rules=(by_program, _shown), changes=_refreshed, made=True),
    Act("alarm.calmed", "alarm", "Note that no level is passed any more", PROGRAM, CalmForm, before=OPEN,
        rules=(by_program, _not_calm), made=True,
        changes=lambda now: {"calm": str(now.form.last), "calm_basis": now.form.basis}),
    Act("alarm.linked", "alarm", "Name the finding of the alarm", PROGRAM, LinkForm, before=OPEN,
        rules=(by_program, _finding_of_model), made=True),
    Act("alarm.escalated", "alarm", "Take the alarm up, since nobody acted", PROGRAM, Nothing, before=OPEN,
        rules=(by_program, _late), changes=_said("escalated"), reasoned=True, made=True),
    Act("alarm.acknowledged", "alarm", "Acknowledge the alarm", PEOPLE, AckForm, before=RAISED, after="acknowledged",
        rules=(by_person,), changes=_said("acknowledged"), reasoned=True),
    Act("alarm.acted", "alarm", "Say what is done about it", DECIDERS, ActedForm, before=OPEN, after="acting",
        rules=(by_person, _finding_of_model), changes=_acted),
    Act("alarm.closed", "alarm", "Close the alarm", CLOSERS, CloseForm, before=OPEN, after="closed",
        rules=(_may_close,), changes=_closed),
):  # fmt: skip
    allow(_act)
