"""Rating: scope per regime, and the tier by first line and validator, computed by the adopted method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

from pydantic import Field

from secondline.core.dates import days_after, months_after
from secondline.core.errors import OutOfTurn, Refused, SpecError
from secondline.govern.act import Act, Look, Situation, allow
from secondline.govern.duties import independent_of_first_line, known, refuse
from secondline.govern.formula import score
from secondline.govern.record import Doc, Form, Nothing, Record, declare
from secondline.govern.records.method import tiering_method
from secondline.govern.roles import FIRST_LINE, PROGRAM, SECOND_LINE, Role
from secondline.govern.watching import may_call

Verdict = Literal["model", "non-model", "tool"]
Line = Literal["provisional", "first", "second"]
Trigger = Literal["new", "performance", "use", "data", "infrastructure", "schedule", "method", "change"]
HEAD = frozenset[Role]({"mrm-head"})
RATERS = FIRST_LINE | SECOND_LINE


class ScopeFields(Form):
    """Whether a regime treats it as a model, decided by a person."""

    model: str = Field(description="Entry in the inventory.")
    regime: str = Field(min_length=1, max_length=40, description="Regime, such as us-sr26-2.")
    verdict: Verdict = Field(description="Model, non-model, or tool with controls of its own.")
    definition: str = Field(min_length=1, max_length=80, description="Version of the definition decided by.")
    because: str = Field(min_length=1, description="Why, by the words of the definition.")
    proposed: str = Field(default="", max_length=20, description="What the rules proposed.")
    rule: str = Field(default="", max_length=80, description="Rule that proposed it.")


class Scope(Doc, ScopeFields):
    """A decision on scope as it stands."""

    decided_by: str = ""
    decided_on: str = ""


class RatingFields(Form):
    """Answers about a model by one line; the ledger computes the tier from them."""

    model: str = Field(description="Model.")
    line: Line = Field(description="Provisional (before development), first line, or validator.")
    method: str = Field(description="Adopted tiering method, such as tiering@2026.1.")
    answers: dict[str, Any] = Field(description="Answer to each question of the method.")
    trigger: Trigger = Field(default="new", description="What made a rating due.")
    note: str = Field(default="", description="Remarks.")


class Rating(Doc, RatingFields):
    """A rating on record, with every score and what led to it."""

    tier: int = Field(default=0, ge=0, le=4)
    matrix_tier: int = Field(default=0, ge=0, le=4, description="Tier before floors.")
    exposure: int = Field(default=0, ge=0, le=5)
    purpose: int = Field(default=0, ge=0, le=5)
    materiality: int = Field(default=0, ge=0, le=5)
    inherent: int = Field(default=0, ge=0, le=5)
    floor: int = Field(default=0, ge=0, le=4, description="Mildest tier that the floors allow; 0: none applies.")
    floors: tuple[str, ...] = ()
    why: tuple[dict[str, Any], ...] = ()
    by: str = ""
    on: str = ""
    resolved_tier: int = Field(default=0, ge=0, le=4, description="Tier decided by the head where the lines differ.")
    resolved_by: str = ""
    resolved_because: str = ""


class ResolutionForm(Form):
    """The tier that holds where first line and validator differ."""

    tier: int = Field(ge=1, le=4, description="Tier that holds.")


class RatedForm(Form):
    """Let the ratings on record set the model's tier."""

    residual: str | None = Field(
        default=None, max_length=40, description="Residual risk after controls; never a discount."
    )


class RerateForm(Form):
    """Something happened that makes the rating due again."""

    trigger: Trigger = Field(description="What happened.")
    due: date | None = Field(default=None, description="By when; the method's longest time when left out.")


class ScheduleForm(Form):
    """When the next validation is due."""

    next_validation: date | None = Field(default=None, description="Day; none: only on a trigger.")
    validation: str = Field(default="", max_length=40, description="Signed validation it is counted from.")


SCOPE = declare(Record("scope", "Scope decision", "scope decisions", Scope,
                       ("model", "regime", "verdict", "definition")))  # fmt: skip
RATING = declare(
    Record("rating", "Rating", "ratings", Rating, ("model", "line", "tier", "method", "trigger", "on"), prefix="R")
)


def latest(look: Look, model: str, line: str) -> dict[str, Any] | None:
    """Return the newest rating of a model by a line, or None."""
    found = look.find("rating", model=model, line=line)
    return found[-1] if found else None


def standing(before: int, ratings: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return the tier that ratings (oldest first) justify, and each line's own.

    Milder than *before* only when the validator's rating, newer than the first line's, agrees, or the head resolved
    the difference. Until then the stricter tier holds.
    """
    newest = {line: [(i, r) for i, r in enumerate(ratings) if r["line"] == line][-1:] for line in
              ("provisional", "first", "second")}  # fmt: skip
    first = newest["first"] or newest["provisional"]
    second = newest["second"]
    lines = {
        "tier_first": int(newest["first"][0][1]["tier"]) if newest["first"] else 0,
        "tier_second": int(second[0][1]["tier"]) if second else 0,
    }
    if second and (not first or second[0][0] > first[0][0]):
        judged = second[0][1]
        if judged.get("resolved_tier"):
            return {"tier": int(judged["resolved_tier"]), **lines}
        if newest["first"] and int(judged["tier"]) == lines["tier_first"]:
            return {"tier": int(judged["tier"]), **lines}
    tiers = [int(part[0][1]["tier"]) for part in (first, second) if part]
    if not tiers:
        return {"tier": before, **lines}
    return {"tier": min([*tiers, *([before] if before else [])]), **lines}


def _scope_id(now: Situation) -> None:
    if now.id != f"{now.form.model}:{now.form.regime}":
        raise SpecError(f"A scope decision's id is MODEL:REGIME: {now.form.model}:{now.form.regime}, not {now.id}.")


def _scoped(now: Situation) -> dict[str, Any]:
    return {**now.form.model_dump(mode="json"), "decided_by": now.actor, "decided_on": now.today}


def _in_their_line(now: Situation) -> None:
    if now.form.line == "second":
        if not now.roles & SECOND_LINE:
            raise Refused(f"{now.actor!r} may not rate as second line: that needs {' or '.join(sorted(SECOND_LINE))}.")
        independent_of_first_line("rate as second line")(now)
        mine = [r["id"] for r in now.look.find("rating", model=now.form.model, line="first") if r["by"] == now.actor]
        if mine:
            refuse(now.actor, "rate as second line", f"they gave the first line's rating {mine[-1]}")
    elif not now.roles & (FIRST_LINE | HEAD):
        raise Refused(f"{now.actor!r} may not rate as first line: that needs {' or '.join(sorted(FIRST_LINE | HEAD))}.")
    if now.form.line == "second" and latest(now.look, now.form.model, "first") is None:
        raise OutOfTurn(f"{now.form.model} has no first-line rating yet that a validator could challenge.")


def _before_development(now: Situation) -> None:
    if now.form.line == "provisional" and now.look.find("version", model=now.form.model):
        raise OutOfTurn(
            f"{now.form.model} has versions already: a provisional rating comes before development. Rate as first line."
        )


IMPLIED = {
    "automated_adverse": "a use decides automatically against persons",
    "regulatory_capital": "its regulatory uses name capital",
    "aml_statutory": "its regulatory uses name aml-obligation",
    "eu_high_risk": "its entry names a point of Annex III",
}


def implied(model: Mapping[str, Any], uses: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the facts that the inventory holds already and no answer may deny."""
    live = [u for u in uses if u.get("state") != "ended"]
    purposes = set(model.get("regulatory_uses", ()))
    holds = {
        "automated_adverse": any(u.get("automation") == "automated" and u.get("adverse") for u in live),
        "regulatory_capital": "capital" in purposes,
        "aml_statutory": "aml-obligation" in purposes,
        "eu_high_risk": model.get("annex_iii", "") not in {"", "none"},
    }
    return {name for name, held in holds.items() if held}


def _as_the_inventory_says(now: Situation) -> None:
    model = now.look.get("model", now.form.model) or {}
    held = implied(model, now.look.find("use", model=now.form.model))
    denied = [name for name in sorted(held) if now.form.answers.get(name) is False]
    if denied:
        said = "; ".join(f"`{name}` cannot be false: {IMPLIED[name]}" for name in denied)
        raise SpecError(f"The answers deny what the inventory says: {said}. Correct one of the two.")


def _scores(now: Situation) -> dict[str, Any]:
    found = score(tiering_method(now.look, now.form.method), now.form.answers)
    return {**now.form.model_dump(mode="json"), **found.model_dump(mode="json"), "by": now.actor, "on": now.today}


def _newer_exists(now: Situation) -> None:
    model, line = str(now.doc["model"]), str(now.doc["line"])
    newest = latest(now.look, model, line)
    if line == "provisional" and latest(now.look, model, "first"):
        return
    if newest is None or newest["id"] == now.id:
        raise OutOfTurn(f"Rating {now.id} is the newest of its line; a newer one must be given first.")


def _differs(now: Situation) -> None:
    model = str(now.doc["model"])
    first = latest(now.look, model, "first")
    if now.doc["line"] != "second" or first is None or (latest(now.look, model, "second") or {}).get("id") != now.id:
        raise OutOfTurn(f"Only the newest validator's rating is resolved; {now.id} is not.")
    if now.actor == now.doc["by"]:
        refuse(now.actor, "resolve the difference", "they gave one of the two ratings")
    if first["tier"] == now.doc["tier"]:
        raise OutOfTurn(f"Both lines say tier {first['tier']}: there is nothing to resolve.")
    mildest = max(int(first["tier"]), int(now.doc["tier"]))
    floor = min((int(r["floor"]) for r in (first, now.doc) if r.get("floor")), default=4)
    if now.form.tier > min(mildest, floor):
        raise SpecError(
            f"Tier {now.form.tier} is milder than the ratings {first['id']} and {now.id} and their floors allow "
            f"(at most {min(mildest, floor)})."
        )


def _resolved(now: Situation) -> dict[str, Any]:
    return {"resolved_tier": now.form.tier, "resolved_by": now.actor, "resolved_because": now.reason}


def _is_rated(now: Situation) -> None:
    if not now.look.find("rating", model=now.id):
        raise OutOfTurn(f"{now.id} has no rating yet that could set its tier.")


def _rated(now: Situation) -> dict[str, Any]:
    """Compute the tier from the ratings on record: whoever acts, and through whichever door, states none."""
    ratings = now.look.find("rating", model=now.id)
    found: dict[str, Any] = dict(standing(int(now.doc.get("tier", 0)), ratings))
    newest = ratings[-1]
    strictest = [r for r in ratings if r["tier"] == found["tier"]] or [newest]
    parameters = (now.look.get("method", str(newest["method"])) or {})["parameters"]
    months = parameters["intensity"][str(found["tier"])]["rerate_months"]
    on = date.fromisoformat(str(newest["on"]))
    found |= {"materiality": strictest[-1]["materiality"], "inherent": strictest[-1]["inherent"],
              "next_rating": months_after(on, int(months)).isoformat(), "rerating": ""}  # fmt: skip
    return found if now.form.residual is None else {**found, "residual": now.form.residual}


def _rerated(now: Situation) -> dict[str, Any]:
    """Bring the next rating forward; never put it off."""
    ratings = now.look.find("rating", model=now.id)
    if not ratings:
        raise OutOfTurn(f"{now.id} was never rated: rate it, there is nothing to repeat.")
    days = int((now.look.get("method", str(ratings[-1]["method"])) or {})["parameters"]["trigger_days"])
    last = days_after(date.fromisoformat(now.today), days)
    due = now.form.due or last
    if due > last:
        raise SpecError(f"A rating called by a trigger is due within {days} days, by {last}; {due} is later.")
    return {"next_rating": min(due.isoformat(), str(now.doc.get("next_rating") or due)), "rerating": now.form.trigger}


def _no_later_without_validation(now: Situation) -> None:
    old, new = str(now.doc.get("next_validation") or ""), str(now.form.next_validation or "9999")
    validation = now.look.get("validation", now.form.validation) if now.form.validation else None
    if now.form.validation and (validation is None or validation.get("model") != now.id):
        raise SpecError(f"{now.form.validation!r} is no validation of {now.id}.")
    signed = validation is not None and validation.get("state") == "signed"
    if old and new > old and not signed:
        raise SpecError(f"The next validation of {now.id} is due {old}; only a signed validation puts it off.")


def _scheduled(now: Situation) -> dict[str, Any]:
    day: date | None = now.form.next_validation
    return {"next_validation": day.isoformat() if day else None}


allow(Act("scope.decided", "scope", "Decide scope", SECOND_LINE, ScopeFields, creates=True, after="decided",
          rules=(_scope_id, known("model", "model"), independent_of_first_line("decide scope")),
          changes=_scoped))  # fmt: skip
allow(Act("scope.redecided", "scope", "Decide scope again", SECOND_LINE, ScopeFields, after="decided",
          rules=(_scope_id, known("model", "model"), independent_of_first_line("decide scope")),
          changes=_scoped))  # fmt: skip
allow(Act("rating.given", "rating", "Rate a model", RATERS, RatingFields, creates=True, after="given",
          rules=(known("model", "model"), _in_their_line, _before_development, _as_the_inventory_says),
          changes=_scores))  # fmt: skip
allow(Act("rating.superseded", "rating", "Mark a rating as superseded", RATERS, Nothing,
          before=frozenset({"given", "resolved"}), after="superseded", rules=(_newer_exists,)))  # fmt: skip
allow(Act("rating.resolved", "rating", "Resolve a difference of ratings", HEAD, ResolutionForm,
          before=frozenset({"given"}), after="resolved",
          rules=(independent_of_first_line("resolve the rating"), _differs), changes=_resolved,
          reasoned=True))  # fmt: skip
allow(Act("model.rated", "model", "Set the tier by the ratings", RATERS, RatedForm, rules=(_is_rated,),
          changes=_rated))  # fmt: skip
allow(Act("model.rerating-called", "model", "Call for a new rating", RATERS | PROGRAM, RerateForm,
          rules=(may_call("rating"),), changes=_rerated, reasoned=True))  # fmt: skip
allow(Act("model.scheduled", "model", "Set the next validation", SECOND_LINE | PROGRAM, ScheduleForm,
          rules=(may_call("revalidate"), independent_of_first_line("set the next validation"),
                 _no_later_without_validation),
          changes=_scheduled, reasoned=True))  # fmt: skip
