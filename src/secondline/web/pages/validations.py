"""Validations: the list, and one project as a workspace: what is done, what is missing, what was found."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from secondline.core.errors import SecondlineError
from secondline.govern.roles import SECOND_LINE
from secondline.govern.validating import REVIEWS
from secondline.policy import questionnaires
from secondline.web.pages.records import about, history
from secondline.web.routes import SIGNED_IN, deed, page
from secondline.web.seen import Seen
from secondline.web.views import Column, Filter, Table, View, listed
from secondline.workflow.live import begin, live, studies
from secondline.workflow.validating import attach_run, open_review, sign, standing

LIST = (
    Column("id", "Validation", "record", "validation"), Column("model", "Model", "record", "model"),
    Column("version", "Version"), Column("kind", "Kind"), Column("state", "State", "state"),
    Column("lead", "Lead", "person"), Column("due", "Due", "date"), Column("opinion", "Grade", "number"),
    Column("recommendation", "Recommends"), Column("signed_on", "Signed", "date"),
)  # fmt: skip
FILTERS = ("state", "kind", Filter("model", "Model"), Filter("lead", "Lead"), "recommendation")
STEPS = ("planned", "fieldwork", "reporting", "opined", "signed")
REQUESTS = ("what", "to", "due", "note")
CHALLENGES = ("question", "to", "answer", "outcome")
FINDINGS = ("severity", "statement", "owner", "due")
KINDS = {"severity": "severity", "to": "person", "owner": "person", "due": "date"}
RUNS = 50


@page("/validations", may=SIGNED_IN, name="validations")
def validations(seen: Seen) -> View:
    """List validation projects, the unsigned first by their day."""
    return View("validations/list.html", {}, listed(seen, "validation", LIST, filters=FILTERS, order="due"))


@page("/validations/{id}", may=SIGNED_IN, shows="validation", name="validation")
def validation(seen: Seen) -> View:
    """Show one project: steps, parts missing, plan and runs, requests, challenges, reviews, findings, opinion."""
    found = standing(seen.look, seen.path["id"], seen.today)
    doc = found["validation"]
    runs = [r for r in (seen.look.get("run", str(r)) for r in doc.get("runs", ())) if r]
    others = seen.look.page("run", {"model": doc["model"]}, order="finished_at", descending=True, limit=RUNS).rows
    context = {
        **found,
        "doc": doc,
        "steps": STEPS,
        "reviewable": [p for p in found["parts"] if p in REVIEWS],
        "step": STEPS.index(doc["state"]) if doc["state"] in STEPS else -1,
        "model": seen.look.get("model", str(doc["model"])) or {},
        "runs": runs,
        "free_runs": [r["id"] for r in others if r["id"] not in doc.get("runs", ())],
        "tables": _tables(found),
        "live": live(seen.ledger, doc["id"]),
        "studies": studies(_studies(seen), str(doc["model"])),
        "works": bool(SECOND_LINE & seen.visitor.roles) and not seen.as_of,
        **about(seen, "validation", doc["id"]),
    }
    return View("validations/one.html", context, history(seen, "validation", doc["id"]), data=found)


def _tables(found: dict[str, Any]) -> list[Table]:
    return [
        _papers("Requests", "request", REQUESTS, found["requests"]),
        _papers("Challenges", "challenge", CHALLENGES, found["challenges"]),
        _papers("Reliance on developers' tests", "reliance", ("test", "area", "because"), found["reliances"]),
        _papers("Findings raised here", "finding", FINDINGS, found["findings"]),
        _papers("Findings open from before", "finding", FINDINGS, found["inherited"]),
    ]


def _papers(title: str, record: str, names: tuple[str, ...], docs: list[dict[str, Any]]) -> Table:
    columns = (
        Column("id", record.capitalize(), "record", record, sortable=False),
        *(Column(n, "", KINDS.get(n, "text"), sortable=False) for n in names),
        Column("state", "State", "state", sortable=False),
    )
    return Table(title, columns, [{n: d.get(n) for n in ("id", "state", *names)} for d in docs], total=len(docs))


@deed("/validations/{id}/attach", may=SECOND_LINE, name="attach-run")
def attach(seen: Seen, typed: dict[str, str]) -> str:
    """Attach a run, and raise what it breaches as drafts."""
    attach_run(seen.ledger, seen.path["id"], typed.get("run", ""), seen.visitor.id, reason=typed.get("reason", ""),
               via=seen.visitor.via)  # fmt: skip
    return seen.href("validation", seen.path["id"])


def _studies(seen: Seen) -> Path | None:
    return Path(seen.site.settings.studies) if seen.site.settings.studies else None


@deed("/validations/{id}/run", may=SECOND_LINE, name="run-study")
def run_study(seen: Seen, typed: dict[str, str]) -> str:
    """Begin a run of one of the model's studies; it is attached when it ends."""
    begin(seen.ledger, _studies(seen), typed.get("study", ""), seen.path["id"], seen.visitor.id, via=seen.visitor.via)
    return seen.href("validation", seen.path["id"])


@page("/validations/{id}/live", may=SIGNED_IN, formats=("html", "json"), name="live-run")
def live_run(seen: Seen) -> View:
    """Show how far the run has come: a part of the workspace that refreshes itself, or a page of its own."""
    seen.need("validation", seen.path["id"])
    found = live(seen.ledger, seen.path["id"])
    data = {n: getattr(found, n) for n in ("study", "by", "began", "doing", "done", "total", "run", "raised", "trouble",
                                           "under_way")} if found else {}  # fmt: skip
    return View("validations/live.html", {"live": found, "id": seen.path["id"]}, data=data)


@deed("/validations/{id}/review", may=SECOND_LINE, name="open-review")
def review(seen: Seen, typed: dict[str, str]) -> str:
    """Open a structured review by the questionnaire that suits the model."""
    part = questionnaires.part_named(typed.get("part", ""))
    made = open_review(seen.ledger, seen.path["id"], part, seen.visitor.id, subject=typed.get("subject", ""),
                       via=seen.visitor.via)  # fmt: skip
    return seen.href("review", made.id)


@deed("/validations/{id}/sign", may=SECOND_LINE, name="sign-validation")
def signed(seen: Seen, _typed: dict[str, str]) -> str:
    """Sign: model, version and calendar follow."""
    sign(seen.ledger, seen.path["id"], seen.visitor.id, via=seen.visitor.via)
    return seen.href("validation", seen.path["id"])


@page("/reviews/{id}", may=SIGNED_IN, shows="review", name="review")
def questions(seen: Seen) -> View:
    """Show one review: each question with its guidance, what good evidence is, and the answer."""
    doc = seen.need("review", seen.path["id"])
    try:
        asked = {q.id: q for q in questionnaires.load(str(doc["questionnaire"])).questions}
    except SecondlineError:
        asked = {}
    answers = doc.get("answers", {})
    rows = [
        {"question": q, "asks": asked[q].asks if q in asked else "", "rating": answers.get(q, {}).get("rating", ""),
         "answer": answers.get(q, {}).get("answer", "")}
        for q in doc["questions"]
    ]  # fmt: skip
    columns = tuple(Column(n, sortable=False) for n in ("question", "asks", "rating", "answer"))
    context = {"doc": doc, "asked": asked, "answers": answers, "open": sum(not r["answer"] for r in rows),
               **about(seen, "review", doc["id"])}  # fmt: skip
    return View("validations/review.html", context, Table(f"Review {doc['id']}", columns, rows), data=doc)
