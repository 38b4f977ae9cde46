"""Validation: a project with an independent team, a plan fixed beforehand, an opinion, and a second signature."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import Field

from secondline.core.errors import OutOfTurn, SpecError, UnknownRecord
from secondline.govern.act import Act, Look, Situation, allow
from secondline.govern.duties import developers, independent_of_first_line, known, owners, refuse
from secondline.govern.record import Doc, Form, Nothing, Record, declare
from secondline.govern.records.finding import OPEN, Label, run_of
from secondline.govern.roles import SECOND_LINE
from secondline.govern.severity import HEAD
from secondline.govern.validating import PARTS, REVIEWS, TYPES, Kind, Part, strict

Recommendation = Literal["approve", "conditional", "restricted", "reject"]


class ValidationFields(Form):
    """What is to be validated, why, by whom and until when."""

    model: str = Field(min_length=1, max_length=80, description="Model.")
    version: Label = Field(default="", max_length=80, description="Version label, such as 2.3.0.")
    kind: Kind = Field(description="Kind of validation.")
    due: date = Field(description="Day it must be signed by.")
    lead: str = Field(min_length=1, max_length=80, description="Validator who leads and gives the opinion.")
    team: tuple[str, ...] = Field(default=(), description="Further validators.")
    scope: str = Field(min_length=1, description="What is in, what is out, and why this depth.")
    trigger: str = Field(default="", description="What led to it: change ticket, breach, incident, calendar.")


class Validation(Doc, ValidationFields):
    """A validation as it stands."""

    independence: dict[str, dict[str, str]] = Field(default={}, description="Statement of each member of the team.")
    plans: tuple[str, ...] = Field(default=(), description="Digests of the plans it follows.")
    runs: tuple[str, ...] = Field(default=(), description="Runs it rests on.")
    own_runs: tuple[str, ...] = Field(default=(), description="Those of them that the team made itself.")
    deviations: tuple[dict[str, str], ...] = Field(default=(), description="Where it left the plan, and why.")
    excused: dict[str, dict[str, str]] = Field(default={}, description="Parts left out, by whom and why.")
    opinion: int = Field(default=0, ge=0, le=4)
    recommendation: str = ""
    combination: str = ""
    confidence: str = ""
    confidence_basis: str = ""
    conditions: tuple[str, ...] = ()
    opined_on: date | None = None
    signed_by: str = ""
    signed_on: date | None = None


class TeamForm(Form):
    """Who does it from now on."""

    lead: str = Field(min_length=1, max_length=80, description="Validator who leads.")
    team: tuple[str, ...] = Field(default=(), description="Further validators.")


class IndependenceForm(Form):
    """One's own statement of independence."""

    statement: str = Field(min_length=10, description="Why one is independent of developers, owners and users.")


class PlanForm(Form):
    """A plan on record."""

    plan: str = Field(min_length=1, max_length=80, description="Digest of the plan.")


class RunForm(Form):
    """A run on record."""

    run: str = Field(min_length=1, max_length=80, description="Id of the run.")


class DeviationForm(Form):
    """Where the work leaves the plan."""

    what: str = Field(min_length=1, description="What is done otherwise than planned.")


class ExcuseForm(Form):
    """A part that is left out."""

    part: Part = Field(description="Part that is left out.")


class OpinionForm(Form):
    """The opinion on the model as a whole."""

    opinion: int = Field(ge=1, le=4, description="1 no deficiency, 2 minor, 3 major, 4 severe.")
    recommendation: Recommendation = Field(description="What the approver is advised to do.")
    combination: str = Field(min_length=1, description="What the deficiencies mean taken together.")
    confidence: Literal["high", "medium", "low"] = Field(description="Confidence in the results.")
    confidence_basis: str = Field(min_length=1, description="What it rests on: sample sizes, power, data that lack.")
    conditions: tuple[str, ...] = Field(default=(), description="Conditions or limits of use that are advised.")


VALIDATION = declare(
    Record("validation", "Validation", "validations", Validation,
           ("model", "version", "kind", "due", "opinion", "lead", "recommendation", "signed_on"), prefix="V")
)  # fmt: skip
WORKING = frozenset({"fieldwork", "reporting"})
UNSIGNED = frozenset({"planned", "fieldwork", "reporting"})


def tier_of(look: Look, model: str) -> int:
    """Return a model's tier; 0 when it has none."""
    return int((look.get("model", model) or {}).get("tier", 0))


def members(doc: Mapping[str, Any]) -> set[str]:
    """Return lead and team."""
    return {str(doc.get("lead", "")), *doc.get("team", ())} - {""}


def _independent(now: Situation) -> None:
    independent_of_first_line(f"{now.act.title.lower()} of their own model")(now)


def _version_known(now: Situation) -> None:
    model, version = now.form.model, now.form.version
    if not version and TYPES[now.form.kind].versioned:
        raise SpecError(f"A validation of kind {now.form.kind} is about one version: say which.")
    if version and now.look.get("version", f"{model}@{version}") is None:
        raise UnknownRecord.of("version", f"{model}@{version}")


def _team_fit(now: Situation) -> None:
    """Every member is an active validator who neither developed nor owns the model."""
    model, version = str(now.field("model")), str(now.field("version") or "") or None
    for name in sorted({now.form.lead, *now.form.team}):
        person = now.look.get("person", name)
        if person is None:
            raise UnknownRecord.of("person", name)
        if person.get("state") != "active" or not SECOND_LINE & set(person.get("roles", ())):
            refuse(name, "be in the team", "they are no active validator")
        if name in developers(now.look, model, version) | owners(now.look, model):
            refuse(name, "be in the team", f"they develop or own {model}")


def _leads(now: Situation) -> None:
    if now.actor != now.doc["lead"] and not now.roles & HEAD:
        refuse(now.actor, now.act.title.lower(), f"{now.doc['lead']!r} leads {now.id}")


def in_team(now: Situation) -> None:
    """Whoever acts is of the team that does the validation."""
    if now.actor not in members(now.doc):
        refuse(now.actor, now.act.title.lower(), f"they are not in the team of {now.id}")


def _only_lead(now: Situation) -> None:
    if now.actor != now.doc["lead"]:
        refuse(now.actor, "give the opinion", f"{now.doc['lead']!r} leads {now.id} and answers for it")


def _all_declared(now: Situation) -> None:
    silent = sorted(members(now.doc) - set(now.doc.get("independence", {})))
    if silent:
        raise OutOfTurn(f"{now.id} waits for the independence statement of {', '.join(silent)}.")


def _declared(now: Situation) -> dict[str, Any]:
    return {"independence": {now.actor: {"statement": now.form.statement, "on": now.today}}}


def _team(now: Situation) -> dict[str, Any]:
    """A member who left takes their statement with them."""
    gone = set(now.doc.get("independence", {})) - {now.form.lead, *now.form.team}
    return {"lead": now.form.lead, "team": list(now.form.team), "independence": dict.fromkeys(sorted(gone))}


def _plan_fits(now: Situation) -> None:
    plan = now.look.get("plan", now.form.plan)
    if plan is None:
        raise UnknownRecord.of("plan", now.form.plan)
    _same_model(now, "Plan", now.form.plan[:12], plan)


def _same_model(now: Situation, what: str, id_: str, other: Mapping[str, Any]) -> None:
    version = now.doc.get("version", "")
    if other.get("model") != now.doc["model"] or (version and other.get("version") != version):
        mine = f"{now.doc['model']} {version}".strip()
        raise SpecError(f"{what} {id_} is of {other.get('model')} {other.get('version')}; {now.id} is of {mine}.")


def _run_fits(now: Situation) -> None:
    """The run is of this version and this artefact, new here, and its plan was on record before it."""
    run = run_of(now.look, now.form.run, str(now.doc["model"]))
    _same_model(now, "Run", run["id"], run)
    if now.form.run in now.doc.get("runs", ()):
        raise SpecError(f"Run {now.form.run} is attached already.")
    version = now.look.get("version", f"{run['model']}@{run.get('version')}") or {}
    ours, theirs = version.get("digest"), run.get("artefact")
    if ours and theirs and ours != theirs:
        raise SpecError(f"Run {run['id']} tested an artefact {theirs[:12]}; the version on record is {ours[:12]}.")
    planned, made = now.look.past("plan", str(run.get("plan", ""))), now.look.past("run", now.form.run)
    if not planned or planned[0].seq >= made[0].seq:
        raise SpecError(f"Run {run['id']} has no plan that was on record before it; its limits may follow its results.")
    plans = now.doc.get("plans", ())
    if plans and run["plan"] not in plans and not now.reason:
        raise SpecError(
            f"Run {run['id']} follows another plan than {now.id} does. Say why (--reason): it is a deviation."
        )


def _attached(now: Situation) -> dict[str, Any]:
    run, plans = now.look.get("run", now.form.run) or {}, list(now.doc.get("plans", ()))
    found: dict[str, Any] = {"runs": [*now.doc.get("runs", ()), now.form.run]}
    if now.look.past("run", now.form.run)[0].actor in members(now.doc):
        found["own_runs"] = [*now.doc.get("own_runs", ()), now.form.run]
    if not plans:
        return {**found, "plans": [run["plan"]]}
    if run["plan"] in plans:
        return found
    what = f"Run {now.form.run} follows plan {run['plan'][:12]}, which was not the plan of this validation."
    return {**found, "deviations": _deviated(now, what, now.reason)}


def _deviated(now: Situation, what: str, why: str) -> list[dict[str, str]]:
    return [*now.doc.get("deviations", ()), {"what": what, "why": why, "by": now.actor, "on": now.today}]


def _may_excuse(now: Situation) -> None:
    if now.form.part not in TYPES[now.doc["kind"]].parts:
        raise SpecError(f"A validation of kind {now.doc['kind']} does not ask for {now.form.part!r}.")
    if now.form.part == "prior-findings":
        raise SpecError("The fate of earlier findings is never left out.")
    if strict(tier_of(now.look, str(now.doc["model"]))) and not now.roles & HEAD:
        refuse(now.actor, "leave out a part", "for models of tier 1 or 2, or without a tier, the head decides")


def missing(look: Look, id_: str, doc: Mapping[str, Any]) -> dict[str, str]:
    """Return what keeps a validation from being signed: part or duty, and what is missing."""
    found: dict[str, str] = {part: PARTS[part] for part in TYPES[doc["kind"]].parts if not _has(look, id_, doc, part)}
    ends = {"request": {"accepted", "withdrawn"}, "challenge": {"settled", "escalated"}, "review": {"answered"}}
    for record, over in ends.items():
        left = [one["id"] for one in look.find(record, validation=id_) if one.get("state") not in over]
        if left:
            found[f"open {record}s"] = ", ".join(left)
    return found


def _has(look: Look, id_: str, doc: Mapping[str, Any], part: Part) -> bool:
    if part in doc.get("excused", {}):
        return True
    if part in REVIEWS:
        return any(one.get("state") == "answered" for one in look.find("review", validation=id_, part=part))
    if part == "prior-findings":
        return not prior(look, id_, doc)
    return bool(doc.get({"plan": "plans", "runs": "runs"}.get(part, "own_runs")))


def prior(look: Look, id_: str, doc: Mapping[str, Any]) -> list[str]:
    """Return the earlier findings whose fate is not told in this validation: open ones, and risks accepted."""
    states = (OPEN - {"draft"}) | {"accepted"}
    return [
        one["id"]
        for one in look.find("finding", model=doc["model"])
        if one.get("state") in states and one.get("validation") != id_ and id_ not in one.get("reassessed", {})
    ]


def _opinion_holds(now: Situation) -> None:
    """Advice and grade must not contradict each other or the findings that stand."""
    advice = now.form.recommendation
    if advice in {"conditional", "restricted"} and not now.form.conditions:
        raise SpecError(f"A {advice} recommendation names its conditions.")
    if advice == "approve" and now.form.opinion == 4:  # noqa: PLR2004 - the worst of four grades
        raise SpecError("A model graded 4, unfit for the use tested, cannot be recommended for approval as it is.")
    critical = [
        one["id"]
        for one in now.look.find("finding", model=now.doc["model"], severity="critical")
        if one.get("state") in OPEN and one.get("version") in {None, "", now.doc.get("version")}
    ]
    if critical and advice == "approve":
        raise SpecError(f"Approval without conditions cannot be advised while {', '.join(critical)} stands: critical.")


def _opined(now: Situation) -> dict[str, Any]:
    return {**now.form.model_dump(mode="json"), "opined_on": now.today}


def _complete(now: Situation) -> None:
    left = missing(now.look, now.id, now.doc)
    if left:
        raise OutOfTurn(f"{now.id} cannot be signed yet. Missing: " + "; ".join(f"{k} ({v})" for k, v in left.items()))


def _other_signs(now: Situation) -> None:
    if now.actor == now.doc["lead"] and strict(tier_of(now.look, str(now.doc["model"]))):
        refuse(now.actor, f"sign {now.id}", "they gave the opinion, and at this tier another validator signs")


def _acts() -> None:
    """Enter the acts in the law."""
    opined = frozenset({"opined"})
    for act in (
        Act("validation.planned", "validation", "Plan a validation", SECOND_LINE, ValidationFields, creates=True,
            after="planned", rules=(known("model", "model"), _version_known, _team_fit, _independent)),
        Act("validation.team-changed", "validation", "Change the team", SECOND_LINE, TeamForm, before=UNSIGNED,
            rules=(_leads, _team_fit), changes=_team, reasoned=True),
        Act("validation.declared", "validation", "Declare independence", SECOND_LINE, IndependenceForm,
            before=UNSIGNED, rules=(in_team, _independent), changes=_declared),
        Act("validation.started", "validation", "Start the fieldwork", SECOND_LINE, Nothing,
            before=frozenset({"planned"}), after="fieldwork", rules=(_leads, _independent, _all_declared)),
        Act("validation.plan-attached", "validation", "Attach a plan", SECOND_LINE, PlanForm, before=UNSIGNED,
            rules=(in_team, _plan_fits),
            changes=lambda now: {"plans": sorted({*now.doc.get("plans", ()), now.form.plan})}),
        Act("validation.run-attached", "validation", "Attach a run", SECOND_LINE, RunForm, before=WORKING,
            rules=(in_team, _run_fits), changes=_attached),
        Act("validation.deviated", "validation", "Explain a deviation from the plan", SECOND_LINE, DeviationForm,
            before=WORKING, rules=(in_team,), reasoned=True,
            changes=lambda now: {"deviations": _deviated(now, now.form.what, now.reason)}),
        Act("validation.excused", "validation", "Leave out a part", SECOND_LINE, ExcuseForm, before=UNSIGNED,
            rules=(_leads, _may_excuse), reasoned=True,
            changes=lambda now: {"excused": {now.form.part: {"why": now.reason, "by": now.actor, "on": now.today}}}),
        Act("validation.reporting", "validation", "Start the report", SECOND_LINE, Nothing,
            before=frozenset({"fieldwork"}), after="reporting", rules=(_leads, _all_declared)),
        Act("validation.opined", "validation", "Give the opinion", SECOND_LINE, OpinionForm,
            before=frozenset({"reporting"}), after="opined", changes=_opined,
            rules=(_only_lead, _independent, _all_declared, _opinion_holds)),
        Act("validation.reopened", "validation", "Take the report up again", SECOND_LINE, Nothing, before=opined,
            after="reporting", rules=(_leads, _independent), reasoned=True),
        Act("validation.signed", "validation", "Sign the validation", SECOND_LINE, Nothing, before=opined,
            after="signed", rules=(_independent, _other_signs, _all_declared, _complete),
            changes=lambda now: {"signed_by": now.actor, "signed_on": now.today}),
        Act("validation.cancelled", "validation", "Cancel the validation", SECOND_LINE, Nothing, before=UNSIGNED,
            after="cancelled", rules=(_leads,), reasoned=True),
    ):  # fmt: skip
        allow(act)


_acts()
