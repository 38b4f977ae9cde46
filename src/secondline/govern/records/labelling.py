"""Labelling: plans of the labels that people give to answers, on record before any label, and all that follows.

A plan says which answers, with what chance each, by whom, and what the draw went by. Labels are taken only under a plan
on record, from those it names; who settles a dispute is a third person. The plan and the labels themselves lie among
the objects, by digest, so that a list of records tells no rater what another said.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from secondline.core.errors import OutOfTurn, Refused, SpecError, UnknownRecord
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import developers, owners, refuse
from secondline.govern.record import Doc, Form, Nothing, Record, declare
from secondline.govern.roles import ANYONE, SECOND_LINE

DIGEST = r"^[0-9a-f]{64}$"
OPEN = frozenset({"planned", "labelling"})
LIVE = OPEN | {"settled"}


class LabelsFields(Form):
    """A plan of labels, fixed before the first label; the object holds it whole."""

    model: str = Field(min_length=1, max_length=80, description="Model.")
    version: str = Field(default="", max_length=80, description="Version.")
    developer: str = Field(default="", description="Who built it, as the study says.")
    owner: str = Field(default="", description="Who owns it, as the study says.")
    evaluation: str = Field(pattern=DIGEST, description="Plan of the evaluation whose answers are labelled.")
    config: str = Field(pattern=DIGEST, description="Digest of the system's configuration.")
    suite: str = Field(default="", max_length=80, description="Suite; every suite when empty.")
    criterion: str = Field(min_length=1, max_length=80, description="Criterion labelled by.")
    design: Literal["by verdict and stratum", "by verdict", "suggested"] = Field(description="How answers were drawn.")
    object: str = Field(pattern=DIGEST, description="SHA-256 of the whole plan.")
    chances: str = Field(pattern=DIGEST, description="SHA-256 of the chance of every answer.")
    seed: int = Field(description="Seed of the draw.")
    frame: int = Field(ge=1, description="Answers it could choose from.")
    tasks: int = Field(ge=1, description="Answers it chose.")
    twice: int = Field(default=0, ge=0, description="Of them labelled by two people.")
    raters: tuple[str, ...] = Field(min_length=1, max_length=20, description="Who labels.")
    goes_by: tuple[str, ...] = Field(default=(), description="What the draw went by.")
    shows: tuple[str, ...] = Field(min_length=1, description="What a rater sees.")
    after: tuple[str, ...] = Field(default=(), description="Plans whose chances add to its own.")


class Labels(Doc, LabelsFields):
    """A plan of labels as it stands, with what was filed under it."""

    by: str = ""
    planned_on: str = ""
    filings: dict[str, dict[str, Any]] = Field(default={}, description="What was filed, in order.")
    stored: tuple[str, ...] = Field(default=(), description="SHA-256 of what the last act left among the objects.")
    settled: dict[str, Any] = Field(default={}, description="Labels and agreement as they were settled.")


class FilingForm(Form):
    """Labels of one person under a plan."""

    rater: str = Field(min_length=1, max_length=80, description="Whose labels they are.")
    plan: str = Field(pattern=DIGEST, description="SHA-256 of the plan they were given under.")
    object: str = Field(pattern=DIGEST, description="SHA-256 of the labels.")
    labels: int = Field(ge=1, description="How many.")
    sheet: str = Field(default="", max_length=64, description="SHA-256 of the sheet they came in.")


class SettlingForm(Form):
    """What the labels come to."""

    plan: str = Field(pattern=DIGEST, description="SHA-256 of the plan.")
    digest: str = Field(pattern=DIGEST, description="SHA-256 of the labels, whatever their order.")
    labelled: int = Field(ge=1, description="Answers with a label.")
    missing: int = Field(ge=0, description="Labels that the plan asked for and nobody gave.")
    twice: int = Field(ge=0, description="Answers that two people labelled.")
    disputes: int = Field(ge=0, description="Of them, how many they disagreed on.")
    open: int = Field(ge=0, description="Disputes that nobody has settled.")


LABELS = declare(
    Record("labels", "Plan of labels", "labels", Labels, ("model", "version", "suite", "criterion", "design", "config"),
           "LB")
)  # fmt: skip


def _first_line(now: Situation) -> tuple[set[str], set[str]]:
    """Return who built and who owns the system: by the inventory at any time, and by the study."""
    model = str(now.field("model"))
    built = developers(now.look, model) | {str(now.field("developer") or "")}
    return {name.casefold() for name in built}, {
        name.casefold() for name in owners(now.look, model) | {str(now.field("owner") or "")}
    }


def _independent(now: Situation) -> None:
    """Whoever decides about labels neither built nor owns the system."""
    built, own = _first_line(now)
    if now.actor.casefold() in built | own:
        refuse(now.actor, now.act.title.lower(), f"they built or own {now.field('model')}")


def _of_an_evaluation(now: Situation) -> None:
    plan = now.look.get("plan", now.form.evaluation)
    if plan is None:
        raise UnknownRecord.of("plan", now.form.evaluation)
    if plan.get("model") != now.form.model:
        raise SpecError(f"That evaluation is of {plan.get('model')!r}, not of {now.form.model!r}.")
    for name in now.form.after:
        if (now.look.get("labels", name) or {}).get("model") != now.form.model:
            raise SpecError(f"{name} is no plan of labels of {now.form.model!r}.")


def _fit_raters(now: Situation) -> None:
    """Raters are known wherever people are, and none of them built what they grade."""
    raters = now.form.raters
    if len(set(raters)) < len(raters):
        raise SpecError("A rater is named twice.")
    if now.look.find("person", state="active"):
        for name in raters:
            if (now.look.get("person", name) or {}).get("state") != "active":
                raise UnknownRecord.of("person", name)
    for name in raters:
        _not_a_developer(now, name)


def _not_a_developer(now: Situation, name: str) -> None:
    if name.casefold() in _first_line(now)[0]:
        refuse(name, f"label answers of {now.field('model')}", "they built it")


def _this_plan(now: Situation) -> None:
    if now.form.plan != now.doc["object"]:
        raise Refused(
            f"These labels are of the plan {now.form.plan[:16]}, and {now.id} is {now.doc['object'][:16]}. A plan does "
            "not change once it is on record: label what it chose, or withdraw it and plan anew."
        )


def _own_labels(now: Situation) -> None:
    """A rater files their own labels; the second line may file a rater's sheet that came back."""
    rater = now.form.rater
    if rater not in now.doc["raters"]:
        raise Refused(f"{now.id} does not name {rater!r}. It names: {', '.join(now.doc['raters'])}.")
    _not_a_developer(now, rater)
    if now.actor == rater:
        return
    if not now.roles & SECOND_LINE:
        raise Refused(f"{now.actor!r} may not file labels of {rater!r}: they do it themselves, or the second line.")
    _independent(now)


def _third(now: Situation) -> None:
    """Who settles a dispute did not label, and speaks for themselves."""
    if now.actor in now.doc["raters"]:
        refuse(now.actor, "settle what raters disagree on", f"they are a rater of {now.id}")
    if now.form.rater != now.actor:
        raise SpecError("Whoever settles a dispute does it in their own name.")


def _nothing_open(now: Situation) -> None:
    if now.form.open:
        raise OutOfTurn(f"{now.id} has {now.form.open} answers on which raters disagree. A third person settles them.")
    if now.form.missing and not now.reason.strip():
        raise SpecError(f"{now.form.missing} labels of {now.id} are missing: say why it is settled without (--reason).")


def _in_order(now: Situation) -> None:
    """What was drawn after other plans counts only together with them."""
    for name in now.doc.get("after", ()):
        if (now.look.get("labels", name) or {}).get("state") != "settled":
            raise OutOfTurn(f"{now.id} was drawn after {name}, and their chances go together: settle {name} first.")


def _nothing_after(now: Situation) -> None:
    """A plan on which a later one rests stays as it is, until that one is gone or open again."""
    standing = LIVE if now.act.name == "labels.withdrawn" else {"settled"}
    for one in now.look.find("labels", model=now.doc["model"]):
        if now.id in one.get("after", ()) and one["state"] in standing:
            raise OutOfTurn(f"{one['id']} was drawn after {now.id} and is {one['state']}: take that one back first.")


def _planned(now: Situation) -> dict[str, Any]:
    return {**now.form.model_dump(mode="json"), "by": now.actor, "planned_on": now.today, "stored": [now.form.object]}


def _filed(now: Situation) -> dict[str, Any]:
    one = now.form.model_dump(mode="json", exclude={"plan"}, exclude_defaults=True)
    one |= {"by": now.actor, "on": now.today}
    one |= {"settles": True} if now.act.name == "labels.adjudicated" else {}
    place = str(len(now.doc.get("filings", {})) + 1)
    return {"filings": {place: one}, "stored": [now.form.object, *([now.form.sheet] if now.form.sheet else [])]}


def _settled(now: Situation) -> dict[str, Any]:
    return {"settled": {**now.form.model_dump(mode="json", exclude={"plan"}), "by": now.actor, "on": now.today,
                        "why": now.reason}}  # fmt: skip


def _acts() -> None:
    """Enter the acts in the law."""
    labelling, settled = frozenset({"labelling"}), frozenset({"settled"})
    for act in (
        Act("labels.planned", "labels", "Plan labels", SECOND_LINE, LabelsFields, creates=True, after="planned",
            rules=(_independent, _of_an_evaluation, _fit_raters), changes=_planned, unattended=True, made=True),
        Act("labels.filed", "labels", "File labels", ANYONE, FilingForm, before=OPEN, after="labelling",
            rules=(_this_plan, _own_labels), changes=_filed, unattended=True, made=True),
        Act("labels.adjudicated", "labels", "Settle what raters disagree on", SECOND_LINE, FilingForm,
            before=labelling, after="labelling", rules=(_this_plan, _third, _independent), changes=_filed,
            unattended=True, made=True),
        Act("labels.settled", "labels", "Settle the labels", SECOND_LINE, SettlingForm, before=labelling,
            after="settled", rules=(_this_plan, _independent, _in_order, _nothing_open), changes=_settled,
            unattended=True, made=True),
        Act("labels.reopened", "labels", "Take labelling up again", SECOND_LINE, Nothing, before=settled,
            after="labelling", rules=(_independent, _nothing_after), changes=lambda _now: {"settled": None},
            reasoned=True, unattended=True),
        Act("labels.withdrawn", "labels", "Withdraw the plan of labels", SECOND_LINE, Nothing, before=LIVE,
            after="withdrawn", rules=(_independent, _nothing_after), reasoned=True, unattended=True),
    ):  # fmt: skip
        allow(act)


_acts()
