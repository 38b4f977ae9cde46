"""Change: what is altered in a model, classified A to D by adopted criteria and by all that came since the baseline."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownRecord
from secondline.govern import regression
from secondline.govern.act import Act, Look, Situation, allow
from secondline.govern.classes import CLASSES, Measure, classify, stricter
from secondline.govern.duties import independent_of_first_line, known, not_the_one_who, refuse
from secondline.govern.record import Doc, Form, Nothing, Record, declare
from secondline.govern.records.method import change_criteria
from secondline.govern.roles import ANYONE, FIRST_LINE, PROGRAM, SECOND_LINE, Role

RAISERS = FIRST_LINE | SECOND_LINE | PROGRAM
APPROVERS = frozenset[Role]({"owner", "validator", "approver", "mrm-head"})
GONE = frozenset({"rejected", "withdrawn"})
SOUND = frozenset({"approved", "in-use", "superseded"})


class ChangeFields(Form):
    """A change: what is touched, by whom it was begun, and how far the results move."""

    model: str = Field(description="Model.")
    version: str = Field(default="", max_length=80, description="Label of the version that the change makes.")
    baseline: str = Field(default="", max_length=200, description="Last approved version, as MODEL@VERSION.")
    origin: Literal["internal", "vendor", "provider", "autonomous"] = Field(
        default="internal", description="Who began it: the bank, a vendor, a service provider, or the model itself."
    )
    description: str = Field(min_length=1, description="What changes and why.")
    parts: tuple[str, ...] = Field(min_length=1, description="What is touched, in the words of the criteria.")
    components: dict[str, str] = Field(default={}, description="Components and their new versions.")
    configuration: str = Field(
        default="", pattern=r"^([0-9a-f]{64})?$", description="GenAI: hash of the configuration that it leads to."
    )
    measures: dict[str, Measure] = Field(default={}, description="How far results move, as fractions.")
    follows_up: str = Field(default="", max_length=40, description="Record that led to it, such as a finding.")


class Change(Doc, ChangeFields):
    """A change on record, with its class and what must follow."""

    class_: str = Field(default="", max_length=1, description="A, B, C or D.")
    alone: str = Field(default="", max_length=1, description="Class it would have without the changes before it.")
    method: str = Field(default="", description="Criteria it was classified by.")
    cumulative: dict[str, dict[str, float]] = Field(default={}, description="Moves since the baseline.")
    counted: tuple[str, ...] = Field(default=(), description="Earlier changes counted with it.")
    why: tuple[str, ...] = ()
    stop: bool = Field(default=False, description="The model must not run until this is approved.")
    follows: dict[str, Any] = Field(default={}, description="What must follow.")
    raised_by: str = ""
    validation: str = Field(default="", description="Validation that approval rests on.")
    run: str = Field(default="", description="Run that proves that nothing else moved.")
    regression: bool = Field(default=False, description="Answers must be held against the approved ones.")
    margin: float = Field(default=0.0, ge=0, le=1, description="Loss that the regression may allow.")


class MeasuredForm(Form):
    """How far results move."""

    measures: dict[str, Measure] = Field(min_length=1, description="How far results move, as fractions.")


class ClassifyForm(Form):
    """Apply the criteria; a stricter class may be asked for, never a milder one."""

    method: str = Field(description="Adopted criteria, such as change@2026.1.")
    at_least: Literal["", "A", "B", "C", "D"] = Field(default="", description="Stricter class than the criteria give.")


class ApproveForm(Form):
    """What the approval rests on."""

    validation: str = Field(default="", max_length=40, description="Signed validation of the change.")
    run: str = Field(
        default="", max_length=80, description="Run that proves parity, or of a generative system its regression."
    )


CHANGE = declare(
    Record("change", "Change", "changes", Change, ("model", "version", "class_", "baseline", "origin"), prefix="C")
)


def since_baseline(look: Look, model: str, baseline: str, before: str = "") -> list[dict[str, Any]]:
    """Return the changes that count towards the same baseline, oldest first; *before* is one to leave out."""
    found = look.find("change", model=model, baseline=baseline)
    return [c for c in found if c["id"] != before and c["state"] not in GONE]


def baseline_of(look: Look, model: str) -> str:
    """Return the version from which changes count: the newest approved one that was validated as it is.

    A version that came out of a class C or D change never became one: it was not validated, so its move still counts.
    """
    unvalidated = {c["version"] for c in look.find("change", model=model) if c.get("class_") in {"C", "D"}}
    sound = [v for v in look.find("version", model=model) if v.get("state") in SOUND]
    mine = [v["id"] for v in sound if v.get("version") not in unvalidated]
    return mine[-1] if mine else ""


def _counts_from_the_baseline(now: Situation) -> None:
    form = now.form
    if form.baseline and form.baseline not in {v["id"] for v in now.look.find("version", model=form.model)}:
        raise UnknownRecord.of("version", form.baseline)
    right = baseline_of(now.look, form.model)
    if right and form.baseline != right:
        raise SpecError(
            f"Changes of {form.model} count from {right}, its last approved and validated version, not from "
            f"{form.baseline or 'nothing'}."
        )


def _raised(now: Situation) -> dict[str, Any]:
    return {**now.form.model_dump(mode="json", exclude_unset=True), "raised_by": now.actor}


def _measured(now: Situation) -> dict[str, Any]:
    given = {name: m.model_dump(mode="json") for name, m in now.form.measures.items()}
    return {"measures": given, "class_": "", "alone": ""}


def _classified(now: Situation) -> dict[str, Any]:
    doc, criteria = now.doc, change_criteria(now.look, now.form.method)
    earlier = since_baseline(now.look, str(doc["model"]), str(doc.get("baseline", "")), now.id)
    measures = {name: Measure.model_validate(m) for name, m in doc.get("measures", {}).items()}
    found = classify(criteria, regression.touched(criteria, doc), measures, earlier)
    kind, why = found.class_, list(found.why)
    if now.form.at_least and CLASSES.index(now.form.at_least) < CLASSES.index(kind):
        kind = stricter([kind, now.form.at_least])
        why.append(f"{kind} as {now.actor} asked: {now.reason or 'no reason given'}")
    follows, needed = criteria.follows[kind].model_dump(mode="json"), regression.is_needed(criteria, doc)
    return {"class_": kind, "alone": found.alone, "method": now.form.method, "cumulative": found.cumulative,
            "counted": [c["id"] for c in earlier], "why": why, "stop": found.stop, "follows": follows,
            "regression": needed, "margin": criteria.margin if needed else 0.0}  # fmt: skip


def _by_whom(now: Situation) -> None:
    follows = now.doc["follows"]
    if not now.roles & set(follows["approvers"]):
        raise Refused(
            f"{now.actor!r} may not approve a class {now.doc['class_']} change: that needs "
            f"{' or '.join(follows['approvers'])}."
        )
    if follows["independent"]:
        independent_of_first_line("approve the change")(now)
    if now.actor == now.doc.get("raised_by"):
        refuse(now.actor, "approve the change", "they raised it")


def _what_must_follow(now: Situation) -> None:
    follows, form, model = now.doc["follows"], now.form, now.doc["model"]
    if follows["validation"]:
        found = now.look.get("validation", form.validation) if form.validation else None
        if found is None or found.get("model") != model or found.get("state") != "signed":
            raise OutOfTurn(
                f"A class {now.doc['class_']} change needs a signed validation of {model} "
                f"({' or '.join(follows['validation'])}), and {form.validation or 'nothing'} was given."
            )
        if found.get("kind") not in follows["validation"]:
            raise OutOfTurn(f"{form.validation} is a {found.get('kind')} validation; class {now.doc['class_']} needs "
                            f"{' or '.join(follows['validation'])}.")  # fmt: skip
        label = now.doc.get("version", "")
        if label and found.get("version") and found["version"] not in {label, f"{model}@{label}"}:
            raise OutOfTurn(f"{form.validation} is about {found['version']}, the change makes {model}@{label}.")
    run = now.look.get("run", form.run) if form.run else None
    if now.doc.get("configuration"):
        regression.one_at_a_time(now.doc)
        regression.names_what_moved(now)
    if now.doc.get("regression"):
        regression.passed(now, run)
    elif follows["run"] and (run is None or run.get("model") != model or run.get("failed")):
        raise OutOfTurn(
            f"A class {now.doc['class_']} change needs a run on {model} without failures that proves parity, "
            f"and {form.run or 'nothing'} was given."
        )
    regression.judges_carded(now)


def _nothing_new(now: Situation) -> None:
    """A change that came in since makes the class stale: it was not counted."""
    mine = since_baseline(now.look, str(now.doc["model"]), str(now.doc.get("baseline", "")), now.id)
    grown = {c["id"] for c in mine if c["state"] in {"approved", "implemented"}} - set(now.doc.get("counted", ()))
    if grown:
        raise OutOfTurn(f"{', '.join(sorted(grown))} came in since {now.id} was classified. Classify it again.")


def _raiser(now: Situation) -> None:
    if now.actor != now.doc.get("raised_by") and "mrm-head" not in now.roles:
        raise Refused(f"Only {now.doc.get('raised_by')!r}, who raised it, or an mrm-head withdraws {now.id}.")


OPEN = frozenset({"raised", "classified"})
allow(Act("change.raised", "change", "Raise a change", RAISERS, ChangeFields, creates=True, after="raised",
          rules=(known("model", "model"), _counts_from_the_baseline), changes=_raised))  # fmt: skip
allow(Act("change.measured", "change", "Add measures to a change", RAISERS, MeasuredForm, before=OPEN, after="raised",
          changes=_measured))  # fmt: skip
allow(Act("change.classified", "change", "Classify a change", SECOND_LINE, ClassifyForm, before=OPEN,
          after="classified", changes=_classified,
          rules=(independent_of_first_line("classify the change"),
                 not_the_one_who("change.raised", what="classify the change"))))  # fmt: skip
allow(Act("change.approved", "change", "Approve a change", APPROVERS, ApproveForm, before=frozenset({"classified"}),
          after="approved", rules=(_by_whom, _what_must_follow, _nothing_new), reasoned=True))  # fmt: skip
allow(Act("change.implemented", "change", "Record that a change is live", FIRST_LINE, Nothing,
          before=frozenset({"approved"}), after="implemented",
          rules=(not_the_one_who("change.approved", what="put the change live"),)))  # fmt: skip
allow(Act("change.rejected", "change", "Reject a change", APPROVERS - {"owner"}, Nothing,
          before=OPEN, after="rejected", reasoned=True))  # fmt: skip
allow(Act("change.withdrawn", "change", "Withdraw a change", ANYONE, Nothing, before=OPEN, after="withdrawn",
          rules=(_raiser,), reasoned=True))  # fmt: skip
