"""Plans and runs: what was asked before data were read, what was answered, and who judged it."""

from __future__ import annotations

from pydantic import Field

from secondline.core.errors import SpecError
from secondline.core.limit import Severity
from secondline.govern.act import Act, Situation, allow
from secondline.govern.duties import developers, owners, refuse
from secondline.govern.record import Doc, Form, Record, declare
from secondline.govern.roles import Role

WORKERS = frozenset[Role]({"developer", "validator", "mrm-head"})
JUDGES = frozenset[Role]({"validator", "mrm-head"})


class PlanFields(Form):
    """A plan, fixed before results; the object holds it whole."""

    object: str
    plan: str
    model: str
    version: str


class RunFields(Form):
    """A finished run; the object holds its evidence, ``stored`` the answers behind it."""

    object: str
    digest: str
    model: str
    version: str
    finished_at: str
    answers: int = 0
    failed: int = 0
    findings: int = 0
    grade: int = 0
    proposed_grade: int = 0
    developer: str = ""
    owner: str = ""
    stored: tuple[str, ...] = ()
    plan: str = Field(default="", description="Digest of the plan it followed.")
    artefact: str = Field(default="", description="SHA-256 that the plan demands of the artefact, if it names one.")
    outcomes: dict[str, dict[str, str]] = Field(default={}, description="Worst outcome by check and population.")
    limits: dict[str, str] = Field(default={}, description="Limit by check, in words.")
    breaches: dict[str, Severity] = Field(default={}, description="Severity of each check that was breached.")
    configuration: str = Field(default="", description="Of a generative system: the hash of what was asked.")
    prints: dict[str, str] = Field(default={}, description="Of a generative system: fingerprint of each population.")
    margin: float = Field(default=1.0, ge=0, le=1, description="Loss that the comparison of configurations allowed.")
    left_out: int = Field(default=0, ge=0, description="Approved cases that the comparison left out.")
    lacking: dict[str, str] = Field(default={}, description="What an undecided comparison of configurations needs.")


class OpinionForm(Form):
    """An opinion on a run."""

    grade: int = Field(ge=1, le=4, description="1 no deficiency, 2 minor, 3 major, 4 severe.")


class Plan(Doc, PlanFields):
    """A plan on record."""


class Run(Doc, RunFields):
    """A run on record, with the opinion as it stands."""

    opinion_status: str = "proposed"
    opinion_by: str = ""
    opinion_reason: str = ""


PLAN = declare(Record("plan", "Plan", "plans", Plan, ("model", "version")))
RUN = declare(Record("run", "Run", "runs", Run, ("model", "version", "finished_at", "failed", "grade")))


def _judge(now: Situation) -> None:
    """Whoever judges neither developed nor owns the model, by the study or by the inventory."""
    if now.form.grade != now.doc.get("proposed_grade") and not now.reason.strip():
        raise SpecError("Overriding the proposed grade needs a reason (--reason).")
    for role in ("developer", "owner"):
        if now.actor.casefold() == str(now.doc.get(role, "")).strip().casefold():
            raise SpecError(
                f"{now.actor!r} is the model's {role} and cannot decide the opinion on it. Somebody independent must."
            )
    model = str(now.doc["model"])
    if now.actor in developers(now.look, model) | owners(now.look, model):
        refuse(now.actor, "decide the opinion", f"they developed or own {model}")


def _decided(now: Situation) -> dict[str, object]:
    confirmed = now.form.grade == now.doc.get("proposed_grade")
    return {
        "grade": now.form.grade,
        "opinion_status": "confirmed" if confirmed else "overridden",
        "opinion_by": now.actor,
        "opinion_reason": now.reason,
    }


allow(
    Act(
        "plan.recorded",
        "plan",
        "Record a plan",
        WORKERS,
        PlanFields,
        creates=True,
        after="fixed",
        unattended=True,
        made=True,
    )
)
allow(
    Act(
        "run.finished",
        "run",
        "Record a run",
        WORKERS,
        RunFields,
        creates=True,
        after="finished",
        unattended=True,
        made=True,
    )
)
allow(
    Act("opinion.decided", "run", "Decide the opinion", JUDGES, OpinionForm, before=frozenset({"finished"}),
        rules=(_judge,), changes=_decided, unattended=True)
)  # fmt: skip
