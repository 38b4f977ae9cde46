"""The ledger: plans, runs and opinions as events, the records they seal as objects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from secondline.core.canonical import canonical
from secondline.core.errors import LedgerError, SpecError, UnknownRun
from secondline.core.evidence import Evidence, Opinion, Plan, Run
from secondline.ledger.database import FILE, Database
from secondline.ledger.events import GENESIS, Event
from secondline.ledger.objects import Objects

PLAN, RUN, OPINION = "plan.recorded", "run.finished", "opinion.decided"


class RunSummary(BaseModel):
    """One line about a recorded run."""

    model_config = ConfigDict(frozen=True)

    id: str
    model: str
    version: str
    finished_at: str
    answers: int
    failed: int
    findings: int
    grade: int
    opinion_status: str


class Ledger:
    """The record folder of one place of work: ``ledger.sqlite`` and ``objects/``."""

    def __init__(self, folder: Path, database: Database, objects: Objects) -> None:
        """Join a database and an object store; use :meth:`open`."""
        self.folder, self.database, self.objects = folder, database, objects

    @classmethod
    def open(cls, folder: Path) -> Ledger:
        """Open the ledger in *folder*, creating it when there is none.

        Raises:
            LedgerError: the folder cannot be written, or what is there is no ledger of ours.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"Cannot keep records in {str(folder)!r}: {error.strerror or error}.") from error
        return cls(folder, Database(folder / FILE), Objects(folder / "objects"))

    def head(self) -> str:
        """Return the seal of the last event: note it elsewhere to be able to prove that nothing was cut off."""
        events = self.database.read()
        return events[-1].seal if events else GENESIS

    def record_plan(self, plan: Plan, actor: str, at: str) -> str:
        """Record a plan before its data are read; returns its digest."""
        stored = self._put(plan)
        spec = plan.spec
        facts = {"object": stored, "plan": plan.digest(), "model": spec.model, "version": spec.version}
        self._append(PLAN, actor, at, plan.digest(), facts)
        return plan.digest()

    def record_run(self, run: Run, actor: str, answers: Mapping[str, bytes] | None = None) -> None:
        """Record a finished run and the answers behind it: objects first, then the one event that makes them count."""
        for digest, content in (answers or {}).items():
            if self.objects.put(content) != digest:
                raise LedgerError(f"The stored answer {digest[:12]} does not match its digest.")
        spec = run.plan.spec
        facts = {
            "object": self._put(run),
            "digest": run.digest(),
            "model": spec.model,
            "version": spec.version,
            "finished_at": run.finished_at,
            "answers": len(run.evidence),
            "failed": sum(e.outcome.kind == "failed" for e in run.evidence),
            "findings": len(run.findings),
            "grade": run.opinion.grade,
            "stored": sorted(answers or {}),
        }
        self._append(RUN, actor, run.finished_at, run.id, facts)

    def decide_opinion(self, run_id: str, grade: int, actor: str, reason: str, at: str) -> Opinion:
        """Confirm the proposed grade, or override it with a reason.

        Raises:
            SpecError: nobody is named, an override has no reason, the grade is not 1 to 4, or the person developed or
                owns the model.
        """
        run = self.run(run_id)
        _may_decide(run, grade, actor, reason)
        status = "confirmed" if grade == run.opinion.proposed_grade else "overridden"
        facts = {"grade": grade, "status": status, "reason": reason}
        self._append(OPINION, actor, at, run.id, facts)
        return _decided(run.opinion, facts, actor)

    def runs(self) -> list[RunSummary]:
        """Return the recorded runs, newest first, with their opinions as they stand now."""
        events = self.database.read()
        decisions = {e.subject: e.payload for e in events if e.kind == OPINION}
        return [_summary(e, decisions.get(e.subject)) for e in reversed(events) if e.kind == RUN]

    def run(self, name: str) -> Run:
        """Return a run by id, unique beginning of an id, or ``latest``, with its opinion as it stands now.

        Raises:
            UnknownRun: there is none, or the beginning fits several.
        """
        event = self._find(name)
        run = self._get(Run, event.payload["object"])
        for decision in self.database.read(kind=OPINION, subject=event.subject):
            run = run.model_copy(update={"opinion": _decided(run.opinion, decision.payload, decision.actor)})
        return run

    def latest_of(self, model: str) -> Run | None:
        """Return the newest run of a model, or None."""
        mine = [e for e in self.database.read(kind=RUN) if e.payload.get("model") == model]
        return self._get(Run, mine[-1].payload["object"]) if mine else None

    def evidence(self, run: str, key: str) -> Evidence:
        """Return one evidence record of a run by its id, such as ``E-118``."""
        found = {e.id: e for e in self.run(run).evidence}
        if key not in found:
            raise UnknownRun(f"Run {run!r} has no evidence {key!r}; it has E-1 to E-{len(found)}.")
        return found[key]

    def _find(self, name: str) -> Event:
        events = self.database.read(kind=RUN)
        if not events:
            raise LedgerError(f"No runs are recorded in {str(self.folder)!r} yet. Validate a model first.")
        if name == "latest":
            return events[-1]
        exact = [e for e in events if e.subject == name]
        near = exact or [e for e in events if e.subject.startswith(name)]
        if not near:
            raise UnknownRun.among(name, [e.subject for e in events])
        if not exact and len({e.subject for e in near}) > 1:
            raise UnknownRun(f"{name!r} fits several runs: {', '.join(e.subject for e in near)}. Give more of the id.")
        return near[-1]

    def _put(self, record: BaseModel) -> str:
        return self.objects.put(canonical(record.model_dump(mode="json", by_alias=True)).encode())

    def _get(self, kind: type[Run], digest: str) -> Run:
        try:
            return kind.model_validate(json.loads(self.objects.get(digest)))
        except ValidationError as error:
            raise LedgerError(
                f"The record {digest[:12]} was written by another version of secondline and cannot be read."
            ) from error

    def _append(self, kind: str, actor: str, at: str, subject: str, payload: dict[str, Any]) -> Event:
        return self.database.append(lambda seq, previous: Event(seq, at, actor, kind, subject, payload, previous))


def _may_decide(run: Run, grade: int, actor: str, reason: str) -> None:
    spec = run.plan.spec
    if not actor.strip():
        raise SpecError("An opinion needs a name. Say who decides with --actor.")
    if not 1 <= grade <= 4:  # noqa: PLR2004 - the four grades of an opinion
        raise SpecError(f"An opinion is graded 1 to 4; got {grade}.")
    if grade != run.opinion.proposed_grade and not reason.strip():
        raise SpecError("Overriding the proposed grade needs a reason (--reason).")
    for role in ("developer", "owner"):
        if actor.strip().casefold() == getattr(spec, role).strip().casefold():
            raise SpecError(
                f"{actor!r} is the model's {role} and cannot decide the opinion on it. Somebody independent must."
            )


def _decided(opinion: Opinion, facts: Mapping[str, Any], actor: str) -> Opinion:
    return opinion.model_copy(
        update={"grade": facts["grade"], "status": facts["status"], "by": actor, "reason": facts["reason"]}
    )


def _summary(event: Event, decision: Mapping[str, Any] | None) -> RunSummary:
    facts = {name: event.payload[name] for name in RunSummary.model_fields if name in event.payload}
    opinion = {"grade": decision["grade"], "opinion_status": decision["status"]} if decision else {}
    return RunSummary(**{"opinion_status": "proposed", **facts, "id": event.subject, **opinion})
