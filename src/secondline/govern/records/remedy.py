"""Remedy: how a finding is answered, mended, tested again, closed, seen again and carried over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from pydantic import Field

from secondline.core.errors import OutOfTurn, SpecError, UnknownRecord
from secondline.core.limit import Severity
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import developers, owners, refuse, who_did
from secondline.govern.record import Form, Nothing
from secondline.govern.records.finding import MENDING, OPEN, Fate, independent, open_red, run_of
from secondline.govern.roles import FIRST_LINE, PROGRAM, SECOND_LINE, Role
from secondline.govern.severity import GRADES, HEAD, worse
from secondline.govern.watching import LIVE, by_program, where_of

OWNER = frozenset[Role]({"owner"})
WORKERS = frozenset[Role]({"developer", "validator", "mrm-head"})
ISSUED, DISPUTED, READY = frozenset({"issued"}), frozenset({"disputed"}), frozenset({"ready-for-retest"})
MENDABLE = frozenset({"issued", "agreed", "disputed", "in-remediation", "ready-for-retest"})


class AnswerForm(Form):
    """The owner's answer."""

    answer: str = Field(min_length=1, description="What the owner says to it.")
    action: str = Field(min_length=1, description="What will be done.")


class DisputeForm(Form):
    """Why the owner does not agree."""

    because: str = Field(min_length=1, description="Why the finding is wrong or its severity is.")


class DoneForm(Form):
    """What was done."""

    done: str = Field(min_length=1, description="What was done to mend it.")
    evidence: tuple[str, ...] = Field(default=(), description="Evidence of it (EV-n).")


class RetestForm(Form):
    """The test that shows whether it is mended: a run for a check, a record of evidence for a judgement."""

    run: str = Field(default="", max_length=80, description="Run that answered the check again.")
    evidence: str = Field(default="", max_length=40, description="Evidence on record (EV-n), for a judgement.")
    note: str = Field(default="", description="What was looked at and found.")


class SeenForm(Form):
    """What a later run shows of it."""

    run: str = Field(min_length=1, max_length=80, description="The later run.")
    note: str = Field(default="", description="What the run says.")


class AlarmedForm(Form):
    """The alarm that shows it again."""

    alarm: str = Field(min_length=1, max_length=40, description="Alarm (AL-n).")
    note: str = Field(default="", max_length=2_000, description="What the alarm says.")


class FateForm(Form):
    """What became of it, as judged in a later validation."""

    validation: str = Field(min_length=1, max_length=40, description="The later validation (V-n).")
    fate: Fate = Field(description="What became of it.")
    note: str = Field(min_length=1, description="On what the judgement rests.")


def is_owner(now: Situation) -> None:
    """Whoever acts is the one who must answer the finding, or owns the model."""
    model = now.look.get("model", str(now.doc["model"])) or {}
    if now.actor not in {now.doc.get("owner"), model.get("owner")}:
        refuse(now.actor, now.act.title.lower(), f"{now.id} is {now.doc.get('owner')!r}'s to answer")


def _is_first_line(now: Situation) -> None:
    model, version = str(now.doc["model"]), str(now.doc.get("version", "")) or None
    mine = {now.doc.get("owner")} | owners(now.look, model) | developers(now.look, model, version)
    if now.actor not in mine:
        refuse(now.actor, now.act.title.lower(), f"they neither own {now.id} nor develop {model}")


def _not_upheld(now: Situation) -> None:
    if now.doc.get("upheld_by"):
        raise OutOfTurn(f"The dispute of {now.id} was decided by {now.doc['upheld_by']!r}; it stands.")


def _not_party(now: Situation) -> None:
    """Whoever decides a dispute neither raised, issued nor graded the finding."""
    if now.actor in who_did(now.look, "finding", now.id, "finding.raised", "finding.issued", "finding.regraded"):
        refuse(now.actor, "decide the dispute", "they raised, issued or graded the finding")


def _evidence_known(now: Situation) -> None:
    for name in now.form.evidence:
        if now.look.get("evidence", name) is None:
            raise UnknownRecord.of("evidence", name)


def _passing(now: Situation) -> None:
    """A check is closed by a later run that answers it everywhere with a pass; a judgement by evidence filed later.

    What a monitor saw of a metric of use, which no run asks, is closed by evidence; of a check, by a run.
    """
    check = str(now.doc.get("code", ""))
    if check and not check.startswith(f"{LIVE}.") and not now.form.run:
        raise SpecError(f"{now.id} is about the check {now.doc['code']}: name the run that passes it (--run).")
    if now.form.run:
        _run_passes(now)
    elif now.form.evidence:
        _evidence_serves(now)
    else:
        raise SpecError(f"{now.id} needs a re-test: the evidence record (EV-n) that shows it is mended.")


def _run_passes(now: Situation) -> None:
    run = run_of(now.look, now.form.run, str(now.doc["model"]))
    made = next(done for done in now.look.past("run", now.form.run) if done.act == "run.finished")
    if made.seq < _last_shown(now):
        raise SpecError(f"Run {run['id']} was made before {now.id} was last shown; a re-test comes after.")
    first_line = developers(now.look, now.doc["model"]) | owners(now.look, now.doc["model"])
    if made.actor in first_line:
        refuse(made.actor, f"be the one who re-tests {now.id}", f"they made run {run['id']} and built or own the model")
    answered = _answered(now.doc, run)
    bad = {place: kind for place, kind in answered.items() if kind != "passed"}
    if bad or not answered:
        said = ", ".join(f"{place}: {kind}" for place, kind in bad.items()) or "never asked it"
        raise SpecError(f"Run {run['id']} does not pass {now.doc.get('code') or 'anything named'} ({said}).")
    _same_limit(now, run)


SHOWS = frozenset({"finding.raised", "finding.seen", "finding.alarmed", "finding.returned", "finding.reopened"})


def _last_shown(now: Situation) -> int:
    """Return the place in the chain of the last act that showed the weakness to be there."""
    return max(done.seq for done in now.look.past("finding", now.id) if done.act in SHOWS)


def _answered(doc: Mapping[str, Any], run: Mapping[str, Any]) -> dict[str, str]:
    """Return how a run answered a finding's check in its places; a place that was not asked says so.

    What a monitor saw in use is no place of a run: the run must pass wherever it asks.
    """
    outcomes = dict(dict(run.get("outcomes", {})).get(doc.get("code", ""), {}))
    places = (() if doc.get("source") == "monitoring" else doc.get("places")) or tuple(outcomes)
    return {place: str(outcomes.get(place, "not asked")) for place in places}


def _same_limit(now: Situation, run: Mapping[str, Any]) -> None:
    limit = dict(run.get("limits", {})).get(now.doc.get("code", ""), "")
    if now.doc.get("limit") and limit != now.doc["limit"] and not now.reason:
        raise SpecError(
            f"Run {run['id']} judged by {limit or 'no limit'!r}, the finding by {now.doc['limit']!r}. "
            "Say why (--reason)."
        )


def _evidence_serves(now: Situation) -> None:
    found = now.look.get("evidence", now.form.evidence)
    if found is None:
        raise UnknownRecord.of("evidence", now.form.evidence)
    filed = min(done.seq for done in now.look.past("evidence", now.form.evidence))
    if found.get("state") == "withdrawn" or found.get("model") not in {None, "", now.doc["model"]}:
        raise SpecError(f"{now.form.evidence} is withdrawn, or is about another model.")
    if filed < _last_shown(now):
        raise SpecError(
            f"{now.form.evidence} was filed before {now.id} was last shown; it cannot show that it is mended."
        )


def _failing(now: Situation) -> None:
    """A failed re-test names what failed."""
    if not (now.form.run or now.form.evidence or now.form.note):
        raise SpecError("Say what failed: the run, the evidence, or a note.")
    if now.form.run:
        run_of(now.look, now.form.run, str(now.doc["model"]))


def _mended(now: Situation) -> dict[str, Any]:
    return {"done": now.form.done, "evidence": [*now.doc.get("evidence", ()), *now.form.evidence]}


def _retested(passed: str) -> Any:
    def changes(now: Situation) -> dict[str, Any]:
        one = {"on": now.today, "by": now.actor, "result": passed, **now.form.model_dump(exclude_unset=True)}
        found: dict[str, Any] = {"retests": [*now.doc.get("retests", ()), one]}
        return {**found, "closure": {**one, "because": now.reason}} if passed == "passed" else found

    return changes


def grade_of(now: Situation) -> Severity:
    """Return the severity of the finding at hand."""
    severity: Severity = now.doc["severity"]
    return severity


def _reopened(now: Situation) -> dict[str, Any]:
    """A closed finding gets new time by its severity; one whose acceptance ended is late since its old day."""
    found: dict[str, Any] = {"closure": None, "acceptance": None}
    if now.doc["state"] == "closed":
        found["due"] = (date.fromisoformat(now.today) + timedelta(days=GRADES[grade_of(now)].days)).isoformat()
    return found


def _breached_again(now: Situation) -> None:
    run = run_of(now.look, now.form.run, str(now.doc["model"]))
    if not {"failed", "errored"} & set(_all_answers(now, run).values()):
        raise SpecError(f"Run {run['id']} does not breach {now.doc.get('code')}.")


def _not_breached(now: Situation) -> None:
    run = run_of(now.look, now.form.run, str(now.doc["model"]))
    if {"failed", "errored"} & set(_answered(now.doc, run).values()):
        raise SpecError(f"Run {run['id']} breaches {now.doc.get('code')} again.")


def _all_answers(now: Situation, run: Mapping[str, Any]) -> dict[str, str]:
    return dict(dict(run.get("outcomes", {})).get(now.doc.get("code", ""), {}))


def _sighted(now: Situation) -> dict[str, Any]:
    """Note a later run; a breach seen in a further place widens the finding, and never narrows it."""
    run = now.look.get("run", now.form.run) or {}
    again = now.act.name == "finding.seen"
    broken = [p for p, kind in _all_answers(now, run).items() if kind in {"failed", "errored"}]
    one: dict[str, Any] = {"run": now.form.run, "on": now.today, "breached": again, "note": now.form.note}
    severity: Severity | None = dict(run.get("breaches", {})).get(now.doc.get("code", ""))
    if again and severity:
        before: list[Severity] = [s["severity"] for s in now.doc.get("seen", ()) if "severity" in s]
        one |= {"severity": severity, "trend": _trend(severity, before[-1] if before else grade_of(now))}
    places = sorted({*now.doc.get("places", ()), *broken}) if again else list(now.doc.get("places", ()))
    return {"seen": [*now.doc.get("seen", ()), one], "places": places}


def _trend(now: Severity, before: Severity) -> str:
    return "worse" if worse(now, before) else "better" if worse(before, now) else "same"


def _first_sight(now: Situation) -> None:
    if now.form.run in {now.doc.get("run"), *(s.get("run") for s in now.doc.get("seen", ()))}:
        raise SpecError(f"{now.id} has been compared with run {now.form.run} already.")


def _alarm_shows_it(now: Situation) -> None:
    """A program notes an open red alarm of the same metric on a finding, once."""
    by_program(now)
    if now.form.alarm not in {a["id"] for a in open_red(now.look, str(now.doc["model"]), str(now.doc.get("code")))}:
        raise OutOfTurn(f"{now.form.alarm} is no open red alarm on {now.doc.get('code') or 'what the finding says'}.")
    if now.form.alarm in {s.get("alarm") for s in now.doc.get("seen", ())}:
        raise SpecError(f"{now.id} knows of {now.form.alarm} already.")


def _alarmed(now: Situation) -> dict[str, Any]:
    one = {"alarm": now.form.alarm, "on": now.today, "breached": True, "note": now.form.note}
    alarm = now.look.get("alarm", now.form.alarm) or {}
    return {"seen": [*now.doc.get("seen", ()), one], "places": sorted({*now.doc.get("places", ()), where_of(alarm)})}


def _in_its_validation(now: Situation) -> None:
    validation = now.look.get("validation", now.form.validation)
    if validation is None:
        raise UnknownRecord.of("validation", now.form.validation)
    if validation.get("model") != now.doc["model"] or validation.get("state") in {"signed", "cancelled"}:
        raise SpecError(f"{now.form.validation} is of another model or is {validation.get('state')}.")
    if now.actor not in {validation.get("lead"), *validation.get("team", ())}:
        refuse(now.actor, f"judge {now.id} in {now.form.validation}", "they are not in its team")


def _carried(now: Situation) -> dict[str, Any]:
    one = {"fate": now.form.fate, "note": now.form.note, "by": now.actor, "on": now.today}
    return {"reassessed": {now.form.validation: one}, "carried_from": str(now.doc.get("validation", ""))}


def _acts() -> None:
    """Enter the acts in the law."""
    any_open = OPEN | {"accepted"}
    for act in (
        Act("finding.agreed", "finding", "Agree to the finding", OWNER, AnswerForm, before=ISSUED, after="agreed",
            rules=(is_owner,)),
        Act("finding.disputed", "finding", "Dispute the finding", OWNER, DisputeForm, before=ISSUED, after="disputed",
            rules=(is_owner, _not_upheld),
            changes=lambda now: {"dispute": {"because": now.form.because, "by": now.actor, "on": now.today}}),
        Act("finding.upheld", "finding", "Uphold the disputed finding", HEAD, Nothing, before=DISPUTED, after="issued",
            rules=(independent, _not_party), changes=lambda now: {"upheld_by": now.actor}, reasoned=True),
        Act("finding.dropped", "finding", "Drop the disputed finding", HEAD, Nothing, before=DISPUTED,
            after="withdrawn", rules=(independent, _not_party), reasoned=True),
        Act("finding.started", "finding", "Start mending", FIRST_LINE, Nothing, before=frozenset({"agreed"}),
            after="in-remediation", rules=(_is_first_line,)),
        Act("finding.ready", "finding", "Say it is mended", FIRST_LINE, DoneForm, before=MENDING,
            after="ready-for-retest", rules=(_is_first_line, _evidence_known),
            changes=_mended),
        Act("finding.returned", "finding", "Fail the re-test", SECOND_LINE, RetestForm, before=READY,
            after="in-remediation", rules=(independent, _failing), changes=_retested("failed")),
        Act("finding.closed", "finding", "Close the finding", SECOND_LINE, RetestForm, before=READY, after="closed",
            rules=(independent, _passing), changes=_retested("passed")),
        Act("finding.reopened", "finding", "Open the finding again", SECOND_LINE, Nothing,
            before=frozenset({"closed", "accepted"}), after="in-remediation", rules=(independent,), changes=_reopened,
            reasoned=True),
        Act("finding.seen", "finding", "Note that a run breaches it again", WORKERS, SeenForm, before=any_open,
            rules=(_breached_again, _first_sight), changes=_sighted, unattended=True),
        Act("finding.not-reproduced", "finding", "Note that a run does not breach it", WORKERS, SeenForm,
            before=any_open, rules=(_not_breached, _first_sight), changes=_sighted, unattended=True),
        Act("finding.alarmed", "finding", "Note that an alarm shows it again", PROGRAM, AlarmedForm, before=any_open,
            rules=(_alarm_shows_it,), changes=_alarmed, made=True),
        Act("finding.reassessed", "finding", "Judge it in a later validation", SECOND_LINE, FateForm, before=any_open,
            rules=(independent, _in_its_validation), changes=_carried),
    ):  # fmt: skip
        allow(act)


_acts()
