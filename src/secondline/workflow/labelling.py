"""Labelling: plans of labels beside an evaluation, what people said so far, and the file of labels that a study reads.

A plan is written once and never changed, before the first label. Labels are added line by line: who says something
else later is heard last, and nothing that was said is lost.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast

from secondline.core.canonical import canonical, digest
from secondline.core.errors import DataError, Refused, SpecError, UnknownRecord, near
from secondline.evals.grading.table import Row
from secondline.evals.kept import Kept
from secondline.evals.labelling.planning import DOUBLE, Plan, Task, planned
from secondline.evals.labelling.settling import Label, settle
from secondline.evals.labelling.showing import sealed, shown
from secondline.workflow.write import write_whole

FOLDER = "labels"
VERDICTS = ("pass", "fail", "unsure")
COLUMNS = ("case", "suite", "replicate", "criterion", "chance", "label", "rater", "second", "second_rater")
"""The columns of the file of labels, as `evals.labelling.filed` reads it."""
LONGEST, LEAST = 4_000, 2
"""Characters of a note, and labels that a stratum within a verdict gives at least."""


@dataclass(frozen=True, slots=True)
class Work:
    """The labels of one suite and criterion: the plan, and what was said so far, the newest of each rater and task."""

    id: str
    suite: str
    criterion: str
    by: str
    plan: Plan
    labels: tuple[Label, ...]

    def open_for(self, rater: str) -> list[Task]:
        """Return the tasks of a rater that they have not labelled yet, in their own order."""
        done = {label.task for label in self.labels if label.rater == rater}
        return [task for task in self.plan.of(rater) if task.id not in done]


def works(folder: Path) -> list[Work]:
    """Return the plans of labels that lie beside an evaluation in *folder*, in the order of suites and criteria.

    Raises:
        DataError: a file there cannot be read.
    """
    found = [_read(path) for path in sorted((folder / FOLDER).glob("*.plan.json"))]
    return sorted(found, key=lambda work: (work.suite, work.criterion))


def work_of(folder: Path, id_: str) -> Work:
    """Return one plan of labels.

    Raises:
        UnknownRecord: there is none of this name.
    """
    found = {work.id: work for work in works(folder)}
    if id_ not in found:
        raise UnknownRecord.of("plan of labels", id_, found)
    return found[id_]


def _read(path: Path) -> Work:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        plan = Plan.model_validate(said["plan"])
        newest = {(x.rater, x.task): x for x in _labels(_beside(path.parent, path.name.partition(".")[0]))}
        return Work(path.name.partition(".")[0], said["suite"], said["criterion"], said["by"], plan,
                    tuple(newest.values()))  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"The plan of labels {path.name!r} cannot be read: {error}.") from error


def _labels(path: Path) -> Iterator[Label]:
    if path.exists():
        lines = path.read_text(encoding="utf-8").split("\n")
        yield from (Label.model_validate_json(line) for line in lines if line)


def _beside(folder: Path, id_: str) -> Path:
    return folder / f"{id_}.labels.jsonl"


def begin(
    kept: Kept, folder: Path, suite: str, criterion: str, n: int, raters: Sequence[str], *, by: str, seed: int
) -> Work:
    """Plan *n* labels of the answers to a suite by a criterion, half of them to each verdict, and keep the plan.

    Within a verdict strata share by size; where there are too many of them for so few labels, the draw is by verdict
    alone. With two raters or more a quarter is labelled twice, from which the agreement of people is known.

    Raises:
        SpecError: there are no such answers, too few for the labels, or no rater; or a plan is there already.
    """
    rows = rows_of(kept, suite, criterion)
    if not rows:
        known = {f"{row.case.suite} {row.criterion}" for row in kept.rows}
        raise SpecError(f"No answer to {suite!r} is graded by {criterion!r}. {near(f'{suite} {criterion}', known)}")
    id_ = digest([suite, criterion])[:16]
    path = folder / FOLDER / f"{id_}.plan.json"
    if path.exists():
        raise SpecError(f"Labels of {suite} by {criterion} are planned already: a plan stands once a label may exist.")
    plan = planned(_drawn_from(rows, n), n, seed=seed, raters=tuple(raters), double=DOUBLE if len(raters) > 1 else 0.0)
    said = {"suite": suite, "criterion": criterion, "by": by, "plan": plan.model_dump(mode="json")}
    write_whole(path, canonical(said).encode())
    return Work(id_, suite, criterion, by, plan, ())


def _drawn_from(rows: list[Row], n: int) -> list[Row]:
    """Return the rows to draw from: in their strata, or in none where two labels a stratum and verdict are too many."""
    held = Counter((row.grade.outcome, row.case.stratum) for row in rows)
    if sum(min(LEAST, size) for size in held.values()) <= n:
        return rows
    return [replace(row, case=row.case.model_copy(update={"stratum": ""})) for row in rows]


def rows_of(kept: Kept, suite: str, criterion: str) -> list[Row]:
    """Return the graded answers to a suite by a criterion."""
    return [row for row in kept.rows if row.case.suite == suite and row.criterion == criterion]


def showing(kept: Kept, task: Task) -> dict[str, str]:
    """Return what a rater sees of a task: question, passages and answer; no verdict, no judge, no model.

    Raises:
        DataError: the answer is not there, or is not the one that was planned.
    """
    row = next((r for r in kept.rows if (r.id, r.criterion) == task.key), None)
    cells = shown(row) if row else {}
    if row is None or sealed(task.id, cells) != task.seal:
        raise DataError(f"The answer of the task {task.id!r} is not the one that was planned. Plan labels anew.")
    return cells


def say(folder: Path, work: Work, task: str, rater: str, verdict: str, note: str = "") -> Label:
    """Keep what a rater says of a task; it is on the disk when this returns.

    Raises:
        UnknownRecord: the plan has no such task.
        Refused: the task is not the rater's.
        SpecError: the verdict is none of pass, fail and unsure, or the note is too long.
    """
    mine = {one.id: one for one in work.plan.of(rater)}
    if task not in mine:
        if any(one.id == task for one in work.plan.tasks):
            raise Refused(f"This answer is not {rater}'s to label: the plan gives it to others.")
        raise UnknownRecord.of("task", task)
    if verdict not in VERDICTS:
        raise SpecError(f"A label is pass, fail or unsure; got {verdict[:40]!r}.")
    if len(note) > LONGEST:
        raise SpecError(f"The note is longer than {LONGEST:,} characters.")
    label = Label(
        task=task, trace=mine[task].trace, criterion=mine[task].criterion, rater=rater, note=note.strip(),
        verdict=cast("Literal['pass', 'fail', 'unsure']", verdict),
    )  # fmt: skip
    line = f"{canonical(label.model_dump(mode='json'))}\n".encode()
    handle = os.open(_beside(folder / FOLDER, work.id), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, line)
        os.fsync(handle)
    finally:
        os.close(handle)
    return label


def table(kept: Kept, some: Sequence[Work]) -> list[dict[str, Any]]:
    """Return the labels of plans as rows of the file that ``genai: labels`` names: every answer that a plan chose.

    An answer that nobody labelled yet, or of which a rater was unsure, has a chance and no label.
    """
    by = {(row.id, row.criterion): row for row in kept.rows}
    words = {1.0: "pass", 0.0: "fail", None: ""}
    made = []
    for work in some:
        held = settle([work.plan], work.labels)
        for task in work.plan.tasks:
            row, said = by.get(task.key), held[task.key]
            if row is None or row.trace is None:
                continue
            raters = [*task.raters, ""]
            made.append({
                "case": row.case.name, "suite": work.suite, "replicate": row.trace.replicate,
                "criterion": work.criterion, "chance": said.chance, "label": words[said.label], "rater": raters[0],
                "second": words[said.second], "second_rater": raters[1],
            })  # fmt: skip
    return made
