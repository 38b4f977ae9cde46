"""Labels: people grade answers that a plan on record chose, blind to what graders said; a third settles disputes."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from secondline.core.errors import DataError, Refused, SpecError
from secondline.evals.labelling.filed import COLUMNS
from secondline.govern.roles import ANYONE, SECOND_LINE
from secondline.web.api.reading import object_content
from secondline.web.pages.evaluations import evaluation
from secondline.web.pages.records import about as about_record
from secondline.web.pages.records import history
from secondline.web.routes import SIGNED_IN, deed, page
from secondline.web.seen import Seen
from secondline.web.views import Column, File, Table, View
from secondline.workflow.labelling import giving, sheets
from secondline.workflow.labelling.desk import Desk, Work, desk_of_run

LABELS = tuple(Column(name, sortable=False) for name in COLUMNS)
RATERS, MOST = 20, 10**6
HOME = "/evaluations/{id}/labels"


def _desk(seen: Seen) -> tuple[dict[str, Any], Desk | None]:
    doc, run, kept = evaluation(seen)
    return doc, desk_of_run(seen.ledger, run, seen.look if seen.as_of else None) if kept else None


def _there(seen: Seen) -> tuple[dict[str, Any], Desk]:
    doc, desk = _desk(seen)
    if desk is None:
        raise DataError("The answers of this run are not kept beside this ledger, so they cannot be labelled.")
    return doc, desk


def _works(seen: Seen) -> bool:
    """Whether the visitor plans, settles and hands out sheets: the second line, in the present."""
    return bool(SECOND_LINE & seen.visitor.roles) and _acts(seen)


def _acts(seen: Seen) -> bool:
    return bool(ANYONE & seen.visitor.roles) and not seen.as_of and not seen.visitor.read_only


def _to(seen: Seen, *rest: str) -> str:
    return seen.url("/".join((f"/evaluations/{seen.path['id']}/labels", *rest)))


@page(HOME, may=SIGNED_IN, name="labels")
def labels(seen: Seen) -> View:
    """Show the plans of labels and how far they are; the CSV beside is the file that ``genai: labels`` names."""
    doc, desk = _desk(seen)
    works = desk.works() if desk else []
    rows = desk.table() if desk else []
    criteria = list(dict.fromkeys((r.case.suite, r.criterion, r.by) for r in desk.rows)) if desk else []
    often = Counter((criterion, by) for _, criterion, by in criteria)
    criteria += [("", criterion, by) for (criterion, by), suites in often.items() if suites > 1]
    context = {
        "doc": doc, "kept": desk, "plans": [_told(seen, w) for w in works], "works": _works(seen), "acts": _acts(seen),
        # What a judge graded comes first: it is what people correct.
        "choices": sorted(criteria, key=lambda c: c[2] != "judge"),
    }  # fmt: skip
    return View("evaluations/labels.html", context, Table("Labels", LABELS, rows, total=len(rows)))


def _told(seen: Seen, work: Work) -> dict[str, Any]:
    return {
        "work": work, "record": work.doc, "tasks": len(work.plan.tasks), "wanted": work.wanted, "done": work.given,
        "mine": len(work.open_for(seen.visitor.id)), "raters": work.plan.raters, "disputes": len(work.disputes),
        "rates": seen.visitor.id in work.plan.raters, "open": work.state in {"planned", "labelling"},
    }  # fmt: skip


@page("/labels/{id}", may=SIGNED_IN, name="label-record", shows="labels")
def record(seen: Seen) -> View:
    """Show a plan of labels as a record, with its acts, and lead to the runs whose answers are labelled under it."""
    doc = seen.need("labels", seen.path["id"])
    runs = [run["id"] for run in seen.look.find("run", model=doc["model"]) if run.get("plan") == doc["evaluation"]]
    context = {"doc": doc, "runs": runs, **about_record(seen, "labels", doc["id"])}
    return View("evaluations/labelrecord.html", context, history(seen, "labels", doc["id"]), data=doc)


@deed(HOME, may=SECOND_LINE, name="plan-labels")
def plan(seen: Seen, typed: dict[str, str]) -> str:
    """Plan labels, or suggest the next ones: which answers, by whom, with what chance, before anybody labels."""
    _, desk = _there(seen)
    suite, _, criterion = typed.get("of", "").partition("/")
    count = typed.get("n", "").strip()
    if not (count.isdecimal() and len(count) <= len(str(MOST))):
        raise SpecError(f"The number of labels must be a whole number; got {count[:40]!r}.")
    raters = list(dict.fromkeys(typed.get("raters", "").replace(",", " ").split())) or [seen.visitor.id]
    if len(raters) > RATERS:
        raise SpecError(f"A plan takes at most {RATERS} raters.")
    do = giving.suggest if typed.get("how") == "suggest" else giving.plan
    work = do(desk, suite, criterion, int(count), raters, by=seen.visitor.id, via=seen.visitor.via)
    return _to(seen, work.id) if seen.visitor.id in raters else _to(seen, work.id, "about")


@page(f"{HOME}/{{plan}}", may=SIGNED_IN, formats=("html",), name="labelling")
def labelling(seen: Seen) -> View:
    """Show a rater the next answer to label: question, passages, answer and what is asked; nothing a grader said."""
    doc, desk = _there(seen)
    work = desk.work(seen.path["plan"])
    tasks = work.open_for(seen.visitor.id)
    context = {
        "doc": doc, **_told(seen, work), "task": tasks[0] if tasks else None, "left": len(tasks),
        "all": len(work.plan.of(seen.visitor.id)), "shown": desk.showing(tasks[0]) if tasks else {},
        "asks": desk.asks.get(work.plan.criterion, ""), "acts": _acts(seen), "works": _works(seen),
        "VERDICTS": giving.VERDICTS, "longest": giving.LONGEST,
    }  # fmt: skip
    return View("evaluations/labelling.html", context)


@deed(f"{HOME}/{{plan}}", may=ANYONE, name="label-answer")
def label(seen: Seen, typed: dict[str, str]) -> str:
    """Keep what the rater said of an answer, and go on to the next."""
    _, desk = _there(seen)
    work = desk.work(seen.path["plan"])
    verdict, note = typed.get("verdict", ""), typed.get("note", "")
    giving.say(desk, work, typed.get("task", ""), seen.visitor.id, verdict, note, via=seen.visitor.via)
    return _to(seen, work.id)


@page(f"{HOME}/{{plan}}/about", may=SIGNED_IN, formats=("html",), name="label-plan")
def about(seen: Seen) -> View:
    """Show a plan: how it drew and with what chances, how far each rater is, sheets, disputes, and how to settle it."""
    doc, desk = _there(seen)
    work = desk.work(seen.path["plan"])
    chances = work.plan.chances.values()
    people = [{"id": name, "all": len(work.plan.of(name)), "left": len(work.open_for(name))}
              for name in work.plan.raters]  # fmt: skip
    context = {
        "doc": doc, **_told(seen, work), "people": people, "works": _works(seen), "acts": _acts(seen),
        "low": min(chances), "high": max(chances), "expected": sum(chances), "settled": work.doc.get("settled", {}),
        "missing": work.wanted - work.given,
    }  # fmt: skip
    return View("evaluations/labelplan.html", context)


@page(f"{HOME}/{{plan}}/sheet", may=SIGNED_IN, formats=("html",), name="label-sheet")
def sheet(seen: Seen) -> View:
    """Hand out a rater's blinded sheet, as CSV or Excel: one's own, or for the second line that of any rater."""
    _, desk = _there(seen)
    work, rater = desk.work(seen.path["plan"]), seen.text("rater") or seen.visitor.id
    if rater != seen.visitor.id and not SECOND_LINE & seen.visitor.roles:
        raise Refused("A rater takes their own sheet; those of others are handed out by the second line.")
    kind = sheets.EXCEL if seen.choice("as", (sheets.CSV, sheets.EXCEL), sheets.CSV) == sheets.EXCEL else sheets.CSV
    content = sheets.sheet_of(desk, work, rater, kind, filled=rater == seen.visitor.id)
    return View(file=File(content, sheets.MEDIA[kind], name=f"{work.id}-{Path(rater).name}.{kind}"))


@deed(f"{HOME}/{{plan}}/sheet", may=ANYONE, name="file-sheet")
def take(seen: Seen, typed: dict[str, str]) -> str:
    """File the labels of a sheet that came back: all of them, or none and every wrong row by its number."""
    _, desk = _there(seen)
    work, rater = desk.work(seen.path["plan"]), typed.get("rater", "").strip() or seen.visitor.id
    if not typed.get("sheet"):
        raise SpecError("Choose the sheet that came back: CSV or Excel.")
    content = object_content(seen.site, typed["sheet"])
    sheets.take(desk, work, rater, content, by=seen.visitor.id, via=seen.visitor.via)
    return _to(seen, work.id) if rater == seen.visitor.id else _to(seen, work.id, "about")


@page(f"{HOME}/{{plan}}/disputes", may=SECOND_LINE, formats=("html",), name="label-disputes")
def disputes(seen: Seen) -> View:
    """Show the next answer on which raters disagree, with what they said and not who, and nothing a grader said."""
    doc, desk = _there(seen)
    work = desk.work(seen.path["plan"])
    mine, found = seen.visitor.id in work.plan.raters, work.disputes
    task = work.task(found[0]) if found and not mine else None
    context = {
        "doc": doc, **_told(seen, work), "task": task, "shown": desk.showing(task) if task else {},
        "said": giving.said_of(work, task.id) if task else [], "asks": desk.asks.get(work.plan.criterion, ""),
        "works": _works(seen), "longest": giving.LONGEST, "FINAL": giving.FINAL,
    }  # fmt: skip
    return View("evaluations/disputes.html", context)


@deed(f"{HOME}/{{plan}}/disputes", may=SECOND_LINE, name="settle-dispute")
def adjudicate(seen: Seen, typed: dict[str, str]) -> str:
    """Settle what raters disagree on, as a third person."""
    _, desk = _there(seen)
    work = desk.work(seen.path["plan"])
    said = {typed.get("task", ""): (typed.get("verdict", ""), typed.get("note", ""))}
    giving.adjudicate(desk, work, said, by=seen.visitor.id, via=seen.visitor.via)
    return _to(seen, work.id, "disputes") if desk.work(work.id).disputes else _to(seen, work.id, "about")


@deed(f"{HOME}/{{plan}}/settle", may=SECOND_LINE, name="settle-labels")
def settle(seen: Seen, typed: dict[str, str]) -> str:
    """Settle the labels of a plan: from now on they count in the study."""
    _, desk = _there(seen)
    work = desk.work(seen.path["plan"])
    giving.settle(desk, work, by=seen.visitor.id, reason=typed.get("reason", ""), via=seen.visitor.via)
    return _to(seen, work.id, "about")
