"""Scripted: labels by functions in place of people, through the same plans, blinded sheets and acts, for the demo."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

from secondline.core.errors import SpecError
from secondline.evals.labelling import COLUMNS, read_csv, write_csv
from secondline.evals.labelling.filed import write
from secondline.workflow.labelling.desk import Desk, Work
from secondline.workflow.labelling.giving import adjudicate, plan, settle
from secondline.workflow.labelling.sheets import CSV, sheet_of, take

Says = Callable[[str, str, str], bool | None]
"""What a scripted person says of an answer, by criterion, question and answer: right, wrong, or None for unsure."""
THIRD = "arbiter"


def label(desk: Desk, raters: Mapping[str, Says], third: Says, sizes: Mapping[str, int], *, double: float, by: str
          ) -> str:  # fmt: skip
    """Have the answers of criteria labelled by scripted people, and return the file of labels that a study reads.

    *sizes* is how many answers are labelled by criterion, in every suite that it grades; where there are fewer, all.
    """
    for criterion, most in sizes.items():
        held = [row for row in desk.rows if row.criterion == criterion and row.grade.outcome != "error"]
        if held:
            n = min(most, len(held))
            _labelled(desk, plan(desk, "", criterion, n, tuple(raters), by=by, double=double), raters, third, by)
    return write(desk.table())


def _labelled(desk: Desk, work: Work, raters: Mapping[str, Says], third: Says, by: str) -> None:
    for rater in work.plan.raters:
        take(desk, desk.work(work.id), rater, _filled(desk, work, rater, raters[rater]), by=rater)
    work = desk.work(work.id)
    said = {}
    for id_ in work.disputes:
        cells = desk.showing(work.task(id_))
        said[id_] = (_verdict(third(cells["criterion"], cells["question"], cells["answer"])), "")
    if open_ := [id_ for id_, (verdict, _) in said.items() if verdict == "unsure"]:
        raise SpecError(f"The third person could not tell of {len(open_)} answers which rater is right.")
    adjudicate(desk, work, said, by=THIRD)
    settle(desk, desk.work(work.id), by=by)


def _filled(desk: Desk, work: Work, rater: str, says: Says) -> bytes:
    """Return the rater's blinded sheet as it comes back."""
    head, *rows = read_csv(sheet_of(desk, work, rater, CSV))
    at = {name: head.index(name) for name in COLUMNS}
    for row in rows:
        row[at["verdict"]] = _verdict(says(row[at["criterion"]], row[at["question"]], row[at["answer"]]))
    return write_csv([head, *rows]).encode()


def _verdict(said: bool | None) -> Literal["pass", "fail", "unsure"]:
    return "unsure" if said is None else "pass" if said else "fail"
