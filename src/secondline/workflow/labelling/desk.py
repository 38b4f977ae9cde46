"""The desk: graded answers of one configuration of a system, with the plans of labels on record and what was said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from secondline.core.canonical import digest
from secondline.core.errors import DataError, Refused, SpecError, UnknownRecord, near
from secondline.core.evidence import Run
from secondline.core.spec import ModelSpec
from secondline.evals.grading.table import Labels, Row
from secondline.evals.kept import Kept
from secondline.evals.labelling import Label, Plan, Task, disputed, sealed, settle, shown
from secondline.evals.labelling.filed import table
from secondline.ledger.records import Records
from secondline.ledger.store import Ledger
from secondline.workflow.evaluating import FOLDER, genai_of, kept_of

SETTLED, WITHDRAWN = "settled", "withdrawn"


@dataclass(frozen=True, slots=True)
class Work:
    """A plan of labels on record: its document, the plan, and what was said, the newest of each rater and task."""

    doc: Mapping[str, Any]
    plan: Plan
    labels: tuple[Label, ...]

    @property
    def id(self) -> str:
        """Its number."""
        return str(self.doc["id"])

    @property
    def state(self) -> str:
        """Where it stands."""
        return str(self.doc["state"])

    @property
    def wanted(self) -> int:
        """How many labels the plan asks for."""
        return sum(len(task.raters) for task in self.plan.tasks)

    @property
    def given(self) -> int:
        """How many of them there are."""
        return sum(not label.adjudicated for label in self.labels)

    @property
    def disputes(self) -> list[str]:
        """Tasks on which raters disagree and that nobody has settled."""
        return disputed(self.labels)

    def open_for(self, rater: str) -> list[Task]:
        """Return the tasks of a rater that they have not labelled yet, in their own order."""
        done = {label.task for label in self.labels if label.rater == rater and not label.adjudicated}
        return [task for task in self.plan.of(rater) if task.id not in done]

    def task(self, id_: str) -> Task:
        """Return a task.

        Raises:
            UnknownRecord: the plan has none of this name.
        """
        found = {task.id: task for task in self.plan.tasks}
        if id_ not in found:
            raise UnknownRecord.of("task", id_, found)
        return found[id_]


@dataclass(frozen=True, slots=True)
class Desk:
    """What is labelled: the ledger, the study, its graded answers, and what each criterion asks of an answer."""

    ledger: Ledger
    spec: ModelSpec
    evaluation: str
    """Digest of the plan that the answers were given under."""
    config: str
    """Digest of the configuration that gave them."""
    rows: tuple[Row, ...]
    asks: Mapping[str, str]
    look: Records | None = None
    """The records of another day, to look at; those of today when left out."""

    def of(self, suite: str, criterion: str) -> list[Row]:
        """Return the graded answers to a suite (every suite when empty) by a criterion.

        Raises:
            SpecError: there is no such suite or criterion, or none of its answers is graded by it.
        """
        genai = genai_of(self.spec)
        for name, known in ((suite, genai.suites), (criterion, genai.criteria)):
            if name and name not in known:
                raise SpecError(f"assistant.yaml declares no {name!r}. {near(name, known)} It has: {', '.join(known)}.")
        found = [row for row in self.rows if row.criterion == criterion and suite in {"", row.case.suite}]
        if not found:
            raise SpecError(f"No answer to {suite or 'any suite'} is graded by {criterion!r}.")
        return found

    def works(self) -> list[Work]:
        """Return the plans of labels of these answers, oldest first, the withdrawn ones too."""
        known = {(row.id, row.criterion) for row in self.rows}
        docs = (self.look or self.ledger.records).find("labels", model=self.spec.model, config=self.config)
        found = (work_of(self.ledger, doc) for doc in docs)
        return [work for work in found if all(task.key in known for task in work.plan.tasks)]

    def work(self, id_: str) -> Work:
        """Return one plan of labels.

        Raises:
            UnknownRecord: these answers have none of this number.
        """
        found = {work.id: work for work in self.works()}
        if id_ not in found:
            raise UnknownRecord.of("plan of labels", id_, found)
        return found[id_]

    def showing(self, task: Task) -> dict[str, str]:
        """Return what a rater sees of a task: question, passages and answer; no verdict, no judge, no model.

        Raises:
            DataError: the answer is not there, or is not the one that was planned.
        """
        row = next((r for r in self.rows if (r.id, r.criterion) == task.key), None)
        cells = shown(row) if row else {}
        if row is None or sealed(task.id, cells) != task.seal:
            raise DataError(f"The answer of the task {task.id!r} is not the one that was planned. Plan labels anew.")
        return cells

    def table(self) -> list[dict[str, Any]]:
        """Return the labels of all settled plans as rows of the file that ``genai: labels`` names."""
        return table(self.rows, counted(self.works()))


def counted(works: Iterable[Work]) -> Labels:
    """Return what holds of each answer that a settled plan chose; a plan counts once it is settled, and not before."""
    done = [work for work in works if work.state == SETTLED]
    return settle([work.plan for work in done], [label for work in done for label in work.labels])


def work_of(ledger: Ledger, doc: Mapping[str, Any]) -> Work:
    """Return a plan of labels as it stands on record."""
    plan = _plan(ledger.objects.folder, str(doc["object"]))
    tasks = {task.id: task for task in plan.tasks}
    newest: dict[tuple[str, str], Label] = {}
    for _, filing in sorted(doc.get("filings", {}).items(), key=lambda one: int(one[0])):
        settles = bool(filing.get("settles"))
        for said in _said(ledger.objects.folder, str(filing["object"])):
            task = tasks[said["task"]]
            facts = {**said, "trace": task.trace, "criterion": task.criterion, "rater": filing["rater"]}
            label = Label.model_validate(facts | {"adjudicated": settles})
            # Whoever settles a dispute anew speaks instead of whoever did before.
            newest[task.id, "" if settles else label.rater] = label
    return Work(doc, plan, tuple(newest.values()))


@lru_cache(maxsize=64)
def _plan(objects: Path, name: str) -> Plan:
    from secondline.ledger.objects import Objects

    return Plan.model_validate_json(Objects(objects).get(name))


@lru_cache(maxsize=8_192)
def _said(objects: Path, name: str) -> Sequence[Mapping[str, str]]:
    from secondline.ledger.objects import Objects

    return tuple(json.loads(Objects(objects).get(name)))


def desk_of(spec: ModelSpec, base: Path, store: Path) -> Desk:
    """Return the desk of a study: the answers of the newest evaluation of its configuration.

    Raises:
        DataError: this configuration was not asked yet, or what was kept cannot be read.
    """
    from secondline.evals.components import fingerprint
    from secondline.evals.keeping import latest
    from secondline.evals.kept import read
    from secondline.workflow.store import open_store

    place = latest(store / FOLDER, fingerprint(genai_of(spec), base))
    kept = read(place) if place else None
    if place is None or kept is None:
        raise DataError(
            f"{spec.model} was not asked yet in its present configuration. Run `secondline evals ask` first, with the "
            "same --store."
        )
    ledger = open_store(store)
    plans = [doc["id"] for doc in ledger.records.find("plan", model=spec.model) if doc["id"].startswith(place.name)]
    if not plans:
        raise Refused(f"The plan of the evaluation {place.name} is not on record, so nothing can be labelled under it.")
    return _at(ledger, spec, plans[0], kept)


def desk_of_run(ledger: Ledger, run: Run, look: Records | None = None) -> Desk | None:
    """Return the desk of a run's answers, with the records of *look*; None where the answers are not kept."""
    kept = kept_of(ledger.folder, run.plan_digest)
    return _at(ledger, run.plan.spec, run.plan_digest, kept, look) if kept else None


def _at(ledger: Ledger, spec: ModelSpec, evaluation: str, kept: Kept, look: Records | None = None) -> Desk:
    return Desk(ledger, spec, evaluation, digest(dict(kept.config)), kept.rows, kept.asks, look)
