"""Blinded sheets: what a rater sees, as rows of cells, and what comes back, checked row by row before any is taken.

A sheet names no verdict, no judge, no model and no trace. Excel may cut, trim and re-type cells; what a rater must not
change is held by the seal of the plan, which survives that. Rows go to CSV here, and to Excel in `workflow.sheets`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from secondline.core.errors import DataError
from secondline.evals.grading.table import Row
from secondline.evals.labelling.planning import Plan, Task
from secondline.evals.labelling.settling import Label
from secondline.evals.labelling.showing import SHOWN, sealed, shown

COLUMNS = ("task", "criterion", "instructions", "question", "context", "answer", "verdict", "note")
FORMULA = ("=", "+", "-", "@", "\t", "'")
VERDICTS: dict[str, Literal["pass", "fail", "unsure"]] = {
    "pass": "pass", "fail": "fail", "unsure": "unsure", "1": "pass", "0": "fail", "1.0": "pass", "0.0": "fail",
    "p": "pass", "f": "fail", "?": "unsure", "yes": "pass", "no": "fail", "true": "pass", "false": "fail",
}  # fmt: skip
ERRORS = 12


def blinded(
    plan: Plan, rater: str, rows: Iterable[Row], instructions: Mapping[str, str],
    said: Mapping[str, tuple[str, str]] | None = None,
) -> list[list[str]]:  # fmt: skip
    """Return the sheet of one rater: a header and a row a task, in their own order; nothing tells what a grader said.

    *instructions* are those of the rubric, by criterion; *said* is what the rater said before, by task.

    Raises:
        DataError: the rater has no task, or an answer of the plan is not among the rows.
    """
    known = {(row.id, row.criterion): row for row in rows}
    tasks = plan.of(rater)
    if not tasks:
        raise DataError(f"The plan gives {rater!r} nothing to label.")
    sheet: list[list[str]] = [list(COLUMNS)]
    for task in tasks:
        if task.key not in known:
            raise DataError(
                f"The answer of the task {task.id!r} is not among the graded answers. Use those of its plan."
            )
        verdict, note = (said or {}).get(task.id, ("", ""))
        cells = {"task": task.id, "instructions": instructions.get(task.criterion, ""), **shown(known[task.key]),
                 "verdict": verdict, "note": note}  # fmt: skip
        sheet.append([_safe(cells.get(name, "")) for name in COLUMNS])
    return sheet


def _safe(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: what looks like one begins with an apostrophe."""
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _bare(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:2] in FORMULA else cell


def write_csv(sheet: Sequence[Sequence[str]]) -> str:
    """Return a sheet as CSV (RFC 4180), with the mark at its head by which Excel knows UTF-8."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(sheet)
    return "\ufeff" + out.getvalue()


def read_csv(content: bytes | str) -> list[list[str]]:
    """Return the rows of a CSV that Excel or a person saved: comma, semicolon or tab, UTF-8 with or without its mark.

    Raises:
        DataError: it is not UTF-8 text, or no CSV.
    """
    try:
        text = (content.decode("utf-8-sig") if isinstance(content, bytes) else content).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise DataError(f"The sheet is not UTF-8 text (byte {error.start}). Save it as 'CSV UTF-8'.") from error
    head = text.split("\n", 1)[0]
    separator = max(",;\t", key=head.count)
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True) if any(row)]
    except csv.Error as error:
        raise DataError(f"The sheet is no CSV: {error}.") from error


def read(sheet: Sequence[Sequence[Any]], plan: Plan, rater: str) -> list[Label]:
    """Return the labels of a sheet that came back: all of them, or an error that names every row that is wrong.

    A row without a verdict is not labelled yet. Rows may be in any order, and columns too.

    Raises:
        DataError: a column is missing; a task is not known, not the rater's, or there twice; what was shown was
            altered; a verdict is not pass, fail or unsure. Nothing is taken then.
    """
    header = [_text(cell).strip().lower() for cell in sheet[0]] if sheet else []
    if missing := [name for name in ("task", *SHOWN, "verdict") if name not in header]:
        raise DataError(
            f"The sheet lacks the column {missing[0]!r}. It needs: {', '.join(('task', *SHOWN, 'verdict'))}."
        )
    if len(set(header)) < len(header) and any(header.count(name) > 1 for name in COLUMNS):
        raise DataError("The sheet has a column twice.")
    tasks = {task.id: task for task in plan.of(rater)}
    others = {task.id for task in plan.tasks} - set(tasks)
    seals: dict[str, int] = {}
    labels: list[Label] = []
    wrong: list[str] = []
    for number, row in enumerate(sheet[1:], 2):
        cells = dict.fromkeys(COLUMNS, "") | {
            name: _bare(_text(cell)) for name, cell in zip(header, row, strict=False) if name in COLUMNS
        }
        if not any(cells.values()):
            continue
        problem, label = _row(cells, tasks, others, rater)
        if not problem and cells["task"].strip() in seals:
            problem = f"the task {cells['task'].strip()!r} is there twice (row {seals[cells['task'].strip()]} too)"
        seals.setdefault(cells["task"].strip(), number)
        if problem:
            wrong.append(f"row {number}: {problem}")
        elif label:
            labels.append(label)
    if wrong:
        shown = wrong[:ERRORS] + ([f"and {len(wrong) - ERRORS} more"] if len(wrong) > ERRORS else [])
        raise DataError("\n  ".join([f"The sheet has {len(wrong)} wrong rows, so none was read:", *shown]))
    return labels


def _row(cells: Mapping[str, str], tasks: Mapping[str, Task], others: set[str], rater: str) -> tuple[str, Label | None]:
    name = cells["task"].strip()
    if name not in tasks:
        return (f"the task {name!r} is another rater's" if name in others else f"there is no task {name!r}"), None
    task = tasks[name]
    if sealed(name, cells) != task.seal:
        return f"what the task {name!r} shows was altered", None
    said = cells["verdict"].strip().lower()
    if not said:
        return "", None
    if said not in VERDICTS:
        return f"the verdict {cells['verdict']!r} is not pass, fail or unsure", None
    label = Label(
        task=name, trace=task.trace, criterion=task.criterion, rater=rater, note=cells["note"].strip(),
        verdict=VERDICTS[said],
    )  # fmt: skip
    return "", label


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)
