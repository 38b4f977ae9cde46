"""Finding: a weakness that can be mended, from draft to closed, each move by whom it may be made."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from secondline.core.errors import OutOfTurn, SpecError, UnknownRecord
from secondline.core.limit import Severity
from secondline.govern.act import Act, Look, Situation, allow
from secondline.govern.duties import ever, independent_of_first_line, known, refuse, who_did
from secondline.govern.record import Doc, Form, Nothing, Record, declare, partly
from secondline.govern.roles import FIRST_LINE, PROGRAM, SECOND_LINE
from secondline.govern.severity import GRADES, judged, worse
from secondline.govern.watching import by_program, code_of, open_alarms

Label = Annotated[str, AfterValidator(lambda text: text.rpartition("@")[2])]
"""The label of a version; its id, MODEL@LABEL, is understood too."""
Source = Literal["hand", "run", "validation", "monitoring", "incident", "audit", "self-identified"]
Fate = Literal["unchanged", "worse", "better", "mended", "no-longer-relevant"]


class FindingFields(Form):
    """What is not as it should be, how it shows, and what would end it."""

    model: str = Field(min_length=1, max_length=80, description="Model.")
    version: Label = Field(default="", max_length=80, description="Version label, such as 2.3.0; empty for all.")
    validation: str = Field(default="", max_length=40, description="Validation it was raised in.")
    source: Source = Field(default="hand", description="How it came to light.")
    code: str = Field(default="", max_length=120, description="Check that was breached; empty for a judgement.")
    places: tuple[str, ...] = Field(default=(), description="Populations in which the check is breached.")
    run: str = Field(default="", max_length=80, description="Run that shows it.")
    statement: str = Field(min_length=1, description="What does not hold.")
    evidence: tuple[str, ...] = Field(default=(), description="Evidence: RUN/E-n of a run, or EV-n.")
    effect: str = Field(default="", description="What follows from it, in words and numbers.")
    effect_share: float | None = Field(
        default=None, description="Effect as a share of the target measure: 0.07 is 7 %."
    )
    effect_measure: str = Field(default="", max_length=200, description="Target measure, such as RWEA or ECL.")
    legal: bool = Field(default=False, description="Whether a law or regulation is breached.")
    limit_severity: Severity | None = Field(default=None, description="Severity the breached limit states.")
    severity: Severity | None = Field(default=None, description="Other severity than the rule gives; needs a reason.")
    owner: str = Field(
        default="", max_length=80, description="Who must answer and mend it; the model's owner if empty."
    )
    due: date | None = Field(default=None, description="Day to mend it by; by severity if empty.")
    criterion: str = Field(default="", description="What must be shown to close it.")
    recommendation: str = Field(default="", description="What the second line advises; not binding.")
    limitation: str = Field(default="", max_length=40, description="Limitation it belongs to, if any (L-n).")


class Finding(Doc, FindingFields):
    """A finding as it stands."""

    key: str = Field(default="", description="What makes it the same weakness again: model, check, places.")
    rule: str = Field(default="", description="Rule that gives the severity, or who overrode it and why.")
    limit: str = Field(default="", description="Limit that was breached, as the run judged it.")
    first_due: date | None = None
    issued: date | None = None
    answer: str = Field(default="", description="What the owner answered.")
    action: str = Field(default="", description="What the owner will do.")
    dispute: dict[str, str] = Field(default={}, description="Why the owner does not agree.")
    upheld_by: str = ""
    done: str = Field(default="", description="What was done to mend it.")
    seen: tuple[dict[str, Any], ...] = Field(default=(), description="Later runs: seen again, or not reproduced.")
    asked: dict[str, Any] = Field(default={}, description="Extension or acceptance asked for and not decided.")
    extensions: tuple[dict[str, Any], ...] = ()
    acceptance: dict[str, Any] = Field(default={}, description="Risk as accepted: size, approver, expiry.")
    compensating: tuple[dict[str, Any], ...] = ()
    reassessed: dict[str, dict[str, str]] = Field(default={}, description="Fate by later validation.")
    carried_from: str = Field(default="", description="Validation it was carried over from.")
    retests: tuple[dict[str, str], ...] = ()
    closure: dict[str, str] = Field(default={}, description="Who closed it, on which re-test.")
    merged_into: str = ""
    absorbed: tuple[str, ...] = ()


FINDING = declare(
    Record("finding", "Finding", "findings", Finding,
           ("model", "version", "severity", "due", "owner", "code", "key", "validation", "source", "run"), prefix="F")
)  # fmt: skip
OPEN = frozenset({"draft", "issued", "agreed", "disputed", "in-remediation", "ready-for-retest"})
LIVE = OPEN - {"draft"}
MENDING = frozenset({"agreed", "in-remediation"})


def is_open(doc: Mapping[str, Any], today: str) -> bool:
    """Whether a finding is not done with: an accepted one is open again when its acceptance has expired."""
    expired = doc.get("state") == "accepted" and str(doc.get("acceptance", {}).get("expires", "")) < today
    return doc.get("state") in OPEN or expired


def is_overdue(doc: Mapping[str, Any], today: str) -> bool:
    """Whether a finding is open after its day, or its acceptance has expired."""
    return is_open(doc, today) and (doc.get("state") == "accepted" or str(doc.get("due") or "9999") < today)


def independent(now: Situation) -> None:
    """Whoever acts neither built nor owns the model, nor ever owned, answered or mended the finding."""
    independent_of_first_line(f"{now.act.title.lower()} on their own model")(now)
    if now.actor in ever(now.look, "finding", now.id, "owner"):
        refuse(now.actor, now.act.title.lower(), f"{now.id} is or was theirs to mend")
    if now.actor in who_did(now.look, "finding", now.id, "finding.agreed", "finding.started", "finding.ready"):
        refuse(now.actor, now.act.title.lower(), f"they worked on {now.id}")


def _model_known(now: Situation) -> None:
    if now.look.get("model", now.form.model) is None and not now.look.find("run", model=now.form.model):
        raise UnknownRecord.of("model", now.form.model)


def _owner_known(now: Situation) -> None:
    """The owner is on the list of people, once there is one."""
    if now.look.find("person", state="active"):
        known("person", "owner")(now)


def _who_raises(now: Situation) -> None:
    if "monitor" in now.roles and not now.roles & SECOND_LINE:
        _by_alarm(now)
    elif not now.roles & SECOND_LINE and now.form.source != "self-identified":
        refuse(now.actor, f"raise a finding by {now.form.source}", "the first line raises only what it finds itself")


def _by_alarm(now: Situation) -> None:
    """A program drafts a finding only for an open red alarm of the same metric."""
    by_program(now)
    if now.form.source != "monitoring" or not open_red(now.look, now.form.model, now.form.code):
        raise OutOfTurn(f"No red alarm of {now.form.model} on {now.form.code or 'no metric'} is open.")


def open_red(look: Look, model: str, code: str) -> list[dict[str, Any]]:
    """Return the open alarms of a model on a metric that are red or stop the use."""
    return [a for a in open_alarms(look, model) if code_of(a["metric"]) == code and a.get("level") in {"red", "stop"}]


def _shown_by_run(now: Situation) -> None:
    """A finding by a run names a check that the run of this model breached, in these places."""
    if now.form.source == "run" and not (now.form.run and now.form.code):
        raise SpecError("A finding by a run names the run and the check that was breached.")
    if not now.form.run:
        return
    run = run_of(now.look, now.form.run, now.form.model)
    answered = dict(run.get("outcomes", {})).get(now.form.code, {}) if now.form.code else {}
    wrong = [place for place in now.form.places if answered.get(place) not in {"failed", "errored"}]
    if now.form.source == "run" and (wrong or not now.form.places):
        raise SpecError(f"Run {run['id']} breached {now.form.code!r} in {_places(answered)}, not in {wrong or 'none'}.")


def run_of(look: Look, id_: str, model: str) -> dict[str, Any]:
    """Return a run on record, having checked that it is of the model."""
    run = look.get("run", id_)
    if run is None:
        raise UnknownRecord.of("run", id_)
    if run.get("model") != model:
        raise SpecError(f"Run {id_} is of {run.get('model')!r}, not of {model!r}.")
    return run


def _places(answered: Mapping[str, str]) -> str:
    return ", ".join(p for p, kind in answered.items() if kind in {"failed", "errored"}) or "no place"


def same_weakness(look: Look, model: str, code: str, places: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the open or accepted findings of a model by the same check in a place in common, oldest first."""
    states = OPEN | {"accepted"}
    found = look.find("finding", model=model, code=code) if code else []
    return [f for f in found if f.get("state") in states and set(f.get("places", ())) & set(places)]


def _no_twin(now: Situation) -> None:
    twins = same_weakness(now.look, now.form.model, now.form.code, now.form.places)
    if twins:
        raise SpecError(f"{now.form.code} is open already as {twins[0]['id']}. Update that one instead.")


def _severity(now: Situation, doc: Mapping[str, Any]) -> tuple[Severity, str]:
    """Return severity and rule; what is stated wins over the rule only with a reason, by the second line."""
    run = now.look.get("run", str(doc.get("run") or "")) or {}
    limit = dict(run.get("breaches", {})).get(doc.get("code", "")) or doc.get("limit_severity")
    given, rule = judged(doc.get("effect_share"), legal=bool(doc.get("legal")), limit=limit)
    stated: Severity | None = now.form.severity
    if stated is None or stated == given:
        return given, rule
    if not now.roles & SECOND_LINE:
        refuse(now.actor, "override the severity", f"the rule gives {given} ({rule}); only the second line overrides")
    if doc.get("legal"):
        raise SpecError("A legal breach is critical; it cannot be graded lower.")
    if not now.reason:
        raise SpecError(f"The rule gives {given} ({rule}). To state {stated}, give a reason.")
    return stated, f"overridden by {now.actor} from {given} ({rule}): {now.reason}"


def _day(now: Situation, severity: Severity) -> str:
    """Return the day to mend by: as stated when earlier than the rule's, else by the rule."""
    by_rule = (date.fromisoformat(now.today) + timedelta(days=GRADES[severity].days)).isoformat()
    stated = now.form.due.isoformat() if getattr(now.form, "due", None) else by_rule
    if stated > by_rule:
        raise SpecError(f"A {severity} finding is due by {by_rule} at the latest; more time is an extension, granted.")
    return str(stated)


def _graded(now: Situation, doc: Mapping[str, Any]) -> dict[str, Any]:
    severity, rule = _severity(now, doc)
    return {"severity": severity, "rule": rule, "due": _day(now, severity)}


def _raised(now: Situation) -> dict[str, Any]:
    stated = now.form.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    places = sorted(stated.get("places", ()))
    run = now.look.get("run", now.form.run) or {}
    owner = now.form.owner or str((now.look.get("model", now.form.model) or {}).get("owner", ""))
    key = "|".join((now.form.model, now.form.code or now.form.statement[:60], "+".join(places)))
    limit = dict(run.get("limits", {})).get(now.form.code, "")
    return {**stated, **_graded(now, stated), "places": places, "owner": owner, "key": key, "limit": limit}


FindingChange = partly(FindingFields, "FindingChange")


def _mine_or_second_line(now: Situation) -> None:
    if not now.roles & SECOND_LINE and now.actor not in who_did(now.look, "finding", now.id, "finding.raised"):
        refuse(now.actor, "correct this draft", "they did not raise it")


def _fixed(now: Situation) -> None:
    moved = [n for n in ("model", "run", "code", "places", "source") if getattr(now.form, n, None) is not None]
    if moved:
        raise SpecError(f"What a finding is about does not change ({', '.join(moved)}). Withdraw it and raise another.")


def _corrected(now: Situation) -> dict[str, Any]:
    stated: dict[str, Any] = now.form.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    if not stated.keys() & {"severity", "effect_share", "legal", "limit_severity", "due"}:
        return stated
    return {**stated, **_graded(now, {**now.doc, **stated})}


def _complete(now: Situation) -> None:
    """What an issued finding must say (MRM-FND-01)."""
    wants = {"statement", "evidence", "effect", "owner", "due", "criterion"}
    missing = sorted(name for name in wants if not now.doc.get(name))
    if missing:
        raise SpecError(f"{now.id} cannot be issued before it says: {', '.join(missing)}.")


def _issued(now: Situation) -> dict[str, Any]:
    return {"issued": now.today, "first_due": now.doc["due"]}


class RegradeForm(Form):
    """What is known of the effect now."""

    effect: str = Field(default="", description="Effect, in words and numbers.")
    effect_share: float | None = Field(default=None, description="Effect as a share of the target measure.")
    legal: bool = Field(default=False, description="Whether a law or regulation is breached.")
    severity: Severity | None = Field(default=None, description="Other severity than the rule gives.")


def _regraded(now: Situation) -> dict[str, Any]:
    stated = now.form.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    severity, rule = _severity(now, {**now.doc, **stated})
    sooner = min(str(now.doc["due"]), _day(now, severity))
    return {**stated, "severity": severity, "rule": rule, "due": sooner}


class MergeForm(Form):
    """The finding that stays."""

    into: str = Field(min_length=1, description="Finding that stays (F-n).")


class AbsorbForm(Form):
    """The finding that was merged into this one."""

    merged: str = Field(min_length=1, description="Finding that was merged (F-n).")


def _into_open(now: Situation) -> None:
    stays = now.look.get("finding", now.form.into) or {}
    if now.form.into == now.id or stays.get("model") != now.doc["model"] or stays.get("state") not in OPEN:
        raise SpecError(f"{now.id} can be merged only into another open finding of {now.doc['model']!r}.")
    if worse_than(now.doc, stays):
        raise SpecError(f"{now.id} is worse than {now.form.into}; merge the other way round, so that nothing is lost.")


def worse_than(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether a finding's severity is worse than another's."""
    return worse(a["severity"], b["severity"])


def _was_merged(now: Situation) -> None:
    if (now.look.get("finding", now.form.merged) or {}).get("merged_into") != now.id:
        raise SpecError(f"{now.form.merged!r} has not been merged into {now.id}.")


def _absorbed(now: Situation) -> dict[str, Any]:
    gone = now.look.get("finding", now.form.merged) or {}
    both = {n: sorted({*now.doc.get(n, ()), *gone.get(n, ())}) for n in ("evidence", "places")}
    due = min(str(now.doc.get("due")), str(gone.get("due")))
    return {**both, "due": due, "absorbed": [*now.doc.get("absorbed", ()), now.form.merged]}


DRAFT = frozenset({"draft"})
RAISERS = FIRST_LINE | SECOND_LINE
_ABOUT = (known("validation", "validation"), known("limitation", "limitation"), _owner_known)
allow(
    Act("finding.raised", "finding", "Raise a finding", RAISERS | PROGRAM, FindingFields, creates=True, after="draft",
        rules=(_model_known, _who_raises, _shown_by_run, _no_twin, *_ABOUT), changes=_raised, unattended=True)
)  # fmt: skip
allow(
    Act("finding.changed", "finding", "Correct the draft", RAISERS, FindingChange, before=DRAFT,
        rules=(_mine_or_second_line, _fixed, *_ABOUT), changes=_corrected)
)  # fmt: skip
allow(
    Act("finding.issued", "finding", "Issue the finding", SECOND_LINE, Nothing, before=DRAFT, after="issued",
        rules=(independent, _complete), changes=_issued)
)  # fmt: skip
allow(
    Act("finding.withdrawn", "finding", "Withdraw the draft", SECOND_LINE, Nothing, before=DRAFT, after="withdrawn",
        rules=(independent,), reasoned=True)
)  # fmt: skip
allow(
    Act("finding.regraded", "finding", "Grade the finding again", SECOND_LINE, RegradeForm, before=LIVE,
        rules=(independent,), changes=_regraded, reasoned=True)
)  # fmt: skip
allow(
    Act("finding.merged", "finding", "Merge into another finding", SECOND_LINE, MergeForm, before=OPEN, after="merged",
        rules=(independent, _into_open), changes=lambda now: {"merged_into": now.form.into}, reasoned=True)
)  # fmt: skip
allow(
    Act("finding.absorbed", "finding", "Take over a merged finding", SECOND_LINE, AbsorbForm, before=OPEN,
        rules=(independent, _was_merged), changes=_absorbed)
)  # fmt: skip
