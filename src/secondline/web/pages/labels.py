"""Labels: people grade answers that a plan chose, blind to what graders said; the labels go back into the study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from secondline.core.errors import DataError, SpecError
from secondline.core.evidence import Run
from secondline.evals.kept import Kept
from secondline.govern.roles import SECOND_LINE
from secondline.web.pages.evaluations import evaluation
from secondline.web.routes import SIGNED_IN, deed, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Table, View
from secondline.workflow.evaluating import FOLDER
from secondline.workflow.labelling import COLUMNS, LONGEST, VERDICTS, Work, begin, say, showing, table, work_of, works

LABELS = tuple(Column(name, sortable=False) for name in COLUMNS)
RATERS = 20


def _folder(seen: Seen, run: Run) -> Path:
    return seen.ledger.folder / FOLDER / run.plan_digest[:16]


@page("/evaluations/{id}/labels", may=SIGNED_IN, name="labels")
def labels(seen: Seen) -> View:
    """Show the plans of labels and how far they are; the CSV beside is the file that ``genai: labels`` names."""
    doc, run, kept = evaluation(seen)
    some = works(_folder(seen, run)) if kept else []
    rows = table(kept, some) if kept else []
    planned = {(w.suite, w.criterion) for w in some}
    criteria = list(dict.fromkeys((r.case.suite, r.criterion, r.by) for r in kept.rows)) if kept else []
    context = {
        "doc": doc, "kept": kept, "plans": [_told(seen, w) for w in some], "works": _works(seen),
        # What a judge graded comes first: it is what people correct.
        "choices": sorted((c for c in criteria if c[:2] not in planned), key=lambda c: c[2] != "judge"),
    }  # fmt: skip
    return View("evaluations/labels.html", context, Table("Labels", LABELS, rows, total=len(rows)))


def _works(seen: Seen) -> bool:
    return bool(SECOND_LINE & seen.visitor.roles) and not seen.as_of and not seen.visitor.read_only


def _told(seen: Seen, work: Work) -> dict[str, Any]:
    wanted = sum(len(task.raters) for task in work.plan.tasks)
    return {"work": work, "tasks": len(work.plan.tasks), "wanted": wanted, "done": len(work.labels),
            "mine": len(work.open_for(seen.visitor.id)), "digest": work.plan.digest,
            "raters": sorted({r for task in work.plan.tasks for r in task.raters})}  # fmt: skip


@deed("/evaluations/{id}/labels", may=SECOND_LINE, name="plan-labels")
def plan(seen: Seen, typed: dict[str, str]) -> str:
    """Plan labels of one suite and criterion: which answers, by whom, and with what chance, before anybody labels."""
    _, run, kept = evaluation(seen)
    suite, _, criterion = typed.get("of", "").partition("/")
    count = typed.get("n", "").strip()
    if not (count.isdecimal() and len(count) <= len(str(10**6))):
        raise SpecError(f"The number of labels must be a whole number; got {count[:40]!r}.")
    raters = list(dict.fromkeys(typed.get("raters", "").replace(",", " ").split())) or [seen.visitor.id]
    if len(raters) > RATERS:
        raise SpecError(f"A plan takes at most {RATERS} raters.")
    for name in raters:
        seen.need("person", name)
    genai = run.plan.spec.genai
    work = begin(_there(kept), _folder(seen, run), suite, criterion, int(count), raters, by=seen.visitor.id,
                 seed=genai.seed if genai else 0)  # fmt: skip
    return seen.url(f"/evaluations/{run.id}/labels/{work.id}") if seen.visitor.id in raters else _all(seen, run)


def _all(seen: Seen, run: Run) -> str:
    return seen.url(f"/evaluations/{run.id}/labels")


def _there(kept: Kept | None) -> Kept:
    if kept is None:
        raise DataError("The answers of this run are not kept beside this ledger, so they cannot be labelled.")
    return kept


@page("/evaluations/{id}/labels/{plan}", may=SIGNED_IN, formats=("html",), name="labelling")
def labelling(seen: Seen) -> View:
    """Show a rater the next answer to label: question, passages, answer and what is asked; nothing a grader said."""
    doc, run, kept = evaluation(seen)
    work = work_of(_folder(seen, run), seen.path["plan"])
    tasks = work.open_for(seen.visitor.id)
    mine = len(work.plan.of(seen.visitor.id))
    held = _there(kept)
    context = {
        "doc": doc, "work": work, "task": tasks[0] if tasks else None, "left": len(tasks), "mine": mine,
        "shown": showing(held, tasks[0]) if tasks else {}, "asks": held.asks.get(work.criterion, ""),
        "works": _works(seen), "VERDICTS": VERDICTS, "longest": LONGEST,
    }  # fmt: skip
    return View("evaluations/labelling.html", context)


@deed("/evaluations/{id}/labels/{plan}", may=SECOND_LINE, name="label-answer")
def label(seen: Seen, typed: dict[str, str]) -> str:
    """Keep what the rater said of an answer, and go on to the next."""
    _, run, _ = evaluation(seen)
    folder = _folder(seen, run)
    work = work_of(folder, seen.path["plan"])
    say(folder, work, typed.get("task", ""), seen.visitor.id, typed.get("verdict", ""), typed.get("note", ""))
    return seen.url(f"/evaluations/{run.id}/labels/{work.id}")
