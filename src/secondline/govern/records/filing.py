"""Filing: evidence that is a file, owners' attestations, and plans by which models are watched."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import Field

from secondline.core.errors import SpecError
from secondline.core.limit import Severity
from secondline.govern.act import Act, Situation, allow
from secondline.govern.conditions import Condition
from secondline.govern.duties import independent_of_first_line, known, not_the_one_who, refuse
from secondline.govern.record import Doc, Form, Record, declare, partly
from secondline.govern.records.inventory import MODEL
from secondline.govern.records.registers import OF_MODEL, still_the_model
from secondline.govern.roles import ANYONE, FIRST_LINE, PROGRAM, SECOND_LINE, Role
from secondline.govern.watching import monitors_are_programs

EvidenceKind = Literal[
    "development-document", "code-review", "implementation-test", "production-test", "security-assessment", "drill",
    "contingency-plan", "independence-declaration", "competence", "external-validator", "legal-review", "board-report",
    "framework-approval", "policy-review", "internal-audit", "concentration-report", "identification-survey",
    "vendor-questionnaire", "vendor-gap", "exit-plan", "notice", "stakeholder-agreement", "data-quality", "lineage",
    "privacy-review", "sbom-review", "decision-replay", "rollback-drill", "decommission-checklist", "fria", "annex-iv",
    "post-market-plan", "incident-process", "aml-coverage", "aml-e2e-test", "aml-parameters", "certification",
    "human-review", "red-team", "eval-set", "judge-validation", "trace-log", "tool-permissions", "minutes", "other",
]  # fmt: skip


class EvidenceFields(Form):
    """A document, a minute or a record of work that shows that something was done."""

    kind: EvidenceKind = Field(description="What it shows.")
    title: str = Field(min_length=1, max_length=400, description="Title.")
    model: str = Field(default="", max_length=80, description="Model; empty for the whole bank.")
    version: str = Field(default="", max_length=170, description="Version it is about, as MODEL@VERSION.")
    on: date = Field(description="Day of the document.")
    valid_until: date | None = Field(default=None, description="Last day it counts; empty if it does not age.")
    object: str = Field(default="", pattern=r"^([0-9a-f]{64})?$", description="SHA-256 of the file that is kept.")
    file: str = Field(default="", max_length=255, description="Name the file had.")
    size: int = Field(default=0, ge=0, description="Bytes.")
    author: str = Field(default="", max_length=200, description="Who wrote it.")
    note: str = Field(default="", description="What it says in a sentence, or where it lies.")


class EvidenceOnFile(Doc, EvidenceFields):
    """Evidence on record."""

    filed_by: str = ""


class AttestationForm(Form):
    """An owner's word that the entry is right."""

    model: str = Field(description="Model.")
    statement: str = Field(min_length=1, description="What is attested.")


class Attestation(Doc, AttestationForm):
    """An attestation on record."""

    owner: str = ""
    on: date | None = None


class Metric(Form):
    """One line of a monitoring plan: what is watched, when it alarms, and what then."""

    metric: str = Field(min_length=1, max_length=120, description="Check or figure, such as stability.psi.")
    population: str = Field(default="", max_length=120, description="On which population.")
    slice: str = Field(default="", max_length=120, description="For which part of it.")
    tracks: Literal["performance", "usage", "inputs", "external-version", "subject", "fairness", "other"] = Field(
        default="performance", description="What it watches."
    )
    frequency: Literal["real-time", "daily", "weekly", "monthly", "quarterly", "half-yearly", "yearly"] = "monthly"
    lag_days: int = Field(default=0, ge=0, description="Days until outcomes are known.")
    baseline: float | None = Field(default=None, description="Value at approval.")
    amber: float | None = Field(default=None, description="Level that warns.")
    red: float | None = Field(default=None, description="Level that alarms.")
    direction: Literal["above", "below"] = Field(
        default="above", description="On which side of a level the trouble is."
    )
    min_n: int = Field(default=0, ge=0, description="Fewest cases for a verdict.")
    looks: int = Field(default=1, ge=1, description="Looks a year, for the correction of repeated looks.")
    action: str = Field(
        default="", max_length=400, description="What is done at red: investigate, restrict, revalidate."
    )
    owner: str = Field(default="", max_length=80, description="Who acts.")
    sla: int = Field(default=0, ge=0, description="Days to act.")
    escalation: str = Field(default="", max_length=200, description="Who is told if nobody acts.")
    stop_use: float | None = Field(default=None, description="Level at which use stops.")
    rating_trigger: bool = Field(default=False, description="A breach re-opens the rating.")
    limitation: str = Field(default="", max_length=40, description="Limitation it watches.")
    test: Literal["sequential", "window", "exact", "adwin"] = Field(
        default="sequential",
        description="Sequential: valid at every look. Window: each window on its own. Exact: a count without error. "
        "Adwin: a change of unknown form, without a promise on false alarms.",
    )
    budget: float = Field(
        default=0.05, gt=0, lt=1, description="Chance of a false alarm a year that is put up with, whatever the looks."
    )
    basis: Literal["known", "projected", "estimated"] = Field(
        default="known", description="On labels that arrived, projected to those that will, or without labels."
    )
    severity: Severity = Field(default="major", description="Grade of the finding that a red alarm drafts.")
    limits: tuple[Condition, ...] = Field(
        default=(), max_length=20, description="Conditions that a red alarm puts on the passes at once."
    )
    source: str = Field(default="", max_length=200, description="Where the levels come from.")


class MonitoringFields(Form):
    """How a model is watched."""

    model: str = Field(description="Model.")
    owner: str = Field(default="", max_length=80, description="Who watches.")
    metrics: tuple[Metric, ...] = Field(min_length=1, description="What is watched.")
    next_check: date | None = Field(default=None, description="Day of the next check.")
    relevance: str = Field(default="", description="How it is checked that the model still fits its purpose.")
    budget: float | None = Field(
        default=None,
        gt=0,
        lt=1,
        description="Chance a year of any false alarm at all, dealt out to the lines; without it each has its own.",
    )


class Monitoring(Doc, MonitoringFields):
    """A monitoring plan on record."""

    approver: str = ""
    last_check: date | None = None
    status: Literal["", "green", "amber", "red"] = ""
    note: str = ""


class CheckForm(Form):
    """What a check of the plan found."""

    status: Literal["green", "amber", "red"] = Field(description="Worst metric.")
    next_check: date = Field(description="Day of the next check.")
    note: str = Field(default="", description="What was seen, and what is done.")


EVIDENCE = declare(
    Record("evidence", "Evidence", "evidence", EvidenceOnFile, ("kind", "model", "on", "valid_until", "title"),
           prefix="EV")
)  # fmt: skip
ATTESTATION = declare(
    Record("attestation", "Attestation", "attestations", Attestation, ("model", "owner", "on"), prefix="AT")
)
MONITORING = declare(
    Record("monitoring", "Monitoring plan", "monitoring plans", Monitoring,
           ("model", "next_check", "status", "owner", "last_check"), prefix="MP")
)  # fmt: skip
MonitoringChange = partly(MonitoringFields, "MonitoringChange")
DRAFT = frozenset({"draft"})
BUDGETED = frozenset({"sequential", "window"})
"""Procedures that spend a false-alarm budget: a count without error has no false alarms, and ADWIN promises nothing."""


def _something_to_see(now: Situation) -> None:
    if not now.form.object and not now.form.note:
        raise SpecError("Evidence is a file or at least a note: give the file, or say where it lies.")
    if now.form.valid_until and now.form.valid_until < now.form.on:
        raise SpecError(f"`valid_until` ({now.form.valid_until}) lies before the day of the document ({now.form.on}).")
    if str(now.form.on) > now.today:
        raise SpecError(f"The day of the document ({now.form.on}) lies ahead. File it when it exists.")
    version = now.look.get("version", now.form.version) if now.form.version else None
    if version and version["model"] != now.form.model:
        raise SpecError(f"{now.form.version} is no version of {now.form.model or 'the whole bank'}.")


def _filed(now: Situation) -> dict[str, Any]:
    return {**now.form.model_dump(mode="json", exclude_unset=True), "filed_by": now.actor}


def _own_or_second_line(now: Situation) -> None:
    if now.actor != now.doc.get("filed_by") and not now.roles & SECOND_LINE:
        refuse(now.actor, f"withdraw {now.id}", f"{now.doc.get('filed_by')} filed it")


def _owner_speaks(now: Situation) -> None:
    model = now.look.get("model", now.form.model) or {}
    if now.actor != model.get("owner"):
        refuse(now.actor, f"attest {now.form.model}", f"its owner is {model.get('owner') or 'not named'}")


def _made(now: Situation) -> dict[str, Any]:
    return {**now.form.model_dump(mode="json"), "owner": now.actor, "on": now.today}


def _just_attested(now: Situation) -> None:
    mine = now.look.find("attestation", model=now.id, owner=now.actor, on=now.today)
    if not mine:
        raise SpecError(f"No attestation of {now.id} by {now.actor!r} is on record today. Make it first.")


def _acts_on_breach(now: Situation) -> None:
    lines = now.doc.get("metrics", ())
    bare = [m["metric"] for m in lines if m.get("amber") is None and m.get("red") is None]
    idle = [m["metric"] for m in lines if not m.get("action")]
    if bare or idle:
        raise SpecError(
            f"Each metric needs a level and an action. Without level: {', '.join(bare) or 'none'}; "
            f"without action: {', '.join(idle) or 'none'}."
        )


def _within_budget(now: Situation) -> None:
    """The parts of the lines are at most the budget that the plan grants."""
    granted, lines = now.field("budget"), now.field("metrics") or ()
    spending = [m for m in map(Metric.model_validate, lines) if m.test in BUDGETED]
    dealt = sum(m.budget for m in spending)
    if granted is not None and dealt > float(granted) * (1 + 1e-6):
        raise SpecError(
            f"The plan grants a false-alarm budget of {float(granted):.3g} a year, and its {len(spending)} lines have "
            f"{dealt:.3g} together. Deal it out anew (secondline monitor plan --from) or grant more."
        )


def _next_lies_ahead(now: Situation) -> None:
    if str(now.form.next_check) <= now.today:
        raise SpecError(f"`next_check` must lie ahead; {now.form.next_check} does not.")


def _revised(now: Situation) -> dict[str, Any]:
    return {**now.form.model_dump(mode="json", exclude_none=True), "approver": None}


def _checked(now: Situation) -> dict[str, Any]:
    return {**now.form.model_dump(mode="json"), "last_check": now.today}


OF_VERSION = known("version", "version")
WATCHERS = FIRST_LINE | SECOND_LINE
allow(
    Act("evidence.filed", "evidence", "File evidence", ANYONE, EvidenceFields, creates=True, after="filed",
        rules=(OF_MODEL, OF_VERSION, _something_to_see), changes=_filed)
)  # fmt: skip
allow(
    Act("evidence.withdrawn", "evidence", "Withdraw evidence", ANYONE, before=frozenset({"filed"}), after="withdrawn",
        rules=(_own_or_second_line,), reasoned=True)
)  # fmt: skip
allow(
    Act("attestation.made", "attestation", "Attest the entry", frozenset[Role]({"owner"}), AttestationForm,
        creates=True, after="made", rules=(OF_MODEL, _owner_speaks), changes=_made)
)  # fmt: skip
allow(
    Act("model.attested", MODEL.name, "Mark as attested", frozenset[Role]({"owner"}), rules=(_just_attested,),
        changes=lambda now: {"last_attested": now.today})
)  # fmt: skip
allow(
    Act("monitoring.drafted", "monitoring", "Draft a monitoring plan", WATCHERS, MonitoringFields, creates=True,
        after="draft", rules=(OF_MODEL, _within_budget))
)  # fmt: skip
allow(
    Act("monitoring.revised", "monitoring", "Revise the monitoring plan", WATCHERS, MonitoringChange, after="draft",
        before=DRAFT | {"approved"}, rules=(still_the_model, _within_budget), changes=_revised)
)  # fmt: skip
allow(
    Act("monitoring.approved", "monitoring", "Approve the monitoring plan", SECOND_LINE, before=DRAFT, after="approved",
        rules=(not_the_one_who("monitoring.drafted", "monitoring.revised", what="approve the monitoring plan"),
               independent_of_first_line("approve the monitoring plan"), _acts_on_breach),
        changes=lambda now: {"approver": now.actor})
)  # fmt: skip
allow(
    Act("monitoring.checked", "monitoring", "Record a check", WATCHERS | PROGRAM, CheckForm,
        before=frozenset({"approved"}), rules=(monitors_are_programs, _next_lies_ahead), changes=_checked)
)  # fmt: skip
allow(Act("monitoring.ended", "monitoring", "End the monitoring plan", SECOND_LINE, before=DRAFT | {"approved"},
          after="ended", reasoned=True))  # fmt: skip
